// Where the person is: the address is the state, so that every view can be linked to and gone back to.

import { pages, type PageEntry } from "./pages.ts";

export type Place = {
  path: string;
  query: URLSearchParams;
  /** What the page shall show first, without the `#`. */
  hash: string;
  entry: PageEntry | null;
  parameters: Record<string, string>;
};

let now = $state.raw<Place>(placeOf(location.href));

export const place = (): Place => now;

function placeOf(address: string): Place {
  const url = new URL(address, location.origin);
  const { pathname: path, searchParams: query } = url;
  const hash = url.hash.slice(1);
  for (const entry of pages) {
    const parameters = match(entry.path, path);
    if (parameters) return { path, query, hash, entry, parameters };
  }
  return { path, query, hash, entry: null, parameters: {} };
}

/** `/stations/:id` against `/stations/PL-1`. */
function match(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split("/"), path.replace(/(.)\/$/, "$1").split("/")];
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index]!;
    if (part.startsWith(":")) found[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return found;
}

export function go(address: string, { replace = false } = {}): void {
  const before = now.path;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  now = placeOf(address);
  if (now.path !== before) scrollTo(0, 0);
}

export type Changes = Record<string, string | null | undefined>;

/** This place with part of its query changed; null and "" take a name away. */
export function refined(changes: Changes): string {
  const query = new URLSearchParams(now.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value == null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return now.path + (text ? `?${text}` : "");
}

/** Goes there and stays on the page. */
export const refine = (changes: Changes, replace = true): void => go(refined(changes), { replace });

/** Links of our own pages are followed without loading anew; all others as ever. */
export function followLinks(): void {
  addEventListener("popstate", () => (now = placeOf(location.href)));
  document.addEventListener("click", (click) => {
    const link = (click.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.download) return;
    if (click.defaultPrevented || click.button || click.metaKey || click.ctrlKey || click.shiftKey)
      return;
    if (link.origin !== location.origin || !placeOf(link.pathname).entry) return;
    // A place on this very page is the browser's to go to; `popstate` tells us.
    if (link.hash && link.pathname + link.search === location.pathname + location.search) return;
    click.preventDefault();
    go(link.pathname + link.search + link.hash);
  });
}

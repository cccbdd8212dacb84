// Which pages there are. A page is a folder in `pages/` with a `page.ts`: nothing else names it.

import type { Component } from "svelte";

import type { Right } from "./me.svelte.ts";

export type PageEntry = {
  /** `/stations/:id` */
  path: string;
  /** Key of its name. */
  title: string;
  // Each takes the parameters of its own path.
  load: () => Promise<{ default: Component<any> }>;
  /** Its place in the navigation; without one it is reached from other pages. */
  menu?: { group: MenuGroup; order: number; icon: string; count?: MenuCount };
  /** Who lacks it does not see the page; the server refuses anyhow. */
  right?: Right;
};

/** How much waits there, beside its name; "" is nothing. */
export type MenuCount = { follow: () => () => void; told: () => string };

export const GROUPS = ["watch", "work", "people", "system"] as const;
export type MenuGroup = (typeof GROUPS)[number];

const found = import.meta.glob<PageEntry[]>("../pages/*/page.ts", {
  eager: true,
  import: "default",
});

export const pages: readonly PageEntry[] = Object.values(found).flat();

export const menu = (group: MenuGroup): PageEntry[] =>
  pages
    .filter((it) => it.menu?.group === group)
    .sort((a, b) => (a.menu?.order ?? 0) - (b.menu?.order ?? 0));

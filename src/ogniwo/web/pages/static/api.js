// The HTTP API as the page uses it: the session's cookie to read, the CSRF header to change.

import { language, t } from "./texts.js";

const csrf = document.querySelector("meta[name=csrf]").content;

export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        "accept-language": language,
        "x-ogniwo-csrf": csrf,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, "unreachable", t("page.unreachable"));
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const told = await response.json().catch(() => ({}));
  if (response.status === 401) throw new Problem(401, "unauthorized", t("page.signed_out"));
  throw new Problem(response.status, told.code ?? "", told.detail ?? response.statusText);
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body ?? {});
export const stationPath = (id) => `/stations/${encodeURIComponent(id)}`;

/** All items of a list, at most `pages` pages; `complete` is false when there are more. */
export async function all(path, pages) {
  const items = [];
  let cursor = null;
  for (let page = 0; page < pages; page += 1) {
    const join = path.includes("?") ? "&" : "?";
    const found = await get(`${path}${join}limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    items.push(...found.items);
    cursor = found.next_cursor;
    if (!cursor) break;
  }
  return { items, complete: !cursor };
}

/**
 * Follow the live stream. The browser comes back by itself with the last event's id; only when the
 * server refuses do we ask why, and try again ourselves.
 */
export function follow({ opened, lost, refused, on }) {
  let wait_ms = 1000;
  const connect = () => {
    const source = new EventSource(`/api/v1/events?lang=${language}`);
    source.addEventListener("open", () => {
      wait_ms = 1000;
      opened();
    });
    for (const [kind, handle] of Object.entries(on)) {
      source.addEventListener(kind, (message) => handle(JSON.parse(message.data)));
    }
    source.addEventListener("error", async () => {
      lost();
      if (source.readyState !== EventSource.CLOSED) return;
      try {
        await get("/stations?limit=1");
      } catch (problem) {
        if (problem.status === 401) return refused(problem);
      }
      setTimeout(connect, wait_ms);
      wait_ms = Math.min(wait_ms * 2, 30000);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };
  connect();
}

// How many sessions, and stops without one, wait for a person: the number in the menu.

import { api, got } from "../../api/client.ts";
import { Resource, soon } from "../../live/resource.svelte.ts";
import { stream } from "../../live/stream.svelte.ts";
import { isRunning } from "../../live/sessions.svelte.ts";

const MOST = 100; // "99+" says enough
const AGAIN_MS = 60_000; // some become one by waiting, without an event
const SOON_MS = 3_000;

export const waiting = new Resource(async () => {
  const query = { exception: true, limit: MOST };
  const [sessions, stops] = await Promise.all([
    got(api.GET("/api/v1/sessions", { params: { query } })),
    got(api.GET("/api/v1/orphan-stops", { params: { query: { limit: MOST } } })),
  ]);
  const apart = stops.items.filter((it) => !it.session_id); // others are among the sessions
  return sessions.items.length + apart.length;
});

/** Keeps it current until the returned function is called: call it in an effect. */
export function followWaiting(): () => void {
  const again = soon(() => void waiting.load(), SOON_MS);
  const timer = setInterval(again, AGAIN_MS);
  const leave = stream.follow<{ kind: string; data: { state?: string } }>("events", (event) => {
    if (event.kind.startsWith("orphan_")) again();
    else if (event.kind.startsWith("session_") && !isRunning({ state: event.data.state ?? "" }))
      again();
  });
  void waiting.load();
  return () => {
    clearInterval(timer);
    leave();
  };
}

export const waitingTold = (): string =>
  !waiting.data ? "" : waiting.data >= MOST ? `${MOST - 1}+` : String(waiting.data);

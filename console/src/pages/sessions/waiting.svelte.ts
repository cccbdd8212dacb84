// Sessions, and stops without one, that wait for a person: the number in the menu, and the overview.

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
  return { sessions: sessions.items, stops: apart };
});

export const waitingCount = (): number =>
  (waiting.data?.sessions.length ?? 0) + (waiting.data?.stops.length ?? 0);

let followers = 0; // the menu and the overview look at one and the same
let leave = () => {};

/** Keeps it current until the returned function is called: call it in an effect. */
export function followWaiting(): () => void {
  if (!followers++) leave = follow();
  return () => {
    if (!--followers) leave();
  };
}

function follow(): () => void {
  const again = soon(() => void waiting.load(), SOON_MS);
  const timer = setInterval(again, AGAIN_MS);
  const unheard = stream.follow<{ kind: string; data: { state?: string } }>("events", (event) => {
    if (event.kind.startsWith("orphan_")) again();
    else if (event.kind.startsWith("session_") && !isRunning({ state: event.data.state ?? "" }))
      again();
  });
  void waiting.load();
  return () => {
    clearInterval(timer);
    unheard();
  };
}

export const waitingTold = (): string => {
  const count = waitingCount();
  return count >= MOST ? `${MOST - 1}+` : count ? String(count) : "";
};

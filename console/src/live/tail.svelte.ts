// Messages as they cross the wire, of a station, a session, or all: a stream of its own, because it
// is much and wanted seldom. What a person could not read anyway is only counted.

import { untrack } from "svelte";

import type { Shape } from "../api/client.ts";
import { language } from "../words/words.svelte.ts";

/** `cut`: its texts are too long for the stream. */
export type Message = Shape<"MessageWithWords"> & { cut?: boolean };
export type Tailed = { station_id?: string | undefined; session_id?: string | undefined };

/** Hears them until the returned function is called; `missed` tells that some were not heard. */
export function tail(of: Tailed, hear: (messages: Message[]) => void, missed: () => void) {
  const query = new URLSearchParams({ topics: "messages", lang: untrack(language) });
  for (const [name, value] of Object.entries(of)) if (value) query.set(name, value);
  const source = new EventSource(`/api/v1/events?${query}`);
  let interrupted = false;
  source.addEventListener("messages", (frame) => hear(JSON.parse(frame.data) as Message[]));
  source.addEventListener("skipped", missed);
  source.addEventListener("resync", missed);
  source.onerror = () => (interrupted = true);
  source.onopen = () => {
    if (interrupted) missed();
    interrupted = false;
  };
  return () => source.close();
}

// Cards that were refused lately, newest first: of the latest events, and live from now on.

import { api, got, type Shape } from "../../api/client.ts";
import { stream } from "../../live/stream.svelte.ts";

type Happened = Shape<"EventWithWords">;
export type Refused = {
  uid: string;
  verdict: string;
  at: string;
  station: string | null;
  evse: number | null;
};

const LOOKED_AT = 500; // events
const SHOWN_MAX = 8;

export class RefusedCards {
  cards = $state.raw<Refused[]>([]);

  /** Keeps looking until the returned function is called. */
  follow(): () => void {
    void this.#recent();
    return stream.follow<Happened>("events", (event) => this.#add([event]));
  }

  async #recent(): Promise<void> {
    const query = { limit: LOOKED_AT };
    this.#add((await got(api.GET("/api/v1/event-log", { params: { query } }))).items.reverse());
  }

  /** Oldest first; of one card the newest counts. */
  #add(events: Happened[]): void {
    const found = new Map(this.cards.map((it) => [it.uid, it]).reverse() as [string, Refused][]);
    for (const event of events) {
      const { token, verdict } = event.data ?? {};
      if (event.kind !== "token_judged" || !token || verdict === "accepted") continue;
      const uid = String(token);
      if (uid.startsWith("(")) continue; // a key code is not told
      found.delete(uid);
      found.set(uid, {
        uid,
        verdict: String(verdict),
        at: event.at,
        station: event.station_id ?? null,
        evse: event.evse_id ?? null,
      });
    }
    this.cards = [...found.values()].reverse().slice(0, SHOWN_MAX);
  }
}

// Connections that were refused: asked for once, and again when one more was or a station came.

import { api, got, Problem, type Shape } from "../api/client.ts";
import { say, tried } from "../parts/toasts.svelte.ts";
import { t } from "../words/words.svelte.ts";
import { soon } from "./resource.svelte.ts";
import { stream } from "./stream.svelte.ts";

export type Attempt = Shape<"AttemptView">;

const SHOWN_MAX = 100;
const NEWS = new Set(["connection_refused", "station_created", "registration_changed"]);

class Attempts {
  /** Newest first; null until they are known. */
  data = $state.raw<Attempt[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  #users = 0;
  #leave: (() => void)[] = [];

  /** Keeps them current until the returned function is called: call it in an effect. */
  follow(): () => void {
    if (this.#users++ === 0) {
      const again = soon(() => void this.load(), 400);
      this.#leave = [
        stream.follow("attempts", again),
        stream.follow<Shape<"EventView">>("events", (event) => NEWS.has(event.kind) && again()),
        stream.onGap(again),
      ];
      void this.load();
    }
    return () => {
      if (--this.#users === 0) for (const leave of this.#leave) leave();
    };
  }

  load = async (): Promise<void> => {
    try {
      const query = { limit: SHOWN_MAX };
      this.data = (await got(api.GET("/api/v1/connection-attempts", { params: { query } }))).items;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  };

  /** True when the station may come in with its next try. */
  async accept(attempt: Attempt): Promise<boolean> {
    const path = { attempt_id: attempt.id };
    const asked = api.POST("/api/v1/connection-attempts/{attempt_id}/accept", { params: { path } });
    const station = await tried(got(asked));
    if (station) say(t("connect.accepted", { name: station.id }));
    await this.load();
    return Boolean(station);
  }
}

/** Would registering the station let it in? */
export const acceptable = (attempt: Attempt): boolean =>
  attempt.reason === "unknown_station" && attempt.identity !== "";

export const attempts = new Attempts();

// What the network delivered since midnight and in the last day; kept current by the stream.

import { api, got, type Shape } from "../../api/client.ts";
import { resource, type Resource } from "../../live/resource.svelte.ts";
import { stream } from "../../live/stream.svelte.ts";

export type Today = Pick<Shape<"OverviewView">, "energy_today_wh" | "sessions_today">;
type Overview = Shape<"OverviewView">;

const CURVE_EVERY_MS = 60_000; // its quarters are not in the stream

export class Day {
  #asked: Resource<Overview>;
  #told = $state.raw<Overview | null>(null);

  /** To be made while a component is. */
  constructor() {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.#asked = resource(() =>
      got(api.GET("/api/v1/overview", { params: { query: { time_zone } } })),
    );
    $effect(() => stream.follow<Overview>("overview", (now) => (this.#told = now)));
    $effect(() => {
      const again = () => document.hidden || void this.#asked.load();
      const timer = setInterval(again, CURVE_EVERY_MS);
      return () => clearInterval(timer);
    });
  }

  get today(): Today | null {
    return this.#told ?? this.#asked.data;
  }

  get quarters(): Shape<"QuarterView">[] {
    return this.#asked.data?.quarters ?? [];
  }
}

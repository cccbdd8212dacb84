// Sites and what their stations do, looked at anew once a second: on a map nothing is quicker.

import { fleet, type Station } from "../../live/fleet.svelte.ts";
import { sites } from "../../live/sites.svelte.ts";
import { spotsOf, stationsBySite, type Spot } from "./spots.ts";

const LOOK_EVERY_MS = 1_000;

export class Network {
  #looked = $state(0);
  readonly bySite: Map<string, Station[]> = $derived.by(() => {
    void [this.#looked, fleet.members, fleet.loaded];
    return stationsBySite(fleet.all());
  });
  readonly spots: Spot[] = $derived(spotsOf(sites.data ?? [], this.bySite));

  /** To be made while a component is. */
  constructor() {
    let seen = -1;
    $effect(() => fleet.follow());
    $effect(() => sites.follow());
    $effect(() => {
      const timer = setInterval(() => {
        if (fleet.version !== seen) this.#looked += 1;
        seen = fleet.version;
      }, LOOK_EVERY_MS);
      return () => clearInterval(timer);
    });
  }

  /** Stations that no spot shows. */
  get unplaced(): number {
    return fleet.size - this.spots.reduce((sum, spot) => sum + spot.stations, 0);
  }
}

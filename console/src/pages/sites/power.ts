// What the stations of a place draw now.

import type { Station } from "../../live/fleet.svelte.ts";

export const powerOf = (stations: Station[]): number =>
  stations.reduce((sum, it) => sum + (it.connected ? (it.power_w ?? 0) : 0), 0);

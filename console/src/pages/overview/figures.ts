// The figures of the network, counted from the living copies; as the list of stations counts them.

import type { Station } from "../../live/fleet.svelte.ts";
import { number } from "../../words/figures.ts";
import { isIn, STATES, type State } from "../stations/filters.ts";

export type Figures = Record<State, number> & {
  stations: number;
  connected: number;
  powerW: number;
};

const MEGAWATT_HOUR = 1e6;

/** A day's energy in the unit that says it with few digits. */
export function energyOf(wh: number): { value: string; unit: string } {
  if (wh < 10 * MEGAWATT_HOUR) return { value: number(wh / 1000, wh < 1e6 ? 1 : 0), unit: "kWh" };
  return { value: number(wh / MEGAWATT_HOUR, wh < 1e8 ? 1 : 0), unit: "MWh" };
}

export function figuresOf(stations: Iterable<Station>): Figures {
  const found: Figures = {
    stations: 0,
    connected: 0,
    powerW: 0,
    charging: 0,
    available: 0,
    faulted: 0,
    offline: 0,
  };
  for (const station of stations) {
    found.stations += 1;
    for (const state of STATES) if (isIn(station, state)) found[state] += 1;
    if (!station.connected) continue;
    found.connected += 1;
    found.powerW += station.power_w ?? 0;
  }
  return found;
}

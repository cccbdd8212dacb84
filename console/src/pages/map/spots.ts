// Sites with a place on the map, what their stations do, and which of them are drawn as one.

import type { Station } from "../../live/fleet.svelte.ts";
import type { Site } from "../../live/sites.svelte.ts";
import { isIn } from "../stations/filters.ts";
import { flat, type Flat, type Place, type View } from "./mercator.ts";

/** Worst first: a station counts for the first that it is. */
export const MARKS = ["faulted", "offline", "charging", "available", "other"] as const;
export type Mark = (typeof MARKS)[number];
export type Counts = Record<Mark, number>;
export type Spot = Place & { id: string; name: string; stations: number; counts: Counts };
/** One or several spots drawn as one. */
export type Cluster = { key: string; at: Flat; spots: Spot[]; stations: number; counts: Counts };

const CELL_PX = 60; // closer ones would lie over each other

const none = (): Counts => ({ faulted: 0, offline: 0, charging: 0, available: 0, other: 0 });

export function markOf(station: Station): Mark {
  if (!station.connected) return "offline";
  if (isIn(station, "faulted")) return "faulted";
  if (isIn(station, "charging")) return "charging";
  return isIn(station, "available") ? "available" : "other";
}

export function countsOf(stations: Iterable<Station>): Counts {
  const counts = none();
  for (const station of stations) counts[markOf(station)] += 1;
  return counts;
}

export function stationsBySite(stations: Iterable<Station>): Map<string, Station[]> {
  const found = new Map<string, Station[]>();
  for (const station of stations) {
    if (!station.site_id) continue;
    const there = found.get(station.site_id);
    if (there) there.push(station);
    else found.set(station.site_id, [station]);
  }
  return found;
}

export function spotsOf(sites: Site[], stations: Map<string, Station[]>): Spot[] {
  const found: Spot[] = [];
  for (const { id, name, latitude, longitude } of sites) {
    if (latitude == null || longitude == null) continue;
    const there = stations.get(id) ?? [];
    found.push({ id, name, latitude, longitude, stations: there.length, counts: countsOf(there) });
  }
  return found;
}

/** By a grid that is fixed to the ground, so that moving the map regroups nothing. */
export function clustered(spots: Spot[], view: View): Cluster[] {
  const cell = CELL_PX / 2 ** Math.floor(Math.log2(view.scale));
  const cells = new Map<string, Spot[]>();
  for (const spot of spots) {
    const at = flat(spot);
    const key = `${Math.floor(at.x / cell)} ${Math.floor(at.y / cell)}`;
    const there = cells.get(key);
    if (there) there.push(spot);
    else cells.set(key, [spot]);
  }
  return [...cells].map(([, there]) => joined(there));
}

function joined(spots: Spot[]): Cluster {
  const counts = none();
  let [x, y, stations] = [0, 0, 0];
  for (const spot of spots) {
    const at = flat(spot);
    x += at.x / spots.length;
    y += at.y / spots.length;
    stations += spot.stations;
    for (const mark of MARKS) counts[mark] += spot.counts[mark];
  }
  const key = spots.map((it) => it.id).join(" ");
  return { key, at: { x, y }, spots, stations, counts };
}

// Which stations are shown: what the address says, applied to the living copy.

import type { Station } from "../../live/fleet.svelte.ts";
import { searched } from "./values.ts";

export const STATES = ["charging", "available", "faulted", "offline"] as const;
export type State = (typeof STATES)[number];
export type Counts = Record<State, number>;

const CLAIMS: Record<State, (station: Station) => boolean> = {
  charging: (it) => it.connected === true && has(it, "charging"),
  available: (it) => it.connected === true && has(it, "available"),
  faulted: (it) => it.status === "faulted" || has(it, "faulted"),
  offline: (it) => !it.connected,
};

const has = (station: Station, status: string) =>
  Boolean(station.evses?.some((evse) => evse.status === status));

export const isIn = (station: Station, state: State): boolean => CLAIMS[state](station);

/** Several of many: in the address separated by commas. */
export const FACETS = {
  site: (it: Station) => it.site_id,
  vendor: (it: Station) => it.vendor,
  model: (it: Station) => it.model,
  firmware: (it: Station) => it.firmware_version,
  protocol: (it: Station) => it.protocol,
  registration: (it: Station) => it.registration,
} as const;
export type Facet = keyof typeof FACETS;
export const FACET_NAMES = Object.keys(FACETS) as Facet[];

/** Away for at least so long; the names stand in the address. */
export const AWAY: Record<string, number> = {
  "10m": 600_000,
  "1h": 3_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
};
export const NAMES = [...FACET_NAMES, "state", "away", "q"];

const SEPARATOR = ",";
export const chosen = (query: URLSearchParams, facet: Facet): string[] =>
  (query.get(facet) ?? "").split(SEPARATOR).filter(Boolean).map(decodeURIComponent);
export const written = (values: string[]): string | null =>
  values.map(encodeURIComponent).join(SEPARATOR) || null;

type Claim = (station: Station) => boolean;

function claims(query: URLSearchParams): Claim[] {
  const found: Claim[] = [];
  const state = query.get("state") as State | null;
  if (state && state in CLAIMS) found.push(CLAIMS[state]);
  for (const facet of FACET_NAMES) {
    const wanted = new Set(chosen(query, facet));
    if (wanted.size) found.push((it) => wanted.has(FACETS[facet](it) ?? ""));
  }
  const away = AWAY[query.get("away") ?? ""];
  if (away) {
    const since = Date.now() - away;
    found.push((it) => !it.connected && (!it.last_seen_at || Date.parse(it.last_seen_at) <= since));
  }
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length) found.push((it) => words.every((word) => searched(it).includes(word)));
  return found;
}

export function filtered(stations: Station[], query: URLSearchParams): Station[] {
  const all = claims(query);
  return all.length ? stations.filter((it) => all.every((claim) => claim(it))) : [...stations];
}

export function counted(stations: Station[]): Counts {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Counts;
  for (const station of stations) {
    for (const state of STATES) if (CLAIMS[state](station)) counts[state] += 1;
  }
  return counts;
}

/** What there is to choose from, in order. */
export function facetValues(stations: Station[]): Record<Facet, string[]> {
  const values = (facet: Facet) => {
    const found = new Set<string>();
    for (const it of stations) {
      const value = FACETS[facet](it);
      if (value) found.add(value);
    }
    return [...found].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  };
  return Object.fromEntries(FACET_NAMES.map((it) => [it, values(it)])) as Record<Facet, string[]>;
}

// What is known of a station, as one value for each column: sorted by, and exported.

import { faultedSince, type Station } from "../../live/fleet.svelte.ts";
import { sites } from "../../live/sites.svelte.ts";
import { word } from "../../words/words.svelte.ts";

export type Value = string | number | null;

const moment = (at: string | null | undefined): number | null => (at ? Date.parse(at) : null);

/** In the order of the list when nobody chose one. */
export const VALUES = {
  name: (it: Station): Value => it.name ?? it.id,
  status: (it: Station): Value => (it.connected ? (it.status ?? null) : "offline"),
  power: (it: Station): Value => it.power_w ?? null,
  model: (it: Station): Value => [it.vendor, it.model].filter(Boolean).join(" ") || null,
  firmware: (it: Station): Value => it.firmware_version ?? null,
  protocol: (it: Station): Value => it.protocol ?? null,
  seen: (it: Station): Value => moment(it.last_seen_at),
  site: (it: Station): Value => siteOf(it),
  error: (it: Station): Value => errorOf(it),
  since: (it: Station): Value => moment(faultedSince(it)),
  registration: (it: Station): Value => it.registration,
  serial: (it: Station): Value => it.serial_number ?? null,
} as const;

export type ColumnId = keyof typeof VALUES;
export const COLUMNS = Object.keys(VALUES) as ColumnId[];
export const USUAL: ColumnId[] = COLUMNS.slice(0, 7);

/** The name of its site; the id until that is known. */
export const siteOf = (it: Station): string | null =>
  sites.get(it.site_id)?.name ?? it.site_id ?? null;

/** Of the station, else the first of its EVSEs. */
export const errorOf = (it: Station): string | null =>
  it.error_code ?? it.evses?.find((evse) => evse.error_code)?.error_code ?? null;

/** What people may type to find a station; it stays while the station does. */
let texts = new WeakMap<Station, string>();
let namedBy = sites.data; // the names of sites that are in them

export function searched(it: Station): string {
  if (namedBy !== sites.data) {
    namedBy = sites.data;
    texts = new WeakMap();
  }
  let text = texts.get(it);
  if (text === undefined) {
    const parts = [it.id, it.name, it.vendor, it.model, it.serial_number, it.firmware_version];
    text = [...parts, siteOf(it)].join(" ").toLowerCase();
    texts.set(it, text);
  }
  return text;
}

/** As a spreadsheet takes it: moments in RFC 3339, words in this language. */
export function exported(it: Station, column: ColumnId): Value {
  const value = VALUES[column](it);
  if (column === "seen") return it.last_seen_at ?? null;
  if (column === "since") return faultedSince(it);
  if (column === "status") {
    if (!it.connected) return word("stations", "offline");
    return (it.evses ?? []).map((evse) => word("status", evse.status)).join(", ") || null;
  }
  if (column === "registration") return word("registration", String(value));
  return value;
}

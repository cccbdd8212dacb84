// Tokens from a table: what each row says, what is wrong with it, and what became of it.

import { normal, STATUSES, TYPES, type Settings } from "./tokens.ts";

export type Row = {
  line: number;
  uid: string;
  settings: Settings;
  /** Key of what is wrong with it, and the cell. */
  wrong: { key: string; value: string } | null;
  done?: "saved" | "refused";
  detail?: string;
};

const UID_MAX = 255;
const NAMES = ["uid", "type", "status", "group", "expires_at", "concurrent"] as const;
type Name = (typeof NAMES)[number];

/** The first row may name the columns; without names they stand in the order of NAMES. */
export function rowsOf(cells: string[][]): Row[] {
  const head = (cells[0] ?? []).map((it) => it.toLowerCase().trim());
  const named = head.includes("uid");
  const order: readonly string[] = named ? head : NAMES;
  const seen = new Set<string>();
  return cells.slice(named ? 1 : 0).map((row, index) => {
    const at = (name: Name) => (row[order.indexOf(name)] ?? "").trim();
    const read = rowOf(at, index + (named ? 2 : 1));
    // what the table does not speak of stays as it is
    const told = Object.entries(read.settings).filter(([name]) => order.includes(name));
    read.settings = Object.fromEntries(told);
    if (!read.wrong && seen.has(read.uid)) read.wrong = { key: "twice", value: read.uid };
    seen.add(read.uid);
    return read;
  });
}

function rowOf(at: (name: Name) => string, line: number): Row {
  const uid = normal(at("uid").replace(/^'/, ""));
  const type = at("type").toLowerCase() || "rfid";
  const status = at("status").toLowerCase() || "accepted";
  const expires = at("expires_at");
  const moment = expires ? new Date(expires) : null;
  const settings: Settings = {
    type: type as Settings["type"],
    status: status as Settings["status"],
    group: at("group") || null,
    expires_at: moment && !Number.isNaN(moment.getTime()) ? moment.toISOString() : null,
    concurrent: ["true", "1", "yes", "tak"].includes(at("concurrent").toLowerCase()),
  };
  const wrong = (key: string, value: string): Row => ({
    line,
    uid,
    settings,
    wrong: { key, value },
  });
  if (!uid || uid.length > UID_MAX) return wrong("uid", at("uid").slice(0, 40));
  if (!(TYPES as readonly string[]).includes(type)) return wrong("type", type);
  if (!(STATUSES as readonly string[]).includes(status)) return wrong("status", status);
  if (moment && Number.isNaN(moment.getTime())) return wrong("expires_at", expires);
  if ((settings.group?.length ?? 0) > 36) return wrong("group", settings.group ?? "");
  return { line, uid, settings, wrong: null };
}

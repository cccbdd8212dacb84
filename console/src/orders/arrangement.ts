// What each form shows at first, and which control a field has for what it means.

import type { Shape } from "../api/client.ts";
import type { Field } from "./fields.ts";

export type Station = Shape<"StationView">;

/** The orders of every day, in the order in which they are offered. */
export const USUAL = [
  "remote_start",
  "remote_stop",
  "unlock",
  "change_availability",
  "reset",
  "trigger",
  "get_log",
  "set_limit",
  "clear_limit",
  "reserve",
  "update_firmware",
  "set_variables",
  "get_variables",
  "report",
] as const;

/** Of these only what people usually set is shown at once; of others what must be said. */
const FIRST: Record<string, string[]> = {
  remote_start: ["evse", "token"],
  unlock: ["evse"],
  change_availability: ["operative", "evse"],
  reset: ["kind"],
  trigger: ["message", "evse"],
  get_log: ["kind", "since", "until"],
  set_limit: ["evse", "limit_w", "limit_a", "duration_s"],
  reserve: ["evse", "token", "expires_at"],
  update_firmware: ["file", "retrieve_at", "install_at"],
};
const FEW = 5;

/** For one station only: of many they would mean something else at each. */
export const SINGLE = new Set([
  "remote_start",
  "remote_stop",
  "unlock",
  "reserve",
  "cancel_reservation",
  "change_transaction_tariff",
  "cost_updated",
  "final_cost",
  "get_transaction_status",
  "use_priority_charging",
  "notify_allowed_energy_transfer",
  "notify_web_payment_started",
  "request_battery_swap",
  "send_signed_certificate",
  "set_password",
  "update_dynamic_schedule",
]);

export function arranged(command: string, fields: Field[]): { first: Field[]; more: Field[] } {
  const shown = fields.filter((it) => it.name !== "deadline_s");
  const names = FIRST[command];
  let first: Field[];
  if (names) first = names.flatMap((name) => shown.find((it) => it.name === name) ?? []);
  else first = shown.length <= FEW ? shown : shown.filter((it) => it.required);
  return { first, more: fields.filter((it) => !first.includes(it)) };
}

export type Control = "token" | "evse" | "connector" | "session" | "firmware" | "radio" | "plain";

/** By the field's name; names mean the same in all orders. */
export function controlOf(command: string, field: Field, station?: Station): Control {
  if (field.name === "token" && field.kind === "text") return "token";
  if (field.name === "evse" && station?.evses?.length) return "evse";
  if (field.name === "connector" && station?.evses?.length) return "connector";
  if (field.name === "transaction_id" && station) return "session";
  if (field.name === "file" && command === "update_firmware") return "firmware";
  if (command === "reset" && field.name === "kind") return "radio";
  if (command === "change_availability" && field.name === "operative") return "radio";
  return "plain";
}

/** Units stand at the end of names. */
export function unitOf(name: string): string {
  if (name.endsWith("_wh")) return "Wh";
  if (name.endsWith("_w")) return "W";
  if (name.endsWith("_a")) return "A";
  return name.endsWith("_s") ? "s" : "";
}

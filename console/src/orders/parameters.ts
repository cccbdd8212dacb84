// What an order was given, in words: each value with its unit, as the reader's language writes it.

import { duration, exactly, when } from "../words/figures.ts";
import { has, t, word } from "../words/words.svelte.ts";
import { unitOf } from "./arrangement.ts";

export type Values = Record<string, unknown>;

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const THOUSAND = new Set(["W", "Wh"]);

/** "Limit", without the unit that stands at the end of the API's name. */
export function labelOf(name: string): string {
  const told = word("orders.fields", name);
  return told === name ? name.replaceAll("_", " ").replace(/ (s|w|a|wh)$/, "") : told;
}

function figureOf(value: number, unit: string): string {
  if (unit === "s" && value >= 60 && value % 60 === 0) return duration(value);
  if (!unit && Number.isInteger(value)) return String(value); // a number that is a name
  return THOUSAND.has(unit) && Math.abs(value) >= 1000
    ? exactly(value / 1000, `k${unit}`)
    : exactly(value, unit);
}

/** Of a station's connectors, 0 stands for them all. */
const isWhole = (name: string, value: unknown): boolean => name === "evse" && value === 0;

function textOf(name: string, value: unknown): string {
  if (isWhole(name, value)) return t("orders.whole_station");
  if (name === "operative") return t(`orders.operative.${String(value)}`);
  if (typeof value === "number") return figureOf(value, unitOf(name));
  if (Array.isArray(value)) {
    const simple = value.every((it) => typeof it !== "object");
    return simple ? value.map((it) => textOf("", it)).join(", ") : `${value.length} ×`;
  }
  if (typeof value === "object") return (value as { uid?: string }).uid ?? "…";
  const text = String(value);
  if (MOMENT.test(text)) return when(text);
  return has(`orders.choices.${text}`) ? t(`orders.choices.${text}`) : text;
}

/** Names and texts, ready to be shown. */
export const parametersOf = (given: Values): { name: string; text: string }[] =>
  Object.entries(given)
    .filter(([name, value]) => value != null && name !== "command")
    .map(([name, value]) => ({ name: labelOf(name), text: textOf(name, value) }));

/** "Connector: 2 · Limit: 50 kW": what a list has room for, without what goes without saying. */
export const inLine = (given: Values): string =>
  parametersOf(Object.fromEntries(Object.entries(given).filter((it) => !isWhole(...it))))
    .map(({ name, text }) => `${name}: ${text}`)
    .join(" · ");

/** Whether something is left that only JSON shows whole. */
export const nested = (given: Values): boolean =>
  Object.values(given).some((it) =>
    (Array.isArray(it) ? it : [it]).some((one) => one !== null && typeof one === "object"),
  );

// What can be done differently for stations, and how it is told.

import type { Shape } from "../../api/client.ts";
import { exactly } from "../../words/figures.ts";
import { t, word } from "../../words/words.svelte.ts";

export type Profile = Shape<"QuirkProfile">;
export type Changes = Shape<"QuirkChanges">;

export const SWITCHES = ["ping", "deflate"] as const;
/** With what the server allows of them. */
export const NUMBERS = {
  calls_after_s: { min: 0, max: 300, step: 1, unit: "s" },
  start_answered_after_ms: { min: 0, max: 5_000, step: 1, unit: "ms" },
  call_bytes_max: { min: 256, max: 1_048_576, step: 1, unit: "B" },
} as const;
export type NumberName = keyof typeof NUMBERS;
export const NUMBER_NAMES = Object.keys(NUMBERS) as NumberName[];

/** Ours in the reader's language; what an operator wrote as it was written. */
export const why = (it: Profile, builtIn: readonly string[] = []): string =>
  builtIn.includes(it.name) ? word("quirk_reasons", it.name) : it.why;

export function told(changes: Changes): string {
  const said = SWITCHES.filter((name) => changes[name] !== undefined).map((name) =>
    t(`quirks.${name}_${changes[name] ? "on" : "off"}`),
  );
  for (const name of NUMBER_NAMES) {
    const value = changes[name];
    if (value !== undefined)
      said.push(t(`quirks.${name}_told`, { value: exactly(value, NUMBERS[name].unit) }));
  }
  return said.join(", ");
}

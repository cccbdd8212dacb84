// What a repair changes, figure by figure, in words.

import type { Shape } from "../../api/client.ts";
import { kilowattHours, NONE, when } from "../../words/figures.ts";
import { word } from "../../words/words.svelte.ts";

const FIGURES = ["state", "ended_at", "energy_wh", "stop_reason", "flags"] as const;
type Name = (typeof FIGURES)[number];

function told(name: Name, value: unknown, zone?: string): string {
  if (value == null || (Array.isArray(value) && !value.length)) return NONE;
  if (name === "energy_wh") return kilowattHours(Number(value));
  if (name === "ended_at") return when(String(value), zone);
  if (name === "state") return word("states", String(value));
  if (name === "stop_reason") return word("wire.reason", String(value));
  return (value as string[]).map((it) => word("flags", it)).join(", ");
}

/** Those that differ; the energy always, because it is what the decision is about. */
export function changesOf(repair: Shape<"RepairView">, zone?: string) {
  return FIGURES.map((name) => ({
    name,
    before: told(name, repair.before[name], zone),
    after: told(name, repair.after[name], zone),
  })).filter((it) => it.name === "energy_wh" || it.before !== it.after);
}

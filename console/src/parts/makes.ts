// Patterns of a station's make, as the server reads them: case is ignored, `*` is any text.

import type { Station } from "../live/fleet.svelte.ts";
import { wrong } from "./form.svelte.ts";
import { t } from "../words/words.svelte.ts";

export type Make = {
  vendor?: string | null | undefined;
  model?: string | null | undefined;
  firmware?: string | null | undefined;
};

/** Of what is on file; of something new it is all makes. */
export const makeOf = (it: Make | null): Make => ({
  vendor: it?.vendor ?? null,
  model: it?.model ?? null,
  firmware: it?.firmware ?? null,
});

/** Profiles and templates are named alike. Throws what a form shows. */
export function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(name)) throw wrong("name", t("makes.name_hint"));
}

const known = new Map<string, RegExp>();

function patternOf(text: string): RegExp {
  let found = known.get(text);
  if (!found) {
    const plain = text
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    try {
      found = new RegExp(`^${plain}$`, "is");
    } catch {
      found = /^\b$/; // a bracket that is still being typed
    }
    known.set(text, found);
  }
  return found;
}

const fit = (pattern: string | null | undefined, text: string | null | undefined): boolean =>
  !pattern || (text != null && patternOf(pattern).test(text.trim()));

export const fits = (make: Make, station: Station): boolean =>
  fit(make.vendor, station.vendor) &&
  fit(make.model, station.model) &&
  fit(make.firmware, station.firmware_version);

/** "ABB · Terra* · firmware 1.*", or that it is for all. */
export const told = (make: Make): string =>
  [make.vendor, make.model, make.firmware && t("makes.firmware_told", { firmware: make.firmware })]
    .filter(Boolean)
    .join(" · ") || t("makes.all");

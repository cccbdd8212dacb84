// Why something cannot be done, or ended by itself: in the reader's words where the server tells a code.

import type { Shape } from "../api/client.ts";
import shapes from "../../../src/ogniwo/web/texts/en/reasons.json";
import { counted, has, language, t } from "../words/words.svelte.ts";

type Impossible = Pick<Shape<"CapabilityView">, "why_not" | "why_not_code" | "why_not_of">;

export const whyNot = (it: Impossible): string =>
  has(`why_not.${it.why_not_code}`)
    ? t(`why_not.${it.why_not_code}`, { of: it.why_not_of ?? "" })
    : (it.why_not ?? "");

/** Of a job that neither runs nor is done. */
export function whyEnded(job: Shape<"JobView">): string {
  if (job.state === "stopped") return counted("jobs.stopped_because", job.failed);
  if (job.cancelled_by) return t("jobs.cancelled_by", { name: job.cancelled_by });
  return reasonOf(job);
}

/** Ours as the server stores them, in English; what is in braces may be anything. */
const OURS = Object.entries(shapes).map(([key, shape]) => {
  const literal = shape.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return { key, form: new RegExp(`^${literal.replace(/\{(\w+)\}/g, "(?<$1>.+)")}$`, "s") };
});

/**
 * Of a command, or of one station in a job: a reason of ours in the reader's language, also where it
 * is a part of another; what a station or a person said stays as it was said.
 */
export function reasonOf(it: { reason?: string | null | undefined }): string {
  const stored = it.reason ?? "";
  if (language() === "en") return stored;
  return has(`command_states.${stored}`) ? t(`command_states.${stored}`) : translated(stored);
}

function translated(stored: string): string {
  for (const { key, form } of OURS) {
    const found = form.exec(stored);
    if (!found) continue;
    const parts = Object.entries(found.groups ?? {}).map(([name, part]) => [
      name,
      translated(part),
    ]);
    return t(`reasons.${key}`, Object.fromEntries(parts));
  }
  // "Key: NotSupported (why); Other: Rejected": one for each thing that was asked for.
  const several = stored.split("; ");
  if (several.length > 1) return several.map(translated).join("; ");
  return stored.replace(/ \((.+)\)$/s, (_, part: string) => ` (${translated(part)})`);
}

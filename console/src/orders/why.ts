// Why something cannot be done, or ended by itself: in the reader's words where the server tells a code.

import type { Shape } from "../api/client.ts";
import { counted, has, t } from "../words/words.svelte.ts";

type Impossible = Pick<Shape<"CapabilityView">, "why_not" | "why_not_code" | "why_not_of">;

export const whyNot = (it: Impossible): string =>
  has(`why_not.${it.why_not_code}`)
    ? t(`why_not.${it.why_not_code}`, { of: it.why_not_of ?? "" })
    : (it.why_not ?? "");

/** Of a job that neither runs nor is done. */
export function whyEnded(job: Shape<"JobView">): string {
  if (job.state === "stopped") return counted("jobs.stopped_because", job.failed);
  if (job.cancelled_by) return t("jobs.cancelled_by", { name: job.cancelled_by });
  return job.reason ?? "";
}

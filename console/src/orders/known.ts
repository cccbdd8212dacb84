// What a form offers to choose from.

import { api, got, type Shape } from "../api/client.ts";
import type { Option } from "../parts/Pick.svelte";
import { t, word } from "../words/words.svelte.ts";

const FOUND_MAX = 20;
type Token = Shape<"TokenView">;

/** Tokens that begin like the text, and the text itself. */
export async function tokensLike(text: string): Promise<Option[]> {
  const wanted = text.replace(/[\s:-]/g, "").toUpperCase();
  const query = { limit: FOUND_MAX, ...(wanted ? { cursor: justBefore(wanted) } : {}) };
  const page = await got(api.GET("/api/v1/tokens", { params: { query } }));
  const known = page.items
    .filter((it) => it.uid.toUpperCase().startsWith(wanted))
    .map((it) => ({ value: it.uid, label: it.uid, hint: hintOf(it) }));
  if (!wanted || known.some((it) => it.value.toUpperCase() === wanted)) return known;
  return [...known, { value: wanted, label: wanted, hint: t("orders.token_unknown") }];
}

/** The list is by uid and goes on after its cursor: what stands right before the text. */
const justBefore = (text: string): string =>
  `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) - 1)}~`;

function hintOf(it: Token): string {
  const status = it.status === "accepted" ? "" : word("verdicts", it.status);
  return [word("orders.choices", it.type), it.driver_id, status].filter(Boolean).join(" · ");
}

export async function firmwareFiles(): Promise<Shape<"FirmwareView">[]> {
  return (await got(api.GET("/api/v1/firmware"))).items;
}

export async function runningSessions(station: string): Promise<Shape<"SessionView">[]> {
  const query = { station_id: station, running: true, limit: 100 };
  return (await got(api.GET("/api/v1/sessions", { params: { query } }))).items;
}

// What happened in a session, in the order of time: its own events, what the station said around
// them (plugged, card, limits, unplugged), and when the first kilowatt-hour was there.

import { api, got, type Shape } from "../../api/client.ts";
import type { Session } from "../../live/sessions.svelte.ts";
import type { Message } from "../../live/tail.svelte.ts";
import { kilowatts } from "../../words/figures.ts";
import { language, t } from "../../words/words.svelte.ts";

export type Entry = Shape<"TimelineEntry">;
type Sample = Shape<"SampleView">;
export type StepKind =
  | "plug"
  | "authorise"
  | "start"
  | "charging"
  | "first_kwh"
  | "paused"
  | "limit"
  | "order"
  | "stop"
  | "unplug"
  | "closed"
  | "told";
export type Step = {
  at: number;
  kind: StepKind;
  words: string;
  message?: string;
  received?: number; // where we heard of it well after it happened
};
export type Phase = { from: number; to: number; status: string };

const BEFORE_MS = 15 * 60_000;
const AFTER_MS = 30 * 60_000;
const LATER_MS = 60_000; // a queue that was kept offline comes in one go
const LATE_MS = 60_000; // as the timeline of the API has it
const SLACK_MS = 2_000; // many stations tell whole seconds
const FIRST_WH = 1_000;
const OFFER_CHANGED = 0.05; // of the offer before: less is the station's noise
const ORDERS = new Set([
  "RemoteStartTransaction",
  "RequestStartTransaction",
  "RemoteStopTransaction",
  "RequestStopTransaction",
  "UnlockConnector",
]);
const LIMITS = new Set(["SetChargingProfile", "ClearChargingProfile"]);
const AROUND = ["StatusNotification", "Authorize", ...ORDERS, ...LIMITS].join(",");

/** What the station and we said around the session, oldest first; also what was told later. */
export async function saidAround(session: Session, entries: Entry[]): Promise<Message[]> {
  const end = session.ended_at ? Date.parse(session.ended_at) + AFTER_MS : Date.now();
  const found = await said(session, Date.parse(session.started_at) - BEFORE_MS, end);
  const heard = entries.flatMap((it) => (it.received_at ? [Date.parse(it.received_at)] : []));
  if (heard.length && Math.max(...heard) > end - AFTER_MS) {
    const known = new Set(found.map((it) => it.id));
    const late = await said(session, Math.min(...heard) - SLACK_MS, Math.max(...heard) + LATER_MS);
    found.push(...late.filter((it) => !known.has(it.id)));
  }
  return found.sort((a, b) => toldAt(a) - toldAt(b));
}

async function said(session: Session, from: number, to: number): Promise<Message[]> {
  const query = {
    station_id: session.station_id,
    action: AROUND,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    limit: 500,
    lang: language(),
  };
  return (await got(api.GET("/api/v1/messages", { params: { query } }))).items.reverse();
}

/** When we heard of it, where that says something. */
function apart(at: number, received: string): { received?: number } {
  const heard = Date.parse(received);
  return Math.abs(heard - at) > LATE_MS ? { received: heard } : {};
}

type Payload = Record<string, unknown>;
const text = (payload: unknown, ...names: string[]): string => {
  let at: unknown = payload;
  for (const name of names) at = (at as Payload | null | undefined)?.[name];
  return typeof at === "string" || typeof at === "number" ? String(at) : "";
};

const evseOf = (call: unknown): string =>
  text(call, "evseId") || text(call, "evse", "id") || text(call, "connectorId");
const statusOf = (call: unknown): string => text(call, "connectorStatus") || text(call, "status");
const PLUGGED = new Set(["Preparing", "Occupied"]);

/** By the station's own clock where it says so: what was queued offline arrives later. */
function toldAt(message: Message): number {
  const own = message.direction === "up" ? Date.parse(text(message.call, "timestamp")) : NaN;
  return Number.isNaN(own) ? Date.parse(message.at) : own;
}

function ofMessages(messages: Message[], session: Session): Step[] {
  const start = Date.parse(session.started_at);
  const end = Date.parse(session.ended_at ?? "") + SLACK_MS;
  const evse = String(session.evse_id ?? "");
  const found: Step[] = [];
  let plug: Step | null = null;
  for (const message of messages) {
    const at = toldAt(message);
    const step = (kind: StepKind): Step => ({
      at,
      kind,
      words: message.words,
      message: message.id,
      ...apart(at, message.at),
    });
    const here = evseOf(message.call) === evse;
    if (message.action === "StatusNotification" && here) {
      const status = statusOf(message.call);
      if (status === "Available") {
        if (at > end - SLACK_MS && !found.some((it) => it.kind === "unplug"))
          found.push(step("unplug"));
        if (at < start) plug = null;
      } else if (PLUGGED.has(status) && at <= start) plug ??= step("plug");
    } else if (message.action === "Authorize") {
      const card = text(message.call, "idTag") || text(message.call, "idToken", "idToken");
      const known = card.toLowerCase() === session.token?.uid.toLowerCase();
      if (known && !(at > end)) found.push(step("authorise"));
    } else if (LIMITS.has(message.action) && (here || evseOf(message.call) === "0")) {
      if (at >= start && !(at > end)) found.push(step("limit"));
    } else if (ORDERS.has(message.action) && !(at > end)) {
      const concerns = here || text(message.call, "transactionId") === session.transaction_id;
      if (concerns) found.push(step("order"));
    }
  }
  return plug ? [plug, ...found] : found;
}

const KINDS: Record<string, StepKind> = {
  session_started: "start",
  session_ended: "stop",
  session_closed: "closed",
  token_judged: "authorise",
};

function ofEvent(entry: Entry, session: Session): Step {
  // Of a station whose clock is ahead nothing happens before the start that it told.
  const at = Math.max(Date.parse(entry.at), Date.parse(session.started_at));
  const changed = entry.kind === "session_changed";
  const paused = changed && String(entry.event?.data?.state) === "suspended";
  const charging = changed && String(entry.event?.data?.state) === "charging";
  const kind = paused ? "paused" : charging ? "charging" : (KINDS[entry.kind] ?? "told");
  const received = entry.received_at ? { received: Date.parse(entry.received_at) } : {};
  return { at, kind, words: entry.words, ...received };
}

function ofSamples(samples: Sample[], session: Session): Step[] {
  const found: Step[] = [];
  const measured = samples.find((it) => it.energy_wh != null)?.energy_wh;
  const declared = session.meter_start_wh;
  // Some declare the meter's whole life at the start and count from zero afterwards.
  const base = declared != null && measured != null && declared <= measured ? declared : measured;
  const first = samples.find((it) => base != null && (it.energy_wh ?? 0) - base >= FIRST_WH);
  const when = (it: Sample) => ({
    at: Date.parse(it.at),
    ...apart(Date.parse(it.at), it.received_at),
  });
  if (first) found.push({ ...when(first), kind: "first_kwh", words: t("session.first_kwh") });
  let before: number | null = null;
  for (const sample of samples) {
    const now = sample.offered_w;
    if (now == null) continue;
    if (before && Math.abs(now - before) > before * OFFER_CHANGED) {
      const words = t("session.offer_changed", { before: kilowatts(before), now: kilowatts(now) });
      found.push({ ...when(sample), kind: "limit", words });
    }
    before = now;
  }
  return found;
}

export function stepsOf(
  session: Session,
  entries: Entry[],
  messages: Message[],
  samples: Sample[],
): Step[] {
  const own = entries.filter((it) => it.event).map((it) => ofEvent(it, session));
  return [...ofMessages(messages, session), ...own, ...ofSamples(samples, session)].sort(
    (a, b) => a.at - b.at,
  );
}

/** Without gaps from the first step to the last: what was the case when. */
export function phasesOf(session: Session, entries: Entry[], steps: Step[], now: number): Phase[] {
  const end = session.ended_at ? Date.parse(session.ended_at) : now;
  const begun = Date.parse(session.started_at);
  const marks: { at: number; status: string }[] = [];
  const plug = steps.find((it) => it.kind === "plug");
  if (plug) marks.push({ at: plug.at, status: "preparing" });
  marks.push({ at: begun, status: "started" });
  for (const entry of entries) {
    if (entry.kind !== "session_changed" || !entry.event) continue;
    const { state, charging_state } = entry.event.data ?? {};
    const status = String(state) === "suspended" && charging_state ? charging_state : state;
    const at = Math.min(Math.max(Date.parse(entry.at), begun), end);
    if (status) marks.push({ at, status: String(status) });
  }
  const unplug = steps.find((it) => it.kind === "unplug");
  if (session.ended_at && unplug) marks.push({ at: end, status: "finishing" });
  const last = unplug ? unplug.at : end;
  return marks
    .map(({ at, status }, index) => ({ from: at, to: marks[index + 1]?.at ?? last, status }))
    .filter((it) => it.to > it.from && it.status !== "closed" && it.status !== "ended");
}

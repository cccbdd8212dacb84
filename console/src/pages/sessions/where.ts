// Which sessions are shown: what the address says, as the API asks for it; and what a row tells.

import { api, got } from "../../api/client.ts";
import { isRunning, sessions, type Session } from "../../live/sessions.svelte.ts";
import { word } from "../../words/words.svelte.ts";

export const SHOWN = ["all", "running", "flagged", "exception"] as const;
export const STATES = [
  "started",
  "charging",
  "suspended",
  "waiting_for_data",
  "ended",
  "closed",
] as const;
type State = (typeof STATES)[number];

/** The names in the address that choose sessions. */
export const NAMES = ["show", "station", "token", "state", "from", "to"] as const;
const PAGE = 100;

export function asked(query: URLSearchParams) {
  const given = (name: string) => query.get(name) || undefined;
  const shown = query.get("show");
  return {
    station_id: given("station"),
    token: given("token"),
    state: given("state") as State | undefined,
    running: shown === "running" || undefined,
    flagged: shown === "flagged" || undefined,
    exception: shown === "exception" || undefined,
    from: given("from"),
    to: given("to"),
  };
}

export type Asked = ReturnType<typeof asked>;

export const sessionsPage = (where: Asked, cursor: string | undefined, limit = PAGE) =>
  got(api.GET("/api/v1/sessions", { params: { query: { ...where, limit, cursor } } }));

/** The session as it is now, if it runs. */
export const current = (session: Session): Session => sessions.get(session.id) ?? session;

export const zoneOf = (session: Session): string | undefined => session.time_zone ?? undefined;

export function seconds(session: Session, now: number): number {
  const end = session.ended_at ? Date.parse(session.ended_at) : now;
  return Math.max(0, (end - Date.parse(session.started_at)) / 1000);
}

/** What it draws now, or drew on average. */
export function watts(session: Session, now: number): number | null {
  if (isRunning(session)) return session.power_w ?? null;
  const lasted = seconds(session, now);
  if (session.energy_wh == null || lasted < 1) return null;
  return (session.energy_wh * 3600) / lasted;
}

/** The state in words; a paused one says who paused it. */
export const stateWord = (session: Session): string =>
  session.state === "suspended" && session.charging_state
    ? word("status", session.charging_state)
    : word("states", session.state);

export const flagWords = (session: Session): string =>
  session.flags.map((it) => word("flags", it)).join(", ");

export const reasonWord = (session: Session): string => word("wire.reason", session.stop_reason);

export const place = (session: Session): string =>
  session.evse_id == null ? session.station_id : `${session.station_id} / ${session.evse_id}`;

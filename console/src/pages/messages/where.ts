// Which messages are shown: what the address says, as the API asks for it.

import { api, got } from "../../api/client.ts";
import type { Message } from "../../live/tail.svelte.ts";

/** What a page holds fast: its own station or session. */
export type Held = { station?: string | undefined; session?: string | undefined };

const PAGE = 100;

export const actionsOf = (query: URLSearchParams): string[] =>
  (query.get("action") ?? "").split(",").filter(Boolean);

/** The names in the address that choose messages. */
export const NAMES = [
  "station",
  "session",
  "action",
  "direction",
  "errors",
  "mid",
  "from",
  "to",
] as const;

export function asked(query: URLSearchParams, held: Held) {
  const given = (name: string) => query.get(name) || undefined;
  return {
    station_id: held.station ?? given("station"),
    session_id: held.session ?? given("session"),
    action: given("action"),
    direction: given("direction") as Message["direction"] | undefined,
    errors: query.get("errors") ? true : undefined,
    message_id: given("mid"),
    from: given("from"),
    to: given("to"),
  };
}

export type Asked = ReturnType<typeof asked>;

export const messagesPage = (where: Asked, cursor: string | undefined, limit = PAGE) =>
  got(api.GET("/api/v1/messages", { params: { query: { ...where, limit, cursor } } }));

/** Whether the stream's message is among those asked for. */
export function among(message: Message, where: Asked): boolean {
  return (
    (!where.station_id || message.station_id === where.station_id) &&
    (!where.session_id || message.session_id === where.session_id) &&
    (!where.action || where.action.split(",").includes(message.action)) &&
    (!where.direction || message.direction === where.direction) &&
    (!where.errors || troubleOf(message) !== null) &&
    (!where.message_id || message.message_id === where.message_id) &&
    (!where.to || message.at < where.to)
  );
}

/** Those that a person looks for, in the order of a session; any other can be typed. */
export const ACTIONS = [
  "BootNotification",
  "StatusNotification",
  "Authorize",
  "StartTransaction",
  "StopTransaction",
  "TransactionEvent",
  "MeterValues",
  "Heartbeat",
  "DataTransfer",
  "NotifyEvent",
  "SecurityEventNotification",
  "RemoteStartTransaction",
  "RemoteStopTransaction",
  "RequestStartTransaction",
  "RequestStopTransaction",
  "UnlockConnector",
  "Reset",
  "ChangeAvailability",
  "TriggerMessage",
  "ChangeConfiguration",
  "GetConfiguration",
  "SetVariables",
  "GetVariables",
  "SetChargingProfile",
  "ClearChargingProfile",
  "GetCompositeSchedule",
  "ReserveNow",
  "SendLocalList",
  "UpdateFirmware",
  "FirmwareStatusNotification",
  "GetDiagnostics",
  "GetLog",
  "SignCertificate",
] as const;

export type Trouble = "error" | "none" | "noted";

/** What is wrong with a message, if anything. */
export function troubleOf(message: Message): Trouble | null {
  if (message.answered === "error") return "error";
  if (message.answered === "none") return "none";
  return message.notes ? "noted" : null;
}

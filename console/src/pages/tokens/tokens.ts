// What is known of tokens: their words, how their uids are read, and how one is put on file.

import { api, got, type Shape } from "../../api/client.ts";

export type Token = Shape<"TokenView">;
export type Settings = Shape<"TokenSettings">;

export const TYPES = [
  "rfid",
  "app",
  "emaid",
  "keycode",
  "mac",
  "local",
  "direct_payment",
  "no_authorization",
] as const;
export const STATUSES = ["accepted", "blocked", "expired", "invalid", "stop_only"] as const;

export const addressOf = (uid: string): string => `/tokens/${encodeURIComponent(uid)}`;

export const settingsOf = (token: Token): Settings => ({
  type: token.type as Settings["type"],
  status: token.status as Settings["status"],
  group: token.group ?? null,
  expires_at: token.expires_at ?? null,
  concurrent: token.concurrent ?? false,
  driver_id: token.driver_id ?? null,
});

export const put = (uid: string, body: Settings): Promise<Token> =>
  got(api.PUT("/api/v1/tokens/{uid}", { params: { path: { uid } }, body }));

export const remove = (uid: string) =>
  api.DELETE("/api/v1/tokens/{uid}", { params: { path: { uid } } });

/** As it is stored: readers differ in case and separators. */
export function normal(uid: string): string {
  const trimmed = uid.trim().toUpperCase();
  const bare = trimmed.replace(/[:\s-]/g, "");
  return /^[0-9A-F]+$/.test(bare) ? bare : trimmed;
}

export const isHex = (uid: string): boolean => /^[0-9A-F]+$/.test(normal(uid));
export const bytesOf = (uid: string): number => normal(uid).length / 2;
/** What card readers tell: 4, 7 or 10 bytes. */
export const CARD_BYTES: readonly number[] = [4, 7, 10];

/** The same card as a reader tells it that begins with the last byte. */
export const reversed = (uid: string): string =>
  (normal(uid).match(/../g) ?? []).reverse().join("");

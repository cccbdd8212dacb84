// What an order does to people who are charging or want to, in plain words, before it is given.

import type { Shape } from "../api/client.ts";
import { counted, t } from "../words/words.svelte.ts";

type Station = Shape<"StationView">;
type Given = Record<string, unknown>;

/** With one sentence each, whatever else they are given. */
const SENTENCES: Record<string, string> = {
  update_firmware: "orders.does_update_firmware",
  set_password: "orders.does_set_password",
  raise_security_profile: "orders.does_raise_security_profile",
  set_network_profile: "orders.does_set_network_profile",
  delete_certificate: "orders.does_delete_certificate",
  clear_limit: "orders.does_clear_limit",
  clear_charging_profiles: "orders.does_clear_limit",
  set_variables: "orders.does_set_variables",
};

/** Empty: nobody is disturbed. */
export function consequences(
  command: string,
  given: Given,
  station?: Station,
  who?: string,
): string[] {
  const sentence = SENTENCES[command];
  if (sentence) return [t(sentence)];
  if (command === "reset") return ofReset(given, station);
  if (command === "remote_stop") return [t("orders.does_stop", { who: who ?? "" })];
  if (command === "unlock") {
    return running(station, given.evse).length ? [t("orders.does_unlock_session")] : [];
  }
  if (command === "change_availability" && given.operative === false) {
    return [
      t(given.evse ? "orders.does_disable_evse" : "orders.does_disable_station"),
      ...(running(station, given.evse).length ? [t("orders.does_disable_running")] : []),
    ];
  }
  if (command === "customer_information" && given.clear === true) {
    return [t("orders.does_clear_customer")];
  }
  return [];
}

function ofReset(given: Given, station?: Station): string[] {
  const sessions = running(station, given.evse);
  const resumes = given.kind === "on_idle" || given.kind === "immediate_and_resume";
  const told = [t(`orders.does_reset${given.kind === "on_idle" ? "_on_idle" : ""}`)];
  if (!resumes && sessions.length)
    told.push(counted("orders.does_reset_sessions", sessions.length));
  if (!resumes && !station) told.push(t("orders.does_reset_all_sessions"));
  return told;
}

function running(station: Station | undefined, evse: unknown) {
  const all = (station?.evses ?? []).filter((it) => it.session_id);
  return evse ? all.filter((it) => it.id === Number(evse)) : all;
}

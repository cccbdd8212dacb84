// Running sessions, newest first; their numbers grow as readings come in.

import { $, h, held, reconcile, set } from "./dom.js";
import { openStation } from "./drawer.js";
import { nameOf, sessionsInOrder, state } from "./state.js";
import { statusMark } from "./stations.js";
import { duration, fullTime, kilowattHours, kilowatts, number, t, when, word } from "./texts.js";

const ROWS_MAX = 200;

export function startSessions() {
  setInterval(drawDurations, 1000);
}

export function drawSessions() {
  const sessions = sessionsInOrder();
  if (!held()) {
    $("running-table").hidden = sessions.length === 0;
    $("running-empty").hidden = sessions.length > 0;
  }
  set($("running-count"), sessions.length ? number(sessions.length) : "");
  reconcile($("running"), sessions.slice(0, ROWS_MAX), (one) => one.id, sessionRow, held());
}

function drawDurations() {
  for (const cell of $("running").querySelectorAll("[data-since]")) {
    if (!cell.closest(".gone")) set(cell, duration(cell.dataset.since));
  }
}

/** What the session does, in the words of a connector where those say more. */
export function sessionStatus(session) {
  if (session.state === "started") return statusMark("preparing", word("states", "started"));
  if (session.charging_state?.startsWith("suspended")) return statusMark(session.charging_state);
  if (session.state === "suspended") return statusMark("suspended", word("states", "suspended"));
  return statusMark(session.state === "charging" ? "charging" : "unknown", word("states", session.state));
}

function cell(name, label, ...children) {
  return h(`span.${name}`, { role: "cell", "data-label": label }, ...children);
}

function sessionRow(session) {
  const name = h("b.name", { dir: "auto" });
  const place = h("span.about");
  const card = h("span", { dir: "auto" });
  const doing = cell("doing", t("page.state"));
  const since = h("span", { "data-since": session.started_at, title: `${when(session.started_at)}` });
  const energy = h("b.n", { "data-tick": "" });
  const power = h("b.n", { "data-tick": "" });
  const soc = h("span.n");
  const gauge = h("i.gauge", { "aria-hidden": "true" }, h("i"));
  const battery = cell("battery.num", t("page.battery"), soc, gauge);
  const open = h("button.open", { type: "button", onclick: () => openStation(session.station_id, open) }, name, place);
  const row = h("div.session", { role: "row", onclick: (event) => event.target.closest("button") || openStation(session.station_id, open) },
    cell("who", t("page.station"), open),
    cell("card", t("page.card"), card),
    doing,
    cell("time.num", t("page.duration"), since),
    cell("energy.num", t("page.energy"), energy, h("small", {}, " kWh")),
    cell("power.num", t("page.power"), power, h("small", {}, " kW")),
    battery,
  );
  row.update = (now) => {
    const station = state.stations.get(now.station_id);
    set(name, station ? nameOf(station) : now.station_id);
    set(place, now.evse_id == null ? "" : t("page.connector", { number: now.evse_id }));
    set(card, now.token?.uid ?? t("page.no_card"));
    if (doing.look !== now.state + now.charging_state) {
      doing.look = now.state + now.charging_state;
      doing.replaceChildren(sessionStatus(now));
    }
    since.title = fullTime(now.started_at);
    set(since, duration(now.started_at));
    set(energy, kilowattHours(now.energy_wh));
    set(power, kilowatts(now.power_w));
    set(soc, now.soc == null ? "–" : `${number(now.soc)}\u00a0%`);
    gauge.hidden = now.soc == null;
    gauge.firstChild.style.width = `${Math.max(0, Math.min(100, now.soc ?? 0))}%`;
  };
  return row;
}

// The list of stations: who is connected, what each connector does, how much power flows.

import { $, h, held, icon, reconcile, set } from "./dom.js";
import { openStation } from "./drawer.js";
import { changed, nameOf, sessionAt, state, stationsInOrder } from "./state.js";
import { fullTime, kilowatts, number, t, when, word } from "./texts.js";

const ROWS_MAX = 300;

const FILTERS = {
  all: () => true,
  charging: (one) => one.connected && one.evses.some((evse) => evse.status === "charging"),
  available: (one) => one.connected && one.evses.some((evse) => evse.status === "available"),
  faulted: (one) => isFaulted(one),
  offline: (one) => !one.connected,
};

export const isFaulted = (station) =>
  station.status === "faulted" || station.evses.some((evse) => evse.status === "faulted");

const shape = (status) => (status.startsWith("suspended") ? "suspended" : status);

/** A status as shape, colour and word; never colour alone. */
export function statusMark(status, text) {
  return h("span.status", { "data-status": shape(status) }, icon(shape(status)), h("span", {}, text ?? word("status", status)));
}

export function powerOf(station) {
  if (!station.connected) return null;
  const known = station.evses.map((evse) => powerOfEvse(station, evse)).filter((power) => power != null);
  return known.length ? known.reduce((sum, power) => sum + power, 0) : (station.power_w ?? null);
}

export const powerOfEvse = (station, evse) => sessionAt(station.id, evse.id)?.power_w ?? evse.power_w;

/** In a list "connected" is enough; who is gone is told since when. */
const shortText = (station) => (station.connected ? t("page.is_connected") : connectionText(station));

export function connectionText(station) {
  if (station.connected) return t("page.connected_since", { when: station.connected_since ? when(station.connected_since) : "–" });
  return station.last_seen_at ? t("page.offline_since", { when: when(station.last_seen_at) }) : t("page.never_seen");
}

const view = { filter: "all", search: "", chosen: false };

export function startStations() {
  $("filters").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(button.dataset.filter);
  });
  $("search").addEventListener("input", (event) => {
    view.search = event.target.value.trim().toLowerCase();
    view.chosen = true;
    changed();
  });
  $("clear-filter").addEventListener("click", () => {
    $("search").value = view.search = "";
    choose("all");
  });
}

function choose(filter) {
  view.filter = filter;
  view.chosen = true;
  for (const button of $("filters").children) button.setAttribute("aria-pressed", button.dataset.filter === filter);
  changed();
}

const matches = (one) =>
  !view.search ||
  [one.id, one.name, one.vendor, one.model, one.serial_number, one.firmware_version].some((text) => text?.toLowerCase().includes(view.search));

export function drawStations() {
  const stations = stationsInOrder();
  for (const button of $("filters").children) {
    set(button.querySelector("b"), number(stations.filter(FILTERS[button.dataset.filter]).length));
  }
  const found = stations.filter((one) => FILTERS[view.filter](one) && matches(one));
  const shown = found.slice(0, ROWS_MAX);
  reconcile($("station-list"), shown, (one) => one.id, stationRow, held() && !view.chosen);
  view.chosen = false; // what was asked for by hand comes at once
  $("find").hidden = stations.length === 0;
  $("stations-empty").hidden = stations.length > 0;
  $("stations-none").hidden = stations.length === 0 || found.length > 0;
  $("stations-more").hidden = found.length <= ROWS_MAX && state.complete;
  const total = number(found.length) + (state.complete ? "" : "+");
  set($("stations-more"), t("page.shown_of", { shown: number(shown.length), total }));
}

function stationRow(station) {
  const name = h("b.name", { dir: "auto" });
  const about = h("span.about", { dir: "auto" });
  const evses = h("ul.evses");
  const power = h("b.n", { "data-tick": "" });
  const link = h("span.link");
  const open = h("button.open", { type: "button", onclick: () => openStation(station.id, open) }, name, about);
  const row = h("li.station", { onclick: (event) => event.target.closest("button") || openStation(station.id, open) },
    open, evses, h("span.power", {}, power, h("small", {}, " kW")), link);
  row.update = (now) => {
    set(name, nameOf(now));
    set(about, [now.name ? now.id : null, now.vendor, now.model].filter(Boolean).join(" · "));
    row.dataset.connected = now.connected;
    drawEvses(evses, now);
    const power_w = powerOf(now);
    set(power, kilowatts(power_w));
    row.dataset.power = power_w ? "some" : "none";
    drawLink(link, now);
  };
  return row;
}

function drawLink(link, station) {
  const text = shortText(station);
  const look = `${station.connected}|${station.registration}|${text}`;
  if (link.look === look) return;
  link.look = look;
  link.title = station.connected ? connectionText(station) : station.last_seen_at ? fullTime(station.last_seen_at) : "";
  link.replaceChildren(
    ...(station.connected ? [] : [icon("offline")]),
    h("span", {}, station.registration === "accepted" ? text : word("registration", station.registration)),
  );
}

function drawEvses(list, station) {
  if (!station.evses.length) {
    list.rows?.clear();
    list.replaceChildren(h("li.dim", {}, t("page.no_evses")));
    return;
  }
  if (!list.rows?.size) list.replaceChildren();
  reconcile(list, station.evses, (evse) => evse.id, (evse) => evseChip(station.id, evse));
}

function evseChip(stationId) {
  const mark = h("span.mark");
  const text = h("span.word");
  const power = h("span.n", { "data-tick": "" });
  const number_ = h("b");
  const chip = h("li.evse", {}, number_, mark, text, power);
  chip.update = (evse) => {
    set(number_, String(evse.id));
    const station = state.stations.get(stationId);
    const power_w = evse.status === "charging" && station ? powerOfEvse(station, evse) : null;
    const trouble = evse.error_code ? word("wire.error", evse.error_code) : "";
    set(power, power_w == null ? "" : `${kilowatts(power_w)}\u00a0kW`);
    set(text, trouble ? `${word("status", evse.status)}: ${trouble}` : word("status", evse.status));
    if (chip.dataset.status === shape(evse.status)) return;
    chip.dataset.status = shape(evse.status);
    mark.replaceChildren(icon(shape(evse.status)));
  };
  return chip;
}

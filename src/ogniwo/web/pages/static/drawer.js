// One station: facts, connectors with what can be ordered from them, messages in words, commands.

import { askOrder } from "./ask.js";
import { get } from "./api.js";
import { $, h, icon, reconcile, set, soon } from "./dom.js";
import { nameOf, onChange, onEvent, sessionAt, state } from "./state.js";
import { connectionText, powerOfEvse, statusMark } from "./stations.js";
import { duration, fullTime, kilowattHours, kilowatts, language, milliseconds, t, timeOfDay, when, word } from "./texts.js";

const MESSAGES = 50;
const POLL_MS = 5000; // heartbeats and readings are messages but no events

let open = null; // { id, opener, ...elements }

export function openStation(id, opener = null) {
  if (open?.id === id) return open.root.focus();
  const back = opener ?? open?.opener;
  open = { id, opener: back, root: $("drawer"), messages: new Map(), cursor: null };
  history.replaceState(null, "", `#station=${encodeURIComponent(id)}`);
  build();
  draw();
  refreshMessages();
  refreshCommands();
  open.root.hidden = false;
  document.body.dataset.drawer = "open";
  open.root.scrollTop = 0;
  open.root.focus({ preventScroll: true });
}

export function closeStation() {
  if (!open) return;
  const { root, opener } = open;
  open = null;
  root.hidden = true;
  delete document.body.dataset.drawer;
  history.replaceState(null, "", location.pathname);
  opener?.isConnected && opener.focus({ preventScroll: true });
}

export function startDrawer() {
  onChange(() => open && draw());
  const freshMessages = soon(() => open && refreshMessages(), 700);
  const freshCommands = soon(() => open && refreshCommands(), 300);
  onEvent((event) => {
    if (!open || event.station_id !== open.id) return;
    freshMessages();
    if (event.kind === "command_changed") freshCommands();
  });
  setInterval(() => open && !document.hidden && refreshMessages(), POLL_MS);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open && !$("ask").open) closeStation();
  });
  openFromAddress();
  addEventListener("hashchange", openFromAddress);
}

function openFromAddress() {
  const id = new URLSearchParams(location.hash.slice(1)).get("station");
  if (id) openStation(id);
}

function build() {
  open.name = h("h2", { id: "d-name", dir: "auto" });
  open.state = h("p.link");
  open.facts = h("dl.facts");
  open.evses = h("ul.connectors");
  open.list = h("ol.trace");
  open.none = h("p.empty", {}, t("page.loading"));
  open.older = h("button.quiet", { type: "button", hidden: true, onclick: olderMessages }, t("page.older"));
  open.orders = h("ol.orders");
  open.noOrders = h("p.dim", {}, t("page.loading"));
  const restart = h("button", { type: "button", onclick: () => ask("reset") }, t("page.restart"));
  open.root.replaceChildren(
    h("header", {},
      h("div", {}, open.name, open.state),
      h("button.icon", { type: "button", "aria-label": t("page.back"), title: t("page.close"), onclick: closeStation }, icon("close"))),
    open.facts,
    h("section", {}, h("header", {}, h("h3", {}, t("page.connectors")), restart), open.evses),
    h("section", {}, h("h3", {}, t("page.station_commands")), open.noOrders, open.orders),
    h("section", {}, h("h3", {}, t("page.messages")), open.none, open.list, open.older),
  );
}

function draw() {
  const station = state.stations.get(open.id);
  if (!station) {
    set(open.name, open.id);
    return;
  }
  set(open.name, nameOf(station));
  const link = connectionText(station);
  if (open.state.look !== link) {
    open.state.look = link;
    open.state.replaceChildren(icon(station.connected ? "available" : "offline"), h("span", {}, link));
    open.state.dataset.connected = station.connected;
  }
  drawFacts(station);
  reconcile(open.evses, station.evses, (evse) => evse.id, connectorRow);
}

function drawFacts(station) {
  const facts = [
    ["identity", station.id],
    ["model", [station.vendor, station.model].filter(Boolean).join(" ")],
    ["serial", station.serial_number],
    ["firmware", station.firmware_version],
    ["protocol", station.protocol],
    ["registered", word("registration", station.registration)],
    ["booted", station.booted_at && when(station.booted_at)],
    ["last_seen", station.last_seen_at && when(station.last_seen_at)],
  ].filter(([, value]) => value);
  const look = JSON.stringify(facts);
  if (open.facts.look === look) return;
  open.facts.look = look;
  open.facts.replaceChildren(...facts.map(([key, value]) => h("div", {}, h("dt", {}, t(`page.${key}`)), h("dd", { dir: "auto" }, value))));
}

function ask(kind, evse) {
  const station = state.stations.get(open.id);
  if (station) askOrder(kind, station, evse, evse ? sessionAt(station.id, evse.id) : null);
}

function connectorRow(first) {
  let evse = first;
  const status = h("span");
  const trouble = h("p.problem", { hidden: true });
  const session = h("p.dim");
  const button = (kind) => h("button", { type: "button", onclick: () => ask(kind, evse) }, t(`page.${kind}`));
  const buttons = { start: button("start"), stop: button("stop"), unlock: button("unlock"), disable: button("disable"), enable: button("enable") };
  const row = h("li.connector", {},
    h("div", {}, h("p", {}, h("b", {}, t("page.connector", { number: first.id })), " ", status), trouble, session),
    h("div.actions", {}, ...Object.values(buttons)));
  row.update = (now) => {
    evse = now;
    const running = sessionAt(open.id, now.id);
    const station = state.stations.get(open.id);
    const power = running ? powerOfEvse(station, now) : null;
    if (status.look !== now.status) {
      status.look = now.status;
      status.replaceChildren(statusMark(now.status));
    }
    const details = [now, ...now.connectors].flatMap((one) => [one.error_code && word("wire.error", one.error_code), one.vendor_error_code, one.info]);
    set(trouble, [...new Set(details.filter(Boolean))].join(" · "));
    trouble.hidden = trouble.textContent === "";
    set(session, running ? [running.token?.uid ?? t("page.no_card"), duration(running.started_at), `${kilowattHours(running.energy_wh)}\u00a0kWh`, power == null ? "" : `${kilowatts(power)}\u00a0kW`].filter(Boolean).join(" · ") : "");
    buttons.start.hidden = Boolean(running);
    buttons.stop.hidden = !running;
    buttons.enable.hidden = now.status !== "unavailable";
    buttons.disable.hidden = now.status === "unavailable";
  };
  return row;
}

async function refreshMessages(cursor = null) {
  const mine = open;
  const query = new URLSearchParams({ station_id: mine.id, limit: MESSAGES, lang: language });
  if (cursor) query.set("cursor", cursor);
  try {
    const page = await get(`/messages?${query}`);
    if (open !== mine) return;
    for (const message of page.items) mine.messages.set(message.id, message);
    if (cursor || mine.cursor === null) mine.cursor = page.next_cursor ?? "";
  } catch (problem) {
    set(mine.none, problem.message);
    return;
  }
  const newest = [...mine.messages.values()].sort((a, b) => (BigInt(b.id) > BigInt(a.id) ? 1 : -1));
  reconcile(mine.list, newest, (one) => one.id, messageRow);
  mine.none.hidden = newest.length > 0;
  set(mine.none, t("page.no_messages"));
  mine.older.hidden = !mine.cursor;
}

const olderMessages = () => refreshMessages(open.cursor);

function messageRow(message) {
  const raw = h("div.raw");
  const up = message.direction === "up";
  const row = h("li", {}, h("details", { ontoggle: () => showRaw(raw, message) },
    h("summary", {},
      h("time", { datetime: message.at, title: fullTime(message.at) }, timeOfDay(message.at)),
      icon(up ? "up" : "down", t(up ? "page.from_station" : "page.to_station")),
      h("span.words", { dir: "auto", "data-answered": message.answered }, message.words, " ", h("small.dim", {}, message.answered === "none" ? "" : `(${milliseconds(message.latency_ms)})`))),
    raw));
  row.update = () => {};
  return row;
}

function showRaw(raw, message) {
  if (raw.firstChild) return;
  const pretty = (value) => h("pre", { tabindex: "0" }, typeof value === "string" ? value : JSON.stringify(value, null, 2));
  raw.append(
    h("p.dim.small", {}, `${message.action} · ${message.message_id}`),
    h("h4", {}, t("page.raw_call")), pretty(message.call),
    ...(message.answer == null ? [] : [h("h4", {}, t("page.raw_answer")), pretty(message.answer)]),
    ...(message.notes ? [h("p.problem", {}, message.notes)] : []));
}

async function refreshCommands() {
  const mine = open;
  try {
    const page = await get(`/commands?station_id=${encodeURIComponent(mine.id)}&limit=5`);
    if (open !== mine) return;
    reconcile(mine.orders, page.items, (one) => one.id, orderRow);
    mine.noOrders.hidden = page.items.length > 0;
    set(mine.noOrders, t("page.no_commands"));
  } catch (problem) {
    set(mine.noOrders, problem.message);
  }
}

function orderRow(first) {
  const outcome = h("span.outcome");
  const why = h("p.dim.small");
  const row = h("li", {},
    h("time", { datetime: first.created_at, title: fullTime(first.created_at) }, when(first.created_at)),
    h("div", {}, h("p", {}, h("b", {}, word("commands", first.command)), " ", outcome), why));
  row.update = (command) => {
    outcome.dataset.state = command.state;
    set(outcome, word("command_states", command.state));
    set(why, [command.result && t("page.station_said", { result: word("wire.answer", command.result) }), command.reason, t("page.by", { author: command.author })].filter(Boolean).join(" · "));
  };
  return row;
}

// Ordering something: ask first, send, then show what really came of it.

import { get, post, Problem, stationPath } from "./api.js";
import { $, h, say } from "./dom.js";
import { nameOf } from "./state.js";
import { t, word } from "./texts.js";

const POLL_MS = 1000;
const WATCH_MS = 200000; // longer than any effect is waited for
const GOOD = new Set(["accepted", "applied"]);
const CARD = "ogniwo_card"; // the last one used, for this tab only

const ORDERS = {
  start: (evse, session, fields) => ({ command: "remote_start", token: fields.card.value.trim(), evse: evse.id }),
  stop: (evse, session) => ({ command: "remote_stop", transaction_id: session.transaction_id }),
  unlock: (evse) => ({ command: "unlock", evse: evse.id, connector: evse.connectors[0]?.id ?? 1 }),
  disable: (evse) => ({ command: "change_availability", operative: false, evse: evse.id }),
  enable: (evse) => ({ command: "change_availability", operative: true, evse: evse.id }),
  reset: (evse, session, fields) => ({ command: "reset", kind: fields.kind.value }),
};

export function askOrder(kind, station, evse, session) {
  const dialog = $("ask");
  const fields = {};
  const result = h("div.result", { role: "status" });
  const cancel = h("button", { type: "button", onclick: () => dialog.close() }, t("page.cancel"));
  const confirm = h("button.primary", {}, t("page.confirm"));
  const form = h("form", { onsubmit: (event) => {
    event.preventDefault();
    if (fields.card) sessionStorage.setItem(CARD, fields.card.value.trim());
    for (const field of Object.values(fields)) field.disabled = true;
    confirm.hidden = true;
    cancel.textContent = t("page.close");
    cancel.focus();
    send(dialog, station, ORDERS[kind](evse, session, fields), result);
  } },
    h("h2", { id: "ask-title", dir: "auto" }, t(`page.confirm_${kind}`, { evse: evse?.id, station: nameOf(station) })),
    ...extraFields(kind, fields),
    station.connected ? null : h("p.dim", {}, t("page.waiting_hint")),
    result,
    h("div.actions", {}, cancel, confirm));
  dialog.replaceChildren(form);
  dialog.showModal();
  (fields.card ?? cancel).focus();
}

function extraFields(kind, fields) {
  if (kind === "start") {
    fields.card = h("input", { id: "ask-card", required: true, maxlength: 255, autocomplete: "off", spellcheck: "false" });
    fields.card.value = sessionStorage.getItem(CARD) ?? "";
    return [h("label", { for: "ask-card" }, t("page.card_to_use")), fields.card];
  }
  if (kind === "reset") {
    fields.kind = h("select", { id: "ask-kind" }, h("option", { value: "soft" }, t("page.reset_soft")), h("option", { value: "hard" }, t("page.reset_hard")));
    return [h("label", { for: "ask-kind" }, t("page.reset_kind")), fields.kind];
  }
  return [];
}

async function send(dialog, station, order, result) {
  result.replaceChildren(h("p.working", {}, t("page.sending")));
  try {
    let command = await post(`${stationPath(station.id)}/commands`, order);
    const end = Date.now() + WATCH_MS;
    show(result, command);
    while (!command.finished_at && dialog.open && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      command = await get(`/commands/${command.id}`);
      show(result, command);
    }
    if (!dialog.open && command.finished_at) say(word("command_states", command.state));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    result.replaceChildren(h("p.outcome", { "data-state": "failed" }, t("page.problem")), h("p", {}, problem.message));
  }
}

function show(result, command) {
  const look = JSON.stringify([command.state, command.result, command.reason]);
  if (result.look === look) return;
  result.look = look;
  const done = command.finished_at;
  result.replaceChildren(
    h(done ? "p.outcome" : "p.outcome.working", { "data-state": command.state }, word("command_states", command.state)),
    ...(command.result ? [h("p", {}, t("page.station_said", { result: word("wire.answer", command.result) }))] : []),
    ...(command.reason ? [h("p.dim", { dir: "auto" }, command.reason)] : []));
  result.dataset.good = Boolean(done && GOOD.has(command.state));
}

// The last events in words, and connections that were refused with the way to let them in.

import { post, Problem } from "./api.js";
import { $, h, held, icon, reconcile, say, set } from "./dom.js";
import { openStation } from "./drawer.js";
import { changed, freshAttempts, nameOf, state } from "./state.js";
import { fullTime, has, plural, t, timeOfDay, when } from "./texts.js";


export function startEvents() {
  $("events-fresh").addEventListener("click", () => {
    drawEvents(true);
  });
}

export function drawEvents(release = false) {
  const waiting = reconcile($("events"), state.events, (one) => one.id, eventRow, !release && held());
  $("events-fresh").hidden = waiting === 0;
  set($("events-fresh"), waiting ? plural("new_rows", waiting) : "");
  $("events-empty").hidden = state.events.length > 0;
}

function toneOf(event) {
  if (event.kind === "status_changed") return event.data.after ?? "";
  if (event.kind === "station_disconnected") return "offline";
  if (event.kind === "connection_refused" || event.kind === "session_flagged" || event.kind === "orphan_stored") return "warn";
  if (event.kind === "session_started") return "charging";
  return "";
}

function eventRow(event) {
  const station = event.station_id ? state.stations.get(event.station_id) : null;
  const name = station ? nameOf(station) : event.station_id;
  const open = name && h("button.open", { type: "button", dir: "auto", onclick: () => openStation(event.station_id, open) }, name);
  const row = h("li.event", { "data-tone": toneOf(event) },
    h("time", { datetime: event.at, title: fullTime(event.at) }, timeOfDay(event.at)),
    h("span.what", {}, open, name ? " " : "", event.words));
  row.update = () => {};
  return row;
}

let letting = false; // somebody just let one in: its row may go at once

export function drawAttempts() {
  const hold = held() && !letting;
  reconcile($("attempts"), state.attempts, (one) => one.id, attemptRow, hold);
  if (!hold) $("attempts-panel").hidden = state.attempts.length === 0;
}

function attemptRow(attempt) {
  const known = has(`refusals.${attempt.reason}.title`);
  const name = attempt.identity || t("page.nameless");
  const count = h("span");
  const problem = h("p.problem", { role: "alert", hidden: true });
  const accept = attempt.reason === "unknown_station" && attempt.identity
    ? h("button.primary", { type: "button", "aria-label": t("page.accept_named", { id: attempt.identity }), onclick: () => letIn(attempt, accept, problem) }, t("page.accept"))
    : null;
  const row = h("li.attempt", {},
    icon(accept ? "preparing" : "faulted"),
    h("div", {},
      h("p.who", {}, h("b", { dir: "auto" }, name), " ", h("span.dim", {}, attempt.peer)),
      h("p", {}, known ? t(`refusals.${attempt.reason}.title`) : attempt.detail || attempt.reason, " ",
        known && h("span.dim", {}, t(`refusals.${attempt.reason}.do`))),
      known && attempt.detail && h("p.dim.small", {}, attempt.detail),
      h("p.dim.small", {}, count),
      problem),
    accept);
  row.update = (now) => set(count, `${plural("tries", now.count)}, ${t("page.last_try", { when: when(now.last_at) })}`);
  return row;
}

async function letIn(attempt, button, problem) {
  button.disabled = true;
  button.textContent = t("page.accepting");
  problem.hidden = true;
  try {
    const station = await post(`/connection-attempts/${attempt.id}/accept`);
    state.stations.set(station.id, station);
    state.attempts = state.attempts.filter((one) => one.id !== attempt.id);
    letting = true;
    setTimeout(() => (letting = false), 500);
    say(t("page.accepted", { id: station.id }));
    freshAttempts();
    changed();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.hidden = false;
    problem.textContent = error.message;
    button.disabled = false;
    button.textContent = t("page.accept");
  }
}

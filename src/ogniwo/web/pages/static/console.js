// The operator's page: a snapshot first, then the live stream; drawn again when something changed.

import { follow } from "./api.js";
import { $, holdWhileBusy, set } from "./dom.js";
import { startDrawer } from "./drawer.js";
import { drawAttempts, drawEvents, startEvents } from "./events.js";
import { switchTheme } from "./preferences.js";
import { drawSessions, startSessions } from "./sessions.js";
import { changed, isCharging, loadSnapshot, onChange, onEvents, onSessions, onStations, state } from "./state.js";
import { drawStations, startStations } from "./stations.js";
import { kilowattHours, kilowatts, number, t } from "./texts.js";

const sum = (items, value) => items.reduce((total, item) => total + (value(item) ?? 0), 0);

function drawOverview() {
  const stations = [...state.stations.values()];
  const sessions = [...state.sessions.values()];
  const faults = sum(stations, (one) => one.evses.filter((evse) => evse.status === "faulted").length || Number(one.status === "faulted"));
  set($("n-connected"), number(stations.filter((one) => one.connected).length));
  set($("n-total"), t("page.of", { total: number(stations.length) + (state.complete ? "" : "+") }));
  set($("n-charging"), number(sessions.filter(isCharging).length));
  set($("n-power"), kilowatts(sum(sessions, (one) => one.power_w)));
  set($("n-energy"), kilowattHours(sum(sessions, (one) => one.energy_wh)));
  set($("n-faults"), number(faults));
  $("tile-faults").dataset.loud = faults > 0;
}

function tellLive(stateNow, text) {
  $("live").dataset.state = stateNow;
  set($("live-text"), text);
}

function notice(text) {
  $("notice").hidden = !text;
  set($("notice"), text);
}

async function snapshot() {
  try {
    await loadSnapshot();
    notice("");
    tellLive("live", t("page.live"));
  } catch (problem) {
    if (problem.status === 401) return leave(problem);
    notice(problem.message);
    setTimeout(snapshot, 5000);
  }
}

function leave(problem) {
  tellLive("lost", problem.message);
  notice(problem.message);
  setTimeout(() => location.reload(), 1500); // without a session the server shows the form
}

function copyUrl() {
  const button = $("copy-url");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText($("ocpp-url").textContent);
      button.textContent = t("page.copied");
      setTimeout(() => (button.textContent = t("page.copy")), 2000);
    } catch {
      getSelection().selectAllChildren($("ocpp-url")); // not permitted here: select it instead
    }
  });
}

onChange(() => {
  if (!state.loaded) return;
  drawOverview();
  drawAttempts();
  drawSessions();
  drawStations();
  drawEvents();
});

switchTheme(t);
holdWhileBusy(document.querySelector(".columns"), changed);
startStations();
startSessions();
startEvents();
startDrawer();
copyUrl();
follow({
  opened: snapshot,
  lost: () => {
    tellLive("lost", t("page.live_lost"));
    if (!state.loaded) snapshot(); // where only the stream is in trouble, show what there is
  },
  refused: leave,
  on: { event: onEvents, sessions: onSessions, stations: onStations },
});
setInterval(changed, 60000); // "since" texts change with the day even when nothing else does

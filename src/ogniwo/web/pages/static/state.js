// What the page knows: a snapshot of the API, kept current by the live stream's deltas.

import { all, get, stationPath } from "./api.js";
import { soon } from "./dom.js";
import { language } from "./texts.js";

const STATION_PAGES = 5; // of 1,000; who has more needs a console, not a page
const SESSION_PAGES = 2;
const EVENTS_KEPT = 60;
const RUNNING = new Set(["started", "charging", "suspended"]);
const order = new Intl.Collator(language, { numeric: true, sensitivity: "base" });

export const state = {
  stations: new Map(),
  sessions: new Map(), // running ones
  attempts: [],
  events: [],
  complete: true,
  loaded: false,
};

const listeners = new Set();
export const onChange = (listener) => listeners.add(listener);
const heard = new Set();
export const onEvent = (listener) => heard.add(listener);

let frame = null;
export function changed() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    byPlace = null;
    for (const listener of listeners) listener();
  });
}

export const nameOf = (station) => station.name || station.id;
export const stationsInOrder = () =>
  [...state.stations.values()].sort((a, b) => order.compare(nameOf(a), nameOf(b)) || order.compare(a.id, b.id));
export const sessionsInOrder = () =>
  [...state.sessions.values()].sort((a, b) => b.started_at.localeCompare(a.started_at) || b.id.localeCompare(a.id));

let byPlace = null; // made anew for each drawing: looked into once for every connector
export function sessionAt(stationId, evseId) {
  byPlace ??= new Map([...state.sessions.values()].map((one) => [`${one.evse_id} ${one.station_id}`, one]));
  return byPlace.get(`${evseId} ${stationId}`);
}
export const isCharging = (session) => session.state === "charging";

let waiting = null; // deltas that arrive while a snapshot is on its way

export async function loadSnapshot() {
  const mine = (waiting = []);
  const [stations, sessions, attempts, events] = await Promise.all([
    all("/stations", STATION_PAGES),
    all("/sessions?running=true", SESSION_PAGES),
    get("/connection-attempts?limit=20"),
    get(`/event-log?limit=${EVENTS_KEPT}&lang=${language}`),
  ]);
  if (waiting !== mine) return; // a newer snapshot is on its way
  waiting = null;
  state.stations = new Map(stations.items.map((one) => [one.id, one]));
  state.sessions = new Map(sessions.items.map((one) => [one.id, one]));
  state.attempts = attempts.items;
  state.events = events.items;
  state.complete = stations.complete;
  state.loaded = true;
  for (const [apply, data] of mine) apply(data);
  changed();
}

/** Wraps a handler of the stream so that a snapshot under way cannot undo what it did. */
const live = (apply) => (data) => {
  if (waiting) waiting.push([apply, data]);
  if (state.loaded) apply(data);
  changed();
};

export const onStations = live((moved) => {
  for (const now of moved) {
    const known = state.stations.get(now.id);
    if (!known) {
      freshStations.add(now.id);
      continue;
    }
    const { evses, ...rest } = now;
    Object.assign(known, rest);
    for (const evse of evses) {
      const before = known.evses.find((one) => one.id === evse.id);
      if (before) Object.assign(before, evse);
      else freshStations.add(now.id); // its connectors are not in the stream
    }
  }
  refresh();
});

export const onSessions = live((moved) => {
  for (const now of moved) {
    const known = state.sessions.get(now.id);
    if (!RUNNING.has(now.state)) state.sessions.delete(now.id);
    else if (known) Object.assign(known, now);
    else freshSessions.add(now.id);
  }
  refresh();
});

export const onEvents = live((event) => {
  if (state.events.some((one) => one.id === event.id)) return;
  state.events = [event, ...state.events].slice(0, EVENTS_KEPT);
  if (STATION_NEWS.has(event.kind) && event.station_id) freshStations.add(event.station_id);
  if (event.kind === "session_started" && event.session_id) freshSessions.add(event.session_id);
  if (event.kind === "session_ended" || event.kind === "session_closed") state.sessions.delete(event.session_id);
  if (event.kind === "connection_refused" || event.kind === "station_created") freshAttempts();
  for (const listener of heard) listener(event);
  refresh();
});

const STATION_NEWS = new Set(["station_created", "station_booted", "registration_changed"]);
const freshStations = new Set();
const freshSessions = new Set();

const refresh = soon(async () => {
  const stations = [...freshStations];
  const sessions = [...freshSessions];
  freshStations.clear();
  freshSessions.clear();
  if (stations.length + sessions.length > 20) return loadSnapshot().catch(() => {});
  await Promise.allSettled([
    ...stations.map(async (id) => {
      try {
        state.stations.set(id, await get(stationPath(id)));
      } catch (problem) {
        if (problem.status === 404) state.stations.delete(id); // it was removed
      }
    }),
    ...sessions.map(async (id) => {
      const session = await get(`/sessions/${id}`);
      if (RUNNING.has(session.state)) state.sessions.set(id, session);
    }),
  ]);
  if (stations.length + sessions.length) changed();
}, 300);

export const freshAttempts = soon(async () => {
  try {
    state.attempts = (await get("/connection-attempts?limit=20")).items;
    changed();
  } catch {
    // the next event or snapshot brings them
  }
}, 500);

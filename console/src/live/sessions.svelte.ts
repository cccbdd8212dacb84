// The sessions that run now: taken once, then kept current by the stream.
//
// Like the fleet: plain objects, and numbers that say that something moved.

import { api, got, Problem, type Shape } from "../api/client.ts";
import { soon } from "./resource.svelte.ts";
import { stream } from "./stream.svelte.ts";

export type Session = Shape<"SessionView">;
/** What moves in a session between two of its events. */
export type SessionLive = Pick<Session, "id" | "station_id" | "evse_id" | "state"> &
  Partial<Pick<Session, "charging_state" | "energy_wh" | "power_w" | "soc">>;

const PAGE = 1000;
const AT_ONCE = 30; // asked for one by one; of more, all are taken anew
const RUNNING = new Set(["started", "charging", "suspended"]);

export const isRunning = (session: { state: string }): boolean => RUNNING.has(session.state);

class Sessions {
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Grows with every change of any running session. */
  version = $state(0);
  /** Grows when sessions begin or end. */
  members = $state(0);
  #running = new Map<string, Session>();
  #unknown = new Set<string>();
  #users = 0;
  #leave: (() => void)[] = [];

  /** Newest first. */
  all(): Session[] {
    return [...this.#running.values()].sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
  }

  get(id: string): Session | undefined {
    return this.#running.get(id);
  }

  at(station: string, evse?: number): Session[] {
    return this.all().filter(
      (it) => it.station_id === station && (evse === undefined || it.evse_id === evse),
    );
  }

  get size(): number {
    return this.#running.size;
  }

  /** Keeps the copy current until the returned function is called: call it in an effect. */
  follow(): () => void {
    if (this.#users++ === 0) {
      this.#leave = [
        stream.follow<SessionLive[]>("sessions", (moved) => this.#moved(moved)),
        stream.follow<Shape<"EventView">>("events", (event) => this.#happened(event)),
        stream.onGap(() => void this.take()),
      ];
      void this.take();
    }
    return () => {
      if (--this.#users === 0) for (const leave of this.#leave) leave();
    };
  }

  async take(): Promise<void> {
    const found = new Map<string, Session>();
    try {
      let cursor: string | undefined;
      do {
        const query = { running: true, limit: PAGE, cursor };
        const page = await got(api.GET("/api/v1/sessions", { params: { query } }));
        for (const session of page.items) found.set(session.id, session);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
      return;
    }
    this.#running = found;
    this.problem = null;
    this.loaded = true;
    this.#changed(true);
  }

  #moved(moved: SessionLive[]): void {
    let members = false;
    for (const now of moved) {
      const known = this.#running.get(now.id);
      if (!isRunning(now)) members = this.#running.delete(now.id) || members;
      else if (known) Object.assign(known, now);
      else this.#unknown.add(now.id);
    }
    this.#changed(members);
    if (this.#unknown.size) this.#learn();
  }

  #happened(event: Shape<"EventView">): void {
    const id = event.session_id;
    if (!id) return;
    if (event.kind === "session_ended" || event.kind === "session_closed") {
      this.#unknown.delete(id);
      if (this.#running.delete(id)) this.#changed(true);
    } else if (event.kind === "session_started" || event.kind === "session_flagged") {
      this.#unknown.add(id);
      this.#learn();
    }
  }

  #changed(members: boolean): void {
    this.version += 1;
    if (members) this.members += 1;
  }

  #learn = soon(() => void this.#fetchUnknown(), 300);

  async #fetchUnknown(): Promise<void> {
    const wanted = [...this.#unknown];
    this.#unknown.clear();
    if (wanted.length > AT_ONCE) return this.take();
    const path = "/api/v1/sessions/{session_id}";
    for (const session_id of wanted) {
      try {
        const session = await got(api.GET(path, { params: { path: { session_id } } }));
        if (isRunning(session)) this.#running.set(session_id, session);
        else this.#running.delete(session_id);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.status === 404) this.#running.delete(session_id);
      }
    }
    this.#changed(true);
  }
}

export const sessions = new Sessions();

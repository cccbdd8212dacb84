// All stations, as they are now: taken once, then kept current by the stream.
//
// The values are plain objects and one number says that something moved: of ten thousand rows forty
// are drawn, and only they look again.

import { api, got, Problem, type Shape } from "../api/client.ts";
import { soon } from "./resource.svelte.ts";
import { stream } from "./stream.svelte.ts";

export type Station = Shape<"StationView">;
/** What moved; `evses` holds those that changed. */
type StationLive = Partial<Omit<Station, "evses">> & {
  id: string;
  evses?: NonNullable<Station["evses"]>;
};

/** The server names the columns once, and each row is an array; moments are in seconds. */
function stationsOf(found: Shape<"SnapshotView">): Station[] {
  const named = (names: string[], row: unknown[]) =>
    Object.fromEntries(names.map((name, index) => [name, row[index]]));
  return found.rows.map((row) => {
    const it = named(found.columns, row);
    const evses = (it.evses as unknown[][]).map((row) => {
      const evse = named(found.evse_columns, row);
      return { ...evse, faulted_since: moment(evse.faulted_since as number | null) };
    });
    return { ...it, last_seen_at: moment(it.last_seen_at as number | null), evses } as Station;
  });
}

const moment = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(seconds * 1000).toISOString();

/** The oldest fault of its connectors, where one is known. */
export const faultedSince = (it: Station): string | null =>
  (it.evses ?? []).flatMap((evse) => evse.faulted_since ?? []).sort()[0] ?? null;

class Fleet {
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Grows with every change of any station. */
  version = $state(0);
  /** Grows when stations come or go. */
  members = $state(0);
  #stations = new Map<string, Station>();
  #users = 0;
  #leave: (() => void)[] = [];
  #unknown = new Set<string>();
  /** Nothing moves until it is over; what came meanwhile is shown then. */
  paused = $state(false);
  #held = new Map<string, StationLive>();
  #taking = false;

  all(): Iterable<Station> {
    return this.#stations.values();
  }

  get(id: string): Station | undefined {
    return this.#stations.get(id);
  }

  get size(): number {
    return this.#stations.size;
  }

  /** Keeps the copy current until the returned function is called: call it in an effect. */
  follow(): () => void {
    if (this.#users++ === 0) {
      this.#leave = [
        stream.follow<StationLive[]>("stations", (moved) => this.#moved(moved)),
        stream.follow<Shape<"EventView">>("events", (event) => this.#happened(event)),
        stream.onGap(() => void this.take()),
      ];
      void this.take();
    }
    return () => {
      if (--this.#users === 0) for (const leave of this.#leave) leave();
    };
  }

  /** All of them anew; what the stream tells meanwhile is put on top. */
  async take(): Promise<void> {
    this.#taking = true;
    try {
      const found = await got(api.GET("/api/v1/stations/snapshot"));
      this.#stations = new Map(stationsOf(found).map((it) => [it.id, it]));
      this.problem = null;
      this.loaded = true;
      this.members += 1;
      this.version += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      this.#taking = false;
      if (!this.paused) this.#release();
    }
  }

  pause(wanted: boolean): void {
    if (this.paused === wanted) return;
    this.paused = wanted;
    if (!wanted) this.#release();
  }

  #release(): void {
    const held = [...this.#held.values()];
    this.#held.clear();
    if (held.length) this.#moved(held);
  }

  /** The newest of each, so that a long pause costs no more than there are stations. */
  #hold(moved: StationLive[]): void {
    for (const now of moved) {
      const before = this.#held.get(now.id);
      const evses = new Map(
        [...(before?.evses ?? []), ...(now.evses ?? [])].map((it) => [it.id, it]),
      );
      this.#held.set(now.id, { ...before, ...now, evses: [...evses.values()] });
    }
  }

  #moved(moved: StationLive[]): void {
    if (this.paused || this.#taking) return this.#hold(moved);
    for (const now of moved) {
      const known = this.#stations.get(now.id);
      if (!known) {
        this.#unknown.add(now.id);
        continue;
      }
      const { evses, ...rest } = now;
      Object.assign(known, rest);
      for (const evse of evses ?? []) {
        const before = known.evses?.find((it) => it.id === evse.id);
        if (before) Object.assign(before, evse);
        else this.#unknown.add(now.id); // its connectors are not in the stream
      }
    }
    this.version += 1;
    if (this.#unknown.size) this.#learn();
  }

  #happened(event: Shape<"EventView">): void {
    if (event.station_id && RENEWING.has(event.kind)) {
      this.#unknown.add(event.station_id);
      this.#learn();
    }
  }

  #learn = soon(() => void this.#fetchUnknown(), 300);

  async #fetchUnknown(): Promise<void> {
    const wanted = [...this.#unknown];
    this.#unknown.clear();
    if (wanted.length > 30) return this.take();
    const path = "/api/v1/stations/{identity}";
    for (const identity of wanted) {
      try {
        const station = await got(api.GET(path, { params: { path: { identity } } }));
        this.#stations.set(identity, station);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.status === 404) this.#stations.delete(identity); // it was removed
      }
    }
    this.members += 1;
    this.version += 1;
  }
}

const RENEWING = new Set(["station_created", "station_booted", "registration_changed"]);

export const fleet = new Fleet();

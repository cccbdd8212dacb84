// How far stations are from what a template wants, asked one after the other, and setting it right.

import { api, got, Problem, type Shape } from "../../api/client.ts";

export type Line = Shape<"ConfigurationLine">;
export type Pushed = Shape<"PushedLine">;
export type Looked = {
  station: string;
  state: "waiting" | "looking" | "known" | "refused" | "pushed";
  /** What differs of this template's values; null where it cannot be told. */
  drift: Line[];
  untold: number;
  pushed: Pushed[];
  detail: string;
};

const AT_ONCE = 4;

export class Drift {
  rows = $state.raw<Looked[]>([]);
  running = $state(false);
  #number = 0;

  /** Looks at each of them; a later call takes the place of an earlier. */
  async look(stations: string[], template: string): Promise<void> {
    this.rows = stations.map((station) => ({
      station,
      state: "waiting",
      drift: [],
      untold: 0,
      pushed: [],
      detail: "",
    }));
    await this.#each(stations, async (station) => {
      const path = "/api/v1/stations/{identity}/configuration";
      const { items } = await got(api.GET(path, { params: { path: { identity: station } } }));
      const wanted = items.filter((it) => it.template === template);
      return {
        state: "known",
        drift: wanted.filter((it) => it.drift === true),
        untold: wanted.filter((it) => it.drift === null).length,
      };
    });
  }

  /** Orders what each needs; the commands tell how it went. */
  async push(stations: string[]): Promise<void> {
    await this.#each(stations, async (station) => {
      const path = "/api/v1/stations/{identity}/configuration/push";
      const params = { path: { identity: station } };
      const { items } = await got(api.POST(path, { params, body: { dry_run: false } }));
      return { state: "pushed", pushed: items };
    });
  }

  async #each(stations: string[], act: (station: string) => Promise<Partial<Looked>>) {
    const number = ++this.#number;
    this.running = true;
    const waiting = [...stations];
    const worker = async () => {
      for (let it = waiting.shift(); it && number === this.#number; it = waiting.shift()) {
        const station = it;
        const tell = (now: Partial<Looked>) => number === this.#number && this.#tell(station, now);
        tell({ state: "looking", detail: "" });
        try {
          tell(await act(station));
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          tell({ state: "refused", detail: error.told });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (number === this.#number) this.running = false;
  }

  #tell(station: string, now: Partial<Looked>): void {
    this.rows = this.rows.map((it) => (it.station === station ? { ...it, ...now } : it));
  }
}

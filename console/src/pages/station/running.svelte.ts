// A running session and its readings, live: the stream says that it moved, the readings since are asked for.

import { api, got, Problem, type Shape } from "../../api/client.ts";
import { soon } from "../../live/resource.svelte.ts";
import { stream } from "../../live/stream.svelte.ts";

export type Session = Shape<"SessionView">;
export type Sample = Shape<"SampleView">;

const PAGE = 1000;
const SAMPLES_MAX = 5_000; // drawn; of a session of days the newest
const ASK_EVERY_MS = 1_500;

export class Running {
  session = $state.raw<Session | null>(null);
  samples = $state.raw<Sample[]>([]);
  problem = $state.raw<Problem | null>(null);
  #id: string;
  #stopped = false;

  constructor(id: string) {
    this.#id = id;
  }

  /** Until the returned function is called. */
  follow(): () => void {
    const more = soon(() => void this.#read(), ASK_EVERY_MS);
    const leave = [
      stream.follow<(Partial<Session> & { id: string })[]>("sessions", (moved) => {
        const now = moved.find((it) => it.id === this.#id);
        if (!now) return;
        if (this.session) this.session = { ...this.session, ...now };
        more();
      }),
      stream.follow<Shape<"EventView">>("events", (event) => {
        if (event.session_id === this.#id) void this.load();
      }),
      stream.onGap(() => void this.load()),
    ];
    void this.load();
    return () => {
      this.#stopped = true;
      leave.forEach((it) => it());
    };
  }

  /** As `State` shows it. */
  get data(): Session | null {
    return this.session;
  }

  async load(): Promise<void> {
    const params = { path: { session_id: this.#id } };
    try {
      this.session = await got(api.GET("/api/v1/sessions/{session_id}", { params }));
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
      return;
    }
    await this.#read();
  }

  /** What came after the last reading that is here. */
  async #read(): Promise<void> {
    try {
      for (;;) {
        const cursor = this.samples.at(-1)?.id;
        const params = {
          path: { session_id: this.#id },
          query: { limit: PAGE, ...(cursor ? { cursor } : {}) },
        };
        const page = await got(api.GET("/api/v1/sessions/{session_id}/samples", { params }));
        if (this.#stopped || cursor !== this.samples.at(-1)?.id) return;
        if (page.items.length) this.samples = [...this.samples, ...page.items].slice(-SAMPLES_MAX);
        if (!page.next_cursor) return;
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the next reading asks again
    }
  }
}

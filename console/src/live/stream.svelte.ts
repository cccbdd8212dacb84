// The one live stream of this tab: whoever is drawn asks for topics, the union of them is followed.
//
// Durable events resume by their id; of what only moves, the newest counts, and after a gap whoever
// keeps a copy takes it anew (`onGap`).

import { language } from "../words/words.svelte.ts";

export type Topic =
  "events" | "stations" | "sessions" | "commands" | "attempts" | "messages" | "overview";
type Hear = (data: never) => void;

const FRAMES: Record<Topic, string> = {
  events: "event",
  stations: "stations",
  sessions: "sessions",
  commands: "commands",
  attempts: "attempts",
  messages: "messages",
  overview: "overview",
};
const SILENCE_MS = 40_000; // the server says something every 15 s
const AGAIN_MS = 3_000;
const LATE_MS = 500; // what was loaded beside may be older than the stream by then
const REMEMBERED = 500; // events, more than come while connections overlap
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone; // whose midnight today begins at

class Stream {
  state = $state<"connecting" | "live" | "lost">("connecting");
  #listeners = new Map<Topic, Set<Hear>>();
  #gaps = new Set<() => void>();
  #source: EventSource | null = null;
  #before: EventSource | null = null; // heard until the one that takes over is open
  #topics = "";
  #opening: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #interrupted = false;
  #last = ""; // the event that was heard last
  #heardLately = new Set<string>();

  /** Hears a topic until the returned function is called. */
  follow<T>(topic: Topic, hear: (data: T) => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(hear as Hear));
    this.#soon();
    return () => {
      listeners.delete(hear as Hear);
      this.#soon();
    };
  }

  /** Told when something that only moves may have been missed. */
  onGap(take: () => void): () => void {
    this.#gaps.add(take);
    return () => this.#gaps.delete(take);
  }

  #soon(): void {
    clearTimeout(this.#opening);
    this.#opening = setTimeout(() => this.#open(), 30);
  }

  #open(force = false): void {
    const wanted = [...this.#listeners].filter(([, all]) => all.size).map(([topic]) => topic);
    const topics = wanted.sort().join(",");
    if (topics === this.#topics && !force) return;
    this.#topics = topics;
    if (this.#source?.readyState === EventSource.OPEN) this.#before = this.#source;
    else this.#source?.close(); // it never took over
    this.#source = null;
    if (force || !topics) this.#closeBefore();
    if (!topics) return;
    const query = new URLSearchParams({ topics, lang: language(), time_zone: HERE });
    if (this.#last) query.set("after", this.#last);
    const source = new EventSource(`/api/v1/events?${query}`);
    const asked = performance.now();
    this.#source = source;
    source.onopen = () => {
      this.#closeBefore(); // only now: in between nothing is missed; what is heard twice is known
      this.#interrupted ||= performance.now() - asked > LATE_MS;
      this.#opened();
    };
    source.onerror = () => {
      if (source === this.#source) this.#lost(source);
    };
    for (const topic of wanted) {
      source.addEventListener(FRAMES[topic], (frame) => this.#heard(topic, frame));
    }
    source.addEventListener("resync", () => this.#tellGap());
    this.#watch();
  }

  #closeBefore(): void {
    this.#before?.close();
    this.#before = null;
  }

  #opened(): void {
    this.state = "live";
    this.#watch();
    if (this.#interrupted) this.#tellGap();
    this.#interrupted = false;
  }

  #lost(source: EventSource): void {
    this.state = "lost";
    this.#interrupted = true;
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    clearTimeout(this.#opening);
    this.#opening = setTimeout(() => this.#open(true), AGAIN_MS);
  }

  #heard(topic: Topic, frame: MessageEvent<string>): void {
    this.#watch();
    if (topic === "events" && this.#known(frame.lastEventId)) return;
    const data = JSON.parse(frame.data) as never;
    for (const hear of this.#listeners.get(topic) ?? []) hear(data);
  }

  /** Two connections may tell of it while one takes over from the other; ids are in no order. */
  #known(id: string): boolean {
    if (!id || this.#heardLately.has(id)) return Boolean(id);
    this.#last = id;
    this.#heardLately.add(id);
    if (this.#heardLately.size > REMEMBERED) {
      const [oldest] = this.#heardLately;
      this.#heardLately.delete(oldest!);
    }
    return false;
  }

  #tellGap(): void {
    for (const take of this.#gaps) take();
  }

  /** A connection that died without a word is noticed by its silence. */
  #watch(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.state = "lost";
      this.#interrupted = true;
      this.#open(true);
    }, SILENCE_MS);
  }
}

export const stream = new Stream();

// A list of the API page by page: the first now, the next when its end comes into view.

import { Problem } from "../api/client.ts";

type PageOf<T> = { items: T[]; next_cursor?: string | null };

export class Listing<T> {
  items = $state.raw<T[]>([]);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  more = $state(false);
  /** Null until the first page is there, so that `State` can show it. */
  data = $state.raw<T[] | null>(null);
  #ask: (cursor: string | undefined) => Promise<PageOf<T>>;
  #cursor: string | undefined;
  #number = 0;

  constructor(ask: (cursor: string | undefined) => Promise<PageOf<T>>) {
    this.#ask = ask;
  }

  /** From the beginning; what is shown stays until the answer is there. */
  load(): Promise<void> {
    this.#number += 1;
    return this.#take(undefined, []);
  }

  /** The next page, unless one is on its way or there is none. */
  async next(): Promise<void> {
    if (this.more && !this.loading) await this.#take(this.#cursor, this.items);
  }

  async #take(cursor: string | undefined, before: T[]): Promise<void> {
    const number = this.#number;
    this.loading = true;
    try {
      const page = await this.#ask(cursor);
      if (number !== this.#number) return;
      this.#show([...before, ...page.items]);
      this.#cursor = page.next_cursor ?? undefined;
      this.more = Boolean(page.next_cursor);
      this.problem = null;
    } catch (error) {
      if (number !== this.#number) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      if (number === this.#number) this.loading = false;
    }
  }

  /** Changes what is shown without asking: by what the stream or an action told. */
  change(how: (items: T[]) => T[]): void {
    if (this.data) this.#show(how(this.items));
  }

  #show(items: T[]): void {
    this.items = items;
    this.data = items;
  }
}

/** Loads now, and again from the beginning whenever what `ask` read of the state has changed. */
export function listing<T>(ask: (cursor: string | undefined) => Promise<PageOf<T>>): Listing<T> {
  const made = new Listing(ask);
  $effect(() => void made.load());
  return made;
}

// Something asked of the API and shown: loading, there, or refused; asked again when it may have changed.

import { Problem } from "../api/client.ts";

export class Resource<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  #ask: () => Promise<T>;
  #number = 0;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** What is shown stays until the answer is there; of two questions the later one counts. */
  async load(): Promise<void> {
    const number = ++this.#number;
    this.loading = true;
    try {
      const data = await this.#ask();
      if (number !== this.#number) return;
      this.data = data;
      this.problem = null;
    } catch (error) {
      if (number !== this.#number) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      if (number === this.#number) this.loading = false;
    }
  }

  /** Puts aside what belongs to another question. */
  clear(): void {
    this.#number += 1;
    this.data = null;
    this.problem = null;
    this.loading = false;
  }
}

/** Loads now, and again whenever what `ask` read of the state has changed. */
export function resource<T>(ask: () => Promise<T>): Resource<T> {
  const made = new Resource(ask);
  $effect(() => void made.load());
  return made;
}

/** Calls at most once in `everyMs`, the last time after the last call. */
export function soon(act: () => void, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      act();
    }, everyMs);
  };
}

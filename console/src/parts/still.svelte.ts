// What is drawn stays where it is while somebody points at it: a click hits what was aimed at.

import { untrack } from "svelte";

const RESTING_MS = 15_000; // a pointer that has not moved for so long is nobody about to click
const LEAVING_MS = 1_500; // time to reach the button that shows what waits

export class Still<T> {
  #shown = $state.raw() as T;
  #now: () => T;
  #busy = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** To be made while a component is; `read` gives what would be drawn now. */
  constructor(read: () => T) {
    const now = $derived(read());
    this.#now = () => now;
    this.#shown = untrack(read);
    $effect(() => {
      if (!this.#busy) this.#shown = now;
    });
  }

  /** What to draw. */
  get shown(): T {
    return this.#shown;
  }

  get now(): T {
    return this.#now();
  }

  /** Draws what is now, whoever points at it. */
  release = (): void => {
    this.#shown = this.#now();
  };

  /** Watches the element in which it is drawn: `<ul {@attach still.watch}>`. */
  watch = (element: HTMLElement): (() => void) => {
    const idle = () => (this.#busy = element.contains(document.activeElement));
    const soon = (waitMs: number) => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(idle, waitMs);
    };
    const busy = () => {
      this.#busy = true;
      soon(RESTING_MS);
    };
    const left = (move: FocusEvent) => {
      if (!element.contains(move.relatedTarget as Node | null)) this.#busy = false;
    };
    const gone = () => soon(LEAVING_MS);
    const watched = new AbortController();
    const { signal } = watched;
    element.addEventListener("pointermove", busy, { signal });
    element.addEventListener("pointerdown", busy, { signal });
    element.addEventListener("pointerleave", gone, { signal });
    element.addEventListener("focusin", busy, { signal });
    element.addEventListener("focusout", left, { signal });
    return () => {
      clearTimeout(this.#timer);
      watched.abort();
    };
  };
}

// Small things a person wants to find again: columns of a list, saved views.
//
// The server keeps them, so that they are there on every computer; this browser keeps a copy, so that
// they are there at once.

import { api, got } from "../api/client.ts";

const PREFIX = "ogniwo.";

let asked: Promise<Map<string, unknown>> | undefined;

/** All of them, asked for once; where they cannot be had, the copy here counts. */
function onServer(): Promise<Map<string, unknown>> {
  asked ??= got(api.GET("/api/v1/me/preferences")).then(
    (page) => new Map(page.items.map((it) => [it.key, it.value])),
    () => new Map(),
  );
  return asked;
}

export class Remembered<T> {
  #key: string;
  #value = $state.raw<T>() as T;
  #changed = false;

  constructor(key: string, usual: T) {
    this.#key = key;
    this.#value = (this.#copy() as T | undefined) ?? usual;
    void onServer().then((all) => {
      if (all.has(key) && !this.#changed) this.#value = all.get(key) as T;
    });
  }

  get value(): T {
    return this.#value;
  }

  keep(value: T): void {
    this.#changed = true;
    this.#value = value;
    void onServer().then((all) => all.set(this.#key, value));
    const params = { path: { key: this.#key } };
    api.PUT("/api/v1/me/preferences/{key}", { params, body: { value } }).catch(() => undefined);
    try {
      localStorage.setItem(PREFIX + this.#key, JSON.stringify(value));
    } catch {
      // Full or forbidden: the server has it.
    }
  }

  #copy(): unknown {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + this.#key) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }
}

// The rows as they stand: arranged at once when the person wants something else, and else only now and
// then, while nobody points at them. Values change in their place in between.
//
// All stations are kept in order, so that arranging anew is a walk over what is nearly sorted.

import { fleet, type Station } from "../../live/fleet.svelte.ts";
import { ordered, type Column } from "../../parts/grid.ts";
import { counted, facetValues, filtered, type Counts, type Facet } from "./filters.ts";

export class Arrangement {
  rows = $state.raw<Station[]>([]);
  counts = $state.raw<Counts>({ charging: 0, available: 0, faulted: 0, offline: 0 });
  choices = $state.raw<Partial<Record<Facet, string[]>>>({});
  #sorted: Station[] = [];
  #members = -1;
  #order = "";

  /** Only what is shown changes: what was typed or ticked. */
  filter(query: URLSearchParams): void {
    this.rows = filtered(this.#sorted, query);
  }

  arrange(query: URLSearchParams, columns: Column<Station>[], order: string): void {
    if (this.#members !== fleet.members) this.#takeMembers();
    this.#order = order;
    this.#sorted = ordered(this.#sorted, columns, order);
    this.counts = counted(this.#sorted);
    this.filter(query);
  }

  /** Is it arranged like that, with everyone who is there? */
  holds(order: string): boolean {
    return this.#order === order && this.#members === fleet.members;
  }

  #takeMembers(): void {
    this.#members = fleet.members;
    const known = new Set<string>();
    const kept: Station[] = [];
    for (const before of this.#sorted) {
      const now = fleet.get(before.id);
      if (now) kept.push(now);
      known.add(before.id);
    }
    for (const it of fleet.all()) if (!known.has(it.id)) kept.push(it);
    this.#sorted = kept;
    this.choices = facetValues(kept);
  }
}

/** After the next paint: what was typed or pressed is seen first. */
export function afterPaint(act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => (timer = setTimeout(act)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

// What a grid shows: columns, and how their cells are written and compared.

import type { Snippet } from "svelte";

import { language } from "../words/words.svelte.ts";

export type Column<Row> = {
  id: string;
  title: string;
  /** As CSS says it in a grid template: "1fr", "minmax(120px, 2fr)". */
  width: string;
  align?: "end";
  /** The cell as text; a `cell` draws it. Both may look at anything live. */
  text?: (row: Row) => string;
  cell?: Snippet<[Row]>;
  /** By what it sorts; without it the column cannot be sorted by. */
  by?: (row: Row) => string | number | null;
};

/** `-power` is descending, as in an address. */
export type Order = string;

export const orderOf = (order: Order): { id: string; down: boolean } =>
  order.startsWith("-") ? { id: order.slice(1), down: true } : { id: order, down: false };

/** Rows in order; what has no value comes last whichever way. */
export function ordered<Row>(rows: Row[], columns: Column<Row>[], order: Order): Row[] {
  const { id, down } = orderOf(order);
  const by = columns.find((it) => it.id === id)?.by;
  if (!by) return rows;
  const words = new Intl.Collator(language(), { numeric: true, sensitivity: "base" });
  const keyed = rows.map((row) => ({ row, key: by(row) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    const found =
      typeof a.key === "number" && typeof b.key === "number"
        ? a.key - b.key
        : words.compare(String(a.key), String(b.key));
    return down ? -found : found;
  });
  return keyed.map((it) => it.row);
}

// What the ring shows by colour, in words.

import { counted, t } from "../../words/words.svelte.ts";
import { MARKS, type Counts } from "./spots.ts";

/** "4 stations, charging 2, faulted 1" */
export function told(counts: Counts, stations: number): string {
  const parts = MARKS.filter((mark) => counts[mark]).map(
    (mark) => `${t(`map.${mark}`)} ${counts[mark]}`,
  );
  return [counted("map.stations_here", stations), ...parts].join(", ");
}

// Land and borders, as `tools/generate_outlines.py` drew them; loaded with the first map.

import address from "./outlines.json?url";
import { flat } from "./mercator.ts";

type File = { units: number; land: number[][]; borders: number[][] };
/** Paths on the flat world of side 1. */
export type Outlines = { land: Path2D; borders: Path2D };

let loaded: Promise<Outlines> | null = null;

export function outlines(): Promise<Outlines> {
  loaded ??= load().catch((error: unknown) => {
    loaded = null; // the next map tries again
    throw error;
  });
  return loaded;
}

async function load(): Promise<Outlines> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const { units, land, borders } = (await response.json()) as File;
  return { land: drawn(land, units, true), borders: drawn(borders, units, false) };
}

function drawn(lines: number[][], units: number, closed: boolean): Path2D {
  const path = new Path2D();
  for (const steps of lines) {
    let [longitude, latitude] = [0, 0];
    for (let at = 0; at < steps.length; at += 2) {
      longitude += steps[at]! / units;
      latitude += steps[at + 1]! / units;
      const { x, y } = flat({ latitude, longitude });
      if (at) path.lineTo(x, y);
      else path.moveTo(x, y);
    }
    if (closed) path.closePath();
  }
  return path;
}

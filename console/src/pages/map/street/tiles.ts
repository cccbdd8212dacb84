// The tiles of a street map: which ones a view needs, fetched by ranges of its one file, kept for a while.

import { FetchSource, PMTiles } from "pmtiles";

import type { Shape } from "../../../api/client.ts";
import type { Size, View } from "../mercator.ts";
import { readFeatures, type Features } from "./features.ts";

const KEPT_MAX = 160; // some screens full
const SEEN_MAX = 64; // of one screen, however large it is
const ANCESTORS = 5; // how much coarser one may be that stands in for a missing one
const VECTOR_PX = 512;
const RASTER_PX = 256;

export type Place = { z: number; x: number; y: number };
/** Null: the map has nothing there. */
export type Sheet = { features: Features } | { image: ImageBitmap } | null;
type Entry = { sheet?: Sheet; loading: AbortController };

const keyOf = ({ z, x, y }: Place) => `${z}/${x}/${y}`;
const above = ({ z, x, y }: Place): Place => ({ z: z - 1, x: x >> 1, y: y >> 1 });

export class Tiles {
  #entries = new Map<string, Entry>();
  #file: PMTiles;

  constructor(
    readonly told: Shape<"StreetMapView">,
    readonly onnews: () => void,
  ) {
    this.#file = new PMTiles(new FetchSource(told.address));
  }

  /** Of the zoom that suits the view; none where the map is coarser seen than it was made for. */
  covering(view: View, size: Size, sharp: number): Place[] {
    const { kind, zoom_min: least, zoom_max: most } = this.told;
    const side = kind === "vector" ? VECTOR_PX : RASTER_PX / sharp;
    const fits = Math.round(Math.log2(view.scale / side));
    if (fits < least) return [];
    const z = Math.min(fits, most);
    const last = 2 ** z - 1;
    const [w, h] = [size.width / 2 / view.scale, size.height / 2 / view.scale];
    const bound = (at: number) => Math.max(0, Math.min(last, Math.floor(at * 2 ** z)));
    const found: Place[] = [];
    for (let x = bound(view.x - w); x <= bound(view.x + w); x++)
      for (let y = bound(view.y - h); y <= bound(view.y + h); y++) found.push({ z, x, y });
    return found.slice(0, SEEN_MAX);
  }

  /** Fetches those of `wanted` that are not there, and gives up on what nobody sees any more. */
  want(wanted: Place[]): void {
    const seen = new Set(wanted.map(keyOf));
    for (const [key, entry] of this.#entries)
      if (entry.sheet === undefined && !seen.has(key)) {
        entry.loading.abort();
        this.#entries.delete(key);
      }
    for (const place of wanted) {
      const key = keyOf(place);
      const known = this.#entries.get(key);
      this.#entries.delete(key); // the last in order was wanted last
      this.#entries.set(key, known ?? this.#fetch(place, key));
    }
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= KEPT_MAX) break;
      this.#entries.delete(key);
    }
  }

  /** The tile, or a coarser one in its stead until it is there. */
  at(place: Place): { place: Place; sheet: Exclude<Sheet, null> } | null {
    let seen = place;
    for (let step = 0; step <= ANCESTORS && seen.z >= 0; step++, seen = above(seen)) {
      const sheet = this.#entries.get(keyOf(seen))?.sheet;
      if (sheet) return { place: seen, sheet };
      if (sheet === null) return null;
    }
    return null;
  }

  #fetch(place: Place, key: string): Entry {
    const entry: Entry = { loading: new AbortController() };
    this.#load(place, entry.loading.signal).then(
      (sheet) => {
        entry.sheet = sheet;
        this.onnews();
      },
      () => {
        // Given up on, or the network is gone: wanted again, it is fetched again.
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }

  async #load({ z, x, y }: Place, signal: AbortSignal): Promise<Sheet> {
    const found = await this.#file.getZxy(z, x, y, signal);
    if (!found) return null;
    if (this.told.kind === "vector") return { features: readFeatures(found.data, z) };
    return { image: await createImageBitmap(new Blob([found.data])) };
  }
}

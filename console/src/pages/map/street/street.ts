// Draws a street map on the ground of a map: fills and lines tile by tile, then the names over all.

import type { Shape } from "../../../api/client.ts";
import { language } from "../../../words/words.svelte.ts";
import type { Size, View } from "../mercator.ts";
import { KINDS, type Features, type Kind, type Name } from "./features.ts";
import { Tiles, type Place } from "./tiles.ts";

type Pen = CanvasRenderingContext2D;
type Frame = { view: View; size: Size; sharp: number; colour: (name: string) => string };
type Box = { left: number; top: number; right: number; bottom: number };

const FILLS: Partial<Record<Kind, string>> = {
  land: "--land",
  green: "--green",
  water: "--sea",
  building: "--building",
};
// Colour, edge, and width in pixels at zoom 13.
const LINES: Partial<Record<Kind, { colour: string; edge?: string; px: number }>> = {
  river: { colour: "--sea", px: 1.2 },
  border: { colour: "--border", px: 1.2 },
  rail: { colour: "--border", px: 0.8 },
  path: { colour: "--border", px: 0.6 },
  minor: { colour: "--road", edge: "--road-edge", px: 1.6 },
  major: { colour: "--road", edge: "--road-edge", px: 3 },
  highway: { colour: "--highway", edge: "--road-edge", px: 4 },
};
const WIDTH_ZOOM = 13;
const WIDTH_GROWS = 1.35; // from zoom to zoom
const EDGE_FROM_PX = 1.4; // a thinner line has none
const SEAM_PX = 0.5; // tiles overlap, or the ground shows between them
const NAMES_MAX = 70;
const NAME_APART_PX = 8;
const FONT = "system-ui, sans-serif";

export class Street {
  #tiles: Tiles;

  constructor(
    readonly told: Shape<"StreetMapView">,
    onnews: () => void,
  ) {
    this.#tiles = new Tiles(told, onnews);
  }

  draw(pen: Pen, frame: Frame): void {
    const wanted = this.#tiles.covering(frame.view, frame.size, frame.sharp);
    this.#tiles.want(wanted);
    const names: { name: Name; place: Place }[] = [];
    const named = new Set<string>();
    for (const place of wanted) {
      const found = this.#tiles.at(place);
      if (!found) continue;
      pen.save();
      clipTo(pen, place, frame);
      onto(pen, found.place, frame);
      if ("image" in found.sheet) pen.drawImage(found.sheet.image, 0, 0, 1, 1);
      else paint(pen, found.sheet.features, frame, found.place.z);
      pen.restore();
      const key = `${found.place.z}/${found.place.x}/${found.place.y}`;
      if ("features" in found.sheet && !named.has(key))
        for (const name of found.sheet.features.names) names.push({ name, place: found.place });
      named.add(key);
    }
    write(pen, names, frame);
  }
}

/** Where the corner of a tile is, and its side, in pixels of the canvas. */
function spotOf({ z, x, y }: Place, { view, size, sharp }: Frame) {
  const side = (view.scale * sharp) / 2 ** z;
  const left = (size.width / 2 - view.x * view.scale) * sharp + x * side;
  const top = (size.height / 2 - view.y * view.scale) * sharp + y * side;
  return { left, top, side };
}

function clipTo(pen: Pen, place: Place, frame: Frame): void {
  const { left, top, side } = spotOf(place, frame);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.beginPath();
  pen.rect(left - SEAM_PX, top - SEAM_PX, side + 2 * SEAM_PX, side + 2 * SEAM_PX);
  pen.clip();
}

function onto(pen: Pen, place: Place, frame: Frame): void {
  const { left, top, side } = spotOf(place, frame);
  pen.setTransform(side, 0, 0, side, left, top);
}

function paint(pen: Pen, { paths, hasLand }: Features, frame: Frame, z: number): void {
  const { view, sharp, colour } = frame;
  const unit = 2 ** z / view.scale; // a pixel of the page, on a tile of side 1
  pen.fillStyle = colour(hasLand ? "--sea" : "--land");
  pen.fillRect(-0.1, -0.1, 1.2, 1.2);
  pen.lineJoin = pen.lineCap = "round";
  const grown = WIDTH_GROWS ** (Math.log2(view.scale / 512) - WIDTH_ZOOM);
  for (const kind of KINDS) {
    const path = paths.get(kind);
    const fill = FILLS[kind];
    const line = LINES[kind];
    if (!path) continue;
    if (fill) {
      pen.fillStyle = colour(fill);
      pen.fill(path);
    }
    if (!line) continue;
    const px = Math.max(1 / sharp / 2, line.px * grown);
    if (line.edge && px >= EDGE_FROM_PX) {
      pen.strokeStyle = colour(line.edge);
      pen.lineWidth = (px + 1.5) * unit;
      pen.stroke(path);
    }
    pen.strokeStyle = colour(line.edge && px < EDGE_FROM_PX ? line.edge : line.colour);
    pen.lineWidth = px * unit;
    pen.stroke(path);
  }
}

/** The weightiest first; one that would lie on another is left out. */
function write(pen: Pen, names: { name: Name; place: Place }[], frame: Frame): void {
  const { sharp, colour } = frame;
  const taken: Box[] = [];
  const written = new Set<string>();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.strokeStyle = colour("--land");
  pen.fillStyle = colour("--name");
  names.sort((one, other) => one.name.weight - other.name.weight);
  for (const { name, place } of names) {
    if (taken.length >= NAMES_MAX) break;
    const text = name.told[language()];
    if (!text) continue;
    const { left, top, side } = spotOf(place, frame);
    const px = (name.street ? 11 : name.weight < 200 ? 14 : 12) * sharp;
    pen.font = `${name.street ? "" : "600 "}${px}px ${FONT}`;
    const width = pen.measureText(text).width;
    if (name.street && (width > name.street.length * side || written.has(text))) continue;
    const [x, y] = [left + name.x * side, top + name.y * side];
    const box = boxAround(x, y, width, px, name.street?.angle ?? 0, sharp);
    if (taken.some((it) => overlap(it, box))) continue;
    taken.push(box);
    written.add(text);
    pen.setTransform(1, 0, 0, 1, x, y);
    pen.rotate(name.street?.angle ?? 0);
    pen.lineWidth = 3 * sharp;
    pen.strokeText(text, 0, 0);
    pen.fillText(text, 0, 0);
  }
}

function boxAround(x: number, y: number, width: number, px: number, angle: number, sharp: number) {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const apart = NAME_APART_PX * sharp;
  const w = (width * cos + px * sin) / 2 + apart;
  const h = (width * sin + px * cos) / 2 + apart;
  return { left: x - w, top: y - h, right: x + w, bottom: y + h };
}

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom;

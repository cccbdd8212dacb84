// What a vector tile holds, sorted by how it is drawn: the schemas of Protomaps and OpenMapTiles.

import { VectorTile, type VectorTileFeature } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

import type { Language } from "../../../words/words.svelte.ts";

/** In the order in which they are drawn. */
export const KINDS = [
  "land",
  "green",
  "water",
  "river",
  "building",
  "border",
  "rail",
  "path",
  "minor",
  "major",
  "highway",
] as const;
export type Kind = (typeof KINDS)[number];

/** A name at a point of the tile; `angle` and `length` (of the tile) if it follows a street. */
export type Name = {
  told: Record<Language, string>;
  x: number;
  y: number;
  weight: number; // the smaller, the sooner drawn
  street?: { angle: number; length: number };
};
/** Paths on a tile of side 1. */
export type Features = { paths: Map<Kind, Path2D>; names: Name[]; hasLand: boolean };

const POINT = 1;
const POLYGON = 3;
const STREETS_FROM = 14; // nearer than that they are named

const GREEN = new Set(
  ["wood", "forest", "grass", "grassland", "park", "meadow", "scrub", "nature_reserve"].concat(
    ["national_park", "protected_area", "cemetery", "golf_course", "recreation_ground", "village_green"], // prettier-ignore
  ),
);
const ROADS: Record<string, Kind> = {
  highway: "highway",
  motorway: "highway",
  trunk: "highway",
  major_road: "major",
  primary: "major",
  secondary: "major",
  medium_road: "major",
  tertiary: "major",
  minor_road: "minor",
  minor: "minor",
  service: "minor",
  path: "path",
  track: "path",
  rail: "rail",
  transit: "rail",
};
const PLACES: Record<string, number> = { country: 0, city: 1, town: 2, village: 3 };
const BORDERS = new Set(["country", "region"]);
const BORDER_LEVEL_MAX = 4; // of OpenMapTiles: voivodeships

type Said = VectorTileFeature["properties"];

const what = (said: Said) => String(said["kind"] ?? said["class"] ?? said["pmap:kind"] ?? "");

function kindOf(layer: string, said: Said, type: number): Kind | undefined {
  switch (layer) {
    case "earth":
      return type === POLYGON ? "land" : undefined;
    case "water":
      return type === POLYGON ? "water" : "river";
    case "waterway":
      return "river";
    case "landcover":
    case "landuse":
    case "natural":
    case "park":
      return type === POLYGON && (layer === "park" || GREEN.has(what(said))) ? "green" : undefined;
    case "building":
    case "buildings":
      return "building";
    case "roads":
    case "transit":
    case "transportation":
      return ROADS[what(said)];
    case "boundary":
    case "boundaries":
      return BORDERS.has(what(said)) || Number(said["admin_level"] ?? 99) <= BORDER_LEVEL_MAX
        ? "border"
        : undefined;
  }
  return undefined;
}

function told(said: Said): Record<Language, string> | null {
  const name = said["name"];
  const inOne = (language: Language) => {
    const own = said[`name:${language}`] ?? said[`name_${language}`] ?? name;
    return typeof own === "string" ? own : "";
  };
  const both = { pl: inOne("pl"), en: inOne("en") };
  return both.pl || both.en ? both : null;
}

function placeName(feature: VectorTileFeature): Name | null {
  const said = feature.properties;
  const names = told(said);
  const point = feature.loadGeometry()[0]?.[0];
  if (!names || !point || feature.type !== POINT) return null;
  const size = PLACES[String(said["kind_detail"] ?? "")] ?? PLACES[what(said)];
  if (size === undefined) return null;
  const rank = Number(said["rank"] ?? 20 - Number(said["population_rank"] ?? 0));
  return {
    told: names,
    x: point.x / feature.extent,
    y: point.y / feature.extent,
    weight: size * 100 + rank,
  };
}

/** In the middle of its longest straight part. */
function streetName(feature: VectorTileFeature): Name | null {
  const names = told(feature.properties);
  if (!names) return null;
  let best: Name | null = null;
  for (const line of feature.loadGeometry())
    for (let at = 1; at < line.length; at++) {
      const [from, to] = [line[at - 1]!, line[at]!];
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      const length = Math.hypot(dx, dy) / feature.extent;
      if (length <= (best?.street?.length ?? 0)) continue;
      const slope = Math.atan2(dy, dx);
      const upright = Math.abs(slope) > Math.PI / 2 ? slope - Math.sign(slope) * Math.PI : slope;
      const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
      best = {
        told: names,
        x: x / feature.extent,
        y: y / feature.extent,
        weight: 1_000 - length,
        street: { angle: upright, length },
      };
    }
  return best;
}

function trace(path: Path2D, feature: VectorTileFeature): void {
  for (const line of feature.loadGeometry()) {
    line.forEach(({ x, y }, at) =>
      at
        ? path.lineTo(x / feature.extent, y / feature.extent)
        : path.moveTo(x / feature.extent, y / feature.extent),
    );
    if (feature.type === POLYGON) path.closePath();
  }
}

export function readFeatures(bytes: ArrayBuffer, zoom: number): Features {
  const paths = new Map<Kind, Path2D>();
  const names: Name[] = [];
  const { layers } = new VectorTile(new PbfReader(bytes));
  for (const [name, layer] of Object.entries(layers))
    for (let at = 0; at < layer.length; at++) {
      const feature = layer.feature(at);
      const place = name === "places" || name === "place";
      const street = zoom >= STREETS_FROM && (name === "roads" || name === "transportation_name");
      const named = place ? placeName(feature) : street ? streetName(feature) : null;
      if (named) names.push(named);
      const kind = kindOf(name, feature.properties, feature.type);
      if (!kind) continue;
      const path = paths.get(kind) ?? new Path2D();
      paths.set(kind, path);
      trace(path, feature);
    }
  return { paths, names, hasLand: "earth" in layers };
}

// Where a place is on a flat map (Web Mercator), and which part of it is looked at.

/** The world is a square of side 1, west to east and north to south. */
export type Flat = { x: number; y: number };
/** Degrees. */
export type Place = { latitude: number; longitude: number };
/** What is in the middle, and how many pixels wide the whole world would be. */
export type View = Flat & { scale: number };
export type Size = { width: number; height: number };

const LATITUDE_MAX = 85;
export const SCALE_MIN = 256;
export const SCALE_MAX = 256 * 2 ** 14; // nearer the outlines say nothing
export const SCALE_STREETS = 256 * 2 ** 19; // single houses
const RADIANS = Math.PI / 180;

export function flat({ latitude, longitude }: Place): Flat {
  const held = Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, latitude));
  const north = Math.log(Math.tan(Math.PI / 4 + (held * RADIANS) / 2));
  return { x: longitude / 360 + 0.5, y: 0.5 - north / (2 * Math.PI) };
}

export function place({ x, y }: Flat): Place {
  const north = (0.5 - y) * 2 * Math.PI;
  const latitude = (2 * Math.atan(Math.exp(north)) - Math.PI / 2) / RADIANS;
  return { latitude, longitude: (x - 0.5) * 360 };
}

export const toScreen = (at: Flat, view: View, size: Size): Flat => ({
  x: (at.x - view.x) * view.scale + size.width / 2,
  y: (at.y - view.y) * view.scale + size.height / 2,
});

export const fromScreen = (at: Flat, view: View, size: Size): Flat => ({
  x: view.x + (at.x - size.width / 2) / view.scale,
  y: view.y + (at.y - size.height / 2) / view.scale,
});

const held = (view: View): View => ({
  x: Math.max(0, Math.min(1, view.x)),
  y: Math.max(0, Math.min(1, view.y)),
  scale: Math.max(SCALE_MIN, Math.min(SCALE_STREETS, view.scale)),
});

/** By pixels. */
export const moved = (view: View, dx: number, dy: number): View =>
  held({ ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale });

/** What is under `at` stays under it. */
export function zoomed(view: View, by: number, at: Flat, size: Size, scaleMax: number): View {
  const fixed = fromScreen(at, view, size);
  const scale = Math.max(SCALE_MIN, Math.min(scaleMax, view.scale * by));
  return held({
    scale,
    x: fixed.x - (at.x - size.width / 2) / scale,
    y: fixed.y - (at.y - size.height / 2) / scale,
  });
}

const HOME: Place[] = [
  { latitude: 54.9, longitude: 14.1 },
  { latitude: 49, longitude: 24.2 },
];
const ALONE_SCALE = 256 * 2 ** 6; // a single place is shown with the country around it
const ROOM = 1.25;

/** All of these places in view, not nearer than `scaleMax`; of none, home. */
export function fitting(places: Place[], size: Size, scaleMax = ALONE_SCALE): View {
  const points = (places.length ? places : HOME).map(flat);
  const [xs, ys] = [points.map((it) => it.x), points.map((it) => it.y)];
  const [west, east] = [Math.min(...xs), Math.max(...xs)];
  const [north, south] = [Math.min(...ys), Math.max(...ys)];
  const room = Math.min(
    size.width / Math.max(east - west, 1e-9),
    size.height / Math.max(south - north, 1e-9),
  );
  return held({
    x: (west + east) / 2,
    y: (north + south) / 2,
    scale: Math.min(scaleMax, room / ROOM),
  });
}

// Pointers on the ground of a map: one moves it, two or the wheel change its scale, none that moved is a tap.

import type { Flat } from "./mercator.ts";

export type Hands = {
  pan: (dx: number, dy: number) => void;
  /** What is under `at` stays under it. */
  zoom: (by: number, at: Flat) => void;
  tap: (at: Flat) => void;
};

const WHEEL = 0.0016;
const TAP_PX = 5; // a hand is never quite still

export function watchHands(element: HTMLElement, { pan, zoom, tap }: Hands): () => void {
  const fingers = new Map<number, Flat>();
  let travelled = 0;
  const at = (event: MouseEvent): Flat => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  function down(event: PointerEvent) {
    if (event.button || (event.target as Element).closest("button, a")) return;
    element.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    if (fingers.size === 1) travelled = 0;
  }

  function move(event: PointerEvent) {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const after = at(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    travelled += Math.hypot(after.x - before.x, after.y - before.y);
    if (other) {
      const apart = (one: Flat) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
      zoom(apart(after) / apart(before), other);
    } else pan(after.x - before.x, after.y - before.y);
    fingers.set(event.pointerId, after);
  }

  function up(event: PointerEvent) {
    if (!fingers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && travelled <= TAP_PX) tap(at(event));
  }

  function wheel(event: WheelEvent) {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * WHEEL), at(event));
  }

  const watched = new AbortController();
  const { signal } = watched;
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", up, { signal });
  element.addEventListener("pointercancel", up, { signal });
  element.addEventListener("wheel", wheel, { signal, passive: false });
  return () => watched.abort();
}

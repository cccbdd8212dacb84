// Looks again while a job moves: nudged by the commands that it gives, and now and then by itself.

import { soon } from "../../live/resource.svelte.ts";
import { stream } from "../../live/stream.svelte.ts";

const LOOK_EVERY_MS = 1_000;
const BY_ITSELF_MS = 5_000;

/** Call in an effect: it follows until the returned function is called. */
export function whileMoving(moves: () => boolean, look: () => void): () => void {
  const nudge = soon(look, LOOK_EVERY_MS);
  const heard = () => moves() && nudge();
  const leave = [
    stream.follow<unknown>("commands", heard),
    stream.follow<unknown>("events", heard),
    stream.onGap(look),
  ];
  const timer = setInterval(() => moves() && !document.hidden && look(), BY_ITSELF_MS);
  return () => {
    clearInterval(timer);
    for (const one of leave) one();
  };
}

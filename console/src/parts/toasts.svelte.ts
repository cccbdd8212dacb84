// Short words about what was just done. An error stays until it is put away.

import { Problem } from "../api/client.ts";

export type Toast = { id: number; text: string; detail: string; bad: boolean };

const SHOWN_MS = 6_000;
let number = 0;
let shown = $state.raw<Toast[]>([]);

export const toasts = (): Toast[] => shown;

export function say(text: string, { bad = false, detail = "" } = {}): void {
  const toast = { id: ++number, text, detail, bad };
  shown = [...shown.slice(-3), toast];
  if (!bad) setTimeout(() => putAway(toast.id), SHOWN_MS);
}

export function putAway(id: number): void {
  shown = shown.filter((it) => it.id !== id);
}

export const sayProblem = (problem: Problem): void =>
  say(problem.told, { bad: true, detail: problem.detail });

/** What an action of a button may throw, told; anything else is a defect and goes on. */
export async function tried<T>(act: Promise<T>): Promise<T | undefined> {
  try {
    return await act;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    sayProblem(error);
    return undefined;
  }
}

// One order, from the moment it was given to its real end.

import { api, got, Problem, type Shape } from "../api/client.ts";
import { stream } from "../live/stream.svelte.ts";

export type Command = Shape<"CommandView">;

export const GOOD = new Set(["applied", "accepted"]);
/** An order that has ended will not change any more. */
export const ended = (command: Command): boolean => command.finished_at !== null;
export const failed = (command: Command): boolean => ended(command) && !GOOD.has(command.state);

/** Keeps a command current while it is drawn: call it where effects may be made. */
export function followed(of: () => Command): { readonly now: Command } {
  let now = $state.raw<Command>(of());
  $effect(() => {
    const first = of();
    const id = first.id;
    now = first;
    if (ended(first)) return;
    let over = false;
    const look = async () => {
      try {
        const path = { command_id: id };
        const found = await got(api.GET("/api/v1/commands/{command_id}", { params: { path } }));
        if (!over) now = found;
      } catch (error) {
        if (!(error instanceof Problem)) throw error; // the next change asks again
      }
    };
    const leave = [
      stream.follow<Shape<"EventView">>("events", (event) => {
        if (event.command_id === id) void look();
      }),
      stream.onGap(() => void look()),
    ];
    void look(); // it may have moved before we listened
    return () => {
      over = true;
      leave.forEach((it) => it());
    };
  });
  return {
    get now() {
      return now;
    },
  };
}

export type OrderBody = { command: string } & Record<string, unknown>;

/** Errors: Problem. */
export async function give(station: string, body: OrderBody): Promise<Command> {
  const params = { path: { identity: station } };
  return got(
    api.POST("/api/v1/stations/{identity}/commands", { params, body: body as never }),
  ) as Promise<Command>;
}

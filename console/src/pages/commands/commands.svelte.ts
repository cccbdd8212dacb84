// Commands as the address asks for them, newest first, and kept current.

import { api, got, type Shape } from "../../api/client.ts";
import { Listing } from "../../live/listing.svelte.ts";
import { soon } from "../../live/resource.svelte.ts";
import { stream } from "../../live/stream.svelte.ts";
import { place } from "../../route/router.svelte.ts";

export type Command = Shape<"CommandView">;
export type State = Shape<"CommandState">;

export const OPEN: readonly State[] = ["queued", "sent"];
export const BAD: readonly State[] = [
  "rejected",
  "failed",
  "timed_out",
  "expired",
  "node_lost",
  "not_applied",
];
/** What a person chooses among; each is some of the states. */
export const ENDS: Record<string, readonly State[]> = {
  open: OPEN,
  good: ["accepted", "applied"],
  bad: BAD,
};

const PAGE = 100;
const LOOK_EVERY_MS = 500;

const asked = (name: string) => place().query.get(name) || undefined;

function ask(cursor?: string) {
  const end = asked("state");
  const query = {
    station_id: asked("station"),
    command: asked("command"),
    state: end ? [...(ENDS[end] ?? [end as State])] : undefined,
    author: asked("author"),
    from: asked("from"),
    to: asked("to"),
    limit: PAGE,
    cursor,
  };
  return got(api.GET("/api/v1/commands", { params: { query } }));
}

export class Commands extends Listing<Command> {
  /** New ones that wait until nobody points at the list. */
  waiting = $state.raw<Command[]>([]);
  held = $state(false);

  constructor() {
    super(ask);
  }

  follow(): () => void {
    const look = soon(() => void this.#look(), LOOK_EVERY_MS);
    const leave = [
      stream.follow<unknown>("commands", look),
      stream.follow<Shape<"EventView">>("events", (it) => it.command_id && look()),
      stream.onGap(() => void this.load()),
    ];
    return () => {
      for (const one of leave) one();
    };
  }

  override load(): Promise<void> {
    this.waiting = [];
    return super.load();
  }

  show(): void {
    const fresh = this.waiting;
    this.waiting = [];
    this.change((items) => [...fresh, ...items]);
  }

  /** The newest once more: those that are shown change where they stand, new ones come on top. */
  async #look(): Promise<void> {
    const before = place();
    const page = await ask().catch(() => null); // the next change looks again
    if (!page || !this.data || before !== place()) return;
    const now = new Map(page.items.map((it) => [it.id, it]));
    const open = this.items.filter((it) => OPEN.includes(it.state as State) && !now.has(it.id));
    for (const it of await Promise.all(open.slice(0, 20).map(({ id }) => one(id)))) {
      if (it) now.set(it.id, it);
    }
    this.change((items) => items.map((it) => now.get(it.id) ?? it));
    const known = new Set(this.items.map((it) => it.id));
    this.waiting = page.items.filter((it) => !known.has(it.id));
    if (!this.held) this.show();
  }
}

export const one = (id: string): Promise<Command | null> =>
  got(api.GET("/api/v1/commands/{command_id}", { params: { path: { command_id: id } } })).catch(
    () => null,
  );

/** From its making to its end, in ms. */
export const tookMs = (it: Command): number | null =>
  it.finished_at ? Date.parse(it.finished_at) - Date.parse(it.created_at) : null;

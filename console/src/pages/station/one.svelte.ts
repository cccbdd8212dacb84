// One station as it is now: asked for once, then kept current by the stream.

import { api, got, type Shape } from "../../api/client.ts";
import { Resource, soon } from "../../live/resource.svelte.ts";
import { stream } from "../../live/stream.svelte.ts";

export type Station = Shape<"StationView">;
export type Evse = Shape<"EvseView">;
export type EventView = Shape<"EventView"> & { words?: string | null };
type Moved = Partial<Omit<Station, "evses">> & { id: string; evses?: Evse[] };

const RENEWING = new Set([
  "station_booted",
  "station_connected",
  "registration_changed",
  "status_changed", // with it its error, which the stream does not tell
]);

/** Call it where effects may be made. */
export function oneStation(id: () => string): Resource<Station> {
  const made = new Resource<Station>(() =>
    got(api.GET("/api/v1/stations/{identity}", { params: { path: { identity: id() } } })),
  );
  const again = soon(() => void made.load(), 300);
  $effect(() => {
    const wanted = id();
    void made.load();
    const leave = [
      stream.follow<Moved[]>("stations", (moved) => {
        for (const it of moved) {
          if (it.id === wanted && made.data) made.data = merged(made.data, it);
        }
      }),
      stream.follow<EventView>("events", (event) => {
        if (event.station_id === wanted && RENEWING.has(event.kind)) again();
      }),
      stream.onGap(again),
    ];
    return () => leave.forEach((it) => it());
  });
  return made;
}

function merged(known: Station, moved: Moved): Station {
  const { evses: changed = [], ...rest } = moved;
  const evses = (known.evses ?? []).map((evse) => {
    const now = changed.find((it) => it.id === evse.id);
    return now ? { ...evse, ...now, connectors: evse.connectors } : evse;
  });
  return { ...known, ...rest, evses };
}

/** Calls back for each event of a station, as long as what called it is drawn. */
export function onEvents(id: () => string, hear: (event: EventView) => void): void {
  $effect(() => {
    const wanted = id();
    return stream.follow<EventView>("events", (event) => {
      if (event.station_id === wanted) hear(event);
    });
  });
}

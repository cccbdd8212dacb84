// Stops that fit no session, as the server lists them.

import { api, got, type Shape } from "../../api/client.ts";

export type Stop = Shape<"OrphanStopView">;

const PAGE = 500;
const ROWS_MAX = 5_000; // the newest of more are shown

/** All that wait for a person, the newest first. */
export async function waitingStops(): Promise<Stop[]> {
  const found: Stop[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE, cursor };
    const page = await got(api.GET("/api/v1/orphan-stops", { params: { query } }));
    found.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && found.length < ROWS_MAX);
  return found;
}

export const placeOf = (stop: Stop): string =>
  stop.evse_id == null ? stop.station_id : `${stop.station_id} / ${stop.evse_id}`;

export const zoneOfStop = (stop: Stop): string | undefined => stop.time_zone ?? undefined;

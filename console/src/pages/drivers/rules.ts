// A place where guests may do other than everywhere.

import { api } from "../../api/client.ts";

export type Spot = { kind: "site" | "station"; id: string; name: string };

/** Null: as its site, or as everywhere. */
export function putRule({ kind, id }: Spot, guest_charging: boolean | null): Promise<unknown> {
  const body = { guest_charging };
  if (kind === "site") {
    const params = { path: { site_id: id } };
    return api.PUT("/api/v1/driver-rules/sites/{site_id}", { params, body });
  }
  const params = { path: { identity: id } };
  return api.PUT("/api/v1/driver-rules/stations/{identity}", { params, body });
}

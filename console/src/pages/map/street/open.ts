// The street map that the operator laid behind the sites, if any; what reads it is loaded only then.

import { api, got, Problem } from "../../../api/client.ts";
import type { Street } from "./street.ts";

/** Errors: none; without one the outlines do. `onnews`: more of it can be drawn. */
export async function openStreet(onnews: () => void): Promise<Street | null> {
  try {
    const { street_map: told } = await got(api.GET("/api/v1/map"));
    if (!told) return null;
    const { Street } = await import("./street.ts");
    return new Street(told, onnews);
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

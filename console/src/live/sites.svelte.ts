// The places where stations stand, as they are on file; taken anew when one changes.

import { api, got, Problem, type Shape } from "../api/client.ts";

export type Site = Shape<"SiteView">;

const PAGE = 1000;

class Sites {
  /** By name; null until they are known. */
  data = $state.raw<Site[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  #byId = $derived(new Map((this.data ?? []).map((it) => [it.id, it])));

  get(id: string | null | undefined): Site | undefined {
    return id ? this.#byId.get(id) : undefined;
  }

  /** Takes them once for all pages; call it in an effect. */
  follow(): void {
    if (this.data === null) void this.load();
  }

  /** After a change. */
  load = async (): Promise<void> => {
    try {
      const found: Site[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: PAGE, cursor };
        const page = await got(api.GET("/api/v1/sites", { params: { query } }));
        found.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      this.data = found;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  };
}

export const sites = new Sites();

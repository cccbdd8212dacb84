import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/stations/:id",
    title: "station.title",
    load: () => import("./Station.svelte"),
  },
] satisfies PageEntry[];

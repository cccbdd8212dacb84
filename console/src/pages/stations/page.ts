import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/stations",
    title: "stations.title",
    load: () => import("./Stations.svelte"),
    menu: { group: "watch", order: 20, icon: "station" },
  },
] satisfies PageEntry[];

import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/map",
    title: "map.title",
    load: () => import("./MapPage.svelte"),
    menu: { group: "watch", order: 15, icon: "map" },
  },
] satisfies PageEntry[];

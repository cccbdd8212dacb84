import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/sites",
    title: "sites.title",
    load: () => import("./Sites.svelte"),
    menu: { group: "watch", order: 40, icon: "site" },
  },
  { path: "/sites/:id", title: "sites.single", load: () => import("./Site.svelte") },
] satisfies PageEntry[];

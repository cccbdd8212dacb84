import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/templates",
    title: "templates.title",
    load: () => import("./Templates.svelte"),
    menu: { group: "work", order: 40, icon: "settings" },
  },
  { path: "/templates/:name", title: "templates.single", load: () => import("./Template.svelte") },
] satisfies PageEntry[];

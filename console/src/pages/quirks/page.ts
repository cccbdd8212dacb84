import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/quirks",
    title: "quirks.title",
    load: () => import("./Quirks.svelte"),
    menu: { group: "work", order: 45, icon: "settings" },
  },
] satisfies PageEntry[];

import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/drivers",
    title: "drivers.title",
    load: () => import("./Drivers.svelte"),
    menu: { group: "people", order: 20, icon: "driver" },
  },
  { path: "/drivers/:id", title: "drivers.single", load: () => import("./Driver.svelte") },
  {
    path: "/driver-rules",
    title: "driver_rules.title",
    load: () => import("./Rules.svelte"),
    menu: { group: "people", order: 25, icon: "lock" },
  },
  {
    path: "/reports",
    title: "reports.title",
    load: () => import("./Reports.svelte"),
    menu: { group: "work", order: 15, icon: "warn" },
  },
  {
    path: "/codes",
    title: "codes.title",
    load: () => import("./Codes.svelte"),
    menu: { group: "people", order: 30, icon: "link" },
  },
] satisfies PageEntry[];

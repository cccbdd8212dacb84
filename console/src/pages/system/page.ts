import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/system",
    title: "system.title",
    load: () => import("./System.svelte"),
    menu: { group: "system", order: 80, icon: "system" },
  },
] satisfies PageEntry[];

import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/connect",
    title: "connect.title",
    load: () => import("./Connect.svelte"),
    menu: { group: "work", order: 10, icon: "connect" },
  },
] satisfies PageEntry[];

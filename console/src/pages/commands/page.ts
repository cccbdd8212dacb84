import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/commands",
    title: "command_list.title",
    load: () => import("./Commands.svelte"),
    menu: { group: "work", order: 10, icon: "command" },
  },
] satisfies PageEntry[];

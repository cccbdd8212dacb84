import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/messages",
    title: "trace.title",
    load: () => import("./Messages.svelte"),
    menu: { group: "watch", order: 40, icon: "message" },
  },
  {
    path: "/messages/:id",
    title: "trace.message",
    load: () => import("./MessagePage.svelte"),
  },
] satisfies PageEntry[];

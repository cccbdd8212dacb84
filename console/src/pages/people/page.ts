import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/users",
    title: "users.title",
    load: () => import("./Users.svelte"),
    menu: { group: "people", order: 40, icon: "people" },
    right: "administer",
  },
  {
    path: "/keys",
    title: "keys.title",
    load: () => import("./Keys.svelte"),
    menu: { group: "people", order: 50, icon: "key" },
    right: "administer",
  },
  { path: "/me", title: "me.title", load: () => import("./Me.svelte") },
] satisfies PageEntry[];

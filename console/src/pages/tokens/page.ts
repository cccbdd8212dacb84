import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/tokens",
    title: "tokens.title",
    load: () => import("./Tokens.svelte"),
    menu: { group: "people", order: 10, icon: "card" },
  },
  { path: "/tokens/:uid", title: "tokens.single", load: () => import("./Token.svelte") },
] satisfies PageEntry[];

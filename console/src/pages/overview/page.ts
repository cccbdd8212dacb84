import type { PageEntry } from "../../route/pages.ts";
import { learn } from "../../words/words.svelte.ts";

export default [
  {
    path: "/",
    title: "overview.title",
    load: () => learn("wire").then(() => import("./Overview.svelte")),
    menu: { group: "watch", order: 10, icon: "overview" },
  },
] satisfies PageEntry[];

import type { PageEntry } from "../../route/pages.ts";
import { learn } from "../../words/words.svelte.ts";

export default [
  {
    path: "/help",
    title: "help.title",
    load: () => learn("meanings", "wire").then(() => import("./Help.svelte")),
    menu: { group: "system", order: 90, icon: "help" },
  },
] satisfies PageEntry[];

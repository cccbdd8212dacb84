import type { PageEntry } from "../../route/pages.ts";
import { followWaiting, waitingTold } from "./waiting.svelte.ts";
import { learn } from "../../words/words.svelte.ts";

export default [
  {
    path: "/sessions",
    title: "sessions.title",
    load: () => learn("wire").then(() => import("./Sessions.svelte")),
    menu: { group: "watch", order: 30, icon: "session" },
  },
  {
    path: "/sessions/exceptions",
    title: "exceptions.title",
    load: () => learn("wire", "meanings").then(() => import("./Exceptions.svelte")),
    menu: {
      group: "work",
      order: 10,
      icon: "warn",
      count: { follow: followWaiting, told: waitingTold },
    },
  },
  {
    path: "/sessions/:id",
    title: "sessions.one_session",
    load: () => learn("wire", "meanings").then(() => import("./SessionPage.svelte")),
  },
] satisfies PageEntry[];

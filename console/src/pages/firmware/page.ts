import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/firmware",
    title: "firmware.title",
    load: () => import("./Firmware.svelte"),
    menu: { group: "work", order: 50, icon: "file" },
  },
] satisfies PageEntry[];

import type { PageEntry } from "../../route/pages.ts";

export default [
  {
    path: "/jobs",
    title: "jobs.title",
    load: () => import("./Jobs.svelte"),
    menu: { group: "work", order: 20, icon: "job" },
  },
  {
    path: "/jobs/new",
    title: "jobs.start",
    load: () => import("./NewJob.svelte"),
    right: "operate",
  },
  { path: "/jobs/:id", title: "jobs.single", load: () => import("./Job.svelte") },
] satisfies PageEntry[];

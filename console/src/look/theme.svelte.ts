// Light, dark, or as the system; remembered in a cookie so that the server draws its pages alike.

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const system = matchMedia("(prefers-color-scheme: dark)");
let chosen = $state<Theme>((document.documentElement.dataset.theme as Theme) ?? "auto");
let dark = $state(system.matches);
system.addEventListener("change", () => (dark = system.matches));

export const choice = (): Theme => chosen;
/** What is seen now. */
export const theme = (): "light" | "dark" =>
  chosen === "auto" ? (dark ? "dark" : "light") : chosen;

export function choose(wanted: Theme): void {
  chosen = wanted;
  document.documentElement.dataset.theme = wanted;
  document.cookie = `ogniwo_theme=${wanted}; path=/; max-age=31536000; samesite=strict`;
}

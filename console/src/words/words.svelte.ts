// Every text that people read: one catalogue with the server, a file for each group of words.

export type Language = "en" | "pl";
type Values = Record<string, string | number>;
type Group = Record<string, unknown>;

export const LANGUAGES: readonly Language[] = ["pl", "en"];
const load = { en: () => import("./en.ts"), pl: () => import("./pl.ts") };

let texts = $state.raw(new Map<string, string>());
let spoken = $state.raw<Language>("en");

export const language = () => spoken;

/** Groups that few pages need, loaded with the page that does. */
const rare = import.meta.glob<Group>("../../../src/ogniwo/web/texts/*/{meanings,wire}.json", {
  import: "default",
});
const learned = new Set<string>();

/** Has these rare groups there too, in whichever language is spoken; wait for it before drawing. */
export async function learn(...groups: string[]): Promise<void> {
  const unknown = groups.filter((it) => !learned.has(it));
  for (const group of unknown) learned.add(group);
  if (unknown.length) await speak(spoken);
}

async function textsOf(wanted: Language): Promise<Record<string, Group>> {
  const found = { ...(await load[wanted]()).default };
  for (const [file, group] of Object.entries(rare)) {
    const name = file.slice(file.lastIndexOf("/") + 1, -".json".length);
    if (file.includes(`/${wanted}/`) && learned.has(name)) found[file] = await group();
  }
  return found;
}

/** Loads the texts; everything drawn with them is drawn anew. */
export async function speak(wanted: Language): Promise<void> {
  const groups = await textsOf(wanted);
  const found = new Map<string, string>();
  for (const [file, group] of Object.entries(groups)) {
    flatten(group, file.slice(file.lastIndexOf("/") + 1, -".json".length), found);
  }
  texts = found;
  spoken = wanted;
  document.documentElement.lang = wanted;
  document.cookie = `ogniwo_lang=${wanted}; path=/; max-age=31536000; samesite=strict`;
}

function flatten(group: Group, prefix: string, into: Map<string, string>): void {
  for (const [name, told] of Object.entries(group)) {
    if (typeof told === "string") into.set(`${prefix}.${name}`, told);
    else flatten(told as Group, `${prefix}.${name}`, into);
  }
}

/** A missing text shows its key, so that the gap is seen. `[part]` stays only if its values are told. */
export function t(key: string, values: Values = {}): string {
  const told = (name: string) => (values[name] ?? "") !== "";
  return (texts.get(key) ?? key)
    .replace(/\[([^[\]]*)\]/g, (_, part: string) =>
      [...part.matchAll(/\{(\w+)\}/g)].every((named) => told(named[1]!)) ? part : "",
    )
    .replace(/\{(\w+)\}/g, (_, name: string) => (told(name) ? String(values[name]) : "?"))
    .trim();
}

/** "3 sesje": the form that the language needs for this number, from `<key>.one` and its like. */
export function counted(key: string, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(spoken).select(count);
  return t(`${key}.${form}`, { ...values, n: count.toLocaleString(spoken) });
}

/** A word of the API in this language; one that we do not know stays itself. */
export function word(group: string, value: string | null | undefined): string {
  return value == null ? "" : (texts.get(`${group}.${value}`) ?? value);
}

/** What there are words for in a group, by their words. */
export function namesIn(group: string): string[] {
  const names = [...texts.keys()].filter((key) => key.startsWith(`${group}.`));
  return names
    .map((key) => key.slice(group.length + 1))
    .sort((a, b) => word(group, a).localeCompare(word(group, b), spoken));
}

export const has = (key: string): boolean => texts.has(key);

/** What stands directly under a key, in the order of its file: `names("meanings.status")`. */
export function names(prefix: string): string[] {
  const found = new Set<string>();
  for (const key of texts.keys()) {
    if (key.startsWith(`${prefix}.`)) found.add(key.slice(prefix.length + 1).split(".")[0]!);
  }
  return [...found];
}

// What can be looked up: each entry has an id that other pages link to (`/help#status-finishing`).

import { names, t, word } from "../../words/words.svelte.ts";

export type Entry = {
  id: string;
  title: string;
  /** The word of the protocol, or of the other language. */
  also?: string;
  text: string;
};
export type Topic = { id: string; entries: Entry[] };

/** In which group the words of a topic are; each meaning is `meanings.<topic>.<word>`. */
const WORDS: Record<string, string> = {
  status: "status",
  session: "states",
  flag: "flags",
  command: "command_states",
  registration: "registration",
  error: "wire.error",
  reason: "wire.reason",
};
const PROTOCOL = new Set(["error", "reason"]); // where a technician knows the English word

function meanings(topic: string): Topic {
  const group = WORDS[topic];
  const entries = names(`meanings.${topic}`).map((key) => ({
    id: `${topic}-${key}`,
    title: group ? word(group, key) : key,
    also: PROTOCOL.has(topic) ? key : undefined,
    text: t(`meanings.${topic}.${key}`),
  }));
  return { id: topic, entries };
}

function refusals(): Topic {
  const entries = names("refusals").map((key) => ({
    id: `refusal-${key}`,
    title: t(`refusals.${key}.title`),
    text: t(`refusals.${key}.do`),
  }));
  return { id: "refusal", entries };
}

function terms(): Topic {
  const entries = names("meanings.term").map((key) => ({
    id: `term-${key}`,
    title: t(`meanings.term.${key}.name`),
    also: t(`meanings.term.${key}.also`),
    text: t(`meanings.term.${key}.text`),
  }));
  return { id: "term", entries };
}

function keys(): Topic {
  const entries = names("help.keys").map((key) => ({
    id: `keys-${key}`,
    title: t(`help.keys.${key}.press`),
    text: t(`help.keys.${key}.does`),
  }));
  return { id: "keys", entries };
}

export const topics = (): Topic[] => [
  meanings("status"),
  meanings("session"),
  meanings("flag"),
  meanings("command"),
  refusals(),
  meanings("error"),
  meanings("reason"),
  meanings("answer"),
  meanings("registration"),
  terms(),
  keys(),
];

/** Without accents and case: "łącze" is found by "lacze". */
const plain = (text: string): string =>
  text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");

export function searched(all: Topic[], typed: string): Topic[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  if (!words.length) return all;
  const fits = (entry: Entry) => {
    const told = plain(`${entry.title} ${entry.also ?? ""} ${entry.text} ${entry.id}`);
    return words.every((it) => told.includes(it));
  };
  return all
    .map(({ id, entries }) => ({ id, entries: entries.filter(fits) }))
    .filter(({ entries }) => entries.length);
}

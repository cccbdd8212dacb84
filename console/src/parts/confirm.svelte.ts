// A question before something that cannot be taken back: it names what will happen.

import { t } from "../words/words.svelte.ts";
import { say, tried } from "./toasts.svelte.ts";

export type Question = {
  title: string;
  /** The consequence, in a sentence or two. */
  text: string;
  /** What the button says, as a verb: never "OK". */
  act: string;
  danger?: boolean;
};

type Asked = Question & { answer: (yes: boolean) => void };

let asked = $state.raw<Asked | null>(null);

export const question = (): Asked | null => asked;

/** True when the person presses the button; closing the dialog is a no. */
export function confirmed(wanted: Question): Promise<boolean> {
  asked?.answer(false);
  return new Promise((resolve) => {
    asked = {
      ...wanted,
      answer: (yes) => {
        asked = null;
        resolve(yes);
      },
    };
  });
}

/**
 * A button that asks first. `<key>_title`, `<key>_text` and `<key>` are the question, `said` is told
 * when it was done; true then.
 */
export async function doneIfSure(
  key: string,
  said: string,
  act: () => Promise<unknown>,
  { name = "", danger = true } = {},
): Promise<boolean> {
  const values = { name };
  const title = t(`${key}_title`, values);
  if (!(await confirmed({ title, text: t(`${key}_text`), act: t(key), danger }))) return false;
  if ((await tried(act())) === undefined) return false;
  say(t(said, values));
  return true;
}

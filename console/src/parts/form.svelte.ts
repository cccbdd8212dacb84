// What a form goes through: sent, refused with words for its fields, or done.

import { tick } from "svelte";

import { Problem } from "../api/client.ts";
import { t } from "../words/words.svelte.ts";

// How its reader of JSON begins what it says of a field: words of programmers.
const OF_THE_SERVER = /^(Expected|Invalid|Object) /;

export class Form {
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  #named = new Set<string>();

  /** What is wrong with a field; whoever asks shows it beside the field. */
  error(field: string): string | undefined {
    this.#named.add(field);
    const detail = this.problem?.errors.find((it) => it.field === field)?.detail;
    return detail && OF_THE_SERVER.test(detail) ? t("forms.not_accepted") : detail;
  }

  /** What no field shows, for the head of the form. */
  get told(): string {
    const problem = this.problem;
    if (!problem) return "";
    if (!problem.errors.length) return problem.told;
    const elsewhere = problem.errors.filter((it) => !this.#named.has(it.field));
    if (!elsewhere.length) return t("forms.correct");
    return elsewhere.map((it) => `${it.field}: ${it.detail}`).join("; ");
  }

  /** Beside it, in small print. */
  get detail(): string {
    return this.problem && !this.problem.errors.length ? this.problem.detail : "";
  }

  clear(): void {
    this.problem = null;
  }

  /** True when it was done; a refusal is kept and shown, and the first wrong field gets the focus. */
  async send(act: () => Promise<unknown>, where?: HTMLElement | null): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
      return false;
    } finally {
      this.busy = false;
      await tick();
      if (this.problem) where?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }
}

/** Thrown before anything is sent: one field is wrong, in our own words. */
export const wrong = (field: string, detail: string): Problem =>
  new Problem(400, "invalid", detail, [{ field, detail }]);

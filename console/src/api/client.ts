// The API, typed by its own OpenAPI document; every refusal is a Problem with a sentence to show.

import createClient from "openapi-fetch";

import { has, language, t } from "../words/words.svelte.ts";
import type { components, paths } from "./schema.d.ts";

export type Shape<Name extends keyof components["schemas"]> = components["schemas"][Name];

const meta = (name: string): string =>
  document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

export const ocppUrl = meta("ocpp-url");
/** Goes along with every change; of the page until `knowMe` has asked. */
export let csrf = meta("csrf");
export const learnCsrf = (told: string): void => void (csrf = told);

/** What the server refused (RFC 9457): `message` is its sentence in English, `code` is stable. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: { field: string; detail: string }[] = [],
  ) {
    super(detail);
  }

  /** In the language of the person where there are words for the code; else as the server says it. */
  get told(): string {
    const key = this.code.startsWith("no_such_") ? "no_such" : this.code;
    if (this.code === "unreachable") return t("parts.unreachable");
    return has(`answers.${key}`) ? t(`answers.${key}`) : this.message;
  }

  /** What the server says beyond that: names and figures, in small print. */
  get detail(): string {
    return this.told === this.message ? "" : this.message;
  }
}

export const api = createClient<paths>({
  baseUrl: "/",
});

api.use({
  onRequest({ request }) {
    request.headers.set("accept-language", language());
    request.headers.set("x-ogniwo-csrf", csrf);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return undefined;
    throw await problemOf(response);
  },
  onError() {
    return new Problem(0, "unreachable", "");
  },
});

async function problemOf(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => null)) as Partial<Problem & { detail: string }>;
  if (response.status === 401) signedOut();
  return new Problem(
    response.status,
    told?.code ?? "unknown",
    told?.detail ?? `HTTP ${response.status}`,
    told?.errors ?? [],
  );
}

/** The session is over: the form brings the person back to this very place. */
function signedOut(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** The answer's body; what went wrong was thrown before. */
export async function got<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

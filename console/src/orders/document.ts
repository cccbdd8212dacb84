// The API's own description, loaded when a form is first asked for: forms of orders are made from it.

import { Problem } from "../api/client.ts";
import { may, type Right } from "../route/me.svelte.ts";
import { fieldOf, type Field, type Schema } from "./fields.ts";

type Document = {
  paths: Record<string, Record<string, { requestBody: { content: Record<string, Body> } }>>;
  components: { schemas: Record<string, Schema> };
};
type Body = { schema: { oneOf: { $ref: string }[] } };

const ORDERS = "/api/v1/stations/{identity}/commands";
/** Of every order; the dialog has a place of its own for them. */
const OWN = new Set(["command", "idempotency_key"]);

let asked: Promise<Map<string, Field>> | undefined;

/** Who is signed in may give it. */
export const mayGive = (form: Field | undefined): boolean =>
  may((form?.limits["x-right"] ?? "serve") as Right);

/** The form of each order there is, by its name. Errors: Problem. */
export function orderForms(): Promise<Map<string, Field>> {
  asked ??= load().catch((error: unknown) => {
    asked = undefined; // the next one who asks tries again
    throw error;
  });
  return asked;
}

async function load(): Promise<Map<string, Field>> {
  const answer = await fetch("/api/v1/openapi.json").catch(() => null);
  if (!answer?.ok) throw new Problem(answer?.status ?? 0, "unreachable", "");
  const document = (await answer.json()) as Document;
  const body = document.paths[ORDERS]!.post!.requestBody.content["application/json"]!;
  const schemas = document.components.schemas;
  const found = new Map<string, Field>();
  for (const { $ref } of body.schema.oneOf) {
    const field = fieldOf("", { $ref }, schemas, true);
    const name = field.fields?.find((it) => it.name === "command")?.constant;
    if (!name) continue;
    found.set(name, { ...field, fields: field.fields?.filter((it) => !OWN.has(it.name)) });
  }
  return found;
}

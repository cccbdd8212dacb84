// What a form asks for, read from a JSON schema; what is typed, checked and made into what is sent.
//
// What is typed is kept as it is typed (`Raw`): text for a figure, rows for a map. Only `told` makes
// values of it, and leaves out what was left empty.

export type Schema = {
  $ref?: string;
  type?: string;
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema;
  enum?: string[];
  const?: string;
  default?: unknown;
  format?: string;
  pattern?: string;
  description?: string;
  examples?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  /** Ours: the right that an order takes. */
  "x-right"?: string;
};

export type Kind =
  | "text"
  | "integer"
  | "number"
  | "boolean"
  | "choice"
  | "moment"
  | "struct"
  | "list"
  | "map"
  | "any";

export type Field = {
  name: string;
  kind: Kind;
  required: boolean;
  limits: Schema;
  choices?: string[];
  fields?: Field[] | undefined;
  item?: Field;
  constant?: string | undefined;
};

export type Raw = string | boolean | undefined | Raw[] | { [name: string]: Raw };
export type Struct = Record<string, Raw>;

const DEEP_MAX = 12;

export function fieldOf(
  name: string,
  given: Schema,
  schemas: Record<string, Schema>,
  required: boolean,
  depth = 0,
): Field {
  const schema = resolved(given, schemas);
  const made = (kind: Kind, more: Partial<Field> = {}): Field => ({
    name,
    kind,
    required,
    limits: schema,
    constant: schema.const,
    ...more,
  });
  const inner = (of: string, it: Schema, needed: boolean) =>
    fieldOf(of, it, schemas, needed, depth + 1);

  if (depth > DEEP_MAX) return made("any");
  if (schema.enum) return made("choice", { choices: schema.enum });
  switch (schema.type) {
    case "object": {
      if (!schema.properties) {
        const values = schema.additionalProperties;
        return values?.type === "string" ? made("map") : made("any");
      }
      const needed = new Set(schema.required ?? []);
      const fields = Object.entries(schema.properties).map(([key, it]) =>
        inner(key, it, needed.has(key)),
      );
      return made("struct", { fields });
    }
    case "array":
      return schema.items ? made("list", { item: inner("", schema.items, true) }) : made("any");
    case "boolean":
    case "integer":
    case "number":
      return made(schema.type);
    case "string":
      return made(schema.format === "date-time" ? "moment" : "text");
    default:
      return made("any");
  }
}

/** Without reference and without "or null": what is left is one kind of value, and its limits. */
function resolved(schema: Schema, schemas: Record<string, Schema>): Schema {
  const { $ref, oneOf, ...limits } = schema;
  if ($ref) return { ...resolved(schemas[$ref.split("/").at(-1)!] ?? {}, schemas), ...limits };
  if (!oneOf) return schema;
  const kinds = oneOf.filter((it) => it.type !== "null" && Object.keys(it).length);
  return kinds.length === 1 ? { ...resolved(kinds[0]!, schemas), ...limits } : limits;
}

/** Before anything is typed. */
export function blank(field: Field): Raw {
  if (field.kind === "struct") {
    if (!field.required) return undefined;
    return Object.fromEntries((field.fields ?? []).map((it) => [it.name, blank(it)]));
  }
  if (field.kind === "list") return field.required && field.item ? [blank(field.item)] : [];
  if (field.kind === "map") return [{ name: "", value: "" }];
  const usual = field.limits.default;
  if (field.kind === "boolean") return typeof usual === "boolean" ? usual : "";
  return usual == null ? "" : String(usual);
}

/** As it would have been typed; what an order was once given fills the form again. */
export function typed(field: Field, value: unknown): Raw {
  if (value == null) return blank(field);
  switch (field.kind) {
    case "struct":
      return Object.fromEntries(
        (field.fields ?? []).map((it) => [it.name, typed(it, (value as Struct)[it.name])]),
      );
    case "list":
      return (value as unknown[]).map((it) => typed(field.item!, it));
    case "map":
      return Object.entries(value as Record<string, string>).map(([name, it]) => ({
        name,
        value: it,
      }));
    case "boolean":
      return Boolean(value);
    case "moment":
      return String(value);
    case "any":
      return JSON.stringify(value, null, 2);
    default:
      return String(value);
  }
}

/** What is sent; undefined where nothing was said. */
export function told(field: Field, raw: Raw): unknown {
  switch (field.kind) {
    case "struct": {
      if (raw === undefined) return undefined;
      const values = (field.fields ?? []).map((it) => [
        it.name,
        told(it, (raw as Struct)[it.name]),
      ]);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined));
    }
    case "list": {
      const items = (raw as Raw[]).map((it) => told(field.item!, it)).filter((it) => it != null);
      return items.length || field.required ? items : undefined;
    }
    case "map":
      return Object.fromEntries(
        (raw as Struct[]).filter((it) => it.name).map((it) => [it.name, it.value]),
      );
    case "boolean":
      return raw === "" ? undefined : raw === true || raw === "true";
    case "integer":
    case "number":
      return raw === "" || raw === undefined ? undefined : Number(String(raw).replace(",", "."));
    case "moment":
      return raw || undefined;
    case "any":
      return raw ? (JSON.parse(String(raw)) as unknown) : undefined;
    default:
      return raw === "" ? undefined : raw;
  }
}

/** What is wrong, by the path of its field: a key of a text and its values. */
export type Wrong = Map<string, { key: string; values?: Record<string, string | number> }>;

export function wrong(field: Field, raw: Raw, path = "", found: Wrong = new Map()): Wrong {
  const at = (name: string | number) => (path ? `${path}.${name}` : String(name));
  if (field.kind === "struct") {
    if (raw === undefined) return found;
    for (const it of field.fields ?? []) wrong(it, (raw as Struct)[it.name], at(it.name), found);
    return found;
  }
  if (field.kind === "list") {
    (raw as Raw[]).forEach((it, index) => wrong(field.item!, it, at(index), found));
    if (field.required && !(raw as Raw[]).length) found.set(path, { key: "orders.needed" });
    return found;
  }
  const said = wrongLeaf(field, raw);
  if (said) found.set(path, said);
  return found;
}

function wrongLeaf(field: Field, raw: Raw) {
  const { minimum, maximum, maxLength, pattern } = field.limits;
  if (field.kind === "map") {
    const none = !(raw as Struct[]).some((it) => it.name);
    return none && field.required ? { key: "orders.needed" } : undefined;
  }
  if (raw === "" || raw === undefined) return field.required ? { key: "orders.needed" } : undefined;
  const text = String(raw);
  if (field.kind === "any") return isJson(text) ? undefined : { key: "orders.no_json" };
  if (field.kind === "integer" || field.kind === "number") {
    const value = Number(text.replace(",", "."));
    if (!Number.isFinite(value)) return { key: "orders.no_number" };
    if (field.kind === "integer" && !Number.isInteger(value)) return { key: "orders.no_integer" };
    if (minimum != null && value < minimum)
      return { key: "orders.too_small", values: { limit: minimum } };
    if (maximum != null && value > maximum)
      return { key: "orders.too_large", values: { limit: maximum } };
  }
  if (field.kind === "text") {
    if (maxLength != null && text.length > maxLength)
      return { key: "orders.too_long", values: { limit: maxLength } };
    if (pattern && !new RegExp(pattern).test(text)) return { key: "orders.wrong_form" };
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

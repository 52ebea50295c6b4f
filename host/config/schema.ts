// The JSON Schema as the host reads it: what stands at a path, what is allowed there, and text turned into a typed value.

/** A tree path: keys, and places in arrays counted from 0. */
export type Path = readonly (string | number)[];

export type Value = string | number | boolean | Value[] | Tree;

export interface Tree {
  [key: string]: Value;
}

/** The part of JSON Schema that our schemas use. Keys with `x-` are ours: texts for people, and what is derived in check.ts. */
export interface ConfigSchema {
  readonly type: "object" | "array" | "string" | "integer" | "boolean";
  readonly title?: string;
  readonly description?: string;
  readonly default?: Value;
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
  readonly required?: readonly string[];
  readonly items?: ConfigSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Other spellings of an enum's values. */
  readonly "x-alias"?: Readonly<Record<string, string>>;
  /** What a pattern allows, in words. */
  readonly "x-allowed"?: string;
  /** Where the value comes from when it is left out. */
  readonly "x-derived"?: string;
  /** The driver that a key beside `driver` belongs to: that one needs it, unless it is `x-optional`; others do not know it. */
  readonly "x-driver"?: string;
  readonly "x-optional"?: boolean;
  /** An array whose items go by this key rather than by number on the console. */
  readonly "x-name"?: string;
  readonly "x-secret"?: boolean;
  readonly "x-unit"?: string;
}

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The schema of what stands at `path`, if it may stand there at all. */
export function schemaAt(schema: ConfigSchema, path: Path): ConfigSchema | undefined {
  let at: ConfigSchema | undefined = schema;
  for (const key of path) {
    if (at === undefined) return undefined;
    if (typeof key === "number") at = at.items;
    else at = at.properties !== undefined && Object.hasOwn(at.properties, key) ? at.properties[key] : undefined;
  }
  return at;
}

export function valueAt(tree: Value | undefined, path: Path): Value | undefined {
  let at: Value | undefined = tree;
  for (const key of path) {
    if (Array.isArray(at)) at = typeof key === "number" ? at[key] : undefined;
    else if (isTree(at)) at = Object.hasOwn(at, key) ? at[key] : undefined;
    else return undefined;
  }
  return at;
}

/** A table, or an array of tables: what the console walks through on its way to a value. */
export const isSection = (schema: ConfigSchema): boolean =>
  schema.type === "object" || (schema.type === "array" && schema.items?.type === "object");

/** What is allowed at a key, for messages and help: "5 to 600 seconds". */
export function allowedText(schema: ConfigSchema): string {
  const unit = schema["x-unit"] === undefined ? "" : ` ${schema["x-unit"]}`;
  if (schema["x-allowed"] !== undefined) return schema["x-allowed"];
  if (schema.enum !== undefined) return `${listText(schema.enum, "or")}${unit}`;
  if (schema.type === "boolean") return "true or false";
  if (schema.type === "object") return "a table";
  if (schema.type === "array") {
    if (schema.items?.enum !== undefined) return `${listText(schema.items.enum, "and")}, each at most once`;
    return `at most ${schema.maxItems}`;
  }
  if (schema.type === "string") return `${schema.minLength ?? 0} to ${schema.maxLength} characters`;
  const even = schema.multipleOf === undefined ? "" : `, in steps of ${schema.multipleOf}`;
  return `${schema.minimum} to ${schema.maximum}${unit}${even}`;
}

/** "a, b or c" */
export function listText(values: readonly (string | number)[], last: "and" | "or"): string {
  if (values.length < 2) return values.join("");
  return `${values.slice(0, -1).join(", ")} ${last} ${values.at(-1)}`;
}

/**
 * What was typed on the console, as the type that the schema wants. Text that is no such type stays text, so that the
 * validator refuses it with the words it has for every other fault.
 */
export function typedValue(schema: ConfigSchema, text: string): Value {
  switch (schema.type) {
    case "integer":
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case "boolean":
      if (text === "true" || text === "on" || text === "yes") return true;
      if (text === "false" || text === "off" || text === "no") return false;
      return text;
    case "array": {
      const items = schema.items!;
      return text
        .split(/[\s,]+/)
        .filter((word) => word !== "")
        .map((word) => typedValue(items, word));
    }
    default:
      return schema.enum === undefined ? text : (enumSpelling(schema, text) ?? text);
  }
}

/** `pcma` is PCMA, `gb` is GB: case is forgiven where the values are a short list. */
function enumSpelling(schema: ConfigSchema, text: string): string | undefined {
  const known = [...schema.enum!.map(String), ...Object.keys(schema["x-alias"] ?? {})];
  return known.find((value) => value.toLowerCase() === text.toLowerCase());
}

/** Replaces aliases by what they stand for, in place. */
export function resolveAliases(schema: ConfigSchema, tree: Tree): void {
  for (const [key, value] of Object.entries(tree)) {
    const at = schemaAt(schema, [key]);
    if (at === undefined) continue;
    if (isTree(value)) resolveAliases(at, value);
    else if (Array.isArray(value)) {
      for (const item of value) if (isTree(item) && at.items !== undefined) resolveAliases(at.items, item);
    } else if (typeof value === "string") {
      const alias = at["x-alias"];
      if (alias !== undefined && Object.hasOwn(alias, value)) tree[key] = alias[value]!;
    }
  }
}

// Holds a tree against a JSON Schema and fills in what it has by default. See JSON Schema draft-07, "Validation", sections 6.1 to 6.5;
// of that, the keywords that our schemas use.

import { type ConfigSchema, isTree, type Path, type Value } from "./schema.ts";

/** One fault: which keyword of the schema at `path` is broken. A key that is missing or unknown is the last of its path. */
export interface Fault {
  readonly path: Path;
  readonly keyword: Keyword;
}

export type Keyword =
  | "type"
  | "enum"
  | "maximum"
  | "minimum"
  | "multipleOf"
  | "maxLength"
  | "minLength"
  | "pattern"
  | "maxItems"
  | "minItems"
  | "uniqueItems"
  | "required"
  | "additionalProperties";

/** Every fault of `value`; none when it is what the schema asks for. Fills defaults into `value` as it goes. */
export function validate(schema: ConfigSchema, value: unknown): Fault[] {
  const faults: Fault[] = [];
  check(schema, value as Value, [], faults);
  return faults;
}

function check(schema: ConfigSchema, value: Value, path: Path, faults: Fault[]): void {
  const tell = (isBroken: boolean, keyword: Keyword, at = path): void => {
    if (isBroken) faults.push({ path: at, keyword });
  };
  if (!isOfType(schema, value)) {
    faults.push({ path, keyword: "type" });
    return;
  }
  tell(schema.enum !== undefined && !schema.enum.includes(value as string | number), "enum");
  if (typeof value === "number") {
    tell(value > (schema.maximum ?? Number.POSITIVE_INFINITY), "maximum");
    tell(value < (schema.minimum ?? Number.NEGATIVE_INFINITY), "minimum");
    tell(value % (schema.multipleOf ?? 1) !== 0, "multipleOf");
  } else if (typeof value === "string") {
    tell(value.length > (schema.maxLength ?? Number.POSITIVE_INFINITY), "maxLength");
    tell(value.length < (schema.minLength ?? 0), "minLength");
    tell(schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value), "pattern");
  } else if (Array.isArray(value)) {
    const { items = schema } = schema;
    tell(value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY), "maxItems");
    tell(value.length < (schema.minItems ?? 0), "minItems");
    const ofType = value.filter((item) => isOfType(items, item));
    tell(schema.uniqueItems === true && repeatedItem(ofType) !== undefined, "uniqueItems");
    for (const [index, item] of value.entries()) check(items, item, [...path, index], faults);
  } else if (isTree(value)) {
    const properties = schema.properties ?? {};
    for (const [key, property] of Object.entries(properties))
      if (value[key] === undefined && property.default !== undefined) value[key] = structuredClone(property.default);
    for (const key of schema.required ?? []) tell(value[key] === undefined, "required", [...path, key]);
    for (const key of Object.keys(value)) tell(!Object.hasOwn(properties, key), "additionalProperties", [...path, key]);
    for (const [key, property] of Object.entries(properties))
      if (value[key] !== undefined) check(property, value[key], [...path, key], faults);
  }
}

function isOfType({ type }: ConfigSchema, value: Value): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isTree(value);
  return typeof value === type;
}

/** The first item that stood there before. */
export function repeatedItem(list: readonly Value[]): Value | undefined {
  return list.find((item, index) => list.indexOf(item) !== index);
}

// The host's own check of a tree against a schema, held against ajv's: the same faults, the same defaults.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv, type ErrorObject } from "ajv";
import fc from "fast-check";
import type { ConfigSchema, Path, Value } from "../../host/config/schema.ts";
import { boardSchema, cardSchema, configSchema, headerSchema } from "../../host/config/schemas.mjs";
import { type Fault, validate } from "../../host/config/validate.ts";

const SCHEMAS = { config: configSchema, board: boardSchema, header: headerSchema, card: cardSchema };
/** Trees that are sound. */
const SOUND: Record<keyof typeof SCHEMAS, unknown[]> = {
  config: [{}, { server: { enabled: true }, line: [{ user: "101" }, { user: "102", codecs: ["PCMA"] }] }],
  board: readAll(readdirSync("boards").map((name) => `boards/${name}/board.json`)),
  header: readAll(readdirSync("boards/headers").map((name) => `boards/headers/${name}`)),
  card: readAll(readdirSync("boards/slic").map((name) => `boards/slic/${name}/card.json`)),
};

function readAll(files: readonly string[]): unknown[] {
  return files.filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, "utf8")));
}

const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  unicode: false,
  keywords: ["x-alias", "x-allowed", "x-derived", "x-driver", "x-name", "x-optional", "x-secret", "x-unit"],
  logger: false,
});

/** Of a key that is missing or unknown, the key as well. */
function pathOf({ instancePath, params }: ErrorObject, tree: unknown): Path {
  let at = tree as Value | undefined;
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => {
      const isIndex = Array.isArray(at);
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      at = (at as Record<string, Value>)[key];
      return isIndex ? Number(key) : key;
    });
  const key = params.missingProperty ?? params.additionalProperty;
  return key === undefined ? path : [...path, key];
}

/** The first of each path: the message of a second is never shown. */
function firsts(faults: readonly Fault[]): string[] {
  const first = new Map<string, Fault>();
  for (const fault of faults) {
    const path = JSON.stringify(fault.path);
    if (!first.has(path)) first.set(path, fault);
  }
  return [...first].map(([path, { keyword }]) => `${path} ${keyword}`).sort();
}

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, Number.NaN, -1, 0, 1.5, 1e9, "", "x".repeat(300), "é\u0000", [], {}, true, [1, 1]),
  fc.string(),
);
/** Texts that some pattern or other allows. */
const plausible = fc.constantFrom(
  "101",
  "sip.example.org:5060",
  "auto",
  "192.0.2.7",
  "=2",
  "*",
  "/config/ca.pem",
  "UTC",
  "ab",
);

/** Trees that are nearly what the schema asks for: most values fit, some are missing, wrong, too many, or unknown. */
function near(schema: ConfigSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 20, arbitrary: fitting(schema) }, { weight: 1, arbitrary: strange });
}

function fitting(schema: ConfigSchema): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 100, properties = {}, items, required = [] } = schema;
  if (schema.enum) return fc.constantFrom<unknown>(...schema.enum);
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: minimum - 1, max: maximum + 1 });
    case "string":
      return fc.oneof(plausible, fc.string({ maxLength: (schema.maxLength ?? 20) + 1 }));
    case "array":
      return fc.array(near(items!), { maxLength: Math.min(4, (schema.maxItems ?? 3) + 1) });
    case "object": {
      const known = fc.record(
        Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, near(property)])),
        { requiredKeys: [] },
      );
      const needed = fc.record(Object.fromEntries(required.map((key) => [key, near(properties[key]!)])));
      const unknown = fc.dictionary(fc.constantFrom("extra", "a/b", "~", "toString"), strange, { maxKeys: 1 });
      return fc
        .tuple(known, needed, fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: unknown }))
        .map((parts) => Object.assign({}, ...parts));
    }
  }
}

/** A sound tree with one value that may be anything. */
function spoilt(tree: unknown): fc.Arbitrary<unknown> {
  return fc.tuple(fc.nat(), strange).map(([place, value]) => {
    const copy = structuredClone(tree);
    const places = [...placesIn(copy)];
    const [holder, key] = places[place % Math.max(1, places.length)] ?? [{}, ""];
    holder[key] = value;
    return copy;
  });
}

function* placesIn(value: unknown): Generator<[Record<string, unknown>, string]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield [value as Record<string, unknown>, key];
    yield* placesIn(inner);
  }
}

const seed = 20_261_123;

for (const [name, schema] of Object.entries(SCHEMAS)) {
  const sound = SOUND[name as keyof typeof SCHEMAS];
  const isValid = ajv.compile(schema);

  const compare = (tree: unknown): readonly Fault[] => {
    const [ours, theirs] = [structuredClone(tree), structuredClone(tree)];
    const expected = isValid(theirs)
      ? []
      : isValid.errors!.map((error) => ({ path: pathOf(error, tree), keyword: error.keyword }) as Fault);
    const found = validate(schema, ours);
    assert.deepEqual(firsts(found), firsts(expected));
    assert.deepEqual(ours, theirs);
    return found;
  };

  test(`${name}: what is sound is accepted, and gets the same defaults`, () => {
    assert.ok(sound.length > 0);
    for (const tree of sound) assert.deepEqual(compare(tree), []);
  });

  test(`${name}: what ajv finds wrong is found wrong, and nothing else (seed ${seed})`, () => {
    let faulty = 0;
    const trees = fc.oneof(near(schema), ...sound.map(spoilt));
    fc.assert(
      fc.property(trees, (tree) => {
        if (compare(tree).length > 0) faulty++;
      }),
      { seed, numRuns: 5000 },
    );
    assert.ok(faulty > 2000, `only ${faulty} of 5000 trees had a fault`);
  });
}

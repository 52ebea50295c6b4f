// Builds what the two JSON Schemas imply: a validator without ajv at run time, and the TypeScript types of a configuration.
// `validator.mjs` has no source file: the build makes it beside the compiled host, and rollup gets it from the plugin below.
//
// Run by hand after a change of a schema: `node host/config/generate.mjs` rewrites types.ts.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";

const here = dirname(fileURLToPath(import.meta.url));
const readSchema = (path) => JSON.parse(readFileSync(resolve(here, path), "utf8"));
const configSchemaPath = resolve(here, "config.schema.json");
const boardSchemaPath = resolve(here, "../../boards/board.schema.json");

/** The text of `validator.mjs`: an ES module that imports nothing. */
export function validatorCode() {
  const schemas = { config: readSchema(configSchemaPath), board: readSchema(boardSchemaPath) };
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    // Lengths count UTF-16 units: the helper that counts code points would be an import, and it calls `require`.
    unicode: false,
    code: { source: true, esm: true, lines: true },
    schemas: Object.entries(schemas).map(([name, schema]) => ({ ...schema, $id: name })),
    keywords: ["x-alias", "x-allowed", "x-derived", "x-name", "x-secret", "x-unit"],
    logger: { log() {}, warn() {}, error: console.error },
  });
  const code = standaloneCode(ajv, { validateConfig: "config", validateBoard: "board" });
  if (/\brequire\(|\bimport\b/.test(code)) {
    throw new Error("a schema uses a keyword that needs ajv's run-time helpers; see host/config/generate.mjs");
  }
  return [
    "// Made by host/config/generate.mjs from the JSON Schemas.",
    code,
    `export const configSchema = ${JSON.stringify(schemas.config)};`,
    `export const boardSchema = ${JSON.stringify(schemas.board)};`,
    "",
  ].join("\n");
}

/** Writes the validator. For the compiled tests: `build/js/host/config/validator.mjs`. */
export function generateValidator(outFile) {
  mkdirSync(dirname(outFile), { recursive: true });
  writeFileSync(outFile, validatorCode());
}

/** Rollup plugin: answers the import of `./validator.mjs`. */
export function validatorPlugin() {
  const id = resolve(here, "validator.mjs");
  return {
    name: "config-validator",
    resolveId: (source, importer) =>
      importer !== undefined && source.startsWith(".") && resolve(dirname(importer), source) === id ? id : null,
    load(source) {
      if (source !== id) return null;
      this.addWatchFile(configSchemaPath);
      this.addWatchFile(boardSchemaPath);
      return validatorCode();
    },
  };
}

/** The text of types.ts. Every key with a default, or one that is derived from others, is there after a check. */
export function typesCode() {
  const interfaces = [];
  for (const path of [configSchemaPath, boardSchemaPath]) addInterface(interfaces, "", readSchema(path));
  return [
    "// What a checked configuration and a checked board hold. Made by generate.mjs from the JSON Schemas; change those.",
    "",
    interfaces.join("\n\n"),
    "",
  ].join("\n");
}

function addInterface(interfaces, fallbackName, schema) {
  const name = schema.title ?? fallbackName;
  const lines = [];
  const at = interfaces.push("") - 1;
  for (const [key, property] of Object.entries(schema.properties)) {
    const always = "default" in property || "x-derived" in property || schema.required?.includes(key);
    lines.push(`  /** ${sentence(property)} */`);
    lines.push(`  readonly ${key}${always ? "" : "?"}: ${typeText(interfaces, `${capital(key)}Config`, property)};`);
  }
  interfaces[at] = [`/** ${sentence(schema)} */`, `export interface ${name} {`, ...lines, "}"].join("\n");
  return name;
}

/** A list longer than this is a string to the compiler; the validator knows it all the same. */
const MOST_NAMED = 12;

function typeText(interfaces, fallbackName, schema) {
  if (schema.enum !== undefined && schema.enum.length > MOST_NAMED) return schema.type;
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "object") return addInterface(interfaces, fallbackName, schema);
  if (schema.type === "array") {
    const item = typeText(interfaces, fallbackName, schema.items);
    return item.includes("|") ? `readonly (${item})[]` : `readonly ${item}[]`;
  }
  return schema.type === "integer" ? "number" : schema.type;
}

function sentence(schema) {
  const text = capital(schema.description).replace(/\.$/, "");
  const unit = schema["x-unit"] === undefined ? "" : ` In ${schema["x-unit"]}.`;
  const derived = schema["x-derived"] === undefined ? "" : ` Without it: ${schema["x-derived"]}.`;
  return `${text}.${unit}${derived}`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(resolve(here, "types.ts"), typesCode());

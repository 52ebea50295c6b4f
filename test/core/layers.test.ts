// The shape of the tree: no import points up the layers, the host keeps its doors, every file says what it is and ends in time.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

/**
 * What each layer of the core may import. Lowest first; a layer may always import itself. `rtp` stands on `audio`: its jitter buffer
 * plays, and what plays has to decode and conceal. `sip` reaches `sdp` through the session alone, which is checked by file below.
 */
const LAYERS: Record<string, readonly string[]> = {
  limits: [],
  base: ["limits", "abi"],
  abi: ["limits", "base"],
  time: ["limits", "abi", "base"],
  audio: ["limits", "abi", "base", "time"],
  sdp: ["limits", "abi", "base", "time"],
  stun: ["limits", "abi", "base", "time"],
  sip: ["limits", "abi", "base", "time", "sdp", "stun"],
  rtp: ["limits", "abi", "base", "time", "audio"],
  line: ["limits", "abi", "base", "time", "audio"],
  call: ["limits", "abi", "base", "time", "audio", "sdp", "stun", "sip", "rtp", "line"],
  server: ["limits", "abi", "base", "time", "sdp", "stun", "sip"],
};
/** The entries may import everything of their own module, and nothing imports them. */
const ENTRIES: Record<string, readonly string[]> = {
  "assembly/adapter-numbers.ts": ["abi", "call", "line", "sip"],
  "assembly/adapter.ts": Object.keys(LAYERS).filter((layer) => layer !== "server"),
  "assembly/sound.ts": ["limits", "abi", "base", "audio"],
  "assembly/server.ts": Object.keys(LAYERS).filter((layer) => !["call", "line", "rtp", "audio"].includes(layer)),
};
const SESSION_FILES = /^assembly\/sip\/session[^/]*\.ts$/;
const MOST_LINES = 400;
const SOURCE = /\.(ts|mts|mjs|js)$/;

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    })
    .sort();
}

const text = (path: string): string => readFileSync(path, "utf8");
const linesOf = (path: string): string[] => text(path).replace(/\n$/, "").split("\n");

const core = walk("assembly").filter((path) => path.endsWith(".ts"));
const host = walk("host").filter((path) => SOURCE.test(path));
const tests = walk("test").filter((path) => SOURCE.test(path));

const IMPORT = /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;

/** Specifiers as they stand, in order. */
function imports(path: string): string[] {
  return [...text(path).matchAll(IMPORT)].map(([, from, bare]) => from ?? bare!);
}

/** Files of this tree that a file imports, whatever their ending. */
const neighbours = (path: string): string[] =>
  imports(path)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => normalize(join(dirname(path), specifier)).replace(/\.ts$/, ""));

const layerOf = (path: string): string => path.split("/")[1]!.replace(/\.ts$/, "");

const none = (found: readonly string[]): void => assert.deepEqual(found, []);

test("the reader of imports sees every way to write one", () => {
  const ways = [
    "import a from 1;",
    "export { b,\n  c } from 2;",
    "import 3;",
    "await import(4);",
    "import type { E } from 5;",
  ];
  const source = ways.join("\n").replace(/\d/g, '"./$&.ts"');
  assert.deepEqual(
    [...source.matchAll(IMPORT)].map(([, from, bare]) => from ?? bare),
    ["./1.ts", "./2.ts", "./3.ts", "./4.ts", "./5.ts"],
  );
});

test("the core has the layers of the design, and every file is in one", () => {
  const found = new Set(core.filter((path) => !(path in ENTRIES)).map(layerOf));
  assert.deepEqual([...found].sort(), Object.keys(LAYERS).sort());
  for (const entry of Object.keys(ENTRIES)) assert.ok(core.includes(entry), entry);
});

test("no import of the core points up, or out of it", () => {
  none(
    core.flatMap((path) => {
      const layer = layerOf(path);
      const allowed = ENTRIES[path] ?? [layer, ...LAYERS[layer]!];
      return neighbours(path)
        .filter(
          (target) =>
            `${target}.ts` in ENTRIES || !allowed.includes(layerOf(target)) || !target.startsWith("assembly/"),
        )
        .map((target) => `${path} imports ${target}`);
    }),
  );
  none(core.flatMap((path) => imports(path).filter((specifier) => !specifier.startsWith("."))));
});

test("what base imports of abi, and abi of base, goes no deeper than it has to", () => {
  const reaches = (layer: string, other: string) =>
    core
      .filter((path) => layerOf(path) === layer)
      .flatMap((path) => neighbours(path).filter((target) => layerOf(target) === other))
      .map((target) => target.replace(/^assembly\//, ""));
  assert.deepEqual([...new Set(reaches("base", "abi"))].sort(), ["abi/endpoint"]);
  assert.deepEqual([...new Set(reaches("abi", "base"))].sort(), ["base/bytes"]);
});

test("sip knows sdp through the session alone", () => {
  none(
    core
      .filter((path) => layerOf(path) === "sip" && !SESSION_FILES.test(path))
      .flatMap((path) =>
        neighbours(path)
          .filter((target) => layerOf(target) === "sdp")
          .map((target) => `${path} imports ${target}`),
      ),
  );
});

test("only core.ts of the host knows a core's memory; card-samples.ts and g711.ts that of the sound module", () => {
  const knows = /WebAssembly|memory\.buffer|\.exports\b/;
  const types = "host/core-exports.ts"; // of what core.ts knows
  const running = host.filter((path) => path !== types && path !== "host/pack-literals.mjs"); // which only builds
  assert.deepEqual(
    running.filter((path) => knows.test(text(path)) || /"\.+\/core-exports\.ts"/.test(text(path))),
    ["host/core.ts", "host/sound/card-samples.ts", "host/sound/g711.ts"],
  );
});

test("only host/net opens sockets", () => {
  const opens = /^(?:node:)?(?:dgram|tls|https?|http2)$/;
  const outside = host.filter((path) => !path.startsWith("host/net/"));
  none(
    outside.flatMap((path) =>
      imports(path)
        .filter((name) => opens.test(name))
        .map((name) => `${path} imports ${name}`),
    ),
  );
  // node:net is also where addresses are told apart
  none(
    outside.filter((path) =>
      /import\s*\{([^}]*)\}\s*from\s*"node:net"/
        .exec(text(path))?.[1]
        ?.split(",")
        .some((name) => !/^\s*isIP/.test(name)),
    ),
  );
});

test("the console knows the box by its contract, not by its insides", () => {
  const allowed = ["host/console/", "host/status", "host/log", "host/clock", "host/serial-device"];
  // What may be set, and how what is wrong is told, is the contract of every settings' editor.
  allowed.push(...["schema", "schemas", "problems", "password"].map((name) => `host/config/${name}`));
  none(
    host
      .filter((path) => path.startsWith("host/console/"))
      .flatMap((path) => neighbours(path).map((target) => ({ path, target })))
      .filter(({ target }) => !allowed.some((start) => target.startsWith(start)))
      .map(({ path, target }) => `${path} imports ${target}`),
  );
});

test("what a phone, a sound or the network needs, it needs without the adapter and the server", () => {
  const parts = ["host/phone/", "host/sound/", "host/net/", "host/config/"];
  const whole = /^host\/(adapter|server|box|demo|main)$/;
  none(
    host
      .filter((path) => parts.some((part) => path.startsWith(part)))
      .flatMap((path) =>
        neighbours(path)
          .filter((target) => whole.test(target))
          .map((target) => `${path} imports ${target}`),
      ),
  );
});

test("no source imports a test, and the host imports nothing of the core's sources", () => {
  none(
    [...core, ...host].flatMap((path) =>
      neighbours(path)
        .filter((target) => target.startsWith("test/"))
        .map((target) => `${path} imports ${target}`),
    ),
  );
  none(host.flatMap((path) => neighbours(path).filter((target) => target.startsWith("assembly/"))));
});

test("every import names a file that is there", () => {
  const endings = ["", ".ts", ".mjs", ".js", ".d.mts", "/index.ts"];
  const built = new Set(["host/config/schemas.mjs"]);
  none(
    [...core, ...host, ...tests].flatMap((path) =>
      neighbours(path)
        .filter((target) => !built.has(target) && !endings.some((ending) => existsSync(target + ending)))
        .map((target) => `${path} imports ${target}`),
    ),
  );
});

test(`no file of the core or the host is longer than ${MOST_LINES} lines`, () => {
  const lengths = [...core, ...host].map((path) => ({ path, length: linesOf(path).length }));
  none(lengths.filter(({ length }) => length > MOST_LINES).map(({ path, length }) => `${path}: ${length} lines`));
});

test("every file begins by saying what it is", () => {
  const comment = /^(#!.*\n)?(\/\/ \S.{15,}|\/\*\*?\s*\S.{10,})/;
  none([...core, ...host, ...tests].filter((path) => !comment.test(text(path))));
});

test("file names are kebab-case", () => {
  const name = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
  none(
    [...core, ...host, ...tests].filter(
      (path) =>
        !path
          .split("/")
          .slice(1)
          .every((part) => name.test(part.replace("as-pect.as", ""))),
    ),
  );
});

test("nothing is left to do without a reason: a note says who and why", () => {
  // Put together here, so that this file does not find itself.
  const words = [
    ["TO", "DO"],
    ["FIX", "ME"],
    ["XX", "X"],
  ].map((parts) => parts.join(""));
  const marks = new RegExp(`\\b(${words.join("|")})\\b(?!\\(\\S+\\): \\S.{20,})`);
  none(
    [...core, ...host, ...tests].flatMap((path) =>
      linesOf(path).flatMap((line, index) => (marks.test(line) ? [`${path}:${index + 1}`] : [])),
    ),
  );
});

test("no file names a package registry's host", () => {
  const registries = new RegExp(
    ["registry\\.npmjs", "npmjs\\.org", "deb\\.debian", "archive\\.ubuntu", "pypi\\.org", "crates\\.io"].join("|"),
  );
  const others = [".ci", "boards"].filter(existsSync).flatMap(walk);
  const files = [...core, ...host, ...tests, ...others, "package.json", "asconfig.json", "biome.json"];
  none(files.filter((path) => path !== "test/core/layers.test.ts" && registries.test(readFileSync(path, "latin1"))));
});

test("the core allocates nothing: no file says new, and none makes a text", () => {
  const allocates = /\bnew [A-Z]\w*\s*[<(]|`|\.toString\(|\.concat\(|\bnew Array/;
  const code = (path: string) => text(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*$|"[^"\n]*"/gm, "");
  none(core.filter((path) => allocates.test(code(path))));
});

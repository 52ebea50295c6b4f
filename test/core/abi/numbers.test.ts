// The host's numbers against the core's: every enum that crosses the border. The modules export theirs as globals; the adapter in
// its debug build alone, for the names are long.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as adapterAbi from "../../../host/adapter-abi.ts";
import { ABI_VERSION, ActionKind } from "../../../host/core.ts";
import { Transport } from "../../../host/endpoint.ts";
import { ServerSetting } from "../../../host/server-abi.ts";

type Numbers = Readonly<Record<string, number>>;

const { CALL_STATES, COUNTERS, LINE_STATES } = adapterAbi;

/** `DialTone` is `dial-tone` to people. */
const kebab = (name: string): string => name.replace(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** What a module says of its enum: names and numbers in order. */
function exported(path: string, name: string): [string, number][] {
  const module = new WebAssembly.Module(readFileSync(path));
  const { exports } = new WebAssembly.Instance(module, {});
  return Object.entries(exports)
    .filter(([key]) => key.startsWith(`${name}.`))
    .map(([key, value]): [string, number] => [
      key.slice(name.length + 1),
      Number((value as WebAssembly.Global).value) | 0,
    ])
    .sort(([, a], [, b]) => a - b);
}

/** The core's numbers without None, which is no number for a host to use. */
const used = (path: string, name: string): Numbers =>
  Object.fromEntries(exported(path, name).filter(([key]) => key !== "None"));

const pascalKeys = (numbers: Numbers): Numbers =>
  Object.fromEntries(Object.entries(numbers).map(([key, value]) => [pascal(key), value]));

const BOTH: Record<string, Numbers> = { ActionKind, Report: adapterAbi.Report };
const ADAPTER: Record<string, Numbers> = {
  ...BOTH,
  TextSetting: adapterAbi.TextSetting,
  NumberSetting: adapterAbi.NumberSetting,
  EndpointSetting: adapterAbi.EndpointSetting,
  DialMode: pascalKeys(adapterAbi.DialMode),
  CallerIdSource: {
    Best: adapterAbi.CallerIdSource.auto,
    From: adapterAbi.CallerIdSource.from,
    RemotePartyId: adapterAbi.CallerIdSource["remote-party-id"],
    AssertedIdentity: adapterAbi.CallerIdSource["p-asserted-identity"],
  },
  DigitMode: pascalKeys(adapterAbi.DigitMode),
  CodecOrder: adapterAbi.CodecOrder,
  LineOrder: pascalKeys(adapterAbi.LineOrder),
  LineTest: pascalKeys(adapterAbi.LineTest),
};

for (const [path, enums] of [
  ["build/adapter.debug.wasm", ADAPTER],
  ["build/server.debug.wasm", BOTH],
  ["build/server.wasm", BOTH],
] as const) {
  for (const [name, numbers] of Object.entries(enums)) {
    test(`${path}: the host has every ${name}, by the core's number`, () => {
      assert.deepEqual({ ...numbers }, used(path, name));
    });
  }

  test(`${path}: the host knows every transport`, () => {
    assert.deepEqual({ ...Transport }, Object.fromEntries(exported(path, "Transport")));
  });

  test(`${path}: address families are IP versions`, () => {
    assert.deepEqual(used(path, "Family"), { V4: 4, V6: 6 });
  });

  test(`${path}: the host names every counter, in the core's order`, () => {
    const counters = exported(path, "Counter");
    assert.deepEqual(counters.pop(), ["Count", COUNTERS.length]);
    assert.deepEqual(
      counters,
      COUNTERS.map((name, index) => [pascal(name), index]),
    );
    assert.ok(COUNTERS.every((name) => name === camel(name)));
  });
}

for (const path of ["adapter.debug", "adapter", "server.debug", "server"].map((name) => `build/${name}.wasm`)) {
  test(`${path}: host and core are of one ABI`, () => {
    const module = new WebAssembly.Module(readFileSync(path));
    const { ABI_VERSION: version } = new WebAssembly.Instance(module, {}).exports as Record<string, WebAssembly.Global>;
    assert.equal(version?.value, ABI_VERSION);
  });
}

test(`build/adapter.debug.wasm: the host has a word for every state of a line; on-hook is idle to people`, () => {
  const states = exported("build/adapter.debug.wasm", "LineState").map(([name]) =>
    name === "OnHook" ? "idle" : kebab(name),
  );
  assert.deepEqual(states, [...LINE_STATES]);
});

test(`build/adapter.debug.wasm: the configuration has a word for every caller-ID scheme`, () => {
  const schemes = exported("build/adapter.debug.wasm", "CallerIdScheme").map(([name]) => kebab(name));
  assert.deepEqual(schemes, [...adapterAbi.CALLER_ID_SCHEMES, "count"]);
});

test(`build/adapter.debug.wasm: the host has a word for every state of a call`, () => {
  assert.deepEqual(
    exported("build/adapter.debug.wasm", "CallState").map(([name]) => kebab(name)),
    [...CALL_STATES],
  );
});

for (const path of ["build/server.debug.wasm", "build/server.wasm"]) {
  test(`${path}: the host's settings are the core's`, () => {
    const settings = used(path, "Setting");
    const known = Object.fromEntries(Object.entries(settings).filter(([name]) => name in ServerSetting));
    assert.deepEqual({ ...ServerSetting }, known);
  });
}

// What the built-in server is told: its addresses, its users, its redirections.

import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { parseConfig } from "../../host/config/check.ts";
import { Core } from "../../host/core.ts";
import { readModule } from "../../host/paths.ts";
import { configureServer, ownAddresses } from "../../host/server-abi.ts";

const address = (text: string, internal: boolean): NetworkInterfaceInfo => ({
  address: text,
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "00:00:5e:00:53:01",
  internal,
  cidr: `${text}/24`,
});

test("a server at one address names that address", () => {
  assert.deepEqual(ownAddresses("192.0.2.7", {}), ["192.0.2.7"]);
});

test("a server at every address names those of its networks, then loopback, and no more than the core holds", () => {
  const interfaces = {
    lo: [address("127.0.0.1", true)],
    eth0: [address("192.0.2.7", false), address("198.51.100.7", false)],
    eth1: [address("203.0.113.7", false), address("203.0.113.8", false)],
  };
  assert.deepEqual(ownAddresses("0.0.0.0", interfaces), ["192.0.2.7", "198.51.100.7", "203.0.113.7", "127.0.0.1"]);
  assert.deepEqual(ownAddresses("0.0.0.0", {}), ["127.0.0.1"]);
});

/** Quick enough that nobody wonders, on a machine that is busy with other tests. */
const PATIENCE = 5000;

test("10,000 users are checked and known in a moment, and one that is there twice is found", () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `${20_000 + index}`);
  const text = (all: readonly string[]): string =>
    `[server]\nenabled = true\n${all.map((name) => `[[server.user]]\nname = "${name}"\npassword = "p${name}"\n`).join("")}`;
  const start = performance.now();
  const config = parseConfig(text(names), "big.toml");
  const core = new Core(readModule("server"), "server.wasm");
  core.reset(new Uint8Array(32), 0);
  assert.deepEqual(configureServer(core, config), []);
  assert.equal(core.figure("userCount"), 10_000);
  assert.ok(performance.now() - start < PATIENCE, `${performance.now() - start} ms`);
  assert.throws(
    () => parseConfig(text([...names.slice(0, 9_999), "20007"]), "big.toml"),
    /server\.user\[10000\]\.name, line 30001: "20007" is also server user 8/,
  );
});

test("redirections reach the core as they are written, and one prefix has one place", () => {
  const redirect = (prefix: string, to: string): string => `[[server.redirect]]\nprefix = "${prefix}"\nto = "${to}"\n`;
  const parse = (...rules: [string, string][]) =>
    parseConfig(`[server]\nenabled = true\n${rules.map((rule) => redirect(...rule)).join("")}`, "r.toml");
  const config = parse(["0", "gateway.example.net"], ["00", "192.0.2.9:5070"], ["*9", "sip:101@example.org:5062"]);
  const core = new Core(readModule("server"), "server.wasm");
  core.reset(new Uint8Array(32), 0);
  assert.deepEqual(configureServer(core, config), []);
  assert.throws(() => parse(["0", "a.example"], ["0", "b.example"]), /"0" is also server redirect 1/);
  for (const to of ["", "sip:gateway.example.net", "a b", "user@host", "host:0", "sip:a@b;lr"])
    assert.throws(() => parse(["0", to]), /server\.redirect\[1\]\.to/, to);
});

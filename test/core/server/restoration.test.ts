// Bindings from before a restart, given back to a core one by one: what no REGISTER could have brought is not taken.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseConfig } from "../../../host/config/check.ts";
import { Core } from "../../../host/core.ts";
import { Transport } from "../../../host/endpoint.ts";
import { configureServer, readBindings } from "../../../host/server-abi.ts";
import { BUILDS, type Build } from "../../support/server-bench.ts";

const CONTACT = "sip:101@192.0.2.10:5060";
const NOW = 5000;

function start(build: Build): Core {
  const path = build === "debug" ? "build/server.debug.wasm" : "build/server.wasm";
  const core = new Core(new Uint8Array(readFileSync(path)), path);
  core.reset(new Uint8Array(32), NOW);
  const config = parseConfig('[server]\nenabled = true\n[[server.user]]\nname = "101"\npassword = "x"\n', "test");
  assert.deepEqual(configureServer(core, config), []);
  return core;
}

interface Given {
  text?: string;
  address?: string;
  port?: number;
  transport?: number;
  q?: number;
  lifetime?: number;
}

function give(core: Core, given: Given = {}): number {
  const { text = `101 ${CONTACT}`, address = "192.0.2.10", port = 5060, transport = Transport.Udp } = given;
  return core.restoreBinding(text, address, port, transport, given.q ?? 1000, given.lifetime ?? 60_000, NOW);
}

for (const build of BUILDS) {
  describe(`restoration, ${build} build`, () => {
    it("a binding comes back with the time that it had left, and ends by itself", () => {
      const core = start(build);
      assert.equal(give(core), 0);
      assert.deepEqual(readBindings(core, "d", NOW), [
        { addressOfRecord: "sip:101@d", contact: CONTACT, expiresSeconds: 60 },
      ]);
      assert.equal(core.nextTimeout, NOW + 60_000);
      core.handleTimeout(NOW + 60_000);
      assert.deepEqual(readBindings(core, "d", NOW), []);
    });

    it("a binding comes back with its path", () => {
      const core = start(build);
      const path = "<sip:x@192.0.2.10:5060;lr>,<sip:inner.example;lr>";
      assert.equal(give(core, { text: `101 ${CONTACT} ${path}` }), 0);
      assert.deepEqual(readBindings(core, "d", NOW), [
        { addressOfRecord: "sip:101@d", contact: CONTACT, path, expiresSeconds: 60 },
      ]);
    });

    const refused: Record<string, Given> = {
      "a user that is gone": { text: `102 ${CONTACT}` },
      "no contact": { text: "101 " },
      "no space": { text: "101" },
      nothing: { text: "" },
      "a contact that is no SIP URI": { text: "101 tel:+49301234" },
      "a contact that is no URI": { text: "101 <>" },
      "a contact longer than any that registers": { text: `101 sip:${"1".repeat(252)}@a` },
      "a text longer than any": { text: `101 ${"x".repeat(3000)}` },
      "a time that is over": { lifetime: 0 },
      "a time before that": { lifetime: -1 },
      "no time": { lifetime: Number.NaN },
      "a q above 1": { q: 1001 },
      "a q below 0": { q: -1 },
      "port 0": { port: 0 },
      "a path by another host": { text: `101 ${CONTACT} <sip:192.0.2.11;lr>` },
      "a path of strict routers": { text: `101 ${CONTACT} <sip:192.0.2.10>` },
      "a path longer than any": { text: `101 ${CONTACT} <sip:${"x".repeat(255)}@192.0.2.10;lr>` },
      "a connection, which has not outlived the restart": { transport: Transport.Tcp },
    };
    for (const [what, given] of Object.entries(refused)) {
      it(`${what} is refused`, () => {
        const core = start(build);
        assert.equal(give(core, given), -1);
        assert.deepEqual(readBindings(core, "d", NOW), []);
      });
    }

    it("the same contact twice counts once; a user has room for eight, a time without end is the longest allowed", () => {
      const core = start(build);
      assert.equal(give(core, { lifetime: Number.POSITIVE_INFINITY }), 0);
      assert.equal(give(core), -1);
      for (let index = 1; index < 12; index++) assert.equal(give(core, { text: `101 sip:x${index}@192.0.2.10` }), 0);
      const bindings = readBindings(core, "d", NOW);
      assert.equal(bindings.length, 8);
      assert.ok(bindings.every(({ expiresSeconds }) => expiresSeconds <= 3600));
    });
  });
}

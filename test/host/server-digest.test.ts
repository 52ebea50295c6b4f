// Which challenges phones get, by the configuration's word.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../host/config/check.ts";
import { ActionKind, Core } from "../../host/core.ts";
import { Transport } from "../../host/endpoint.ts";
import { readModule } from "../../host/paths.ts";
import { configureServer } from "../../host/server-abi.ts";
import { fieldsOf, parseSip, writeSip } from "../support/sip-text.ts";

const REGISTER = writeSip("REGISTER sip:127.0.0.1 SIP/2.0", [
  ["Via", "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1"],
  ["From", "<sip:101@127.0.0.1>;tag=1"],
  ["To", "<sip:101@127.0.0.1>"],
  ["Call-ID", "1@127.0.0.1"],
  ["CSeq", "1 REGISTER"],
  ["Contact", "<sip:101@127.0.0.1:5070>"],
]);

/** Algorithms of the challenges, in order, that a server with this line in its configuration sends. */
function challenges(line: string): (string | undefined)[] {
  const config = parseConfig(`[server]\nenabled = true\n${line}\n`, "test");
  const core = new Core(readModule("server"), "server.wasm");
  core.reset(new Uint8Array(32), 0);
  assert.deepEqual(configureServer(core, config), []);
  const bytes = Buffer.from(REGISTER, "latin1");
  core.handleDatagram(bytes, bytes.length, "127.0.0.1", 5070, Transport.Udp, 0);
  const sent: string[] = [];
  core.drain(({ kind, payload }) => {
    if (kind === ActionKind.SendSip) sent.push(Buffer.from(payload).toString("latin1"));
  });
  assert.equal(sent.length, 1);
  return fieldsOf(parseSip(sent[0] as string), "WWW-Authenticate").map(
    (field) => /algorithm=([\w-]+)/.exec(field)?.[1],
  );
}

test("phones are asked for MD5 alone unless the configuration says more: older ones fail on what they do not know", () => {
  assert.deepEqual(challenges(""), ["MD5"]);
});

const ALL = ["MD5", "SHA-256", "SHA-512-256"];
const others = (used: string[]): string[] => ALL.filter((name) => !used.includes(name));
const lists = ALL.flatMap((first) => [
  [first],
  ...others([first]).flatMap((second) => [
    [first, second],
    ...others([first, second]).map((third) => [first, second, third]),
  ]),
]);

for (const algorithms of lists) {
  test(`RFC 8760 §2.4: phones are asked for ${algorithms.join(", then ")} when digest says so`, () => {
    assert.deepEqual(challenges(`digest = ${JSON.stringify(algorithms)}`), algorithms);
  });
}

// Distinctive rings: what a server asks for in Alert-Info, and callers that the line knows, each by the cadence of the bell.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EndpointSetting, LineTest, TextSetting } from "../../host/adapter-abi.ts";
import { ActionKind, Core } from "../../host/core.ts";
import { Transport } from "../../host/endpoint.ts";
import { writeSip } from "../support/sip-text.ts";

const HOP = "192.0.2.1";
const COUNTRY = [1000, 4000];
/** Of the second ring to the tenth, as adapters' manuals have them: on, off, on, off… in ms. */
const RINGS: Record<number, number[]> = {
  1: COUNTRY,
  2: [300, 200, 1000, 200, 300, 4000],
  3: [800, 400, 800, 4000],
  4: [400, 200, 300, 200, 800, 4000],
  5: [200, 200, 200, 200, 200, 200, 1000, 4000],
  6: [200, 400, 200, 400, 200, 4000],
  7: [400, 200, 400, 200, 400, 4000],
  8: [250, 9750],
  9: [400, 200, 400, 2000],
  10: [1000, 4000],
};

class Bench {
  now = 1000;
  readonly core = new Core(readFileSync("build/adapter.wasm"), "adapter.wasm", 8);
  readonly #edges: number[] = [];

  constructor() {
    this.core.reset(new Uint8Array(32), this.now);
    for (const [setting, text] of [
      [TextSetting.User, "201"],
      [TextSetting.Domain, "example.org"],
      [TextSetting.RegistrarHost, HOP],
      [TextSetting.Country, "DE"],
    ] as const)
      assert.equal(this.core.configureText(setting, 0, text), 0);
    this.core.configureEndpoint(EndpointSetting.Signalling, 0, "192.0.2.9", 5060);
    this.core.configureEndpoint(EndpointSetting.Hop, 0, HOP, 5060);
  }

  #drain(): void {
    this.core.drain(({ kind }) => {
      if (kind === ActionKind.SetRing) this.#edges.push(this.now);
    });
  }

  /** The bell's first times, after a call of `from` with these Alert-Info values, which comes from `hop`. */
  rings(alertInfo: readonly string[], from = "alice", hop = HOP): number[] {
    const fields: [string, string][] = [
      ["Via", `SIP/2.0/UDP ${hop}:5060;branch=z9hG4bK${this.now}`],
      ["Max-Forwards", "70"],
      ["From", `<sip:${from}@example.org>;tag=a`],
      ["To", "<sip:201@example.org>"],
      ["Call-ID", `call-${this.now}`],
      ["CSeq", "1 INVITE"],
      ["Contact", `<sip:alice@${hop}>`],
      ...alertInfo.map((value): [string, string] => ["Alert-Info", value]),
    ];
    const bytes = Buffer.from(writeSip("INVITE sip:201@192.0.2.9 SIP/2.0", fields, ""));
    this.core.handleDatagram(bytes, bytes.length, hop, 5060, Transport.Udp, this.now);
    return this.#listen();
  }

  test(ring: number): number[] {
    assert.equal(this.core.testLine(0, LineTest.ringOf + ring, this.now), 0);
    return this.#listen();
  }

  #listen(): number[] {
    this.#edges.length = 0;
    this.#drain();
    for (const end = this.now + 9_990; this.core.nextTimeout < end; this.#drain()) {
      this.now = this.core.nextTimeout;
      this.core.handleTimeout(this.now);
    }
    return this.#edges.slice(1).map((at, index) => at - this.#edges[index]!);
  }
}

/** As far as it was listened to: the country's caller ID may draw out the first long pause. */
function assertRing(heard: readonly number[], ring: number, what: string): void {
  const expected = RINGS[ring]!;
  const least = Math.min(expected.length - 1, 7);
  assert.ok(heard.length >= Math.min(least, 1), `${what}: it rings`);
  assert.deepEqual(heard.slice(0, least), expected.slice(0, least), what);
}

for (const [value, ring] of [
  ["Bellcore-dr1", 1],
  ["<http://127.0.0.1/Bellcore-dr2>", 2],
  ["<http://example.org>;info=Bellcore-dr3", 3],
  ["Bellcore-r4", 4],
  [";info=bellcore-DR5", 5],
  ["<http://example.org>;info=alert-internal;x-line-id=0", 3],
  ["<http://example.org>;info=alert-external", 1],
  ["<http://example.org>;info=alert-group", 2],
  ["<urn:alert:source:internal>", 3],
  ["<urn:alert:priority:high>", 5],
  ["<http://example.org/moo.wav>, <file://Bellcore-dr6>", 6],
  ["Bellcore-dr7", 7],
  ["Bellcore-dr8", 8],
  ["Bellcore-dr9", 9],
  ["Bellcore-dr10", 10],
  ["Bellcore-dr11", 1],
  ["Bellcore-dr99999999999999999999", 1],
  ["Bellcore-dr", 1],
  ["Bellcore-", 1],
  ["moo", 1],
] as const) {
  test(`RFC 3261 §20.4: Alert-Info: ${value} rings in cadence ${ring}`, () => {
    assertRing(new Bench().rings([value]), ring, value);
  });
}

test("of two fields the first that asks for a ring counts", () => {
  assertRing(new Bench().rings(["<http://example.org/x.wav>", "Bellcore-dr4"]), 4, "second field");
});

test("a stranger's INVITE rings nothing, whatever it asks", () => {
  assert.deepEqual(new Bench().rings(["Bellcore-dr5"], "alice", "198.51.100.7"), []);
});

test("callers of the line's own rings: exact, by prefix, the first that fits, before what the server asks", () => {
  for (const [from, alertInfo, ring] of [
    ["101", [], 2],
    ["1011", [], 7],
    ["10", [], 7],
    ["00491", [], 3],
    ["0049", ["Bellcore-dr5"], 3],
    ["alice", [], 1],
    ["alice", ["Bellcore-dr5"], 5],
    ["004", [], 1],
  ] as const) {
    const bench = new Bench();
    assert.equal(bench.core.configureText(TextSetting.Rings, 0, "101=2 0049*=3 10*=7 bob=10"), 0);
    assertRing(bench.rings(alertInfo, from), ring, from);
  }
});

test("each ring can be tried", () => {
  for (let ring = 1; ring <= 10; ring++) {
    const heard = new Bench().test(ring);
    const expected = RINGS[ring]!.slice(0, -1);
    assert.deepEqual(heard.slice(0, expected.length), expected, `${ring}`);
  }
});

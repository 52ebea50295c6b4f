// Calls whose sound is encrypted, or should be: RFC 3711 with keys by RFC 4568, where it is optional RFC 8643.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNTERS, Report } from "../../host/adapter-abi.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { parseRtp, soundOf } from "../support/rtp-packets.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";
import type { Datagram } from "../support/virtual-network.ts";
import { voice1, voice2 } from "../support/voices.ts";

const SRTP_80 = "SRTP AES_CM_128_HMAC_SHA1_80";
/** Header, 20 ms of G.711, 80 bits of tag. */
const PROTECTED_SIZE = 12 + 160 + 10;
const KEY = /inline:[A-Za-z0-9+/]{40}/g;

type Use = "off" | "optional" | "required";

function start(seed: number, first: Use, second: Use, build?: (typeof BUILDS)[number]): Promise<VirtualBox> {
  const keys = (line: number) => `srtp = "${line === 1 ? first : second}"`;
  return VirtualBox.startRegistered({ seed, keys, ...(build ? { build } : {}) });
}

const isRtp = ({ from }: Datagram): boolean => {
  const port = Number(from.split(":")[1]);
  return port >= 16384 && port % 2 === 0;
};

/** Both talk at once, and each has to hear the other. */
async function speak(virtual: VirtualBox): Promise<void> {
  const [one, two] = [virtual.phone(1), virtual.phone(2)];
  await virtual.run(Promise.all([one.play(voice1), two.play(voice2)]));
  await virtual.pass(400);
  for (const [ear, said] of [
    [one, voice2],
    [two, voice1],
  ] as const) {
    const verdict = reallyHeard(ear.heard.samples(), said);
    assert.ok(verdict.heard, `${ear.name}: ${verdict.reason}`);
  }
}

const counter = (virtual: VirtualBox, name: (typeof COUNTERS)[number]): number =>
  virtual.box.adapter.core.counter(COUNTERS.indexOf(name));

const protections = (virtual: VirtualBox): string[] => virtual.box.calls().map(({ protection }) => protection);

/** Everything that was sent, as text and as packets of sound. */
function tap(virtual: VirtualBox): { sip: string[]; rtp: Datagram[] } {
  const seen = { sip: [] as string[], rtp: [] as Datagram[] };
  virtual.network.onSend = (datagram) => {
    if (isRtp(datagram)) seen.rtp.push({ ...datagram, bytes: datagram.bytes.slice() });
    else if (datagram.bytes.length > 100) seen.sip.push(Buffer.from(datagram.bytes).toString("latin1"));
  };
  return seen;
}

async function quietEnd(virtual: VirtualBox): Promise<void> {
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.clock.advance(60_000);
  virtual.until(() => virtual.leftOver().length === 0, 60_000, "the end of all transactions");
}

for (const build of BUILDS)
  test(`two lines that require SRTP talk: each hears the other, and on the wire there is no voice (${build})`, async () => {
    const virtual = await start(201, "required", "required", build);
    const { sip, rtp } = tap(virtual);
    await virtual.connect(1, 2);
    await speak(virtual);
    assert.deepEqual(protections(virtual), [SRTP_80, SRTP_80]);
    assert.ok(rtp.length > 100);
    for (const { bytes } of rtp) assert.equal(bytes.length, PROTECTED_SIZE);
    const wire = rtp.filter(({ from }) => from === "127.0.0.1:16384").map(parseRtp);
    assert.ok(!reallyHeard(soundOf(wire), voice1).heard, "the voice is on the wire");
    assert.ok(sip.some((text) => text.includes(" RTP/SAVP ")) && !sip.some((text) => text.includes(" RTP/AVP ")));
    assert.deepEqual([counter(virtual, "srtpForged"), counter(virtual, "srtpReplayed")], [0, 0]);
    await virtual.pass(10_000);
    for (const line of [1, 2]) {
      const { lost, roundTripMs } = virtual.box.adapter.rtp(line - 1);
      assert.equal(lost, 0);
      assert.ok(roundTripMs !== null && roundTripMs < 3, "RTCP goes both ways");
    }
    await quietEnd(virtual);
  });

for (const [first, second, protection, profile] of [
  ["optional", "optional", SRTP_80, "RTP/AVP"],
  ["optional", "required", SRTP_80, "RTP/AVP"],
  ["required", "optional", SRTP_80, "RTP/SAVP"],
  ["optional", "off", "", "RTP/AVP"],
  ["off", "optional", "", "RTP/AVP"],
] as const)
  test(`a line with srtp ${first} calls one with ${second}: ${protection || "plain"}, as ${profile}`, async () => {
    const virtual = await start(202, first, second);
    const { sip } = tap(virtual);
    await virtual.connect(1, 2);
    await speak(virtual);
    assert.deepEqual(protections(virtual), [protection, protection]);
    const answers = sip.filter((text) => text.startsWith("SIP/2.0 200 ") && text.includes("m=audio"));
    assert.ok(answers.length > 0);
    for (const text of answers) {
      assert.ok(text.includes(` ${profile} `));
      assert.equal(text.match(KEY)?.length ?? 0, protection === "" ? 0 : 1);
    }
    await quietEnd(virtual);
  });

for (const [first, second, told] of [
  ["required", "off", "warn: call refused from 101: it wants SRTP, which is off on this line"],
  ["off", "required", "warn: call refused from 101: it offers no SRTP that we know, and this line requires it"],
] as const)
  test(`a line with srtp ${first} calls one with ${second}: congestion tone, no ring, and a word on both lines`, async () => {
    const virtual = await start(203, first, second);
    await virtual.call(1, "102");
    await virtual.hears(1, "congestion");
    assert.equal(virtual.phone(2).bell.bursts.length, 0);
    const reason = first === "required" ? "; this line requires SRTP" : "";
    assert.ok(
      virtual.logged("line 1").includes(`warn: call failed: 102: 488 Not Acceptable Here${reason}`),
      `${virtual.logged("line 1")}`,
    );
    assert.ok(virtual.logged("line 2").includes(told), `${virtual.logged("line 2")}`);
    await quietEnd(virtual);
  });

test("packets with a bit changed are neither heard nor followed, and counted; the call goes on without them", async () => {
  const virtual = await start(204, "required", "required");
  await virtual.connect(1, 2);
  await virtual.pass(1000);
  let changed = 0;
  virtual.network.onSend = (datagram) => {
    if (!isRtp(datagram) || datagram.from !== "127.0.0.1:16384" || virtual.random.between(0, 1) > 0.05) return;
    const place = virtual.random.bits() % datagram.bytes.length;
    datagram.bytes[place] = (datagram.bytes[place] as number) ^ (1 << (virtual.random.bits() % 8));
    changed++;
  };
  await speak(virtual);
  assert.ok(changed > 3);
  const refused = counter(virtual, "srtpForged") + counter(virtual, "rtpMalformed") + counter(virtual, "srtpReplayed");
  assert.equal(refused, changed);
  await quietEnd(virtual);
});

test("somebody who overheard the call plays it back, from its own place: nothing of it is heard twice", async () => {
  const virtual = await start(205, "required", "required");
  await virtual.connect(1, 2);
  const { rtp } = tap(virtual);
  await speak(virtual);
  virtual.network.onSend = undefined;
  const before = virtual.box.adapter.rtp(1).received;
  const thief = await virtual.network.open("thief", "127.0.0.9", 40000, 1500, () => {});
  const overheard = rtp.filter(({ to }) => to === "127.0.0.1:16386").slice(-100);
  assert.equal(overheard.length, 100);
  for (const { bytes } of overheard) thief.send(bytes, "127.0.0.1", 16386);
  await virtual.pass(10);
  assert.equal(counter(virtual, "srtpReplayed"), 100);
  assert.ok(virtual.box.adapter.rtp(1).received - before <= 1);
  await speak(virtual);
  await quietEnd(virtual);
});

test("a call past the last RTP sequence number, twice: nothing lost, as clear as at the beginning", async () => {
  const virtual = await start(206, "required", "required");
  await virtual.connect(1, 2);
  await speak(virtual);
  virtual.clock.advance(44 * 60_000);
  await speak(virtual);
  for (const line of [1, 2]) {
    const { received, lost } = virtual.box.adapter.rtp(line - 1);
    assert.ok(received > 2 * 65_536, `${received} received`);
    assert.equal(lost, 0);
  }
  assert.equal(counter(virtual, "srtpForged"), 0);
  await quietEnd(virtual);
});

test("a transferred call is encrypted with the new partner's key, and its sound is heard", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 207, phones: 3, keys: () => 'srtp = "required"' });
  const { sip } = tap(virtual);
  await virtual.connect(3, 2);
  virtual.box.orderLine(3, "transfer", "101");
  await virtual.rings(1);
  virtual.phone(1).lift();
  virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 5000, "the answer of whom it was sent to");
  await speak(virtual);
  assert.deepEqual(
    virtual.box
      .calls()
      .filter(({ line }) => line < 3)
      .map(({ protection }) => protection),
    [SRTP_80, SRTP_80],
  );
  assert.ok(new Set(sip.flatMap((text) => text.match(KEY) ?? [])).size >= 6, "each session has keys of its own");
  virtual.phone(3).hang();
  await quietEnd(virtual);
});

test("keys appear in no log, and the log says once a line that they travel in clear", async () => {
  const virtual = await start(208, "required", "optional");
  const { sip } = tap(virtual);
  const seen: string[] = [];
  virtual.box.onSip((event) => seen.push(JSON.stringify(event)));
  await virtual.connect(1, 2);
  await speak(virtual);
  const keys = new Set(sip.flatMap((text) => text.match(KEY) ?? []));
  assert.ok(keys.size >= 3);
  const told = [...virtual.box.log.recent(1000).map(({ message }) => message), ...seen].join("\n");
  assert.doesNotMatch(told, /inline|crypto:/);
  for (const [line, use] of [
    [1, "required"],
    [2, "optional"],
  ] as const)
    assert.deepEqual(
      virtual.logged(`line ${line}`).filter((text) => text.includes("in clear")),
      [`warn: srtp is ${use}, but its keys travel in clear: transport is auto, not tls`],
    );
  assert.ok(virtual.reported(1, Report.CallAnswered).length === 1);
  await quietEnd(virtual);
});

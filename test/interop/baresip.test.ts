// A softphone and phone 1 at our server, both ways. What each side heard is measured in what that side kept.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { callTones } from "../../host/phone/call-tones.ts";
import { Baresip } from "../support/baresip.ts";
import { LiveBox, PATIENCE } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { assertHeard, PASSWORDS, PHONE, SOFTPHONE, talk } from "../support/talk.ts";
import { makeTone } from "../support/test-tone.ts";

const skip = isMissing("baresip");

async function startBoth(t: TestContext, codec: "PCMU" | "PCMA") {
  const live = await LiveBox.start(t, { lines: [{ user: "101", codecs: [codec] }], users: PASSWORDS });
  const baresip = await Baresip.start(t, {
    user: "201",
    password: PASSWORDS[201],
    serverPort: live.serverPort,
    spoken: makeTone(SOFTPHONE.frequency, SOFTPHONE.level, 30_000),
  });
  return { live, phone: live.phone(1), baresip };
}

test("baresip registers, calls phone 1 and hangs up; each hears the other's tone", { skip }, async (t) => {
  const { live, phone, baresip } = await startBoth(t, "PCMU");
  baresip.order("dial", `sip:101@127.0.0.1:${live.serverPort}`);
  await baresip.event("CALL_RINGING");
  await live.answer(1);
  await baresip.event("CALL_ESTABLISHED");
  assert.equal(live.box.calls()[0]?.peer, "201");
  await talk(live);
  baresip.order("hangup");
  await live.report(1, Report.CallEnded);
  assertHeard("phone 1", phone.heard.samples(), SOFTPHONE);
  await phone.waitForCurrentDrop(PATIENCE);
  await live.hang(1);
  await baresip.event("CALL_CLOSED");
  assertHeard("baresip", baresip.heard(), PHONE);
});

test("phone 1 calls baresip and hangs up; each hears the other's tone", { skip }, async (t) => {
  const { live, phone, baresip } = await startBoth(t, "PCMA");
  await live.dial(1, "201");
  const { peeruri } = await baresip.event("CALL_INCOMING");
  assert.match(peeruri ?? "", /^sip:101@/);
  await phone.waitForTone({ ...callTones("US").ringback, cadence: [400] }, PATIENCE, "ringback");
  baresip.order("accept");
  await live.report(1, Report.CallAnswered);
  assert.equal(live.box.calls()[0]?.codec, "PCMA");
  await talk(live);
  assertHeard("phone 1", phone.heard.samples(), SOFTPHONE);
  await live.hang(1);
  await baresip.event("CALL_CLOSED");
  assertHeard("baresip", baresip.heard(), PHONE);
});

test("phone 1 presses keys in a call: baresip gets each once, as RFC 4733 events", { skip }, async (t) => {
  const { live, phone, baresip } = await startBoth(t, "PCMU");
  await live.dial(1, "201");
  await baresip.event("CALL_INCOMING");
  baresip.order("accept");
  await live.report(1, Report.CallAnswered);
  await baresip.event("CALL_ESTABLISHED");
  const keys = "1590*#";
  await phone.dial(keys);
  for (const key of keys) assert.equal((await baresip.event("CALL_DTMF_START")).param, key);
  await live.hang(1);
  await baresip.event("CALL_CLOSED");
  await assert.rejects(baresip.event("CALL_DTMF_START", 0), "no key came twice");
});

test("baresip holds the call and takes it up again: the line sends nothing, then both hear each other", {
  skip,
}, async (t) => {
  const { live, phone, baresip } = await startBoth(t, "PCMU");
  baresip.order("dial", `sip:101@127.0.0.1:${live.serverPort}`);
  await live.answer(1);
  await baresip.event("CALL_ESTABLISHED");
  await talk(live);

  baresip.order("hold");
  await live.sees(/phone1 101 -> server: ACK|server -> phone1 101: ACK/, 2);
  const { sent } = live.box.adapter.rtp(0);
  await phone.play(makeTone(PHONE.frequency, PHONE.level, 300));
  assert.equal(live.box.adapter.rtp(0).sent, sent);

  baresip.order("resume");
  await talk(live);
  await live.hang(1);
  await baresip.event("CALL_CLOSED");
  assertHeard("baresip", baresip.heard(), PHONE);
});

test("baresip is called and does not want to: phone 1 is told 486", { skip }, async (t) => {
  const { live, baresip } = await startBoth(t, "PCMU");
  await live.dial(1, "201");
  await baresip.event("CALL_INCOMING");
  baresip.order("hangup");
  const { value } = await live.report(1, Report.CallFailed);
  assert.equal(value, 486);
  await live.hang(1);
});

test("baresip calls and gives up: phone 1 stops ringing", { skip }, async (t) => {
  const { live, phone, baresip } = await startBoth(t, "PCMU");
  baresip.order("dial", `sip:101@127.0.0.1:${live.serverPort}`);
  await phone.waitForRing(PATIENCE);
  baresip.order("hangup");
  await live.report(1, Report.CallEnded);
  assert.equal(phone.isRinging, false);
});

test("baresip and a line talk without any server: each calls the other, and each hears the other", {
  skip,
}, async (t) => {
  const baresip = await Baresip.start(t, {
    user: "201",
    password: "none",
    serverPort: await freeUdpPorts(1), // nobody is there
    spoken: makeTone(SOFTPHONE.frequency, SOFTPHONE.level, 30_000),
    registers: false,
  });
  const live = await LiveBox.start(t, {
    lines: [{ user: "101", registrar: `127.0.0.1:${baresip.sipPort}`, register: false }],
  });
  await live.dial(1, "201");
  await baresip.event("CALL_INCOMING");
  baresip.order("accept");
  await live.report(1, Report.CallAnswered);
  await talk(live);
  await live.hang(1);
  await baresip.event("CALL_CLOSED");
  assertHeard("baresip", baresip.heard(), PHONE);

  baresip.order("dial", `sip:101@127.0.0.1:${live.sipPort}`);
  await live.answer(1);
  await talk(live);
  baresip.order("hangup");
  await live.isLeft(1);
  await baresip.event("CALL_CLOSED");
});

// Two softphones at our server, and one beside phones that are handed on between them. What each heard is measured in what it kept.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { Baresip } from "../support/baresip.ts";
import { LiveBox, PATIENCE } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { longestTone, makeTone } from "../support/test-tone.ts";

const skip = isMissing("baresip");
const PASSWORDS = { 101: "of the phone", 102: "of the other", 201: "of-the-first", 202: "of-the-second" };
const LEVEL_DBM0 = -10;
/** What each softphone says, Hz. */
const TONES = { 201: 600, 202: 1000 };

async function softphone(t: TestContext, live: LiveBox, user: 201 | 202): Promise<Baresip> {
  return Baresip.start(t, {
    user: `${user}`,
    password: PASSWORDS[user],
    serverPort: live.serverPort,
    spoken: makeTone(TONES[user], LEVEL_DBM0, 30_000),
    friend: user === 201 ? "202" : "201",
    usesOutboundProxy: true,
  });
}

function assertHeard(baresip: Baresip, frequency: number): void {
  const { lengthMs, levelDbm0 } = longestTone(baresip.heard(), frequency);
  assert.ok(lengthMs >= 400, `${lengthMs} ms of ${frequency} Hz without a break`);
  assert.ok(Math.abs(levelDbm0 - LEVEL_DBM0) < 0.5, `${levelDbm0.toFixed(2)} dBm0`);
}

test("two softphones call each other through our server, hear each other, hold and resume", { skip }, async (t) => {
  const live = await LiveBox.start(t, { lines: [], users: PASSWORDS });
  const first = await softphone(t, live, 201);
  const second = await softphone(t, live, 202);
  first.order("dial", `sip:202@127.0.0.1:${live.serverPort}`);
  await second.event("CALL_INCOMING");
  await first.event("CALL_RINGING");
  second.order("accept");
  await first.event("CALL_ESTABLISHED");
  await second.event("CALL_ESTABLISHED");
  await Promise.all([first.listens(800), second.listens(800)]);
  first.order("hold");
  await live.sees(/server -> .*: ACK 202/, 2);
  first.order("resume");
  await live.sees(/server -> .*: ACK 202/, 3);
  second.order("hangup");
  await first.event("CALL_CLOSED");
  await second.event("CALL_CLOSED");
  assertHeard(first, TONES[202]);
  assertHeard(second, TONES[201]);
});

test("RFC 3428: two softphones write to each other through our server", { skip }, async (t) => {
  const live = await LiveBox.start(t, { lines: [], users: PASSWORDS });
  const first = await softphone(t, live, 201);
  const second = await softphone(t, live, 202);
  first.write("are you there");
  await live.sees(new RegExp(`:${second.sipPort} -> server: 200 OK \\(MESSAGE\\)`), 1);
  second.write("I am");
  await live.sees(new RegExp(`:${first.sipPort} -> server: 200 OK \\(MESSAGE\\)`), 1);
  await live.sees(/server -> .*: 200 OK \(MESSAGE\)/, 2);
});

test("RFC 5589 §6.1: softphone 201 calls phone 101 and sends it to softphone 202: the two talk", {
  skip,
}, async (t) => {
  const live = await LiveBox.start(t, { lines: [{ user: "101", password: PASSWORDS[101] }], users: PASSWORDS });
  const first = await softphone(t, live, 201);
  const second = await softphone(t, live, 202);
  first.order("dial", `sip:101@127.0.0.1:${live.serverPort}`);
  await live.answer(1);
  await first.event("CALL_ESTABLISHED");
  first.order("transfer", `sip:202@127.0.0.1:${live.serverPort}`);
  await live.report(1, Report.Referred);
  await second.event("CALL_INCOMING");
  const heard = live.phone(1).waitForTone({ frequencies: [TONES[202]], cadence: [400] }, PATIENCE, "softphone 202");
  second.order("accept");
  await second.event("CALL_ESTABLISHED");
  await first.event("CALL_CLOSED");
  await heard;
  await live.hang(1);
  await second.event("CALL_CLOSED");
});

test("RFC 5589 §6.1: phone 101 calls softphone 201 and sends it to softphone 202: the two talk, the phone is free", {
  skip,
}, async (t) => {
  const live = await LiveBox.start(t, { lines: [{ user: "101", password: PASSWORDS[101] }], users: PASSWORDS });
  const first = await softphone(t, live, 201);
  const second = await softphone(t, live, 202);
  await live.dial(1, "201");
  await first.event("CALL_INCOMING");
  first.order("accept");
  await live.report(1, Report.CallAnswered);
  await first.event("CALL_ESTABLISHED");
  live.box.orderLine(1, "transfer", "202");
  await second.event("CALL_INCOMING");
  second.order("accept");
  await second.event("CALL_ESTABLISHED");
  await live.report(1, Report.Transferred);
  await second.listens(800);
  await live.phone(1).waitForCurrentDrop(PATIENCE);
  await live.hang(1);
  second.order("hangup");
  await second.event("CALL_CLOSED");
  await first.event("CALL_CLOSED");
  assertHeard(second, TONES[201]);
});

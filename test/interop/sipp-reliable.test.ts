// PRACK (RFC 3262) and UPDATE (RFC 3311) between SIPp and a phone line, either side asking for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { PATIENCE } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { answers, callee, caller, description, hears, pause } from "../support/sipp-script.ts";
import { CALLS_LINE, IS_LEFT, TRYING } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const body = description();
const RELIABLE = { headers: ["Require: 100rel"] };
const RINGS_RELIABLY = hears(180, {
  has: { Require: "100rel" },
  keeps: { rseq: "RSeq" },
  isRoute: true,
});

test("RFC 3262 §3: SIPp requires 100rel: the 180 is repeated until its PRACK, a wrong PRACK is 481", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ ...RELIABLE, body }),
    TRYING,
    RINGS_RELIABLY,
    pause(1700), // copies come after 0.5 and 1.5 s
    caller.asks("PRACK", 2, { headers: ["RAck: [$rseq] 9 INVITE"] }),
    hears(481),
    caller.asks("PRACK", 3, { headers: ["RAck: [$rseq] 1 INVITE"] }),
    hears(200),
    hears(200, { lacks: ["RSeq", "Require"], body: "m=audio" }),
    caller.asks("ACK", 1),
    ...IS_LEFT,
  ]);
  await live.sees(/: 180/, 3);
  await live.sees(/: 200/, 1);
  await live.answer(1);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3262 §5: SIPp calls without an offer: the reliable 180 brings ours, the PRACK its answer", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite(RELIABLE),
    TRYING,
    hears(180, { keeps: { rseq: "RSeq" }, body: "m=audio", isRoute: true }),
    caller.asks("PRACK", 2, { headers: ["RAck: [$rseq] 1 INVITE"], body }),
    hears(200),
    hears(200, { lacks: ["Content-Type"] }),
    caller.asks("ACK", 1),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.report(1, Report.MediaStarted);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3262 §3: SIPp only supports 100rel: it is not asked for", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ headers: ["Supported: 100rel"], body }),
    TRYING,
    hears(180, { lacks: ["RSeq", "Require"] }),
    hears(200, { isRoute: true }),
    caller.asks("ACK", 1),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3262 §4: a line calls, SIPp's provisional responses are reliable: PRACK once for each, in order", {
  skip,
}, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const reliable = (sequence: number) => ({ headers: ["Require: 100rel", `RSeq: ${sequence}`] });
  const script = await sipp([
    callee.hearsInvite({ has: { Supported: "100rel" } }),
    callee.says("183 Session Progress", { ...reliable(7), body }),
    hears("PRACK", { has: { RAck: "^ *7 [0-9]+ INVITE" } }),
    answers("200 OK"),
    callee.says("183 Session Progress", { ...reliable(7), body }), // a copy: no PRACK
    callee.says("180 Ringing", reliable(9)), // it overtakes 8: no PRACK
    callee.says("180 Ringing", reliable(8)),
    hears("PRACK", { has: { RAck: "^ *8 [0-9]+ INVITE" } }),
    answers("200 OK"),
    pause(300),
    callee.says("200 OK"), // the answer came in the 183
    hears("ACK"),
    ...IS_LEFT,
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.MediaStarted);
  await live.report(1, Report.CallAnswered);
  assert.equal(phone.isOffHook, true);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3262 §4: SIPp does not answer the PRACK at first: it comes again, and the call goes on", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("180 Ringing", { headers: ["Require: 100rel", "RSeq: 1"] }),
    hears("PRACK"),
    pause(1200),
    answers("200 OK"),
    callee.says("200 OK", { body }),
    hears("ACK"),
    ...IS_LEFT,
  ]);
  await live.dial(1, "555");
  await live.sees(/-> .*: PRACK/, 2);
  await live.report(1, Report.CallAnswered);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3311 §5: SIPp sends UPDATE before and after the answer, with and without an offer", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ ...RELIABLE, body }),
    TRYING,
    RINGS_RELIABLY,
    caller.asks("PRACK", 2, { headers: ["RAck: [$rseq] 1 INVITE"] }),
    hears(200),
    caller.asks("UPDATE", 3),
    hears(200, { has: { Allow: "UPDATE", Contact: "sip:" }, lacks: ["Content-Type"] }),
    caller.asks("UPDATE", 4, { body: description({ version: 2 }) }),
    hears(500, { has: { "Retry-After": "[0-9]" } }), // the INVITE's own offer has no answer yet
    hears(200, { body: "m=audio" }),
    caller.asks("ACK", 1),
    caller.asks("UPDATE", 5),
    hears(200, { lacks: ["Content-Type"] }),
    caller.asks("UPDATE", 6, { body: description({ version: 2, direction: "sendonly" }) }),
    hears(200, { body: "a=recvonly" }),
    caller.asks("UPDATE", 7, { body: description({ version: 3 }) }),
    hears(200, { body: "a=sendrecv" }),
    caller.asks("UPDATE", 7, { body: description({ version: 4 }), branch: "other" }), // §12.2.2 of RFC 3261: its number is not new
    hears(500),
    ...IS_LEFT,
  ]);
  await live.sees(/: 500/, 1);
  await live.answer(1);
  await live.sees(/: 500/, 2);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3311 §5.2: a line calls; SIPp changes its early media by UPDATE before it answers", { skip }, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite({ has: { Allow: "UPDATE" } }),
    callee.says("183 Session Progress", { headers: ["Require: 100rel", "RSeq: 1"], body }),
    hears("PRACK"),
    answers("200 OK"),
    callee.asks("UPDATE", 1, { body: description({ version: 2, direction: "sendonly" }) }),
    hears(200, { body: "a=recvonly" }),
    callee.asks("UPDATE", 2, { body: description({ version: 3 }) }),
    hears(200, { body: "m=audio" }),
    callee.says("200 OK"),
    hears("ACK"),
    ...IS_LEFT,
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.MediaStarted);
  await live.report(1, Report.CallAnswered);
  assert.equal(phone.isOffHook, true);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3311 §5.2: SIPp's UPDATE with a codec that we lack is 488, and the call goes on as it was", {
  skip,
}, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const video = body.replace(/m=audio.*\n(a=.*\n)*/, "m=audio [media_port] RTP/AVP 18\na=rtpmap:18 G729/8000\n");
  const script = await sipp([...CALLS_LINE, caller.asks("UPDATE", 2, { body: video }), hears(488), ...IS_LEFT]);
  await live.answer(1);
  await live.sees(/: 488/, 1);
  assert.equal(live.box.calls()[0]?.state, "active");
  await phone.play(new Int16Array(800));
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3262 §3: nobody sends a PRACK, the caller gives up: 487, and the phone is free", { skip }, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ ...RELIABLE, body }),
    TRYING,
    hears(180),
    caller.cancel(),
    hears(200),
    hears(487),
    caller.thanksForRefusal(),
  ]);
  await phone.waitForRing(PATIENCE);
  await live.report(1, Report.CallEnded);
  await script.succeeds();
  assert.equal(phone.isRinging, false);
});

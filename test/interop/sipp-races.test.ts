// What crosses on the way, and what two phones answer at once, between SIPp and a phone line: RFC 3261 §9 and §13.2.2.4, RFC 5407.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { PATIENCE } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import {
  answers,
  answersLater,
  callee,
  caller,
  description,
  hears,
  pause,
  toAnswerLater,
} from "../support/sipp-script.ts";
import { ANSWERS_LINE, CALLS_LINE, IS_LEFT, isCancelled, TRYING } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const body = description();

// CANCEL

test("RFC 3261 §9.1: a line hangs up before anything came back: its CANCEL waits for the 100", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([callee.hearsInvite(), pause(800), callee.says("100 Trying"), ...isCancelled(callee)]);
  await live.dial(1, "555");
  await live.sees(/: INVITE 555/, 1);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 5407 §3.1.2: a line's CANCEL crosses SIPp's 200: ACK, then BYE", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("180 Ringing"),
    hears("CANCEL"),
    answers("200 OK"),
    callee.says("200 OK", { body }), // it had left before the CANCEL came
    hears("ACK"),
    ...IS_LEFT,
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.CallRinging);
  await live.hang(1);
  await script.succeeds();
  assert.equal(live.box.lines()[0]?.state, "idle");
});

test("RFC 3261 §9.2: SIPp's CANCEL crosses the line's 200: the CANCEL changes nothing, ACK and BYE follow", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ body }),
    TRYING,
    hears(180),
    hears(200, { isRoute: true }),
    caller.cancel(),
    hears(200, { has: { CSeq: "CANCEL" } }),
    caller.asks("ACK", 1),
    caller.asks("BYE", 2),
    hears(200),
  ]);
  await live.answer(1);
  await live.isLeft(1);
  await script.succeeds();
});

test("RFC 3261 §9.2: SIPp cancels what was never asked: 481, and nothing rings", { skip }, async (t) => {
  const { phone, sipp } = await lineOfSipp(t);
  const script = await sipp([caller.cancel(), hears(481)]);
  await script.succeeds();
  assert.equal(phone.isRinging, false);
});

// Answers

test("RFC 3261 §13.2.2.4: a call of a line is answered by two phones: the second gets ACK and BYE", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("180 Ringing", {}, "a"),
    callee.says("180 Ringing", {}, "b"),
    callee.says("200 OK", { body }, "a"),
    hears("ACK", { has: { To: "tag=[0-9]+a" } }),
    callee.says("200 OK", { body }, "b"),
    hears("ACK", { has: { To: "tag=[0-9]+b" } }),
    hears("BYE", { has: { To: "tag=[0-9]+b" } }),
    answers("200 OK"),
    hears("BYE", { has: { To: "tag=[0-9]+a" } }),
    answers("200 OK"),
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await live.sees(/BYE \(?|\(BYE\)/, 2);
  assert.equal(live.box.calls()[0]?.state, "active");
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §13.2.2.4: two phones let a line hear before one of them answers", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("183 Session Progress", { body }, "a"),
    callee.says("183 Session Progress", { body }, "b"),
    pause(200),
    callee.says("200 OK", { body }, "b"),
    hears("ACK", { has: { To: "tag=[0-9]+b" } }),
    hears("BYE", { has: { To: "tag=[0-9]+b" } }),
    answers("200 OK"),
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.MediaStarted);
  await live.report(1, Report.CallAnswered);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §13.3.1.4: SIPp does not thank for the line's 200: it comes again until it does", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ body }),
    TRYING,
    hears(180),
    hears(200, { isRoute: true }),
    pause(1700), // copies come after 0.5 and 1.5 s
    caller.asks("ACK", 1),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.sees(/: 200 OK \(INVITE\)/, 3);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §13.2.2.4: SIPp repeats its 200: each copy gets its ACK", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([...ANSWERS_LINE, callee.says("200 OK", { body }), pause(200), ...IS_LEFT]);
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await live.sees(/: ACK/, 2);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §13.2.1: SIPp's INVITE has no offer: the line's 200 has, the ACK answers", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite(),
    TRYING,
    hears(180),
    hears(200, { isRoute: true, body: "m=audio" }),
    caller.asks("ACK", 1, { body }),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.report(1, Report.MediaStarted);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §13.2.1: the ACK of an offerless INVITE has no answer: the line hangs up", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite(),
    TRYING,
    hears(180),
    hears(200, { isRoute: true }),
    caller.asks("ACK", 1),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.isLeft(1);
  await script.succeeds();
});

// BYE

test("RFC 5407 §3.1.3: the line's BYE and SIPp's cross: both are 200", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    ...CALLS_LINE,
    hears("BYE", toAnswerLater),
    caller.asks("BYE", 2),
    hears(200, { has: { CSeq: "2 BYE" } }),
    answersLater("200 OK"),
  ]);
  await live.answer(1);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §15.1.2: SIPp says BYE while the phone still rings: 200, and 487 for the INVITE", {
  skip,
}, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ body }),
    TRYING,
    hears(180, { isRoute: true }),
    caller.asks("BYE", 2),
    hears(200, { has: { CSeq: "BYE" } }),
    hears(487, { has: { CSeq: "INVITE" } }),
    caller.thanksForRefusal(),
  ]);
  await phone.waitForRing(PATIENCE);
  await live.report(1, Report.CallEnded);
  await script.succeeds();
  assert.equal(phone.isRinging, false);
});

test("RFC 3261 §12.2.2: a line is asked in dialogs that are gone, or never were: 481", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    ...CALLS_LINE,
    caller.asks("BYE", 2),
    hears(200),
    ...["BYE", "INVITE", "UPDATE", "PRACK"].flatMap((method, index) => [
      caller.asks(method, 3 + index),
      hears(481, { has: { CSeq: method } }),
      ...(method === "INVITE" ? [caller.thanksForRefusedChange(3 + index)] : []),
    ]),
  ]);
  await live.answer(1);
  await live.isLeft(1);
  await script.succeeds();
});

// Redirections

test("RFC 3261 §8.1.3.4: SIPp redirects a line: it tries the best target first, then the next", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const uri = (user: string) => `sip:${user}@[local_ip]:[local_port]`;
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("302 Moved Temporarily", {
      headers: [`Contact: <${uri("second")}>;q=0.2, <${uri("first")}>;q=0.9`],
    }),
    hears("ACK"),
    callee.hearsInvite({ like: "^INVITE sip:first@" }),
    callee.says("486 Busy Here"),
    hears("ACK"),
    callee.hearsInvite({ like: "^INVITE sip:second@" }),
    callee.says("200 OK", { body }),
    hears("ACK"),
    ...IS_LEFT,
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §21.6: SIPp redirects a line, and the target is busy everywhere: no other is tried", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const uri = (user: string) => `sip:${user}@[local_ip]:[local_port]`;
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("300 Multiple Choices", {
      headers: [`Contact: <${uri("first")}>`, `Contact: <${uri("second")}>`],
    }),
    hears("ACK"),
    callee.hearsInvite({ like: "^INVITE sip:first@" }),
    callee.says("600 Busy Everywhere"),
    hears("ACK"),
  ]);
  await live.dial(1, "555");
  const { value } = await live.report(1, Report.CallFailed);
  assert.equal(value, 600);
  await script.succeeds();
  await live.hang(1);
});

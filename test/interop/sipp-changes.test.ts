// A call that is changed while it goes on, between SIPp and a phone line: hold, other media, another address, session timers agreed on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { isMissing } from "../support/programs.ts";
import { answers, callee, caller, description, hears, pause, type Step } from "../support/sipp-script.ts";
import { ANSWERS_LINE, CALLS_LINE, IS_LEFT, TRYING } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const body = description();

/** A re-INVITE, whose answer has that in its description. */
const change = (who: typeof caller | typeof callee, number: number, offer: string, answer: string): Step[] => [
  who.asks("INVITE", number, { body: offer }),
  hears(200, { body: answer, isRoute: true }),
  who.asks("ACK", number),
];

/** SIPp's description with another media line. */
const withMedia = (media: string) => description({ version: 2 }).replace(/m=audio.*\n(a=.*\n)*/, `${media}\n`);

const HOLDS = [
  ["sendonly", { direction: "sendonly" }, "a=recvonly"],
  ["inactive", { direction: "inactive" }, "a=inactive"],
  ["c=0.0.0.0", { address: "0.0.0.0" }, "m=audio [1-9]"],
] as const;

for (const [name, words, answer] of HOLDS) {
  test(`RFC 3264 §8.4: SIPp holds a line by ${name}: it sends no sound until SIPp resumes`, { skip }, async (t) => {
    const { live, phone, sipp } = await lineOfSipp(t);
    const sent: { summary: string; packets: number }[] = [];
    live.box.onSip(({ summary }) => sent.push({ summary, packets: live.box.adapter.rtp(0).sent }));
    const script = await sipp([
      ...CALLS_LINE,
      pause(200),
      ...change(caller, 2, description({ version: 2, ...words }), answer),
      pause(300),
      ...change(caller, 3, description({ version: 3 }), "a=sendrecv"),
      ...IS_LEFT,
    ]);
    await live.answer(1);
    await live.sees(/: ACK/, 3);
    await phone.play(new Int16Array(1600));
    await live.hang(1);
    await script.succeeds();
    const at = (pattern: RegExp, time: number) =>
      sent.filter(({ summary }) => pattern.test(summary))[time]?.packets ?? Number.NaN;
    const story = JSON.stringify(sent);
    assert.ok(at(/^INVITE/, 1) > at(/^ACK/, 0), story);
    assert.equal(at(/^INVITE/, 2), at(/^ACK/, 1), story);
    assert.ok(at(/^BYE/, 0) > at(/^ACK/, 2), story);
  });
}

test("RFC 3264 §8: a line has called; SIPp holds and resumes, asks for an offer, moves", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    ...ANSWERS_LINE,
    ...change(callee, 1, description({ version: 2, direction: "sendonly" }), "a=recvonly"),
    ...change(callee, 2, description({ version: 3 }), "a=sendrecv"),
    callee.asks("INVITE", 3), // RFC 3261 §14.2: without an offer
    hears(200, { body: "m=audio" }),
    callee.asks("ACK", 3, { body: description({ version: 3 }) }),
    // §12.2.2: from now on its requests go there
    callee.asks("UPDATE", 4, { headers: ["Contact: <sip:moved@[local_ip]:[local_port]>"] }),
    hears(200),
    hears("BYE", { like: "^BYE sip:moved@" }),
    answers("200 OK"),
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await live.sees(/\(UPDATE\)/, 1);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §14.2: SIPp wants a codec that we lack, or a video alone: 488, and the call goes on as it was", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const refused = (number: number, media: string): Step[] => [
    caller.asks("INVITE", number, { body: withMedia(media) }),
    hears(488),
    caller.thanksForRefusedChange(number),
  ];
  const script = await sipp([
    ...CALLS_LINE,
    ...refused(2, "m=audio [media_port] RTP/AVP 18\na=rtpmap:18 G729/8000"),
    ...refused(3, "m=video [media_port] RTP/AVP 96\na=rtpmap:96 H264/90000"),
    // beside a voice a video is declined, and the voice goes on
    ...change(
      caller,
      4,
      `${withMedia("m=audio [media_port] RTP/AVP 8\na=rtpmap:8 PCMA/8000")}m=video 9000 RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
      "m=audio [1-9].*m=video 0 ",
    ),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.sees(/: ACK/, 4);
  assert.equal(live.box.calls()[0]?.state, "active");
  assert.equal(live.box.calls()[0]?.codec, "PCMA");
  await live.hang(1);
  await script.succeeds();
});

test("RFC 5407 §3.1.4: SIPp changes the call before it has thanked for the line's 200: 491", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ body }),
    TRYING,
    hears(180),
    hears(200, { isRoute: true }),
    caller.asks("INVITE", 2, { body: description({ version: 2 }) }),
    hears(491),
    caller.thanksForRefusedChange(2),
    caller.asks("ACK", 1),
    ...change(caller, 3, description({ version: 2 }), "m=audio"),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.sees(/: ACK/, 3);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3261 §14.2: SIPp changes the call while its INVITE still waits for an answer: 500 with Retry-After", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ body }),
    TRYING,
    hears(180, { isRoute: true }),
    caller.asks("INVITE", 2, { body: description({ version: 2 }) }),
    hears(500, { has: { "Retry-After": "[0-9]" } }),
    caller.thanksForRefusedChange(2),
    hears(200),
    caller.asks("ACK", 1),
    ...IS_LEFT,
  ]);
  await live.sees(/: 500/, 1);
  await live.answer(1);
  await live.hang(1);
  await script.succeeds();
});

// Session timers, as far as they can be heard at once; what takes minutes is in sipp-session-timer.long.ts

test("RFC 4028 §9: SIPp wants a shorter session than allowed: 422 with Min-SE; then the shortest, refreshed both ways", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const timed = (value: string, more: string[] = []) => [`Supported: timer`, `Session-Expires: ${value}`, ...more];
  const REFRESHER = { has: { "Session-Expires": "^ *90;refresher=uac", Require: "timer" } };
  const script = await sipp([
    caller.invite({ headers: timed("60"), body }),
    TRYING,
    hears(422, { has: { "Min-SE": "^ *90" } }),
    caller.thanksForRefusal(),
    caller.invite({ headers: timed("90;refresher=uac", ["Min-SE: 90"]), body }, 2),
    TRYING,
    hears(180),
    hears(200, { ...REFRESHER, isRoute: true }),
    caller.asks("ACK", 2),
    caller.asks("UPDATE", 3, { headers: timed("90;refresher=uac") }),
    hears(200, REFRESHER),
    caller.asks("INVITE", 4, { headers: timed("90;refresher=uac"), body }),
    hears(200, REFRESHER),
    caller.asks("ACK", 4),
    caller.asks("UPDATE", 5, { headers: timed("30") }),
    hears(422, { has: { "Min-SE": "^ *90" } }),
    // SIPp gives the refreshing over to the line
    caller.asks("UPDATE", 6, { headers: timed("600;refresher=uas") }),
    hears(200, { has: { "Session-Expires": "^ *600;refresher=uas" } }),
    // and speaks no more of it: no timer any more
    caller.asks("UPDATE", 7),
    hears(200, { lacks: ["Session-Expires"] }),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.sees(/\(UPDATE\)/, 4);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 4028 §7.4: a line calls; SIPp's 422 wants longer sessions, which the next INVITE asks for", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite({ has: { "Session-Expires": "^ *1800", Supported: "timer" } }),
    callee.says("422 Session Interval Too Small", { headers: ["Min-SE: 3600"] }),
    hears("ACK"),
    callee.hearsInvite({ has: { "Session-Expires": "^ *3600", "Min-SE": "^ *3600" } }),
    callee.says("200 OK", { headers: ["Require: timer", "Session-Expires: 3600;refresher=uas"], body }),
    hears("ACK"),
    callee.asks("UPDATE", 1, { headers: ["Supported: timer", "Session-Expires: 3600;refresher=uac"] }),
    hears(200, { has: { "Session-Expires": "^ *3600;refresher=uac" } }),
    ...IS_LEFT,
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await live.sees(/\(UPDATE\)/, 1);
  await live.hang(1);
  await script.succeeds();
});

// SIPp at both ends of our server, which forks, cancels and stays in the way: what the two say inside a call goes through untouched.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { Sipp } from "../support/sipp.ts";
import {
  answers,
  calleeAtServer as callee,
  callerAtServer as caller,
  description,
  hears,
  message,
  pause,
  type Step,
  toAskOther,
} from "../support/sipp-script.ts";
import { AUTHENTICATION, callsAtServer, IS_LEFT, isCancelled, REGISTERS } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const body = description();
const PASSWORDS = { 301: "of-the-caller", 302: "of-the-called" };

/** `called`: a script for each phone of 302. */
async function callThroughServer(t: TestContext, calling: readonly Step[], called: readonly (readonly Step[])[]) {
  const live = await LiveBox.start(t, { lines: [], users: PASSWORDS });
  const start = (steps: readonly Step[], user: 301 | 302, port: number) =>
    Sipp.start(t, steps, {
      port,
      remotePort: live.serverPort,
      keys: { user: `${user}`, password: PASSWORDS[user], peer: "302" },
    });
  const answering: Sipp[] = [];
  for (const steps of called) {
    const port = await freeUdpPorts(1);
    await (await start(REGISTERS, 302, port)).succeeds();
    answering.push(await start(steps, 302, port));
  }
  const script = await start(calling, 301, await freeUdpPorts(1));
  await Promise.all([script, ...answering].map((each) => each.succeeds()));
  return live;
}

const LEAVES = [caller.asks("BYE", 9), hears(200)];

test("RFC 3262, RFC 3311: PRACK and UPDATE, early and late, of either side go through our server", {
  skip,
}, async (t) => {
  const RELIABLE = ["Require: 100rel", "RSeq: 1"];
  await callThroughServer(
    t,
    [
      ...callsAtServer(["Require: 100rel"]),
      hears(183, { has: { Require: "100rel", RSeq: "1" }, isRoute: true }),
      caller.asks("PRACK", 3, { headers: ["RAck: 1 2 INVITE"] }),
      hears(200),
      caller.asks("UPDATE", 4, { body: description({ version: 2 }) }),
      hears(200, { body: "m=audio" }),
      hears("UPDATE"),
      answers("200 OK"),
      hears(200, { has: { CSeq: "INVITE" } }),
      caller.asks("ACK", 2),
      hears("UPDATE", { body: "a=sendonly" }),
      answers("200 OK", { body: description({ direction: "recvonly" }) }),
      ...LEAVES,
    ],
    [
      [
        callee.hearsInvite({ has: { Require: "100rel" } }),
        callee.says("183 Session Progress", { headers: RELIABLE, body }),
        hears("PRACK", { has: { RAck: "1 2 INVITE" } }),
        answers("200 OK"),
        hears("UPDATE", { body: "m=audio" }),
        answers("200 OK", { body }),
        callee.asks("UPDATE", 1),
        hears(200),
        callee.says("200 OK"),
        hears("ACK"),
        callee.asks("UPDATE", 2, { body: description({ version: 2, direction: "sendonly" }) }),
        hears(200, { body: "a=recvonly" }),
        ...IS_LEFT,
      ],
    ],
  );
});

test("RFC 3261 §14, RFC 4028: holds, glare and session timers go through our server", { skip }, async (t) => {
  const TIMER = ["Supported: timer", "Session-Expires: 600;refresher=uac"];
  await callThroughServer(
    t,
    [
      ...callsAtServer(TIMER),
      hears(200, { has: { "Session-Expires": "600;refresher=uac", Require: "timer" }, isRoute: true }),
      caller.asks("ACK", 2),
      hears("INVITE", { body: "a=sendonly" }),
      answers("200 OK", { body: description({ direction: "recvonly" }) }, true),
      hears("ACK"),
      caller.asks("INVITE", 3, { body: description({ version: 2 }) }),
      hears(100, { isOptional: true }),
      hears(491),
      caller.thanksForRefusedChange(3),
      caller.asks("UPDATE", 4, { headers: TIMER }),
      hears(200, { has: { "Session-Expires": "600;refresher=uac" } }),
      ...LEAVES,
    ],
    [
      [
        callee.hearsInvite({ has: { "Session-Expires": "600" } }),
        callee.says("200 OK", { headers: ["Require: timer", "Session-Expires: 600;refresher=uac"], body }),
        hears("ACK"),
        callee.asks("INVITE", 1, { body: description({ version: 2, direction: "sendonly" }) }),
        hears(100, { isOptional: true }),
        hears(200, { body: "a=recvonly", isRoute: true }),
        callee.asks("ACK", 1),
        hears("INVITE"),
        answers("491 Request Pending"),
        hears("ACK"),
        hears("UPDATE", { has: { "Session-Expires": "600;refresher=uac" } }),
        answers("200 OK", { headers: ["Require: timer", "Session-Expires: 600;refresher=uac"] }),
        ...IS_LEFT,
      ],
    ],
  );
});

test("RFC 3261 §16.7: two phones of one user ring: one answers, the other is cancelled", { skip }, async (t) => {
  await callThroughServer(
    t,
    [...callsAtServer(), hears(180), hears(180), hears(200, { isRoute: true }), caller.asks("ACK", 2), ...LEAVES],
    [
      [
        callee.hearsInvite(),
        callee.says("180 Ringing"),
        pause(300),
        callee.says("200 OK", { body }),
        hears("ACK"),
        ...IS_LEFT,
      ],
      [
        callee.hearsInvite(),
        callee.says("180 Ringing"),
        hears("CANCEL"),
        answers("200 OK"),
        callee.says("487 Request Terminated"),
        hears("ACK"),
      ],
    ],
  );
});

test("RFC 3261 §16.7: two phones answer at once: the caller gets both 200s, and ends one", { skip }, async (t) => {
  await callThroughServer(
    t,
    [
      ...callsAtServer(),
      hears(180),
      hears(180),
      hears(200, { isRoute: true }),
      caller.asks("ACK", 2),
      hears(200, toAskOther),
      caller.asksOther("ACK", 2),
      caller.asksOther("BYE", 3),
      hears(200, { has: { CSeq: "3 BYE" } }),
      hears("BYE"),
      answers("200 OK"),
    ],
    [
      [
        callee.hearsInvite(),
        callee.says("180 Ringing"),
        pause(300),
        callee.says("200 OK", { body }),
        hears("ACK"),
        pause(800), // the other call is over by then
        callee.asks("BYE", 1),
        hears(200),
      ],
      [
        callee.hearsInvite(),
        callee.says("180 Ringing"),
        hears("CANCEL"),
        answers("200 OK"),
        callee.says("200 OK", { body }), // it had left before the CANCEL came
        hears("ACK"),
        ...IS_LEFT,
      ],
    ],
  );
});

test("RFC 3261 §16.10: SIPp gives up while both phones of the called user ring: 487 from both, one to the caller", {
  skip,
}, async (t) => {
  const cancelled = [callee.hearsInvite(), callee.says("180 Ringing"), ...isCancelled(callee)];
  const live = await callThroughServer(
    t,
    [
      ...callsAtServer(),
      hears(180),
      hears(180),
      caller.cancel(2),
      hears(200, { has: { CSeq: "CANCEL" } }),
      hears(487),
      caller.thanksForRefusal(2),
    ],
    [cancelled, cancelled],
  );
  assert.equal(live.box.server()?.counters.callsRouted, 1);
});

test("RFC 3261 §9.1: SIPp gives up before the called phone has said anything: it is cancelled when it does", {
  skip,
}, async (t) => {
  await callThroughServer(
    t,
    [
      ...callsAtServer().slice(0, -1),
      hears(100),
      caller.cancel(2),
      hears(200, { has: { CSeq: "CANCEL" } }),
      hears(180, { isOptional: true }),
      hears(487),
      caller.thanksForRefusal(2),
    ],
    [
      [
        callee.hearsInvite(),
        pause(700),
        callee.says("180 Ringing"),
        hears("CANCEL"),
        answers("200 OK"),
        callee.says("487 Request Terminated"),
        hears("ACK"),
      ],
    ],
  );
});

test("our server passes on what it does not know: a call with video, INFO with another body, options of others", {
  skip,
}, async (t) => {
  const video = `${body}m=video 9000 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 profile-level-id=42e01f\n`;
  const both = "m=audio.*m=video 9000 RTP/AVP 96.*a=fmtp:96 profile-level-id=42e01f";
  const info = {
    headers: ["Info-Package: x-signal", "X-Own: one;two"],
    type: "application/x-signal",
    body: "Duration=9\n",
  };
  await callThroughServer(
    t,
    [
      ...callsAtServer(["Supported: x-other", "X-Own: one;two"], video),
      hears(200, { isRoute: true, body: both }),
      caller.asks("ACK", 2),
      caller.asks("INFO", 3, info),
      hears(200, { has: { "X-Own": "three" } }),
      ...LEAVES,
    ],
    [
      [
        callee.hearsInvite({ has: { Supported: "x-other", "X-Own": "^ *one;two$" }, body: both }),
        callee.says("200 OK", { body: video }),
        hears("ACK"),
        hears("INFO", {
          has: { "X-Own": "^ *one;two$", "Info-Package": "x-signal", "Content-Type": "application/x-signal" },
          body: "Duration=9",
        }),
        answers("200 OK", { headers: ["X-Own: three"] }),
        ...IS_LEFT,
      ],
    ],
  );
});

test("RFC 3428: a MESSAGE goes through our server untouched, from who is who it says only", { skip }, async (t) => {
  const words = { type: "text/plain;charset=UTF-8", body: "grüß Gott, ₤ 5 & 日本\n" };
  const writes = (number: number, from: string, headers: readonly string[]): Step =>
    message(number, from, { ...words, headers });
  await callThroughServer(
    t,
    [
      writes(1, "[user]", []),
      hears(407, { isChallenge: true }),
      writes(2, "[user]", [AUTHENTICATION]),
      hears(202, { has: { "X-Own": "read" } }),
      writes(3, "[peer]", [AUTHENTICATION]),
      hears(403),
    ],
    [
      [
        hears("MESSAGE", { has: { From: "sip:301@", "Content-Type": words.type }, body: words.body.trim() }),
        answers("202 Accepted", { headers: ["X-Own: read"], isOutside: true }),
      ],
    ],
  );
});

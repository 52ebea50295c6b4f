// Calls that are handed on, between SIPp and phone lines: REFER (RFC 3515), Replaces (RFC 3891), as in RFC 5589, either side asking.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { Sipp } from "../support/sipp.ts";
import {
  answers,
  callee,
  calleeAtServer,
  caller,
  callerAtServer,
  description,
  type ExpectedWords,
  hears,
  type MessageWords,
  pause,
  type Step,
} from "../support/sipp-script.ts";
import { ANSWERS_LINE, CALLS_LINE, callsAtServer, IS_LEFT, isCancelled, REGISTERS } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const body = description();

/** What a NOTIFY tells of a REFER. */
function told(status: string): MessageWords {
  const state = /^1/.test(status) ? "active;expires=60" : "terminated;reason=noresource";
  return {
    headers: ["Event: refer", `Subscription-State: ${state}`],
    type: "message/sipfrag",
    body: `SIP/2.0 ${status}\n`,
  };
}

const isTold = (status: number): ExpectedWords => ({
  has: {
    Event: "^ *refer",
    "Subscription-State": status < 200 ? "active" : "terminated",
    "Content-Type": "message/sipfrag",
  },
  body: `SIP/2.0 ${status}`,
});

// The line sends SIPp away

for (const [name, who, steps] of [
  ["SIPp has called", caller, CALLS_LINE],
  ["a line has called", callee, ANSWERS_LINE],
] as const) {
  test(`RFC 5589 §6.1: ${name}; the line sends SIPp to 102, which answers: the line is free`, { skip }, async (t) => {
    const { live, sipp } = await lineOfSipp(t);
    const script = await sipp([
      ...steps,
      hears("REFER", { has: { "Refer-To": "^ *<sip:102@", "Referred-By": "<sip:101@|<sip:.*@" } }),
      answers("202 Accepted"),
      who.asks("NOTIFY", 2, told("100 Trying")),
      hears(200),
      who.asks("NOTIFY", 3, told("180 Ringing")),
      hears(200),
      who.asks("NOTIFY", 4, told("200 OK")),
      hears(200),
      ...IS_LEFT,
    ]);
    if (who === caller) await live.answer(1);
    else {
      await live.dial(1, "555");
      await live.report(1, Report.CallAnswered);
    }
    await live.sees(/: ACK/, 1);
    live.box.orderLine(1, "transfer", "102");
    await live.report(1, Report.Transferred);
    await live.phone(1).waitForCurrentDrop(8000);
    await live.hang(1);
    await script.succeeds();
  });
}

test("RFC 5589 §6.2: a line sends SIPp to 102, which is busy, and again, and SIPp does not want to: they talk on", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    ...CALLS_LINE,
    hears("REFER"),
    answers("202 Accepted"),
    caller.asks("NOTIFY", 2, told("486 Busy Here")),
    hears(200),
    hears("REFER"),
    answers("603 Decline"),
    caller.asks("NOTIFY", 3, told("200 OK")), // of nothing
    hears(481),
    caller.asks("NOTIFY", 4, { headers: ["Event: presence", "Subscription-State: active"] }),
    hears(489, { has: { "Allow-Events": "refer" } }),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.sees(/: ACK/, 1);
  live.box.orderLine(1, "transfer", "102");
  assert.equal((await live.report(1, Report.TransferFailed)).value, 486);
  live.box.orderLine(1, "transfer", "102");
  assert.equal((await live.report(1, Report.TransferFailed)).value, 603);
  await live.sees(/: 489/, 1);
  assert.equal(live.box.calls()[0]?.state, "active");
  await live.hang(1);
  await script.succeeds();
});

// SIPp sends the line away, where it must not

test("SIPp sends a line to strangers, to no telephone, or to nobody: 4xx, and the call goes on", {
  skip,
}, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const refused = (number: number, target: string, status: number): Step[] => [
    caller.asks("REFER", number, { headers: [target] }),
    hears(status),
  ];
  const script = await sipp([
    ...CALLS_LINE,
    ...refused(2, "Refer-To: <sip:900@192.0.2.1>", 403),
    ...refused(3, "Refer-To: <mailto:someone@example.com>", 403),
    ...refused(4, "Refer-To: <sip:102@[local_ip];method=MESSAGE>", 403),
    ...refused(5, "Refer-To: <sip:102@[local_ip]?Replaces=x%0D%0AX>", 400),
    ...refused(6, "Subject: none", 400),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.sees(/: 400/, 2);
  assert.equal(live.box.calls()[0]?.state, "active");
  await live.hang(1);
  await script.succeeds();
});

// Through our server: 301 and 302 are SIPp, 101 is the line

const PASSWORDS = { 101: "of-the-line", 102: "of-the-other-line", 301: "of-the-first", 302: "of-the-second" };
/** Logs the call that a line has with this SIPp, for another one to name. `field` has the line's tag. */
const logsCall = (field: "From" | "To"): string[] => [
  `<ereg regexp="tag=[^;[:cntrl:]]*" search_in="hdr" header="${field}:" assign_to="lineTag"/>`,
  '<log message="call [call_id] [$lineTag] tag=[pid]s[call_number]"/>',
];
const REPLACES = "Replaces: [callid];to-tag=[totag];from-tag=[fromtag]";
const TALKS = [hears(200, { isRoute: true, actions: logsCall("To") }), callerAtServer.asks("ACK", 2)];

/** A box with its server and lines 101 and 102; `play` starts SIPp as a user that is registered. */
async function office(t: TestContext) {
  const lines = ([101, 102] as const).map((user) => ({ user: `${user}`, password: PASSWORDS[user] }));
  const live = await LiveBox.start(t, { lines, users: PASSWORDS });
  const play = async (user: 301 | 302, steps: readonly Step[], keys = {}) => {
    const port = await freeUdpPorts(1);
    const options = {
      port,
      remotePort: live.serverPort,
      keys: { user: `${user}`, password: PASSWORDS[user], peer: "101", ...keys },
    };
    await (await Sipp.start(t, REGISTERS, options)).succeeds();
    return Sipp.start(t, steps, options);
  };
  return { live, play };
}

/** The call that a script has logged, in words for `Replaces`. */
function replacesOf(script: Sipp): { callid: string; totag: string; fromtag: string } {
  const [, callid = "", totag = "", fromtag = ""] = /call (\S+) tag=(\S+) tag=(\S+)/.exec(script.log) ?? [];
  return { callid, totag, fromtag };
}
const TARGET = "sip:302@[remote_ip]:[remote_port]";

test("RFC 5589 §6.1: SIPp sends the line 101 to 302 by REFER: it hears what comes of it by NOTIFY, and leaves", {
  skip,
}, async (t) => {
  const { live, play } = await office(t);
  const second = await play(302, [
    calleeAtServer.hearsInvite({ has: { "Referred-By": "sip:301@" } }),
    calleeAtServer.says("180 Ringing"),
    pause(1000), // RFC 6665 §4.2.2: states that follow each other at once may be told as one
    calleeAtServer.says("200 OK", { body }),
    hears("ACK"),
    ...IS_LEFT,
  ]);
  const first = await play(301, [
    ...callsAtServer(),
    hears(180),
    ...TALKS,
    callerAtServer.asks("REFER", 3, {
      headers: [`Refer-To: <${TARGET}>`, "Referred-By: <sip:301@[remote_ip]:[remote_port]>"],
    }),
    hears(202),
    ...[100, 180, 200].flatMap((status) => [hears("NOTIFY", isTold(status)), answers("200 OK")]),
    callerAtServer.asks("BYE", 4),
    hears(200),
  ]);
  await live.answer(1);
  await live.report(1, Report.Referred);
  await first.succeeds();
  await live.sees(/: ACK 302/, 1);
  await live.hang(1);
  await second.succeeds();
});

test("RFC 5589 §6.2: SIPp sends the line 101 to 302, which is busy: NOTIFY says so, and the two talk on", {
  skip,
}, async (t) => {
  const { live, play } = await office(t);
  const second = await play(302, [calleeAtServer.hearsInvite(), calleeAtServer.says("486 Busy Here"), hears("ACK")]);
  const first = await play(301, [
    ...callsAtServer(),
    hears(180),
    ...TALKS,
    callerAtServer.asks("REFER", 3, { headers: [`Refer-To: <${TARGET}>`] }),
    hears(202),
    ...[100, 486].flatMap((status) => [hears("NOTIFY", isTold(status)), answers("200 OK")]),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await second.succeeds();
  await live.sees(/200 OK \(NOTIFY\)/, 4);
  assert.equal(live.box.calls()[0]?.peer, "301");
  await live.hang(1);
  await first.succeeds();
});

test("RFC 3891 §3: SIPp 302 takes the place of 301 in its call with 101: no bell, BYE to 301", { skip }, async (t) => {
  const { live, play } = await office(t);
  const first = await play(301, [...callsAtServer(), hears(180), ...TALKS, ...IS_LEFT]);
  await live.answer(1);
  await live.sees(/-> phone1.*: ACK/, 1);
  const second = await play(
    302,
    [...callsAtServer([REPLACES, "Require: replaces"]), ...TALKS, ...IS_LEFT],
    replacesOf(first),
  );
  await live.report(1, Report.CallReplaced);
  await first.succeeds();
  assert.equal(live.box.calls()[0]?.peer, "302");
  await live.hang(1);
  await second.succeeds();
});

test("RFC 3891 §3: SIPp wants the place of a call that is not there: 481, and nothing rings", { skip }, async (t) => {
  const { live, play } = await office(t);
  const script = await play(301, [
    ...callsAtServer(["Replaces: nobody@home;to-tag=1;from-tag=2"]),
    hears(481),
    callerAtServer.thanksForRefusal(2),
  ]);
  await script.succeeds();
  assert.equal(live.phone(1).isRinging, false);
});

test("RFC 3891 §3: 101 calls 301, which rings; SIPp 302 picks the call up in its place: CANCEL to 301", {
  skip,
}, async (t) => {
  const { live, play } = await office(t);
  const first = await play(301, [
    calleeAtServer.hearsInvite({ actions: logsCall("From") }),
    calleeAtServer.says("180 Ringing"),
    ...isCancelled(calleeAtServer),
  ]);
  await live.dial(1, "301");
  await live.report(1, Report.CallRinging);
  const second = await play(
    302,
    [...callsAtServer([REPLACES, "Require: replaces"]), ...TALKS, ...IS_LEFT],
    replacesOf(first),
  );
  await live.report(1, Report.CallReplaced);
  await first.succeeds();
  await live.hang(1);
  await second.succeeds();
});

test("RFC 5589 §7: SIPp sends the line 101 to 302 in the place of a call that 302 has: the INVITE says so", {
  skip,
}, async (t) => {
  const { live, play } = await office(t);
  const second = await play(302, [
    calleeAtServer.hearsInvite({ has: { Replaces: "^ *x@y;to-tag=1;from-tag=2$", Require: "replaces" } }),
    calleeAtServer.says("200 OK", { body }),
    hears("ACK"),
    ...IS_LEFT,
  ]);
  const first = await play(301, [
    ...callsAtServer(),
    hears(180),
    ...TALKS,
    callerAtServer.asks("REFER", 3, {
      headers: [`Refer-To: <${TARGET}?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2>`, "Refer-Sub: false"],
    }),
    hears(202, { has: { "Refer-Sub": "false" } }), // RFC 4488: no NOTIFY
    ...IS_LEFT, // whoever was sent away does not wait for ever
  ]);
  await live.answer(1);
  await live.report(1, Report.Referred);
  await live.sees(/: ACK 302/, 1);
  await first.succeeds();
  await live.hang(1);
  await second.succeeds();
});

test("RFC 5589 §7: 101 talks to SIPp 301, 102 to SIPp 302; the box sends 301 to 302 by REFER with Replaces", {
  skip,
}, async (t) => {
  const { live, play } = await office(t);
  const second = await play(302, [
    calleeAtServer.hearsInvite({ actions: logsCall("From") }),
    calleeAtServer.says("200 OK", { body }),
    hears("ACK"),
    ...IS_LEFT,
  ]);
  await live.dial(2, "302");
  await live.report(2, Report.CallAnswered);
  const { callid, totag, fromtag } = replacesOf(second);
  const replaces = `Replaces=${callid}%3Bto-tag%3D${fromtag}%3Bfrom-tag%3D${totag}>`;
  const first = await play(301, [
    ...callsAtServer(),
    hears(180),
    ...TALKS,
    hears("REFER", { has: { "Refer-To": `sip:302@.*${replaces}` } }),
    answers("202 Accepted"),
    callerAtServer.asks("NOTIFY", 3, told("200 OK")),
    hears(200),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  await live.sees(/-> phone1.*: ACK/, 1);
  live.box.orderLine(1, "connect", "2");
  await live.report(1, Report.Transferred);
  await first.succeeds();
  await live.hang(1);
  await live.hang(2);
  await second.succeeds();
});

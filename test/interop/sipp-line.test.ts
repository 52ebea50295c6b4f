// SIPp and a phone line, over real sockets: SIPp stands where the line's server would be, so its calls are let in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { callTones } from "../../host/phone/call-tones.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { LiveBox, PATIENCE } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { Sipp } from "../support/sipp.ts";
import { answers, callee, caller, description, hears, pause, type Step } from "../support/sipp-script.ts";
import { CALLS_LINE, IS_LEFT, isCancelled, TRYING } from "../support/sipp-steps.ts";
import { longestTone, makeTone } from "../support/test-tone.ts";

const skip = isMissing("sipp");
const LEVEL_DBM0 = -12;
const FREQUENCY = 1000;
/** Long beside what has to come back in one piece: a busy machine may be late with some frames. */
const SPOKEN = makeTone(FREQUENCY, LEVEL_DBM0, 1500);
const TONE = { frequencies: [FREQUENCY], cadence: [400] };
const RINGBACK = { frequencies: callTones("US").ringback.frequencies, cadence: [400] };

const body = description();
const CHALLENGE = {
  headers: ['WWW-Authenticate: Digest realm="sipp", nonce="4e6f6e6365", algorithm=MD5, qop="auth"'],
};
/** SIPp's own look at the digest. */
const VERIFY = ['<verifyauth assign_to="isKnown" username="[user]" password="[password]"/>'];
const IS_KNOWN = [
  `<nop condexec="isKnown" condexec_inverse="true"><action><error message="the digest is wrong"/></action></nop>`,
];
const isRefused = (status: number): Step[] => [
  caller.invite({ body }),
  TRYING,
  hears(status),
  caller.thanksForRefusal(),
];

/** SIPp says back what it hears: the tone has gone both ways when the phone hears it. */
async function soundGoesBothWays(live: LiveBox): Promise<void> {
  const phone = live.phone(1);
  const heard = phone.waitForTone(TONE, PATIENCE, "the tone that came back");
  await phone.play(SPOKEN);
  const failure = await heard.then(
    () => undefined,
    (error: Error) => error.message,
  );
  const { lengthMs, levelDbm0 } = longestTone(phone.heard.samples(), FREQUENCY);
  const story = `${failure}, ${lengthMs} ms at ${levelDbm0.toFixed(1)} dBm0; ${JSON.stringify(live.box.adapter.rtp(0))}`;
  assert.ok(!failure && lengthMs >= 400 && Math.abs(levelDbm0 - LEVEL_DBM0) < 1, story);
}

test("SIPp calls a line: it rings, is answered, sound goes both ways, the line hangs up", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([...CALLS_LINE, ...IS_LEFT]);
  await live.answer(1);
  await soundGoesBothWays(live);
  await live.hang(1);
  await script.succeeds();
});

test("SIPp calls a line and hangs up: the loop current drops", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([...CALLS_LINE, pause(500), caller.asks("BYE", 2), hears(200)]);
  await live.answer(1);
  await live.isLeft(1);
  await script.succeeds();
});

test("SIPp gives up while the phone rings: it is told 487, the bell stops", { skip }, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const script = await sipp([
    caller.invite({ body }),
    TRYING,
    hears(180),
    pause(300),
    caller.cancel(),
    hears(200),
    hears(487),
    caller.thanksForRefusal(),
  ]);
  await phone.waitForRing(PATIENCE);
  await live.report(1, Report.CallEnded);
  await script.succeeds();
  assert.equal(phone.isRinging, false);
  assert.equal(live.box.lines()[0]?.state, "idle");
});

test("SIPp calls a phone whose handset is lifted: 486", { skip }, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  phone.lift();
  await live.report(1, Report.OffHook);
  const script = await sipp(isRefused(486));
  await script.succeeds();
  assert.equal(phone.isRinging, false);
  await live.hang(1);
});

test("SIPp calls a number that is no line: 404", { skip }, async (t) => {
  const { sipp } = await lineOfSipp(t);
  const script = await sipp(isRefused(404), { keys: { user: "999" } });
  await script.succeeds();
});

test("SIPp calls a phone that nobody answers: 480 when its time is up", { skip }, async (t) => {
  const { phone, sipp } = await lineOfSipp(t, { ringTimeout: 5 });
  const script = await sipp([caller.invite({ body }), TRYING, hears(180), hears(480), caller.thanksForRefusal()]);
  await phone.waitForRing(PATIENCE);
  await script.succeeds();
  assert.equal(phone.isRinging, false);
});

test("a line calls SIPp: ringback, answer, sound both ways, the line hangs up", { skip }, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("180 Ringing"),
    pause(1200),
    callee.says("200 OK", { body }),
    hears("ACK"),
    ...IS_LEFT,
  ]);
  await live.dial(1, "555");
  await phone.waitForTone(RINGBACK, PATIENCE, "ringback");
  await live.report(1, Report.CallAnswered);
  await soundGoesBothWays(live);
  await live.hang(1);
  await script.succeeds();
});

test("a line calls SIPp, which lets it hear before it answers, and hangs up", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    callee.hearsInvite(),
    callee.says("183 Session Progress", { body }),
    pause(2500),
    callee.says("200 OK", { body }),
    hears("ACK"),
    pause(500),
    callee.asks("BYE", 1),
    hears(200),
  ]);
  await live.dial(1, "555");
  await live.report(1, Report.MediaStarted);
  await soundGoesBothWays(live);
  await live.report(1, Report.CallAnswered);
  await live.isLeft(1);
  await script.succeeds();
});

test("a line calls SIPp, which wants its password and gets the right digest", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t, { password: "a secret" });
  const script = await sipp(
    [
      callee.hearsInvite(),
      callee.says("401 Unauthorized", CHALLENGE),
      hears("ACK"),
      callee.hearsInvite({ actions: VERIFY }),
      ...IS_KNOWN,
      callee.says("200 OK", { body }),
      hears("ACK"),
      ...IS_LEFT,
    ],
    { keys: { password: "a secret" } },
  );
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await live.hang(1);
  await script.succeeds();
});

test("a line calls SIPp, which is busy: busy tone", { skip }, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t);
  const script = await sipp([callee.hearsInvite(), callee.says("486 Busy Here"), hears("ACK")]);
  await live.dial(1, "555");
  await phone.waitForTone(callTones("US").busy, PATIENCE, "busy tone");
  await script.succeeds();
  await live.hang(1);
});

test("a line calls SIPp and hangs up before it answers: CANCEL", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([callee.hearsInvite(), callee.says("180 Ringing"), ...isCancelled(callee)]);
  await live.dial(1, "555");
  await live.report(1, Report.CallRinging);
  await live.hang(1);
  await script.succeeds();
});

test("a line registers with SIPp, and its contact rings it; its number alone does not", { skip }, async (t) => {
  const port = await freeUdpPorts(1);
  const registrar = `127.0.0.1:${port}`;
  const options = { port, remotePort: port, keys: { user: "101", password: "a secret" } };
  const script = await Sipp.start(
    t,
    [
      hears("REGISTER"),
      answers("401 Unauthorized", { ...CHALLENGE, isOutside: true }),
      hears("REGISTER", { keeps: { contact: "Contact" }, actions: VERIFY }),
      ...IS_KNOWN,
      '<nop><action><log message="[$contact]"/></action></nop>',
      answers("200 OK", { headers: ["Contact: [$contact]"], isOutside: true }),
    ],
    options,
  );
  const live = await LiveBox.start(t, { lines: [{ user: "101", registrar, password: "a secret" }] });
  await script.succeeds();
  const [, contact = ""] = /sip:([^@]+)@/.exec(script.log) ?? [];
  assert.match(contact, /^101-/);
  const calls = (steps: readonly Step[], user: string) =>
    Sipp.start(t, steps, { port, remotePort: live.sipPort, keys: { user } });
  await (await calls(isRefused(404), "101")).succeeds();
  const toContact = await calls([...CALLS_LINE, ...IS_LEFT], contact);
  await live.answer(1);
  await live.hang(1);
  await toContact.succeeds();
});

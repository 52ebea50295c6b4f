// SIPp by TCP: it calls a line and is called by it, and stands at both ends of our server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { Sipp } from "../support/sipp.ts";
import {
  callee,
  calleeAtServer,
  caller,
  callerAtServer,
  description,
  hears,
  registers,
  type Step,
} from "../support/sipp-script.ts";
import { AUTHENTICATION, IS_LEFT, TRYING } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const CALLS = 100;
const CALLS_A_SECOND = 50;
const PASSWORDS = { 301: "of-the-caller", 302: "of-the-called" };
const body = description();
const CONTACT = "Contact: <sip:[user]@[local_ip]:[local_port];transport=tcp>";
const headers = [CONTACT];
const byTcp = { transport: "tcp" } as const;

const REGISTERS = [
  registers(1, { headers }),
  hears(401, { isChallenge: true }),
  registers(2, { headers: [CONTACT, AUTHENTICATION] }),
  hears(200),
];
const IS_CALLED = [
  calleeAtServer.hearsInvite(),
  calleeAtServer.says("180 Ringing", { headers }),
  calleeAtServer.says("200 OK", { body, headers }),
  hears("ACK"),
  ...IS_LEFT,
];
const CALLS_USER = [
  callerAtServer.invite({ body, headers }),
  hears(407, { isChallenge: true }),
  callerAtServer.thanksForRefusal(),
  callerAtServer.invite({ body, headers: [CONTACT, AUTHENTICATION] }, 2),
  TRYING,
  hears(180),
  hears(200, { isRoute: true }),
  callerAtServer.asks("ACK", 2),
  callerAtServer.asks("BYE", 3),
  hears(200),
];

test("SIPp calls a line by TCP, which hangs up over the same connection", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t, byTcp);
  const calling = await sipp(
    [
      caller.invite({ body, headers: ["Contact: <sip:777@[local_ip]:[local_port];transport=tcp>"] }),
      TRYING,
      hears(180),
      hears(200, { isRoute: true }),
      caller.asks("ACK", 1),
      ...IS_LEFT,
    ],
    byTcp,
  );
  await live.answer(1);
  await live.sees(/ACK/, 1);
  await live.hang(1);
  await calling.succeeds();
});

test("a line calls SIPp by TCP, which hangs up", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t, byTcp);
  const called = await sipp(
    [
      callee.hearsInvite({ like: "Via: SIP/2.0/TCP " }),
      callee.says("200 OK", { body, headers }),
      hears("ACK"),
      callee.asks("BYE", 1),
      hears(200),
    ],
    byTcp,
  );
  await live.dial(1, "777");
  await live.report(1, Report.CallAnswered);
  await live.isLeft(1);
  await called.succeeds();
});

test("SIPp registers by TCP and leaves; our server connects to it anew when it calls itself a hundred times", {
  skip,
}, async (t) => {
  const live = await LiveBox.start(t, { lines: [], users: PASSWORDS });
  const [calling, called] = [await freeUdpPorts(1), await freeUdpPorts(1)];
  const start = (steps: readonly Step[], user: 301 | 302, port: number, options = {}) =>
    Sipp.start(t, steps, {
      ...{ port, remotePort: live.serverPort, keys: { user: `${user}`, password: PASSWORDS[user], peer: "302" } },
      ...byTcp,
      ...options,
    });

  await (await start(REGISTERS, 302, called)).succeeds();
  const bindings = live.box.server()?.bindings.map(({ addressOfRecord, contact }) => `${addressOfRecord} ${contact}`);
  assert.deepEqual(bindings, [`sip:302@127.0.0.1 sip:302@127.0.0.1:${called};transport=tcp`]);

  const many = { calls: CALLS, rate: CALLS_A_SECOND };
  const answers = await start(IS_CALLED, 302, called, many);
  const calls = await start(CALLS_USER, 301, calling, many);
  await Promise.all([calls.succeeds(), answers.succeeds()]);
  assert.equal(live.box.server()?.counters.callsRouted, CALLS);
});

// SIPp at both ends of our server: it registers, and calls itself through the proxy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { Sipp } from "../support/sipp.ts";
import { calleeAtServer, callerAtServer, description, hears, pause, type Step } from "../support/sipp-script.ts";
import { callsAtServer, IS_LEFT, REGISTERS } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");
const CALLS = 100;
const CALLS_A_SECOND = 50;
const IS_CALLED = [
  calleeAtServer.hearsInvite(),
  calleeAtServer.says("180 Ringing"),
  calleeAtServer.says("200 OK", { body: description() }),
  hears("ACK"),
  ...IS_LEFT,
];
const CALLS_USER = [
  ...callsAtServer(),
  hears(180),
  hears(200, { isRoute: true }),
  callerAtServer.asks("ACK", 2),
  pause(200),
  callerAtServer.asks("BYE", 3),
  hears(200),
];
const IS_REFUSED = [...REGISTERS.slice(0, -1), hears(401)];
const PASSWORDS = { 301: "of-the-caller", 302: "of-the-called" };

test("SIPp registers twice, and calls itself a hundred times through our proxy, whose Record-Route it follows", {
  skip,
}, async (t) => {
  const live = await LiveBox.start(t, { lines: [], users: PASSWORDS });
  const [caller, called] = [await freeUdpPorts(1), await freeUdpPorts(1)];
  const start = (steps: readonly Step[], user: 301 | 302, port: number, options = {}) =>
    Sipp.start(t, steps, {
      port,
      remotePort: live.serverPort,
      keys: { user: `${user}`, password: PASSWORDS[user], peer: "302" },
      ...options,
    });

  await (await start(REGISTERS, 301, caller)).succeeds();
  await (await start(REGISTERS, 302, called)).succeeds();
  const bindings = live.box.server()?.bindings.map(({ addressOfRecord, contact }) => `${addressOfRecord} ${contact}`);
  assert.deepEqual(bindings, [
    `sip:301@127.0.0.1 sip:301@127.0.0.1:${caller}`,
    `sip:302@127.0.0.1 sip:302@127.0.0.1:${called}`,
  ]);

  const many = { calls: CALLS, rate: CALLS_A_SECOND };
  const answering = await start(IS_CALLED, 302, called, many);
  const calling = await start(CALLS_USER, 301, caller, many);
  await Promise.all([calling.succeeds(), answering.succeeds()]);
  assert.equal(live.box.server()?.counters.callsRouted, CALLS);
});

test("SIPp registers with a wrong password: it is asked again, and is not let in", { skip }, async (t) => {
  const live = await LiveBox.start(t, { lines: [], users: PASSWORDS });
  const keys = { user: "301", password: "a guess" };
  const sipp = await Sipp.start(t, IS_REFUSED, {
    port: await freeUdpPorts(1),
    remotePort: live.serverPort,
    keys,
  });
  await sipp.succeeds();
  assert.deepEqual(live.box.server()?.bindings, []);
  assert.equal(live.box.server()?.counters.authenticationFailed, 1);
});

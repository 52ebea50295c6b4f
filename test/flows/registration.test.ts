// Phones and their registrar: it comes late, it starts over, it does not know the password.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { SipServer } from "../../host/server.ts";
import { builtModule, VirtualBox, type Wire } from "../support/virtual-box.ts";
import { host } from "../support/virtual-names.ts";

/** A server beside the box, with the users of its configuration. */
function startServer(virtual: VirtualBox): Promise<SipServer> {
  return virtual.run(
    SipServer.start({
      config: virtual.box.config.running,
      clock: virtual.clock,
      log: virtual.box.log,
      wasm: builtModule("server", "release"),
      openUdp: virtual.network.open,
      seed: virtual.freshSeed,
    }),
  );
}

const bindingsOf = (server: SipServer): string[] =>
  server
    .status()
    .bindings.map(({ addressOfRecord }) => addressOfRecord)
    .sort();

const EVERYBODY = ["sip:101@127.0.0.1", "sip:102@127.0.0.1", "sip:600@127.0.0.1"];

async function callGoesThrough(virtual: VirtualBox): Promise<void> {
  await virtual.connect(1, 2);
  for (const line of [1, 2]) virtual.phone(line).hang();
  virtual.until(() => virtual.state(1) === "idle" && virtual.state(2) === "idle", 3000, "both on-hook");
}

test("nobody knows the registrar's name at boot: the log says so, and once it is known the line registers by itself", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 57 });
  const { asked } = virtual.names;
  const { config } = virtual.box;
  config.set(["line", "1", "registrar", "pbx.example.org:5060"]);
  config.set(["line", "1", "domain", "127.0.0.1"]);
  await virtual.run(config.commit());
  await virtual.pass(25_000);
  assert.deepEqual(asked, ["A pbx.example.org", "A pbx.example.org", "A pbx.example.org"]);
  assert.equal(virtual.box.registrations()[0]?.inUse, "");
  const complaint = "error: no address is known yet for its registrar pbx.example.org";
  assert.deepEqual(
    virtual.logged("line 1").filter((line) => line.includes("known")),
    [complaint],
  );
  virtual.names.zone["A pbx.example.org"] = [host("127.0.0.1")];
  await virtual.pass(10_000);
  assert.ok(virtual.areAllRegistered);
  assert.equal(virtual.box.registrations()[0]?.inUse, "UDP 127.0.0.1:5060");
  await callGoesThrough(virtual);
  await virtual.stop();
});

test("the registrar is not there at boot: the log says so, and once it is there every line registers by itself", async () => {
  const virtual = await VirtualBox.start({ seed: 51, hasServer: false });
  virtual.until(() => virtual.logged("line 1").length > 0, 40_000, "an entry in the log");
  assert.deepEqual(virtual.logged("line 1"), ["warn: registration failed: Request Timeout"]);
  assert.ok(virtual.box.registrations().every(({ state }) => state === "not registered"));
  await virtual.pass(200_000);
  assert.ok(!virtual.areAllRegistered);

  const server = await startServer(virtual);
  const { nextSeconds } = virtual.box.registrations()[0]!;
  assert.ok(nextSeconds === null || nextSeconds <= 600, `the next try is in ${nextSeconds} s`);
  virtual.until(() => virtual.areAllRegistered, 600_000, "the registration of every line");
  assert.deepEqual(bindingsOf(server), EVERYBODY);
  assert.ok(virtual.logged("line 1").includes("info: registered"));
  await callGoesThrough(virtual);
  await virtual.run(server.stop());
  await virtual.stop();
});

test("with no server a caller hears congestion tone after 32 seconds, and the log says 408", async () => {
  const virtual = await VirtualBox.start({ seed: 52, hasServer: false });
  await virtual.call(1, "102");
  await virtual.hears(1, "congestion", 40_000);
  assert.ok(
    virtual.logged("line 1").includes("warn: call failed: 102: 408 Request Timeout"),
    `${virtual.logged("line 1")}`,
  );
  virtual.phone(1).hang();
  virtual.clock.advance(2000);
  assert.equal(virtual.inUse()["adapter sessionsUsed"], 0);
});

test("the server starts over and knows nobody: all registrations come back within their lifetime", async () => {
  const keys = () => "expires = 120";
  const virtual = await VirtualBox.start({ seed: 53, hasServer: false, keys });
  let server = await startServer(virtual);
  virtual.until(() => virtual.areAllRegistered, 60_000, "the registration of every line");
  await callGoesThrough(virtual);

  await virtual.run(server.stop());
  await virtual.pass(1000);
  server = await startServer(virtual);
  assert.deepEqual(bindingsOf(server), []);
  // till then nobody can be found
  await virtual.call(1, "102");
  await virtual.hears(1, "congestion");
  assert.ok(virtual.logged("line 1").includes("warn: call failed: 102: 480 Temporarily Unavailable"));
  virtual.phone(1).hang();

  virtual.until(() => bindingsOf(server).length >= 2, 120_000, "the registrations");
  await callGoesThrough(virtual);
  assert.ok(virtual.areAllRegistered);
  assert.equal(virtual.reported(1, Report.RegistrationFailed).length, 0);
  await virtual.run(server.stop());
});

test("a call that is up goes on while the server starts over, and can be ended", async () => {
  const virtual = await VirtualBox.start({ seed: 54, hasServer: false });
  let server = await startServer(virtual);
  virtual.until(() => virtual.areAllRegistered, 60_000, "the registration of every line");
  await virtual.connect(1, 2);
  await virtual.run(server.stop());
  server = await startServer(virtual);
  await virtual.pass(2000);
  assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
  virtual.phone(1).hang();
  virtual.until(() => virtual.state(1) === "idle", 3000, "on-hook");
  virtual.phone(2).hang();
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
  await virtual.run(server.stop());
});

test("a wrong password: both sides say so, the line cannot be called; put right on the console it registers at once", async () => {
  const virtual = await VirtualBox.start({
    ...{ seed: 55, hasServer: false },
    serverPassword: (user) => (user === "102" ? "another" : `password-of-${user}`),
  });
  const server = await startServer(virtual);
  await virtual.pass(3000);
  const isRegistered = () => virtual.box.lines().map(({ registered }) => registered);
  assert.deepEqual(isRegistered(), [true, false, true]);
  assert.deepEqual(virtual.logged("line 2"), ["warn: registration failed: Unauthorized"]);
  assert.ok(
    virtual.logged("server").some((line) => line.startsWith("warn: authentication failed: 102")),
    `${virtual.logged("server")}`,
  );
  assert.equal(virtual.box.registrations()[1]?.lastAnswer, "401");

  await virtual.call(1, "102");
  await virtual.hears(1, "congestion");
  virtual.phone(1).hang();
  await virtual.call(2, "101");
  await virtual.hears(2, "congestion");
  assert.ok(
    virtual.logged("line 2").includes("warn: call failed: 101: 407 Proxy Authentication Required"),
    `${virtual.logged("line 2")}`,
  );
  assert.equal(virtual.phone(1).bell.bursts.length, 0);
  virtual.phone(2).hang();
  await virtual.pass(2000);

  virtual.box.config.set(["line", "2", "password", "another"]);
  await virtual.run(virtual.box.config.commit());
  virtual.until(() => virtual.areAllRegistered, 2000, "the registration of line 2");
  await callGoesThrough(virtual);
  await virtual.run(server.stop());
});

test("registrations live on for a day over a wire that loses every tenth packet, and are withdrawn at the end", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 56, keys: () => "expires = 600" });
  virtual.network.wire = { delay: 20, jitter: 10, loss: 0.1, duplicates: 0.05, reordering: 0.05, heldFor: 50 };
  for (let hour = 0; hour < 24; hour++) {
    virtual.clock.advance(3_600_000);
    assert.ok(virtual.areAllRegistered, `hour ${hour}`);
    assert.equal(virtual.box.server()?.bindings.length, 3, `hour ${hour}`);
  }
  assert.equal(virtual.reported(1, Report.RegistrationFailed).length, 0);
  virtual.network.wire = { delay: 1, jitter: 0, loss: 0, duplicates: 0, reordering: 0, heldFor: 0 };
  virtual.clock.advance(40_000);
  await virtual.stop();
  for (const line of [1, 2, 3]) assert.equal(virtual.reported(line, Report.Unregistered).length, 1);
});

test("another registrar whose name nobody knows yet: the old one loses the binding and hears nothing of the new account", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 58 });
  const sent: { to: string; text: string }[] = [];
  virtual.network.onSend = ({ from, to, bytes }) => {
    if (from === "127.0.0.1:5070") sent.push({ to, text: Buffer.from(bytes).toString("latin1") });
  };
  const { config } = virtual.box;
  for (const words of ["user 555", "password other", "domain example.org", "registrar pbx.example.org:5066"])
    config.set(`line 1 ${words}`);
  await virtual.run(config.commit());
  await virtual.pass(8000);
  assert.deepEqual(
    virtual.box
      .server()
      ?.bindings.map(({ addressOfRecord }) => addressOfRecord)
      .sort(),
    EVERYBODY.slice(1),
  );
  assert.ok(sent.length > 0);
  for (const { to, text } of sent) {
    assert.equal(to, "127.0.0.1:5060");
    assert.match(text, /^REGISTER[\s\S]+From: [^\n]*<sip:101@[\s\S]+username="101"/);
  }
  virtual.names.zone["A pbx.example.org"] = [host("127.0.0.9")];
  sent.length = 0;
  await virtual.pass(8000);
  assert.deepEqual([...new Set(sent.map(({ to }) => to))], ["127.0.0.9:5066"]);
  assert.match(sent[0]?.text ?? "", /^REGISTER sip:example\.org [\s\S]+From: [^\n]*<sip:555@example\.org>/);
  await virtual.stop();
});

test("a registrar that is dead when it is replaced does not hold the next one up", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 59 });
  const wire = virtual.network.wire as Wire;
  virtual.network.wire = (_, to) => (to === "127.0.0.1:5060" ? { ...wire, loss: 1 } : wire);
  const sent: string[] = [];
  virtual.network.onSend = ({ to, bytes }) => sent.push(`${Buffer.from(bytes.slice(0, 8)).toString()} ${to}`);
  virtual.box.config.set("line 1 registrar 127.0.0.9:5066");
  await virtual.run(virtual.box.config.commit());
  await virtual.pass(1000);
  assert.ok(sent.includes("REGISTER 127.0.0.9:5066"), `${sent}`);
  await virtual.stop();
});

/** User parts of the contacts that a box registers, line by line. */
async function contactsOf(seed: number, identity?: string): Promise<string[]> {
  const virtual = await VirtualBox.startRegistered({ seed, ...(identity === undefined ? {} : { identity }) });
  const contacts = virtual.box.server()?.bindings.map(({ contact }) => /^<?sip:([^@]+)@/.exec(contact)?.[1] ?? contact);
  await virtual.stop();
  return contacts?.sort() ?? [];
}

test("a box that has lost its power registers the contacts that it had; another box has others", async () => {
  const identity = "5a".repeat(32);
  const before = await contactsOf(60, identity);
  const hmac = (user: string) =>
    createHmac("sha256", Buffer.alloc(32, 0x5a)).update(`${user}@127.0.0.1`).digest("hex").slice(0, 12);
  assert.deepEqual(
    before,
    ["101", "102", "600"].map((user) => `${user}-${hmac(user)}`),
  );
  assert.deepEqual(await contactsOf(61, identity), before);
  for (const others of [await contactsOf(60, "5b".repeat(32)), await contactsOf(60), await contactsOf(61)])
    for (const contact of others) assert.ok(!before.includes(contact), contact);
});

test("another user of a line has another secret in its contact", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 62, guests: 1, identity: "5a".repeat(32) });
  virtual.box.config.set("line 1 user 201");
  virtual.box.config.set("line 1 password password-of-201");
  await virtual.run(virtual.box.config.commit());
  await virtual.pass(1000);
  const secrets = virtual.box.server()?.bindings.map(({ contact }) => /-([0-9a-f]{12})@/.exec(contact)?.[1]);
  assert.equal(new Set(secrets).size, 3, `${secrets}`);
  await virtual.stop();
});

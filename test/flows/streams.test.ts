// Lines that speak to their registrar by a connection, TCP or TLS: one for all of them, kept alive, replaced when it is gone. RFC 3261 §18,
// RFC 5626 §3.5.1 and §4.4.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { SipServer } from "../../host/server.ts";
import { builtModule, VirtualBox, type VirtualBoxOptions } from "../support/virtual-box.ts";
import { BAD_WIRE, GOOD_WIRE } from "../support/virtual-network.ts";
import type { Written } from "../support/virtual-streams.ts";

const SERVER = "127.0.0.1";
const PING = "\r\n\r\n";
const PONG = "\r\n";
/** RFC 5626 §4.4.1: at the longest between two pings, as we choose it, and until an answer is missed, ms. */
const LONGEST_SILENCE = 120_000;
const ANSWER_TIME = 10_000;

const WAYS = {
  tcp: { registrar: `${SERVER}:5060`, transport: "tcp" },
  tls: {
    registrar: `${SERVER}:5061`,
    transport: "tls",
    server: 'tls_port = 5061\n[tls]\ncertificate = "/tipring/server.pem"\nkey = "/tipring/server.key"',
  },
} as const;
type WayName = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as WayName[];

class Place {
  readonly virtual: VirtualBox;
  readonly written: Written[] = [];
  datagrams = 0;

  constructor(virtual: VirtualBox) {
    this.virtual = virtual;
    virtual.network.streams.onWrite = (written) => this.written.push(written);
    virtual.network.onSend = ({ from }) => {
      if (from.endsWith(":5070") || from.endsWith(":5060")) this.datagrams++;
    };
  }

  static async start(name: WayName, options: VirtualBoxOptions = {}): Promise<Place> {
    const place = new Place(await VirtualBox.start({ seed: 61, ...WAYS[name], ...options }));
    place.registered("every line");
    return place;
  }

  get streams() {
    return this.virtual.network.streams;
  }

  registered(what: string, limit = 20_000): void {
    this.virtual.until(() => this.virtual.areAllRegistered, limit, `the registration of ${what}`);
  }

  texts(since = 0): string[] {
    return this.written.filter(({ at }) => at >= since).map(({ bytes }) => Buffer.from(bytes).toString("latin1"));
  }

  count(start: string, since = 0): number {
    return this.texts(since).filter((text) => text.startsWith(start)).length;
  }

  async hangUp(): Promise<void> {
    const { virtual } = this;
    for (const line of [1, 2]) virtual.phone(line).hang();
    virtual.until(() => [1, 2].every((line) => virtual.state(line) === "idle"), 5000, "both on-hook");
  }

  async isClean(): Promise<void> {
    const { virtual } = this;
    await this.hangUp();
    virtual.clock.advance(100_000);
    virtual.until(() => virtual.leftOver().length === 0, 40_000, `the end of ${virtual.leftOver()}`);
    assert.ok(virtual.areAllRegistered);
    await virtual.stop();
  }
}

for (const name of NAMES) {
  test(`${name}: three lines share one connection, register and call by it; not one datagram of SIP`, async () => {
    const place = await Place.start(name);
    const { virtual } = place;
    for (const [caller, called] of [
      [1, 2],
      [2, 1],
    ] as const) {
      await virtual.connect(caller, called);
      virtual.phone(called).hang();
      virtual.until(() => virtual.state(caller) === "disconnected", 2000, "the end at the caller");
      await place.hangUp();
    }
    assert.equal(virtual.network.streams.counts.dialled, 1);
    assert.equal(place.datagrams, 0);
    const [one] = virtual.box.registrations();
    assert.equal(one?.inUse, `${name.toUpperCase()} ${WAYS[name].registrar}`);
    const [binding] = virtual.box.server()?.bindings ?? [];
    assert.match(binding?.contact ?? "", new RegExp(`;transport=${name}`));
    assert.ok(place.texts().some((text) => text.includes(`Via: SIP/2.0/${name.toUpperCase()} ${SERVER}`)));
    await place.isClean();
  });

  test(`${name}: what is written gets there in pieces, joined, late: calls all the same`, async () => {
    const wire = (_: string, __: string, bytes: Uint8Array) =>
      bytes.length > 0 && (bytes[0] as number) < 0x80 ? { ...BAD_WIRE, cuts: 0.9 } : GOOD_WIRE;
    const place = await Place.start(name, { wire, seed: 62 });
    for (let round = 0; round < 4; round++) {
      await place.virtual.connect(1, 2);
      await place.hangUp();
    }
    assert.ok(place.streams.counts.resent > 0);
    assert.equal(place.streams.counts.dialled, 1);
    await place.isClean();
  });
}

test("RFC 5626 §4.4.1: two line ends go out before the connection has been silent for 120 s, and one comes back", async () => {
  const place = await Place.start("tcp");
  const { virtual } = place;
  const since = virtual.clock.now() + 1;
  virtual.clock.advance(1_200_000);
  const pings = place.written.filter(({ at, bytes }) => at >= since && Buffer.from(bytes).equals(Buffer.from(PING)));
  const pongs = place.written.filter(({ at, bytes }) => at >= since && Buffer.from(bytes).equals(Buffer.from(PONG)));
  assert.ok(pings.length >= 10 && pings.length <= 13, `${pings.length} in twenty minutes`);
  assert.equal(pongs.length, pings.length);
  assert.ok(pings.every(({ to }) => to === `${SERVER}:5060`) && pongs.every(({ from }) => from === `${SERVER}:5060`));
  pings.reduce((last, { at }) => {
    assert.ok(at - last <= LONGEST_SILENCE && at - last >= 0.79 * LONGEST_SILENCE, `${at - last} ms`);
    return at;
  }, since);
  assert.equal(place.streams.counts.dialled, 1);
  await place.isClean();
});

test("RFC 5626 §3.5.1: the connection is dead and nobody says so: ten seconds after a ping there is another one, and calls come by it", async () => {
  const place = await Place.start("tcp");
  const { virtual } = place;
  virtual.clock.advance(LONGEST_SILENCE + 1000); // a ping was answered
  place.streams.forget(SERVER);
  const since = virtual.clock.now();
  const wire = virtual.network.wire;
  virtual.network.wire = (from) => ({ ...GOOD_WIRE, loss: from === `${SERVER}:5060` ? 1 : 0 });
  virtual.until(() => place.count(PING, since) > 0, LONGEST_SILENCE + 1, "a ping");
  virtual.network.wire = wire;
  virtual.until(() => place.streams.counts.dialled === 2, ANSWER_TIME + 5000, "another connection");
  virtual.until(() => place.count("REGISTER ", since) === 3, 5000, "every line");
  await virtual.connect(1, 2);
  await place.isClean();
});

test("the server loses its power and comes back with another life: every line is registered by a new connection", async () => {
  const place = await Place.start("tcp");
  const { virtual } = place;
  virtual.clock.advance(LONGEST_SILENCE + 1000);
  const began = virtual.clock.now();
  virtual.network.wire = () => ({ ...GOOD_WIRE, loss: 1 });
  virtual.clock.advance(LONGEST_SILENCE + ANSWER_TIME);
  virtual.until(() => place.streams.counts.dialled > 1, 5000, "a new try");
  virtual.network.wire = GOOD_WIRE;
  const found = virtual.clock.now();
  virtual.until(() => place.count("REGISTER ", found) >= 3, 400_000, "REGISTER of three lines");
  place.registered("every line");
  assert.ok(found - began < LONGEST_SILENCE + ANSWER_TIME + 5000);
  await virtual.connect(1, 2);
  await place.isClean();
});

test("the connection breaks in mid-call: the call goes on, all lines register by a new one, and hanging up is heard", async () => {
  const place = await Place.start("tcp");
  const { virtual } = place;
  await virtual.connect(1, 2);
  await virtual.pass(100); // the ACK is there
  const since = virtual.clock.now();
  assert.equal(place.streams.break(SERVER), 2, "both ends of one connection");
  await virtual.pass(6000);
  assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
  assert.equal(place.count("REGISTER ", since), 3);
  assert.equal(place.streams.counts.dialled, 2);
  assert.ok(virtual.areAllRegistered);
  virtual.phone(1).hang();
  virtual.until(() => virtual.state(2) === "disconnected", 2000, "the end at the called");
  await place.isClean();
});

test("the connection breaks in mid-call and the phone is hung up at once: BYE goes by a new one", async () => {
  const place = await Place.start("tcp");
  const { virtual } = place;
  await virtual.connect(1, 2);
  place.streams.break(SERVER);
  virtual.phone(2).hang();
  virtual.until(() => virtual.state(1) === "disconnected", 2000, "the end at the caller");
  await place.isClean();
});

// Requests that are too long for a datagram

const LONG: VirtualBoxOptions = {
  transport: "udp",
  // each quotation mark goes out as two bytes
  keys: () => `display = '${'"'.repeat(63)}'\nsrtp = "optional"`,
  server: 'digest = ["SHA-256"]',
};
const LONGEST_DATAGRAM = 1300;

/** Lengths of the adapter's INVITEs by datagrams and by connections. */
function invitesOf({ virtual }: Place): { datagrams: number[]; streams: number[] } {
  const invites = { datagrams: [] as number[], streams: [] as number[] };
  const add = (list: number[], bytes: Uint8Array): void => {
    const text = Buffer.from(bytes).toString("latin1");
    const isOurs = text.startsWith("INVITE ") && text.match(/^Via: /gm)?.length === 1;
    if (isOurs) list.push(bytes.length);
  };
  virtual.network.onSend = ({ bytes }) => add(invites.datagrams, bytes);
  virtual.network.streams.onWrite = ({ bytes }) => add(invites.streams, bytes);
  return invites;
}

test("RFC 3261 §18.1.1: an INVITE of more than 1300 bytes goes by TCP, though its line speaks UDP", async () => {
  const place = await Place.start("tcp", LONG);
  const { virtual } = place;
  const { datagrams, streams } = invitesOf(place);
  await virtual.connect(1, 2);
  assert.equal(streams.length, 1);
  assert.ok(
    streams.every((length) => length > LONGEST_DATAGRAM),
    `${streams}`,
  );
  assert.ok(datagrams.length > 0 && datagrams.every((length) => length <= LONGEST_DATAGRAM), `${datagrams}`);
  assert.ok(virtual.network.streams.counts.accepted > 0);
  await place.isClean();
});

test("RFC 3261 §18.1.1: the server does not listen by TCP: what is too long goes as a datagram after all", async () => {
  const place = await Place.start("tcp", { ...LONG, server: `${LONG.server}\ntcp = false` });
  const { virtual } = place;
  const { datagrams, streams } = invitesOf(place);
  await virtual.connect(1, 2);
  assert.ok(virtual.network.streams.counts.refused > 0);
  assert.deepEqual(streams, []);
  assert.ok(
    datagrams.some((length) => length > LONGEST_DATAGRAM),
    `${datagrams}`,
  );
  await place.isClean();
});

test("RFC 3261 §18.1.1: a firewall swallows TCP: what is too long goes as a datagram within six seconds", async () => {
  const place = await Place.start("tcp", LONG);
  const { virtual } = place;
  const { datagrams } = invitesOf(place);
  virtual.network.wire = (from) => ({ ...GOOD_WIRE, loss: Number(from.split(":")[1]) >= 32_768 ? 1 : 0 });
  await virtual.call(1, "102");
  await virtual.rings(2, 6000);
  virtual.phone(2).lift();
  virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 7000, "the answer");
  assert.ok(
    datagrams.some((length) => length > LONGEST_DATAGRAM),
    `${datagrams}`,
  );
  await place.isClean();
});

/** One call, told from lifting to hanging up. What it comes to stands in the answer. */
async function tell(virtual: VirtualBox): Promise<"talked" | "failed"> {
  await virtual.call(1, "102");
  virtual.until(() => virtual.phone(2).isRinging || virtual.state(1) === "congestion", 9000, "a ring or an end");
  if (virtual.state(1) === "congestion") return "failed";
  virtual.phone(2).lift();
  virtual.until(() => virtual.isTalking(2) || virtual.state(2) !== "ringing", 9000, "the answer");
  virtual.clock.advance(34_000);
  const isUp = virtual.isTalking(1) && virtual.isTalking(2);
  virtual.phone(1).hang();
  virtual.until(() => virtual.state(2) !== "talking", 9000, "the end at the called");
  return isUp ? "talked" : "failed";
}

for (const [what, lengthOf] of [
  ["before it", () => 0],
  ["in the middle of it", (length: number) => length >> 1],
  ["after it", (length: number) => length],
] as const)
  test(`the connection breaks at any one message of a call, ${what}: nobody is held in it, and the next one works`, async () => {
    const place = await Place.start("tcp", { seed: 63 });
    const { virtual, streams } = place;
    let messages = 0;
    let [at, failed] = [-1, 0];
    streams.breakAfter = ({ bytes }) =>
      bytes.length > PING.length && messages++ === at ? lengthOf(bytes.length) : undefined;
    await tell(virtual);
    const plain = messages;
    assert.ok(plain >= 12, `${plain} messages`);
    await place.hangUp();
    for (at = 0; at < plain; at++) {
      messages = 0;
      if ((await tell(virtual)) === "failed") failed++;
      await place.hangUp();
      virtual.clock.advance(100_000);
      virtual.until(() => virtual.leftOver().length === 0, 40_000, `the end of ${virtual.leftOver()} (${at})`);
      assert.ok(virtual.areAllRegistered, `message ${at}`);
    }
    console.log(`# ${failed} of ${plain} calls failed`);
    streams.breakAfter = () => undefined;
    assert.equal(await tell(virtual), "talked");
    await place.isClean();
  });

test("the registrar can't be reached by TCP: the log says so, and once it listens every line registers by itself", async () => {
  const virtual = await VirtualBox.start({ seed: 64, ...WAYS.tcp, hasServer: false });
  const place = new Place(virtual);
  virtual.until(() => virtual.reported(1, Report.RegistrationFailed).length > 0, 5000, "an entry in the log");
  assert.deepEqual(virtual.logged("line 1"), ["warn: registration failed: Service Unavailable"]);
  assert.ok(place.streams.counts.refused > 0);
  const server = await virtual.run(
    SipServer.start({
      config: virtual.box.config.running,
      clock: virtual.clock,
      log: virtual.box.log,
      wasm: builtModule("server", "release"),
      openUdp: virtual.network.open,
      openStreams: place.streams.open,
      seed: virtual.freshSeed,
    }),
  );
  place.registered("every line", 600_000);
  assert.equal(place.datagrams, 0);
  await virtual.connect(1, 2);
  await place.hangUp();
  await virtual.run(server.stop());
  await virtual.stop();
});

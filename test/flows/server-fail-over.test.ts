// A registrar with more than one server: RFC 3263 §4.3, as somebody on the phone has it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { SipServer } from "../../host/server.ts";
import { builtModule, VirtualBox, type Wire } from "../support/virtual-box.ts";
import { host, service, type Zone } from "../support/virtual-names.ts";

const DOMAIN = "voip.test";
const FIRST = "127.0.1.1";
const SECOND = "127.0.1.2";
const SERVERS = [FIRST, SECOND] as const;
const SEEDS = [1, 2, 3, 4, 5];

const zone = (ttl = 300): Zone => ({
  [`NAPTR ${DOMAIN}`]: [
    {
      ...{ type: "NAPTR", ttl, order: 10, preference: 10, flags: "s", service: "SIP+D2U" },
      replacement: `_sip._udp.${DOMAIN}`,
    },
  ],
  [`SRV _sip._udp.${DOMAIN}`]: [service(`b.${DOMAIN}`, 20, 5062, 0, ttl), service(`a.${DOMAIN}`, 10, 5061, 0, ttl)],
  [`A a.${DOMAIN}`]: [host(FIRST, ttl)],
  [`A b.${DOMAIN}`]: [host(SECOND, ttl)],
});

class Place {
  readonly virtual: VirtualBox;
  readonly servers: (SipServer | undefined)[] = [];
  readonly sent: { at: number; to: string; line: string }[] = [];

  constructor(virtual: VirtualBox) {
    this.virtual = virtual;
    virtual.network.onSend = ({ at, from, to, bytes }) => {
      if (from === "127.0.0.1:5070")
        this.sent.push({ at, to, line: Buffer.from(bytes).toString("latin1").split(" ")[0] ?? "" });
    };
  }

  /** Both servers, and a box whose lines have the name of their domain. */
  static async start(seed: number, ttl = 300): Promise<Place> {
    const virtual = await VirtualBox.start({ seed, hasServer: false, zone: zone(ttl), registrar: DOMAIN });
    const place = new Place(virtual);
    for (const index of [0, 1]) await place.startServer(index);
    return place;
  }

  static async startRegistered(seed: number, ttl = 300): Promise<Place> {
    const place = await Place.start(seed, ttl);
    place.virtual.until(() => place.virtual.areAllRegistered, 120_000, "the registration of every line");
    return place;
  }

  async startServer(index: number): Promise<void> {
    const { virtual } = this;
    const { running } = virtual.box.config;
    this.servers[index] = await virtual.run(
      SipServer.start({
        config: {
          ...running,
          server: { ...running.server, bind: SERVERS[index] as string, port: 5061 + index, domain: DOMAIN },
        },
        clock: virtual.clock,
        log: virtual.box.log,
        wasm: builtModule("server", "release"),
        openUdp: virtual.network.open,
        seed: virtual.freshSeed,
      }),
    );
  }

  /** Pulls the plug. */
  async kill(index: number): Promise<void> {
    await this.virtual.run(this.servers[index]?.stop() ?? Promise.resolve());
    this.servers[index] = undefined;
  }

  bindings(index: number): number {
    return this.servers[index]?.status().bindings.length ?? 0;
  }

  /** Requests of one kind since a moment, to one server. */
  requests(line: string, index: number, since = 0): number {
    const to = `${SERVERS[index]}:${5061 + index}`;
    return this.sent.filter((each) => each.line === line && each.to === to && each.at >= since).length;
  }

  async hangUpAll(): Promise<void> {
    const { virtual } = this;
    for (const line of [1, 2]) virtual.phone(line).hang();
    virtual.until(() => virtual.state(1) === "idle" && virtual.state(2) === "idle", 3000, "both on-hook");
    await virtual.pass(1000);
  }

  async stop(): Promise<void> {
    for (const index of [0, 1]) await this.kill(index);
    await this.virtual.stop();
  }
}

for (const seed of SEEDS) {
  test(`a server dies in mid-call: the call goes on, the next one works by the other, and all come back (seed ${seed})`, async () => {
    const place = await Place.startRegistered(seed);
    const { virtual } = place;
    assert.deepEqual([place.bindings(0), place.bindings(1)], [3, 0]);
    await virtual.connect(1, 2);
    await place.kill(0);
    await virtual.pass(5000);
    assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
    virtual.phone(1).hang();
    virtual.phone(2).hang();
    await virtual.pass(40_000);

    // RFC 3261 §17.1.1.2: Timer B has to run out before the second is asked
    await virtual.call(1, "102");
    await virtual.rings(2, 40_000);
    virtual.phone(2).lift();
    virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 5000, "the answer");
    assert.equal(place.bindings(1), 3);
    assert.ok(virtual.areAllRegistered);
    const [one] = virtual.box.registrations();
    assert.equal(one?.inUse, `UDP ${SECOND}:5062`);
    assert.deepEqual(one?.avoided, [`UDP ${FIRST}:5061`]);
    assert.equal(virtual.reported(1, Report.RegistrationFailed).length, 0);
    await place.hangUpAll();

    // a call while the first is avoided asks the second at once
    const since = virtual.clock.now();
    await virtual.connect(2, 1);
    assert.equal(place.requests("INVITE", 0, since), 0);
    await place.hangUpAll();

    await place.startServer(0);
    virtual.until(() => place.bindings(0) === 3, 1_000_000, "the return of every line");
    assert.deepEqual(virtual.box.registrations()[0]?.avoided, []);
    const back = virtual.clock.now();
    await virtual.connect(1, 2);
    assert.ok(place.requests("INVITE", 0, back) > 0);
    assert.equal(place.requests("INVITE", 1, back), 0);
    await place.hangUpAll();
    await place.stop();
  });
}

test("ICMP says that nobody is there: the call goes by the other server within a second", async () => {
  const place = await Place.startRegistered(21);
  const { virtual } = place;
  virtual.network.hasErrors = true;
  await place.kill(0);
  await virtual.call(1, "102");
  await virtual.rings(2, 1000);
  virtual.phone(2).lift();
  virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 5000, "the answer");
  assert.equal(place.bindings(1), 3);
  await place.hangUpAll();
  // both are gone: that is known at once too
  await place.kill(1);
  await virtual.call(1, "102");
  await virtual.hears(1, "congestion", 3000);
  virtual.phone(1).hang();
  await place.stop();
});

test("on the way back to a better server that is still dead, calls go by the one that serves, at once", async () => {
  const place = await Place.startRegistered(11);
  const { virtual } = place;
  await place.kill(0);
  await virtual.call(1, "102");
  await virtual.rings(2, 40_000);
  await place.hangUpAll();
  await virtual.pass(40_000);
  const before = place.requests("REGISTER", 0);
  virtual.until(() => place.requests("REGISTER", 0) > before, 100_000, "another try of the first server");
  assert.ok(virtual.areAllRegistered);
  const since = virtual.clock.now();
  await virtual.call(2, "101");
  await virtual.rings(1, 3000);
  assert.equal(place.requests("INVITE", 0, since), 0);
  await place.hangUpAll();
  // and each try is later than the one before
  const pauses: number[] = [];
  let last = virtual.clock.now();
  for (let round = 0; round < 3; round++) {
    await virtual.pass(40_000);
    const count = place.requests("REGISTER", 0);
    virtual.until(() => place.requests("REGISTER", 0) > count, 1_000_000, "one more try");
    pauses.push(virtual.clock.now() - last);
    last = virtual.clock.now();
  }
  assert.ok(pauses[0]! < pauses[1]! && pauses[1]! < pauses[2]!, `${pauses}`);
  assert.equal(virtual.reported(1, Report.RegistrationFailed).length, 0);
  await place.stop();
});

test("the first server is dead at boot: every line registers at the second, 32 s later", async () => {
  const place = await Place.start(12);
  const { virtual } = place;
  await place.kill(0);
  virtual.until(() => virtual.areAllRegistered, 40_000, "the registration of every line");
  assert.equal(place.bindings(1), 3);
  assert.equal(virtual.reported(1, Report.RegistrationFailed).length, 0);
  assert.ok(virtual.logged("line 1").includes(`warn: does not ask for a while the server ${FIRST}:5061`));
  assert.ok(virtual.logged("line 1").includes(`info: uses the server ${SECOND}:5062`));
  await place.stop();
});

test("both servers are dead: the log says so, and the line comes back with either", async () => {
  const place = await Place.start(13);
  const { virtual } = place;
  await place.kill(0);
  await place.kill(1);
  virtual.until(() => virtual.reported(1, Report.RegistrationFailed).length > 0, 100_000, "the failure");
  await virtual.call(1, "102");
  await virtual.hears(1, "congestion", 70_000);
  virtual.phone(1).hang();
  await place.startServer(1);
  virtual.until(() => virtual.areAllRegistered, 200_000, "the registration of every line");
  assert.equal(place.bindings(1), 3);
  await place.stop();
});

/** A server that answers every request with 503. */
async function startBusy(virtual: VirtualBox, index: number, more: string): Promise<string[]> {
  const heard: string[] = [];
  const socket = await virtual.network.open(
    "busy",
    SERVERS[index] as string,
    5061 + index,
    4096,
    (bytes, address, port) => {
      const text = Buffer.from(bytes).toString("latin1");
      const [first = "", ...fields] = text.split("\r\n");
      if (/^(ACK|SIP)/.test(first)) return;
      heard.push(`${virtual.clock.now()} ${first}`);
      const kept = fields.filter((field) => /^(Via|From|To|Call-ID|CSeq):/i.test(field));
      const answer = ["SIP/2.0 503 Service Unavailable", ...kept, more, "Content-Length: 0", "", ""].filter(
        (line, place) => line !== "" || place > kept.length,
      );
      socket.send(Buffer.from(answer.join("\r\n")), address, port);
    },
  );
  return heard;
}

test("RFC 3261 §21.5.4: 503 sends a call to the other server at once, and its Retry-After is heeded", async () => {
  const place = await Place.startRegistered(14);
  const { virtual } = place;
  await place.kill(0);
  const heard = await startBusy(virtual, 0, "Retry-After: 300");
  await virtual.call(1, "102");
  await virtual.rings(2, 3000);
  virtual.phone(2).lift();
  virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 5000, "the answer");
  assert.match(heard[0] ?? "", /INVITE sip:102@/);
  assert.equal(heard.length, 1);
  await place.hangUpAll();
  await virtual.pass(250_000);
  assert.equal(heard.length, 1, `${heard}`);
  virtual.until(() => heard.some((line) => line.includes("REGISTER")), 100_000, "another try of the first server");
  assert.ok(virtual.areAllRegistered);
  await virtual.pass(1000);
  assert.ok(virtual.areAllRegistered);
  assert.equal(virtual.reported(1, Report.RegistrationFailed).length, 0);
  await place.stop();
});

test("a stranger at no server's address rings nothing; each server of the domain does", async () => {
  const place = await Place.startRegistered(15);
  const { virtual } = place;
  const contact = place.servers[0]?.status().bindings[0]?.contact ?? "";
  const [uri = ""] = /sip:[^>;]+/.exec(contact) ?? [];
  const answers: string[] = [];
  for (const [index, from] of [SECOND, "127.0.9.9"].entries()) {
    const socket = await virtual.network.open("caller", from, 5090, 4096, (bytes) =>
      answers.push(`${from} ${Buffer.from(bytes).toString("latin1").split("\r\n")[0]}`),
    );
    const text = [
      `OPTIONS ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${from}:5090;branch=z9hG4bKfailover${index};rport`,
      ...["Max-Forwards: 70", `From: <sip:x@${DOMAIN}>;tag=1`, `To: <${uri}>`, `Call-ID: ${index}@x`],
      ...["CSeq: 1 OPTIONS", "Content-Length: 0", "", ""],
    ].join("\r\n");
    socket.send(Buffer.from(text), "127.0.0.1", 5070);
    await virtual.pass(500);
    await socket.close();
  }
  assert.deepEqual(answers, [`${SECOND} SIP/2.0 200 OK`]);
  await place.stop();
});

test("the DNS says something else after its TTL: the lines move, and nothing is lost", async () => {
  const place = await Place.startRegistered(16, 60);
  const { virtual } = place;
  const { names } = virtual;
  assert.equal(place.bindings(1), 0);
  names.asked.length = 0;
  names.zone[`SRV _sip._udp.${DOMAIN}`] = [service(`b.${DOMAIN}`, 20, 5062, 0, 60)];
  await virtual.pass(50_000);
  assert.equal(names.asked.length, 0);
  virtual.until(() => place.bindings(1) === 3, 15_000, "the move of every line");
  assert.ok(names.asked.includes(`NAPTR ${DOMAIN}`));
  assert.equal(virtual.box.registrations()[0]?.inUse, `UDP ${SECOND}:5062`);
  await virtual.connect(1, 2);
  await place.hangUpAll();
  // the DNS goes: what is known serves on
  for (const name of Object.keys(names.zone)) names.zone[name] = undefined;
  await virtual.pass(600_000);
  assert.ok(virtual.areAllRegistered);
  await virtual.connect(1, 2);
  await place.hangUpAll();
  await place.stop();
});

test("a bad wire and a dying server, and every line is registered in the end", async () => {
  for (const seed of SEEDS) {
    const place = await Place.startRegistered(100 + seed);
    const { virtual } = place;
    const bad: Wire = { delay: 20, jitter: 10, loss: 0.1, duplicates: 0.05, reordering: 0.05, heldFor: 50 };
    virtual.network.wire = bad;
    for (let round = 0; round < 6; round++) {
      const index = round % 2;
      await place.kill(index);
      await virtual.pass(virtual.random.between(1000, 200_000));
      await place.startServer(index);
      await virtual.pass(virtual.random.between(1000, 200_000));
    }
    virtual.until(() => virtual.areAllRegistered, 3_600_000, `the registration of every line, seed ${100 + seed}`);
    virtual.network.wire = { ...bad, loss: 0, duplicates: 0, reordering: 0 };
    virtual.until(() => place.bindings(0) === 3, 3_600_000, `the return of every line, seed ${100 + seed}`);
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
    await place.stop();
  }
});

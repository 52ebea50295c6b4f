// One batch of damaged datagrams at a site that lives: a call is up, another rings, a third is placed in the middle of it all. What
// must hold stands in Batch; everything follows from the seed.

import { COUNTERS } from "../../host/adapter-abi.ts";
import { Dice } from "../support/dice.ts";
import { type Element, type Modules, type Outcome, SERVER, Site } from "../support/site.ts";
import type { Build } from "../support/virtual-box.ts";
import { CORPUS, RTCP_CORPUS, RTP_CORPUS } from "./corpus.ts";
import { mutatePacket } from "./packet-mutations.ts";
import { mutateSip } from "./sip-mutations.ts";

export const STRANGER = "203.0.113.66";
/** Somebody who has overheard live messages, and plays them to the server from another place. */
const EAVESDROPPER = "127.0.0.50";
/** What a stranger's datagram may bring about: one response to where it came from, no more than so many times its bytes. */
export const MOST_AMPLIFIED = 3;
/** Datagrams between two looks at whether calls are still up. */
const LOOK = 200;
/** The call that must come about is placed after so many of them. */
const GENUINE_AFTER = 300;
/** From lifting the handset to talking, ms: three digits by pulses, an answer after a ring. */
const PATIENCE = 30_000;

const REPEATED = COUNTERS.indexOf("sipRetransmissionIn");
const LINE_UP = 0;
const LINE_RINGING = 1;
const LINE_GENUINE = 2;
const LINE_IDLE = 3;

export interface Tally {
  datagrams: number;
  fromStrangers: number;
  bytesFromStrangers: number;
  bytesToStrangers: number;
  worstRatio: number;
  genuineCalls: number;
}

export const newTally = (): Tally => ({
  datagrams: 0,
  fromStrangers: 0,
  bytesFromStrangers: 0,
  bytesToStrangers: 0,
  worstRatio: 0,
  genuineCalls: 0,
});

/** The way that a datagram takes. */
export interface Way {
  readonly to: "server" | "victim";
  readonly from: string;
  readonly port: number;
  /** RTP or RTCP of a line. */
  readonly media?: { readonly line: number; readonly isRtcp: boolean };
}

export interface Thrown {
  readonly way: Way;
  readonly bytes: Uint8Array;
}

export class Batch {
  readonly seed: number;
  /** Datagrams so far. */
  iteration = 0;
  last: Thrown | undefined;
  readonly site: Site;
  readonly #dice: Dice;
  readonly #tally: Tally;

  constructor(seed: number, build: Build | Modules, tally: Tally, recordings?: string) {
    this.seed = seed;
    this.#dice = new Dice(seed);
    this.#tally = tally;
    this.site = new Site(this.#dice, build, recordings);
    this.site.onWire = this.#damage;
    this.site.onElsewhere = (from, to) => {
      if (to.startsWith(`${STRANGER}:`) && !this.#isAnswering)
        this.#fail(`${from.address} sends to a stranger by itself`);
    };
  }

  #isAnswering = false;
  /** The wire leaves everything as it is. */
  #isCareful = true;

  #fail(what: string): never {
    throw new Error(what);
  }

  run(count: number): void {
    this.keepCalls();
    let isPlaced = false;
    for (let index = 0; index < count; index++) {
      if (index % LOOK === LOOK - 1) this.keepCalls();
      if (index === GENUINE_AFTER) {
        this.#placeGenuine();
        isPlaced = true;
      }
      this.#throwOne();
      if (this.#dice.chance(0.05)) this.#frames();
      if (this.#dice.chance(0.03)) this.#fidget();
      if (this.#dice.chance(0.06)) this.site.pass(this.#dice.pick([1, 20, 500, 4000, 33_000]));
    }
    if (isPlaced) this.#hangUpGenuine();
    this.finish();
  }

  finish(): void {
    this.#isCareful = true;
    const left = this.site.quiet();
    if (left.length > 0) this.#fail(`left after two hours of quiet: ${left.join(", ")}`);
  }

  // People

  /** Line 1 talks to 201, line 2 is being rung by 202: dialled again where an attack has ended it. */
  keepCalls(): void {
    const { victim, other } = this.site;
    this.#isCareful = true;
    if (victim.callState(LINE_UP) !== "active" || other.callState(LINE_UP) !== "active") {
      this.#hangUp(LINE_UP);
      this.site.pass(victim.dial(LINE_UP, "201") - this.site.schedule.now + 500);
      other.hook(LINE_UP, true);
    }
    if (victim.callState(LINE_RINGING) !== "incoming") {
      this.#hangUp(LINE_RINGING);
      this.site.pass(other.dial(LINE_RINGING, "102") - this.site.schedule.now + 500);
    }
    this.site.pass(300);
    this.#isCareful = false;
  }

  /** Somebody at the victim's phones lifts, hangs up or dials, at any moment. */
  #fidget(): void {
    const { victim, other } = this.site;
    const line = this.#dice.pick([LINE_UP, LINE_RINGING, LINE_IDLE]);
    const act = this.#dice.below(4);
    if (act === 0) victim.hook(line, true);
    else if (act === 1) victim.hook(line, false);
    else if (act === 2) other.hook(line, this.#dice.chance(0.5));
    else if (!victim.isOffHook(LINE_IDLE)) victim.dial(LINE_IDLE, this.#dice.pick(["204", "104", "102", "199"]));
  }

  /** What goes between the victim and its server is damaged now and then. */
  readonly #damage: Site["onWire"] = (bytes, from) => {
    if (this.#isCareful || !this.#dice.chance(0.15)) return { bytes, from: from.address };
    const damaged = mutateSip(bytes, this.#dice);
    const way: Way =
      from === this.site.server
        ? { to: "victim", from: SERVER, port: 5060 }
        : { to: "server", from: EAVESDROPPER, port: from.port };
    this.#count(way, damaged);
    return { bytes: damaged, from: way.from };
  };

  #hangUp(line: number): void {
    this.site.victim.hook(line, false);
    this.site.other.hook(line, false);
    this.site.pass(2000);
  }

  #placeGenuine(): void {
    const { victim, other, schedule } = this.site;
    // whose dialling was broken off may have reached either of the two phones
    this.#isCareful = true;
    this.#hangUp(LINE_IDLE);
    this.#isCareful = false;
    victim.dial(LINE_GENUINE, "203");
    const end = schedule.now + PATIENCE;
    let isAnswered = false;
    while (victim.callState(LINE_GENUINE) !== "active" || other.callState(LINE_GENUINE) !== "active") {
      if (schedule.now > end)
        this.#fail(
          `a genuine call did not connect: ${victim.lineState(LINE_GENUINE)}, far end ${other.lineState(LINE_GENUINE)}`,
        );
      this.#throwOne();
      this.site.pass(100);
      if (isAnswered || other.lineState(LINE_GENUINE) !== "ringing") continue;
      other.hook(LINE_GENUINE, true);
      isAnswered = true;
    }
    this.#tally.genuineCalls++;
  }

  #hangUpGenuine(): void {
    const { victim, other } = this.site;
    if (victim.callState(LINE_GENUINE) !== "active" || other.callState(LINE_GENUINE) !== "active")
      this.#fail("the genuine call was cut off");
    this.#hangUp(LINE_GENUINE);
  }

  #frames(): void {
    for (let count = 0; count < 3; count++) {
      this.site.other.frame(LINE_UP);
      this.site.victim.frame(LINE_UP);
      this.site.pass(20);
    }
  }

  // Datagrams

  #throwOne(): void {
    const dice = this.#dice;
    const kind = dice.below(20);
    if (kind < 3) this.#throwMedia();
    else if (kind < 8) {
      const to = dice.pick(["server", "victim"] as const);
      this.throw({ to, from: STRANGER, port: 1 + dice.below(65535) }, mutateSip(dice.pick(CORPUS), dice));
    } else if (kind < 11) {
      this.throw({ to: "victim", from: SERVER, port: 5060 }, mutateSip(dice.pick(CORPUS), dice));
    } else {
      const { to, bytes } = dice.pick(this.site.overheard);
      this.throw(this.wayOf(to), mutateSip(bytes, dice));
    }
  }

  /** As what was overheard came, or seems to come. */
  wayOf({ name }: Element): Way {
    return name === "server"
      ? { to: "server", from: EAVESDROPPER, port: 5060 }
      : { to: "victim", from: SERVER, port: 5060 };
  }

  #throwMedia(): void {
    const dice = this.#dice;
    const { site } = this;
    const isRtcp = dice.chance(0.3);
    const live = dice.pick(site.media.length > 0 ? site.media : [{ isRtcp, bytes: RTP_CORPUS[0] as Uint8Array }]);
    const base = dice.chance(0.5) ? live.bytes : dice.pick(isRtcp ? RTCP_CORPUS : RTP_CORPUS);
    const from = dice.chance(0.5) ? site.other.address : STRANGER;
    const media = { line: dice.below(3), isRtcp };
    this.throw({ to: "victim", from, port: 16384 + (isRtcp ? 1 : 0), media }, mutatePacket(base, isRtcp, dice));
  }

  #count(way: Way, bytes: Uint8Array): void {
    this.iteration++;
    this.last = { way, bytes };
    this.#tally.datagrams++;
  }

  throw(way: Way, bytes: Uint8Array): void {
    this.#count(way, bytes);
    const { site } = this;
    const target = site[way.to];
    if (way.media) {
      const { line, isRtcp } = way.media;
      const outcome = site.receiveMedia(target, line, isRtcp, bytes, way.from, way.port);
      if (outcome.sent.length > 0) this.#fail("SIP was sent because of a packet of media");
    } else if (way.from === STRANGER) this.#throwStranger(target, bytes, way.port);
    else target.receive(bytes, way.from, way.port);
  }

  /** A datagram that nothing entitles to anything. */
  #throwStranger(target: Element, datagram: Uint8Array, port: number): void {
    this.#tally.fromStrangers++;
    this.#tally.bytesFromStrangers += datagram.length;
    const before = JSON.stringify(target.used);
    const repeated = target.core.counter(REPEATED);
    this.#isAnswering = true;
    const outcome = target.receive(datagram, STRANGER, port);
    this.#isAnswering = false;
    if (outcome.lineOrders > 0) this.#fail("a stranger moved a line");
    if (JSON.stringify(target.used) !== before)
      this.#fail(`a stranger takes memory: ${before}, now ${JSON.stringify(target.used)}`);
    if (target.name === "adapter" && outcome.sent.length > 0) this.#fail("the adapter answers a stranger");
    // damage may have given it the branch of another's request: whoever sent that is answered once more
    if (target.core.counter(REPEATED) === repeated) this.#checkAnswers(outcome, datagram.length);
  }

  #checkAnswers({ sent }: Outcome, received: number): void {
    if (sent.length > 1) this.#fail(`${sent.length} messages for one of a stranger`);
    for (const { to, bytes } of sent) {
      if (!isAnswer(Buffer.from(bytes))) this.#fail("a stranger's request was forwarded");
      if (!to.startsWith(`${STRANGER}:`)) this.#fail(`the answer to a stranger goes to ${to}`);
      const ratio = bytes.length / received;
      this.#tally.worstRatio = Math.max(this.#tally.worstRatio, ratio);
      this.#tally.bytesToStrangers += bytes.length;
      if (ratio > MOST_AMPLIFIED) this.#fail(`${received} bytes of a stranger are answered with ${bytes.length}`);
    }
  }
}

/** A response of SIP, or of STUN: RFC 8489 §5, an answer's class and the magic cookie. */
function isAnswer(bytes: Buffer): boolean {
  if (bytes.toString("latin1", 0, 8) === "SIP/2.0 ") return true;
  return bytes.length >= 20 && (bytes.readUInt16BE(0) & 0xff00) === 0x0100 && bytes.readUInt32BE(4) === 0x2112a442;
}

// A line card on a serial line: up to eight phone ports behind one device. boards/slic/serial-card/README.md describes every byte.
// Orders and edges are resent until the other side has them, every answer tells the card's whole state, and a card that is
// silent, restarted or pulled out is greeted until it answers again.

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { CardClock } from "./card-clock.ts";
import { type CardCounters, type CardStatus, CounterLog } from "./card-counters.ts";
import { FrameKind, FrameReader, HEAD_BYTES, PortBit, signed8, uint16, uint32 } from "./card-frame.ts";
import { CardPolls } from "./card-polls.ts";
import { type CardLaw, CardPort, type CardPortSound } from "./card-port.ts";
import { CardSender, soundPortsAt } from "./card-sender.ts";
import { LAW_ABILITY, nameText, portFaults, silenceText } from "./card-welcome.ts";
import type { OpenCardWire } from "./card-wire.ts";

export const CARD_VERSION = 1;
export const CARD_PORTS = 8;

const POLL_EVERY = 250;
/** A poll that is not answered within that time is followed by the next one at once. */
const ANSWER_WITHIN = 60;
const LOST_AFTER = 1000;
const RESEND_AFTER = 40;
/** A device whose card stays silent is opened anew that often. */
/** A card that was restarted is greeted after that long: one that is restarted again and again gets no more attention than that. */
const GREET_AFTER = 100;
const REOPEN_AFTER = 5000;
const RETRY_MIN = 250;
const RETRY_MAX = 5000;
/** When nothing was looked at for so long, there may be something that nobody had the time to tell. */
const HELD_UP = 10;

const EDGE_BYTES = 5;
const STATUS_BYTES = HEAD_BYTES + 9;

export interface SerialCardOptions {
  clock: Clock;
  log: Pick<Log, "info" | "warn" | "error">;
  /** The device, as the log names it. */
  path: string;
  baudRate: number;
  openWire: OpenCardWire;
}

export class SerialCard {
  readonly clock: Clock;
  readonly log: SerialCardOptions["log"];
  readonly path: string;
  readonly #options: SerialCardOptions;
  readonly #counterLog: CounterLog;
  readonly #ports: (CardPort | undefined)[] = new Array(CARD_PORTS).fill(undefined);
  readonly #reader = new FrameReader((content, length) => this.#takeFrame(content, length));
  readonly #cardClock = new CardClock();
  readonly #sender = new CardSender();
  #isRunning = false;
  #isUp = false;
  #expected = 0;
  readonly #polls = new CardPolls();
  #heardAt = 0;
  #lookedAt = 0;
  #hasHeardBytes = false;
  /** An answer to a Hello is waited for. */
  #isGreeted = false;
  #failure = "";
  #retryAfter = RETRY_MIN;
  #attempt = 0;
  #beatTimer: unknown;
  #resendTimer: unknown;
  #abilities = 0;
  #cardName = "";
  readonly #counted = { damagedAtCard: 0, lostEdges: 0, resent: 0, losses: 0, restarts: 0, soundUnsent: 0 };

  constructor(options: SerialCardOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.log = options.log;
    this.path = options.path;
    this.#counterLog = new CounterLog(options.log, options.path);
  }

  /** The card's port of that number, from 0 on; one that is in use is had by nobody else. */
  port(index: number, sound: CardPortSound = {}): CardPort {
    if (!(index >= 0 && index < CARD_PORTS))
      throw new RangeError(`port ${index} of ${this.path}: a line card has ports 0 to ${CARD_PORTS - 1}`);
    if (this.#ports[index]?.isStarted) throw new Error(`port ${index} of ${this.path} is in use already`);
    const port = new CardPort(this, index, sound);
    this.#ports[index] = port;
    return port;
  }

  /** The card answers. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** What the card calls itself; "" until it has answered. */
  get name(): string {
    return this.#cardName;
  }

  /** By how many parts in a million the card's clock is fast. */
  get driftPpm(): number {
    return this.#cardClock.driftPpm;
  }

  get counters(): CardCounters {
    const sum = (count: (port: CardPort) => number) =>
      this.#ports.reduce((total, port) => total + (port ? count(port) : 0), 0);
    return {
      ...this.#counted,
      damaged: this.#reader.bad,
      soundMissed: sum(({ microphone }) => microphone.missed),
      soundMissedAtCard: sum(({ ear }) => ear.dry),
      soundSkipped: sum(({ microphone, ear }) => microphone.skipped + ear.skipped),
    };
  }

  status(port: CardPort): CardStatus {
    const { path, baudRate } = this.#options;
    const { isUp, name, driftPpm, counters } = this;
    const soundDelay = port.isSoundOn ? port.echoDelay : null;
    return { path, baudRate, port: port.index, name, isUp, failure: this.#failure, driftPpm, soundDelay, counters };
  }

  // What its ports ask

  /** A port is in use: the device is opened. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#open();
  }

  /** A port is done with; with the last one the device is closed. */
  release(index: number): void {
    this.#ports[index] = undefined;
    if (this.#ports.some((port) => port !== undefined)) return;
    this.#isRunning = false;
    this.#isUp = false;
    this.clock.clearTimeout(this.#beatTimer);
    this.clock.clearTimeout(this.#resendTimer);
    this.#sender.wire?.close();
    this.#sender.wire = undefined;
  }

  /** A port has something to order. */
  order(port: CardPort): void {
    if (!this.#isUp) return;
    this.#sendOrder(port);
    this.#armResend();
  }

  /** Whether one more port may have its sound on the wire. */
  hasRoomForSound(): boolean {
    const using = this.#ports.filter((port) => port?.isSoundOn).length;
    return using < soundPortsAt(this.#options.baudRate);
  }

  /** The card is there, and knows that law. */
  knows(law: CardLaw | undefined): boolean {
    return this.#isUp && law !== undefined && (this.#abilities & LAW_ABILITY[law]) !== 0;
  }

  sendSound({ index, law, ear }: CardPort): void {
    if (!this.#isUp || !this.#sender.sendSound(index, ear, law === "a-law")) this.#counted.soundUnsent++;
  }

  /** A program that was held up finds here what its phones did meanwhile. */
  catchUp(): void {
    const now = this.clock.now();
    if (now - this.#lookedAt > HELD_UP) this.#sender.wire?.readNow?.();
    this.#lookedAt = now;
  }

  // The device

  async #open(): Promise<void> {
    this.#beatTimer = undefined;
    const attempt = ++this.#attempt;
    const isOver = () => attempt !== this.#attempt || !this.#isRunning;
    try {
      const wire = await this.#options.openWire({
        received: (bytes) => {
          this.#lookedAt = this.clock.now();
          this.#hasHeardBytes = true;
          if (this.#isRunning) this.#reader.read(bytes);
        },
        lost: (reason) => this.#lose(reason),
      });
      if (isOver()) return wire.close();
      this.#sender.wire = wire;
      this.#retryAfter = RETRY_MIN;
      this.#hasHeardBytes = false;
      this.#heardAt = this.clock.now();
      this.#reader.reset();
      this.#greet();
      this.#beat();
    } catch (error) {
      if (!isOver()) this.#lose((error as Error).message.replace(/^Error: /, ""));
    }
  }

  #lose(reason: string): void {
    this.#sender.wire?.close();
    this.#sender.wire = undefined;
    this.clock.clearTimeout(this.#beatTimer);
    if (!this.#isRunning) return;
    this.#down(reason);
    this.#beatTimer = this.clock.setTimeout(() => void this.#open(), this.#retryAfter);
    this.#retryAfter = Math.min(RETRY_MAX, this.#retryAfter * 2);
  }

  /** No loop is known to be closed any more. */
  #down(reason: string): void {
    if (this.#isUp) this.#counted.losses++;
    // The same failure again and again is worth one line.
    if (reason !== this.#failure) this.log.warn("card", `line card lost: ${reason}`, { path: this.path });
    this.#failure = reason;
    this.#isUp = false;
    this.clock.clearTimeout(this.#resendTimer);
    this.#resendTimer = undefined;
    for (const port of this.#ports) port?.handleLoss(this.clock.now());
  }

  // Being in touch

  #greet(): void {
    this.#isUp = false;
    this.#polls.forget();
    // Any number but that of before: it tells the card that this is a new beginning.
    this.#sender.link = (this.#sender.link + 1 + (Math.floor(this.clock.wallClock()) % 0x7fff)) & 0xffff || 1;
  }

  readonly #beat = (): void => {
    const now = this.clock.now();
    this.#lookedAt = now;
    this.#beatTimer = this.clock.setTimeout(this.#beat, this.#isUp ? ANSWER_WITHIN : POLL_EVERY);
    const silence = now - this.#heardAt;
    if (this.#isUp && silence >= LOST_AFTER) {
      this.#down("it does not answer");
      this.#greet();
    } else if (!this.#isUp && silence >= REOPEN_AFTER) {
      this.#lose(silenceText(this.#hasHeardBytes, this.#options.baudRate));
      return;
    }
    if (this.#isUp) this.#sendPoll(now);
    else this.#sendHello();
    for (const port of this.#ports) port?.handleBeat(now);
    this.#counterLog.tell(() => this.counters, now);
  };

  #sendHello(): void {
    const { content } = this.#sender;
    content[HEAD_BYTES] = CARD_VERSION;
    this.#isGreeted = true;
    this.#sender.send(FrameKind.Hello, 0, 0, HEAD_BYTES + 1);
  }

  #sendPoll(now: number): void {
    this.#sender.send(FrameKind.Poll, 0, this.#polls.ask(now), HEAD_BYTES);
  }

  #sendOrder(port: CardPort): void {
    const { content } = this.#sender;
    content[HEAD_BYTES] = port.wanted;
    content[HEAD_BYTES + 1] = port.ringTenths & 0xff;
    content[HEAD_BYTES + 2] = port.ringTenths >> 8;
    this.#sender.send(FrameKind.Order, port.index, port.orderNumber, HEAD_BYTES + 3);
  }

  #armResend(): void {
    if (this.#resendTimer !== undefined) return;
    this.#resendTimer = this.clock.setTimeout(this.#resend, RESEND_AFTER);
  }

  readonly #resend = (): void => {
    this.#resendTimer = undefined;
    for (const port of this.#ports) {
      if (!port?.isOrderPending) continue;
      this.#counted.resent++;
      this.#sendOrder(port);
      this.#armResend();
    }
  };

  // What the card says

  #takeFrame(content: Uint8Array, length: number): void {
    const kind = content[0]! >> 4;
    const port = content[0]! & 15;
    const link = uint16(content, 1);
    if (kind === FrameKind.Welcome && link === this.#sender.link) this.#takeWelcome(content, length);
    else if (this.#isUp && link === this.#sender.link) {
      this.#heardAt = this.clock.now();
      if (kind === FrameKind.SoundUp) this.#ports[port]?.handleSound(content, length);
      else if (kind === FrameKind.Edges) this.#takeEdges(content, length);
      else if (kind === FrameKind.Status) this.#takeStatus(content, length);
      else if (kind === FrameKind.Done) this.#ports[port]?.handleDone(content[3]!);
    } else if (this.#isUp && kind === FrameKind.Status && this.#polls.askedAt(content[3]!) !== undefined) {
      // It answers a question of ours, and has never heard of us: it has been restarted.
      this.#counted.restarts++;
      this.log.warn("card", "line card was restarted", { path: this.path });
      this.#greet();
      this.#armBeat(GREET_AFTER);
    }
  }

  #takeWelcome(content: Uint8Array, length: number): void {
    if (length < HEAD_BYTES + 3 || !this.#isGreeted) return;
    this.#isGreeted = false;
    const [version, ports] = [content[HEAD_BYTES]!, content[HEAD_BYTES + 1]!];
    const now = this.clock.now();
    this.#heardAt = now;
    if (version !== CARD_VERSION) {
      const failure = `it speaks version ${version} of the protocol, this program ${CARD_VERSION}`;
      if (failure !== this.#failure) this.log.error("card", `line card of no use: ${failure}`, { path: this.path });
      this.#failure = failure;
      return;
    }
    if (this.#isUp) return;
    this.#isUp = true;
    this.#failure = "";
    this.#expected = 0;
    this.#abilities = content[HEAD_BYTES + 2]!;
    this.#cardName = nameText(content.subarray(HEAD_BYTES + 3, length));
    this.#cardClock.reset();
    this.log.info("card", "line card answers", { path: this.path, name: this.#cardName, ports });
    for (const port of this.#ports) {
      if (port === undefined) continue;
      for (const text of portFaults(port, ports, this.knows(port.law), this.#options.baudRate))
        this.log.error("card", text, { path: this.path });
    }
    this.#sendPoll(now);
    for (const port of this.#ports) port?.handleWelcome();
  }

  /** Levels of an answer are of use when every edge before it has been told. */
  #takeStatus(content: Uint8Array, length: number): void {
    const ports = (length - STATUS_BYTES) / 2;
    if (!Number.isInteger(ports) || ports < 0 || ports > CARD_PORTS) return;
    const now = this.clock.now();
    const time = uint32(content, HEAD_BYTES);
    const asked = this.#polls.askedAt(content[3]!);
    if (asked !== undefined) {
      this.#cardClock.learn(time, asked, now);
      this.#polls.handleAnswer(content[3]!);
      this.#armBeat(Math.max(0, asked + POLL_EVERY - now));
    }
    this.#counted.damagedAtCard = uint16(content, HEAD_BYTES + 7);
    const isUpToDate = content[HEAD_BYTES + 4] === this.#expected;
    const at = this.#hostTime(time, now);
    for (let index = 0; index < ports; index++) {
      const state = content[STATUS_BYTES + 2 * index]!;
      const port = this.#ports[index];
      if (!port) continue;
      port.handleState(state, content[STATUS_BYTES + 2 * index + 1]!);
      if (isUpToDate) port.handleLoop((state & PortBit.closed) !== 0, at, now);
    }
  }

  #armBeat(delay: number): void {
    this.clock.clearTimeout(this.#beatTimer);
    this.#beatTimer = this.clock.setTimeout(this.#beat, delay);
  }

  #takeEdges(content: Uint8Array, length: number): void {
    const count = (length - HEAD_BYTES - 1) / EDGE_BYTES;
    if (!Number.isInteger(count) || count < 0) return;
    const now = this.clock.now();
    // Edges older than the oldest that the card still has are lost.
    const lost = signed8(content[HEAD_BYTES]! - this.#expected);
    if (lost > 0) {
      this.#counted.lostEdges += lost;
      this.#expected = content[HEAD_BYTES]!;
    }
    for (let index = 0; index < count; index++) {
      const ahead = signed8(content[3]! + index - this.#expected);
      if (ahead < 0) continue;
      if (ahead > 0) break;
      const at = HEAD_BYTES + 1 + EDGE_BYTES * index;
      this.#expected = (this.#expected + 1) & 0xff;
      const isClosed = (content[at]! & PortBit.closed) !== 0;
      this.#ports[content[at]! & 15]?.handleLoop(isClosed, this.#hostTime(uint32(content, at + 1), now), now);
    }
    this.#sender.send(FrameKind.Taken, 0, this.#expected, HEAD_BYTES);
  }

  #hostTime(time: number, now: number): number {
    return this.#cardClock.isKnown ? this.#cardClock.hostTime(time) : now;
  }
}

// One port of a line card (serial-card.ts): what the core wants of it, and what its phone does.

import { A_LAW_SAMPLES, MU_LAW_SAMPLES } from "../sound/g711.ts";
import type { SoundLine } from "../sound/sound.ts";
import type { CardStatus } from "./card-counters.ts";
import { CardEar } from "./card-ear.ts";
import { HEAD_BYTES, PortBit, uint16 } from "./card-frame.ts";
import { CardMicrophone } from "./card-microphone.ts";
import { MOST_SAMPLES, UP_BYTES } from "./card-sender.ts";
import type { PhonePort, PhonePortEvents } from "./port.ts";
import type { SerialCard } from "./serial-card.ts";

/** Sound that nobody asks for any more is turned off after that long. */
const SOUND_ENDS = 400;
/** A frame of the host may be late, but not by more than that, or its sound is no longer wanted. */
const SOUND_WAITS = 60;
/** Until the card has told: of its frames of 10 ms, what is kept in hand at both ends, and a slow wire; ms. */
const ECHO_DELAY = 80;
const SAMPLES_PER_MS = 8;
const ORDERS = PortBit.ring | PortBit.reversed | PortBit.fed | PortBit.sound | PortBit.aLaw;

export type CardLaw = "mu-law" | "a-law";

/** Where a port's sound is: on the serial line, on a sound card, or nowhere. */
export interface CardPortSound {
  law?: CardLaw | undefined;
  channel?: SoundLine | undefined;
}

export class CardPort implements PhonePort {
  readonly driver = "serial";
  readonly index: number;
  readonly law: CardLaw | undefined;
  readonly microphone = new CardMicrophone();
  readonly ear = new CardEar();
  /** What is ordered, as the wire has it. */
  wanted: number = PortBit.fed;
  ringTenths = 0;
  orderNumber = 0;
  isOrderPending = false;
  readonly #card: SerialCard;
  readonly #channel: SoundLine | undefined;
  #events: PhonePortEvents | undefined;
  #isClosed = false;
  #reportedAt = 0;
  #framedAt = Number.NEGATIVE_INFINITY;
  /** In samples. */
  #echoDelay: number;
  #hasWarned = false;

  constructor(card: SerialCard, index: number, { law, channel }: CardPortSound) {
    this.#card = card;
    this.index = index;
    this.law = law;
    this.#channel = channel;
    this.#echoDelay = (channel ? channel.echoDelay : ECHO_DELAY) * SAMPLES_PER_MS;
  }

  // The port's contract

  start(events: PhonePortEvents): void {
    this.#events = events;
    this.#card.start();
  }

  catchUp(): void {
    this.#card.catchUp();
  }

  setRing(on: boolean, frequency: number): void {
    const tenths = on ? Math.round(Math.min(6553, Math.max(0, frequency)) * 10) : this.ringTenths;
    const isOther = tenths !== this.ringTenths;
    this.ringTenths = tenths;
    this.#want(PortBit.ring, on, isOther);
  }

  setPolarity(reversed: boolean): void {
    this.#want(PortBit.reversed, reversed);
  }

  setLoopCurrent(on: boolean): void {
    this.#want(PortBit.fed, on);
  }

  readFrame(fromPhone: Int16Array, now: number): void {
    this.#framedAt = now;
    if (this.#channel) this.#channel.read(fromPhone);
    else if (this.isSoundOn) {
      this.#learnEchoDelay();
      this.microphone.take(fromPhone, (now * SAMPLES_PER_MS) | 0);
    } else {
      fromPhone.fill(0);
      if (this.#card.knows(this.law)) this.#askForSound();
    }
  }

  writeFrame(toPhone: Int16Array): void {
    this.#channel?.write(toPhone);
    if (!this.isSoundOn) return;
    this.ear.take(toPhone, this.#echoDelay);
    this.#card.sendSound(this);
  }

  close(): void {
    if (!this.#events) return;
    this.#events = undefined;
    this.#card.release(this.index);
  }

  get card(): CardStatus {
    return this.#card.status(this);
  }

  get echoDelay(): number {
    return this.#echoDelay / SAMPLES_PER_MS;
  }

  get isStarted(): boolean {
    return this.#events !== undefined;
  }

  get isSoundOn(): boolean {
    return (this.wanted & PortBit.sound) !== 0;
  }

  // What the card tells

  /** The card waits for orders, and knows none. */
  handleWelcome(): void {
    this.#stopSound();
    this.orderNumber = 0;
    this.#order();
  }

  handleLoss(now: number): void {
    this.isOrderPending = false;
    this.#stopSound();
    this.handleLoop(false, now, now);
  }

  /** `at` is what the card's clock says, in host time. An open loop that nobody feeds tells nothing. */
  handleLoop(isClosed: boolean, at: number, now: number): void {
    const isFed = (this.wanted & PortBit.fed) !== 0;
    if (isClosed === this.#isClosed || (!isFed && this.#card.isUp)) return;
    this.#isClosed = isClosed;
    this.#reportedAt = Math.max(this.#reportedAt, Math.min(at, now));
    this.#events?.loop(isClosed, this.#reportedAt);
  }

  handleDone(number: number): void {
    if (number === this.orderNumber) this.isOrderPending = false;
  }

  /** What the card has been ordered by its own account; it forgets that when it has not heard of us for long. */
  handleState(state: number, number: number): void {
    if (number !== this.orderNumber) return;
    this.isOrderPending = false;
    if ((state & ORDERS) !== this.wanted) this.#order();
  }

  /** Samples of the phone's, whose number tells how often the card ran dry. */
  handleSound(content: Uint8Array, length: number): void {
    const count = length - UP_BYTES;
    if (count < 1 || count > MOST_SAMPLES) return;
    // nobody takes it any more
    const now = this.#card.clock.now();
    if (!this.isSoundOn || now - this.#framedAt > SOUND_WAITS) return;
    const values = this.law === "a-law" ? A_LAW_SAMPLES : MU_LAW_SAMPLES;
    const position = uint16(content, HEAD_BYTES);
    const atEar = uint16(content, HEAD_BYTES + 2);
    if (!this.microphone.put(content, UP_BYTES, count, values, position, atEar, (now * SAMPLES_PER_MS) | 0)) return;
    this.ear.handleTold(uint16(content, HEAD_BYTES + 4), content[HEAD_BYTES + 6]!, content[3]!);
  }

  handleBeat(now: number): void {
    if (!this.isSoundOn || now - this.#framedAt < SOUND_ENDS) return;
    this.#stopSound();
    this.#order();
  }

  #askForSound(): void {
    if (this.#card.hasRoomForSound()) this.#startSound();
    else if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#card.log.warn("card", `port ${this.index} is without sound: the serial line carries no more`, {
        path: this.#card.path,
      });
    }
  }

  /** Each frame of the microphone's is the echo of what was at the ear then, by the card's own account. */
  #learnEchoDelay(): void {
    const position = this.microphone.earPosition;
    const age = position < 0 ? -1 : this.ear.age(position);
    if (age >= 0) this.#echoDelay = age;
  }

  #startSound(): void {
    this.microphone.reset();
    this.ear.reset();
    this.wanted |= PortBit.sound | (this.law === "a-law" ? PortBit.aLaw : 0);
    this.#order();
  }

  #stopSound(): void {
    this.wanted &= ~(PortBit.sound | PortBit.aLaw);
  }

  #want(bit: number, on: boolean, isOther = false): void {
    const wanted = on ? this.wanted | bit : this.wanted & ~bit;
    if (wanted === this.wanted && !isOther) return;
    this.wanted = wanted;
    this.#order();
  }

  #order(): void {
    this.orderNumber = (this.orderNumber + 1) & 0xff;
    this.isOrderPending = true;
    this.#card.order(this);
  }
}

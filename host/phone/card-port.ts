// One port of a line card (serial-card.ts): what the core wants of it, and what its phone does.

import { A_LAW_SAMPLES, MU_LAW_SAMPLES } from "../sound/g711.ts";
import type { SoundLine } from "../sound/sound.ts";
import { HEAD_BYTES, PortBit } from "./card-frame.ts";
import { CardSound } from "./card-sound.ts";
import type { PhonePort, PhonePortEvents } from "./port.ts";
import type { SerialCard } from "./serial-card.ts";

/** Sound that nobody asks for any more is turned off after that long. */
const SOUND_ENDS = 400;
/** A frame of the host may be late, but not by more than that, or its sound is no longer wanted. */
const SOUND_WAITS = 60;
/** A frame is whole before the card sends it, and then some of the sound waits, ms. */
const ECHO_DELAY = 40;
const ORDERS = PortBit.ring | PortBit.reversed | PortBit.fed | PortBit.sound | PortBit.aLaw;

export type CardLaw = "mu-law" | "a-law";

/** Where a port's sound is: on the serial line, on a sound card, or nowhere. */
export interface CardPortSound {
  law?: CardLaw | undefined;
  channel?: SoundLine | undefined;
}

export class CardPort implements PhonePort {
  readonly driver = "serial";
  readonly echoDelay: number;
  readonly index: number;
  readonly law: CardLaw | undefined;
  readonly sound = new CardSound();
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
  #numberUp = 0;
  #numberDown = 0;
  #hasHeard = false;
  #hasWarned = false;

  constructor(card: SerialCard, index: number, { law, channel }: CardPortSound) {
    this.#card = card;
    this.index = index;
    this.law = law;
    this.#channel = channel;
    this.echoDelay = channel ? channel.echoDelay : ECHO_DELAY;
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
    else if (this.isSoundOn) this.sound.take(fromPhone);
    else {
      fromPhone.fill(0);
      if (this.#card.knows(this.law)) this.#askForSound();
    }
  }

  writeFrame(toPhone: Int16Array): void {
    this.#channel?.write(toPhone);
    if (!this.isSoundOn) return;
    this.#card.sendSound(this, this.#numberDown, toPhone);
    this.#numberDown = (this.#numberDown + 1) & 0xff;
  }

  close(): void {
    if (!this.#events) return;
    this.#events = undefined;
    this.#card.release(this.index);
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

  handleSound(content: Uint8Array): void {
    // nobody takes it any more
    if (!this.isSoundOn || this.#card.clock.now() - this.#framedAt > SOUND_WAITS) return;
    const ahead = ((content[3]! - this.#numberUp) << 24) >> 24;
    if (this.#hasHeard && ahead < 0) return;
    const values = this.law === "a-law" ? A_LAW_SAMPLES : MU_LAW_SAMPLES;
    this.sound.put(content, HEAD_BYTES, values, this.#hasHeard ? ahead : 0);
    this.#hasHeard = true;
    this.#numberUp = (content[3]! + 1) & 0xff;
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

  #startSound(): void {
    this.sound.reset();
    this.#hasHeard = false;
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

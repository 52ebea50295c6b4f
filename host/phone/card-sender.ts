// Frames on their way to a line card. They wait in slots made once, for the wire does not copy them.

import { encodeALaw, encodeMuLaw } from "../sound/g711.ts";
import { FRAME_SAMPLES } from "../sound/level.ts";
import { FRAME_MAX, FrameKind, HEAD_BYTES, putHead, writeFrame } from "./card-frame.ts";
import type { CardWire } from "./card-wire.ts";

export const SOUND_BYTES = HEAD_BYTES + FRAME_SAMPLES;
/** What a frame grows by on the wire: CRC, COBS, zero. */
const FRAMING_BYTES = 4;
const SOUND_ON_WIRE = SOUND_BYTES + FRAMING_BYTES;
/** What else goes over the wire in a second, bytes. */
const OTHER_BYTES = 600;

/** A backlog that the slots could not hold is not made: what matters is resent, and sound that waits so long is of no use. */
const SLOTS = 128;
const MOST_BACKLOG = 800;
if (MOST_BACKLOG / (HEAD_BYTES + FRAMING_BYTES) > SLOTS - 1) throw new Error("a slot could be written while it waits");

/** Lines whose sound a serial line of that speed carries, both ways. */
export function soundPortsAt(baudRate: number): number {
  return Math.max(0, Math.floor((baudRate / 10 - OTHER_BYTES) / (SOUND_ON_WIRE * 50)));
}

export class CardSender {
  /** The body of the next frame goes here, from HEAD_BYTES on. */
  readonly content = new Uint8Array(FRAME_MAX);
  wire: CardWire | undefined;
  link = 0;
  readonly #slots = Array.from({ length: SLOTS }, () => Buffer.alloc(FRAME_MAX + 2));
  readonly #soundSlots = this.#slots.map((slot) => slot.subarray(0, SOUND_ON_WIRE));
  #slot = 0;

  /** `length` bytes of content, the head included. What finds no room is not sent. */
  send(kind: number, port: number, number: number, length: number): void {
    if (!this.#hasRoom()) return;
    putHead(this.content, kind, port, this.link, number);
    const slot = this.#slots[this.#next()]!;
    this.wire?.write(slot.subarray(0, writeFrame(this.content, length, slot)));
  }

  /** False when it could not be sent. Allocates nothing. */
  sendSound(port: number, number: number, samples: Int16Array, isALaw: boolean): boolean {
    if (!this.#hasRoom()) return false;
    putHead(this.content, FrameKind.SoundDown, port, this.link, number);
    if (isALaw) encodeALaw(samples, this.content, HEAD_BYTES);
    else encodeMuLaw(samples, this.content, HEAD_BYTES);
    const slot = this.#next();
    writeFrame(this.content, SOUND_BYTES, this.#slots[slot]!);
    this.wire?.write(this.#soundSlots[slot]!);
    return true;
  }

  #hasRoom(): boolean {
    return this.wire !== undefined && this.wire.backlog <= MOST_BACKLOG - SOUND_ON_WIRE;
  }

  #next(): number {
    this.#slot = (this.#slot + 1) % SLOTS;
    return this.#slot;
  }
}

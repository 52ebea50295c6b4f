// Frames on their way to a line card. What finds no room is not sent: orders are sent again, and late sound is of no use.

import { encodeALaw, encodeMuLaw } from "../sound/g711.ts";
import { FRAME_SAMPLES } from "../sound/level.ts";
import type { CardEar } from "./card-ear.ts";
import { FRAME_MAX, FrameKind, HEAD_BYTES, putHead, writeFrame } from "./card-frame.ts";
import type { CardWire } from "./card-wire.ts";

/** Before the samples, from HEAD_BYTES on: what their place is, and from the card also what was at the ear, what waits, and since when. */
export const DOWN_BYTES = HEAD_BYTES + 2;
export const UP_BYTES = HEAD_BYTES + 7;
/** Samples that a frame of sound from the card may have; what is sent has half a frame of the core's, perhaps one more. */
export const MOST_SAMPLES = FRAME_SAMPLES;
const PIECE = FRAME_SAMPLES / 2 + 1;
/** A frame of the core's, one sample more and what a card that ran dry is given besides. */
const PIECES = 4;
/** What a frame grows by on the wire: CRC, COBS, zero. */
const FRAMING_BYTES = 4;
/** What else goes over the wire in a second, bytes; and a line's sound from the card, in frames of 10 ms. */
const OTHER_BYTES = 600;
const SOUND_BYTES = 100 * (UP_BYTES + FRAME_SAMPLES / 2 + FRAMING_BYTES);

/** Lines whose sound a serial line of that speed carries, both ways. */
export function soundPortsAt(baudRate: number): number {
  return Math.max(0, Math.floor((baudRate / 10 - OTHER_BYTES) / SOUND_BYTES));
}

export class CardSender {
  /** The body of the next frame goes here, from HEAD_BYTES on. */
  readonly content = new Uint8Array(FRAME_MAX);
  wire: CardWire | undefined;
  link = 0;
  readonly #framed = Buffer.alloc(PIECES * (DOWN_BYTES + PIECE + FRAMING_BYTES));
  /** As many bytes of it, by their number. */
  readonly #written: Buffer[] = [];

  /** `length` bytes of content, the head included. */
  send(kind: number, port: number, number: number, length: number): void {
    this.#put(0, kind, port, number, length);
    this.#write(length + FRAMING_BYTES);
  }

  /** All that is to go to an ear now, at once. False when it could not be sent. Allocates nothing. */
  sendSound(port: number, ear: CardEar, isALaw: boolean): boolean {
    const { content } = this;
    let at = 0;
    for (let from = 0; from < ear.count; from += PIECE) {
      // pieces of one length, but for the last sample or two
      const to = Math.min(ear.count, from + PIECE);
      const position = ear.position + from;
      content[HEAD_BYTES] = position & 0xff;
      content[HEAD_BYTES + 1] = (position >> 8) & 0xff;
      if (isALaw) encodeALaw(ear.samples, content, DOWN_BYTES, from, to);
      else encodeMuLaw(ear.samples, content, DOWN_BYTES, from, to);
      at = this.#put(at, FrameKind.SoundDown, port, 0, DOWN_BYTES + to - from);
    }
    return at === 0 || this.#write(at);
  }

  /** Puts a frame behind the `at` bytes that are there; how many there are then. */
  #put(at: number, kind: number, port: number, number: number, length: number): number {
    putHead(this.content, kind, port, this.link, number);
    return at + writeFrame(this.content, length, this.#framed, at);
  }

  #write(length: number): boolean {
    this.#written[length] ??= this.#framed.subarray(0, length);
    return this.wire?.write(this.#written[length]) ?? false;
  }
}

// Frames on their way to a line card. What finds no room is not sent: orders are sent again, and late sound is of no use.

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

/** Lines whose sound a serial line of that speed carries, both ways. */
export function soundPortsAt(baudRate: number): number {
  return Math.max(0, Math.floor((baudRate / 10 - OTHER_BYTES) / (SOUND_ON_WIRE * 50)));
}

export class CardSender {
  /** The body of the next frame goes here, from HEAD_BYTES on. */
  readonly content = new Uint8Array(FRAME_MAX);
  wire: CardWire | undefined;
  link = 0;
  readonly #framed = Buffer.alloc(FRAME_MAX + 2);
  readonly #soundFramed = this.#framed.subarray(0, SOUND_ON_WIRE);

  /** `length` bytes of content, the head included. */
  send(kind: number, port: number, number: number, length: number): void {
    putHead(this.content, kind, port, this.link, number);
    this.wire?.write(this.#framed.subarray(0, writeFrame(this.content, length, this.#framed)));
  }

  /** False when it could not be sent. Allocates nothing. */
  sendSound(port: number, number: number, samples: Int16Array, isALaw: boolean): boolean {
    putHead(this.content, FrameKind.SoundDown, port, this.link, number);
    if (isALaw) encodeALaw(samples, this.content, HEAD_BYTES);
    else encodeMuLaw(samples, this.content, HEAD_BYTES);
    writeFrame(this.content, SOUND_BYTES, this.#framed);
    return this.wire?.write(this.#soundFramed) ?? false;
  }
}

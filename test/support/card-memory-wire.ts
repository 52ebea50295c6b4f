// The wire to a line card, in memory, with a card at its end that says whatever it is told to, under the link that the driver greeted with.

import { FRAME_MAX, FrameKind, FrameReader, HEAD_BYTES, writeFrame } from "../../host/phone/card-frame.ts";
import type { CardWireEvents, OpenCardWire } from "../../host/phone/card-wire.ts";

export class MemoryWire {
  /** Of the last Hello. */
  link = 0;
  greetings = 0;
  /** Calls of write(). */
  writes = 0;
  readonly #onFrame: (content: Uint8Array, length: number) => void;
  readonly #reader: FrameReader;
  #events: CardWireEvents | undefined;

  /** `onFrame` gets each frame that the driver sends. */
  constructor(onFrame: (content: Uint8Array, length: number) => void = () => {}) {
    this.#onFrame = onFrame;
    this.#reader = new FrameReader((content, length) => this.#take(content, length));
  }

  readonly open: OpenCardWire = async (events) => {
    this.#events = events;
    return {
      write: (bytes) => {
        this.writes++;
        this.#reader.read(bytes);
        return true;
      },
      close: () => {},
    };
  };

  #take(content: Uint8Array, length: number): void {
    if (content[0] === FrameKind.Hello << 4) {
      this.greetings++;
      this.link = content[1]! | (content[2]! << 8);
    }
    this.#onFrame(content, length);
  }

  /** Bytes as they are. */
  give(bytes: Uint8Array): void {
    this.#events?.received(bytes);
  }

  /** A frame of that content, its link put right. */
  say(content: ArrayLike<number>): void {
    this.give(this.framed(content));
  }

  /** A card of that many ports that knows both laws. */
  welcome(ports: number, version = 1): void {
    this.say([FrameKind.Welcome << 4, 0, 0, 0, version, ports, 3]);
  }

  framed(content: ArrayLike<number>): Uint8Array {
    const room = new Uint8Array(FRAME_MAX);
    room.set(content);
    room.set([this.link & 0xff, this.link >> 8], 1);
    const wire = new Uint8Array(FRAME_MAX + 2);
    return wire.slice(0, writeFrame(room, Math.max(HEAD_BYTES, content.length), wire));
  }
}

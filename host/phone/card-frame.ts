// Frames of the serial line card: boards/slic/serial-card/README.md, "Frames". A CRC-16 behind the content, COBS around both, a zero byte.

/** Content with its CRC, bytes; no frame is longer. Within one block of COBS, so that on the wire it is two bytes longer. */
export const FRAME_MAX = 200;
const CRC_BYTES = 2;
const FULL_BLOCK = 0xff;

/** Kinds of frames, from the host and from the card. */
export const FrameKind = {
  Hello: 1,
  Poll: 2,
  Order: 3,
  Taken: 4,
  SoundDown: 5,
  Welcome: 9,
  Status: 10,
  Edges: 11,
  Done: 12,
  SoundUp: 13,
} as const;

/** Bits of a port's state, as ordered and as told. */
export const PortBit = { ring: 0x01, reversed: 0x02, fed: 0x04, sound: 0x08, aLaw: 0x10, closed: 0x80 } as const;

/** Kind and port, link, number: every content begins so. */
export const HEAD_BYTES = 4;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  return crc;
});

/** Numbers of frames: the low byte first. */
export const uint16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
export const uint32 = (bytes: Uint8Array, at: number): number =>
  (uint16(bytes, at) | (uint16(bytes, at + 2) << 16)) >>> 0;
/** How far a number or a position that wraps around is ahead. */
export const signed8 = (value: number): number => (value << 24) >> 24;
export const signed16 = (value: number): number => (value << 16) >> 16;

/** CRC-16/X-25 of ISO/IEC 13239, of the first `length` bytes. */
export function crc16(bytes: Uint8Array, length: number): number {
  let crc = 0xffff;
  for (let index = 0; index < length; index++) crc = (crc >> 8) ^ CRC_TABLE[(crc ^ bytes[index]!) & 0xff]!;
  return crc ^ 0xffff;
}

export function putHead(content: Uint8Array, kind: number, port: number, link: number, number: number): void {
  content[0] = (kind << 4) | port;
  content[1] = link & 0xff;
  content[2] = link >> 8;
  content[3] = number;
}

/** Writes the frame of the first `length` bytes of `content`, which has room for two more, into `wire` from `from` on; how many bytes it takes there. */
export function writeFrame(content: Uint8Array, length: number, wire: Uint8Array, from = 0): number {
  const crc = crc16(content, length);
  content[length] = crc & 0xff;
  content[length + 1] = crc >> 8;
  let codeAt = from;
  let at = from + 1;
  for (let index = 0; index < length + CRC_BYTES; index++) {
    const byte = content[index]!;
    if (byte !== 0) wire[at++] = byte;
    else {
      wire[codeAt] = at - codeAt;
      codeAt = at++;
    }
  }
  wire[codeAt] = at - codeAt;
  wire[at++] = 0;
  return at - from;
}

/** Finds frames in what the wire brings, however it is cut. What is no frame is counted and forgotten. */
export class FrameReader {
  /** Of the frame that is being told. */
  readonly content = new Uint8Array(FRAME_MAX);
  bad = 0;
  readonly #onFrame: (content: Uint8Array, length: number) => void;
  #length = 0;
  #code = 0;
  #left = 0;
  #isBroken = false;

  /** `onFrame` gets the content, without the CRC; it is overwritten afterwards. */
  constructor(onFrame: (content: Uint8Array, length: number) => void) {
    this.#onFrame = onFrame;
  }

  /** Forgets a frame that has begun. */
  reset(): void {
    this.#length = 0;
    this.#code = 0;
    this.#left = 0;
    this.#isBroken = false;
  }

  read(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]!;
      if (byte === 0) this.#end();
      else if (this.#left > 0) {
        this.#left--;
        this.#put(byte);
      } else {
        if (this.#code !== 0 && this.#code !== FULL_BLOCK) this.#put(0);
        this.#code = byte;
        this.#left = byte - 1;
      }
    }
  }

  #put(byte: number): void {
    if (this.#length === FRAME_MAX) this.#isBroken = true;
    else this.content[this.#length++] = byte;
  }

  #end(): void {
    const length = this.#length - CRC_BYTES;
    const isEmpty = this.#code === 0;
    const isRight = !this.#isBroken && this.#left === 0 && length >= HEAD_BYTES && this.#hasItsCrc(length);
    this.reset();
    if (isRight) this.#onFrame(this.content, length);
    else if (!isEmpty) this.bad++;
  }

  #hasItsCrc(length: number): boolean {
    return crc16(this.content, length) === (this.content[length]! | (this.content[length + 1]! << 8));
  }
}

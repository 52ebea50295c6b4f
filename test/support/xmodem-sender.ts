// The sending side of XMODEM-CRC, XMODEM-1K and YMODEM, after chapters 4, 5 and 7 of Forsberg's reference: answers bytes with bytes.

const SOH = 1;
const STX = 2;
const EOT = 4;
const ACK = 6;
const NAK = 0x15;
const CAN = 0x18;
const ASK_CRC = 0x43;
/** Without an answer for so long, ms, the last block is said again. */
const PATIENCE = 15_000;

export type Mode = "XMODEM" | "XMODEM-1K" | "YMODEM";

export class XmodemSender {
  isDone = false;
  isCancelled = false;
  /** What is to be said, in order; a block number 0 is followed by a "C" of the receiver. */
  readonly #messages: { bytes: Buffer; isHead: boolean }[] = [];
  #at = -1;
  #silence = 0;
  #cancels = 0;

  constructor(file: Buffer, mode: Mode) {
    const size = mode === "XMODEM" ? 128 : 1024;
    const say = (bytes: Buffer, isHead = false) => this.#messages.push({ bytes, isHead });
    const head = (text: string) => {
      const data = Buffer.alloc(128);
      data.write(text, "latin1");
      say(block(0, data), true);
    };
    if (mode === "YMODEM") head(`system.update\0${file.length} 0 100644`);
    for (let at = 0, number = 1; at < file.length; at += size, number++) {
      const data = Buffer.alloc(size, 0x1a);
      file.copy(data, 0, at, at + size);
      say(block(number & 0xff, data));
    }
    say(Buffer.of(EOT));
    if (mode === "YMODEM") head("");
  }

  /** What it says to these bytes. */
  take(bytes: Buffer): Buffer {
    return Buffer.concat([...bytes].map((byte) => this.#answer(byte)));
  }

  /** What it says when it has heard nothing for that long. */
  wait(duration: number): Buffer {
    this.#silence += duration;
    if (this.#silence < PATIENCE || this.#at < 0) return Buffer.alloc(0);
    return this.#say();
  }

  #answer(byte: number): Buffer {
    const now = this.#messages[this.#at];
    this.#cancels = byte === CAN ? this.#cancels + 1 : 0;
    if (this.#cancels === 2) this.isCancelled = true;
    if (this.isCancelled || this.isDone) return Buffer.alloc(0);
    if (byte === ASK_CRC) {
      const next = this.#messages[this.#at + 1];
      const isAfterHead = now?.isHead === true && this.#isAcknowledged;
      if (this.#at < 0 || isAfterHead || (this.#isAcknowledged && next?.isHead)) this.#at++;
      else if (this.#isAcknowledged) return Buffer.alloc(0);
      return this.#say();
    }
    if (byte === NAK && now && !this.#isAcknowledged) return this.#say();
    if (byte !== ACK || !now || this.#isAcknowledged) return Buffer.alloc(0);
    const next = this.#messages[this.#at + 1];
    this.#isAcknowledged = now.isHead || (next?.isHead ?? false);
    if (!next) this.isDone = true;
    if (this.#isAcknowledged || !next) return Buffer.alloc(0);
    this.#at++;
    return this.#say();
  }

  /** The message was taken, and the next one waits for a "C". */
  #isAcknowledged = false;

  #say(): Buffer {
    this.#isAcknowledged = false;
    this.#silence = 0;
    return this.#messages[this.#at]!.bytes;
  }
}

function block(number: number, data: Buffer): Buffer {
  const crc = remainder(data);
  return Buffer.concat([
    Buffer.of(data.length === 128 ? SOH : STX, number, 255 - number),
    data,
    Buffer.of(crc >> 8, crc & 0xff),
  ]);
}

/** Bit by bit: the division of the message by x^16 + x^12 + x^5 + 1. */
function remainder(data: Buffer): number {
  let crc = 0;
  for (const byte of data) {
    for (let bit = 7; bit >= 0; bit--) {
      const isCarried = ((crc >> 15) ^ (byte >> bit)) & 1;
      crc = (crc << 1) & 0xffff;
      if (isCarried) crc ^= 0x1021;
    }
  }
  return crc;
}

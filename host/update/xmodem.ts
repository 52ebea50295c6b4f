// The receiving side of XMODEM-CRC, XMODEM-1K and one file of a YMODEM batch, after Chuck Forsberg's "XMODEM/YMODEM Protocol
// Reference" (1988): chapters 4 and 5 for YMODEM's block 0, 7 for XMODEM with CRC-16.

const SOH = 0x01;
const STX = 0x02;
const INTERRUPT = 0x03;
const EOT = 0x04;
const ACK = 0x06;
const NAK = 0x15;
const CAN = 0x18;
const ASK_CRC = 0x43;

/** How long the sender has to begin, ms and tries: a minute, for somebody to find the menu of their terminal program. */
const START_WAIT = 3000;
const STARTS_MAX = 20;
const BLOCK_WAIT = 10_000;
/** Longest gap between two bytes of one block, ms. */
const BYTE_WAIT = 1000;
const ERRORS_MAX = 10;
/** A line that has been quiet this long, ms, has nothing left of a block; and how long that is waited for. */
const QUIET = 250;
const PURGE_MAX = 10_000;

/** The bytes of a serial line. */
export interface ByteLink {
  /** The next bytes; undefined when none came for `wait` ms. Rejects when the line is gone or the user stops. */
  read(wait: number): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): void;
}

export class TransferError extends Error {}

type Packet = { kind: "silence" | "broken" | "end" | "cancel" } | { kind: "block"; number: number; data: Buffer };

export class XmodemReceiver {
  readonly #link: ByteLink;
  readonly #now: () => number;
  #bytes: Buffer = Buffer.alloc(0);
  /** The first block of the file has come. */
  #isStarted = false;
  /** YMODEM. */
  #isBatch = false;
  /** Of the file, as YMODEM tells it. */
  size: number | undefined;
  /** Blocks that had to be asked for again. */
  repeats = 0;

  /** `now`: monotonic milliseconds. */
  constructor(link: ByteLink, now: () => number) {
    this.#link = link;
    this.#now = now;
  }

  /** The file's blocks; each is acknowledged when the next one is asked for. The line is quiet when this ends, in whatever way. */
  async *receive(): AsyncGenerator<Uint8Array> {
    let isOver = false;
    try {
      yield* this.#blocks();
      isOver = true;
    } finally {
      if (!isOver) await this.#giveUp();
    }
  }

  async *#blocks(): AsyncGenerator<Uint8Array> {
    let reply = ASK_CRC;
    let expected = 1;
    let errors = 0;
    let isEnding = false;
    let left = Number.POSITIVE_INFINITY;
    for (;;) {
      const packet = await this.#ask(reply);
      if (packet.kind === "cancel") throw new TransferError("the sender has given up");
      if (packet.kind === "end") {
        // One EOT may be noise: a sender that means it says it again.
        if (isEnding) break;
        isEnding = true;
        reply = NAK;
      } else if (packet.kind === "block") {
        isEnding = false;
        errors = 0;
        reply = ACK;
        if (packet.number === 0 && expected === 1) {
          if (!this.#isBatch) left = this.#readHead(packet.data);
          this.#link.write(Uint8Array.of(ACK));
          reply = ASK_CRC;
        } else if (packet.number === (expected & 0xff)) {
          this.#isStarted = true;
          expected++;
          yield packet.data.subarray(0, Math.min(packet.data.length, left));
          left = Math.max(0, left - packet.data.length);
        } else if (packet.number !== ((expected - 1) & 0xff))
          throw new TransferError(`block ${packet.number} came instead of block ${expected & 0xff}`);
      } else {
        errors++;
        if (this.#isStarted) this.repeats++;
        this.#checkPatience(errors);
        reply = this.#isStarted ? NAK : ASK_CRC;
      }
    }
    this.#link.write(Uint8Array.of(ACK));
    if (this.#isBatch) await this.#endBatch();
  }

  #checkPatience(errors: number): void {
    if (!this.#isStarted && errors >= STARTS_MAX)
      throw new TransferError("no sender has begun; in another program: sx -k FILE, or sb FILE, on this line");
    if (this.#isStarted && errors >= ERRORS_MAX)
      throw new TransferError(`${ERRORS_MAX} blocks in a row were lost or spoilt; the line is too bad, or dead`);
  }

  /** YMODEM's block 0: the name, a zero, the length in decimal. */
  #readHead(data: Buffer): number {
    const end = data.indexOf(0);
    const length = /^\d{1,12}/.exec(data.toString("latin1", end + 1))?.[0];
    if (end <= 0) throw new TransferError("the sender has no file");
    this.#isBatch = true;
    if (length !== undefined) this.size = Number(length);
    return this.size ?? Number.POSITIVE_INFINITY;
  }

  /** The sender says, with a block 0 without a name, that there is no other file. What goes wrong here spoils nothing. */
  async #endBatch(): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      const packet = await this.#ask(ASK_CRC, BYTE_WAIT);
      if (packet.kind === "end") this.#link.write(Uint8Array.of(ACK));
      if (packet.kind !== "block") continue;
      if (packet.data[0] !== 0) return this.#giveUp();
      this.#link.write(Uint8Array.of(ACK));
      return;
    }
  }

  async #ask(reply: number, wait = this.#isStarted ? BLOCK_WAIT : START_WAIT): Promise<Packet> {
    this.#link.write(Uint8Array.of(reply));
    const packet = await this.#packet(wait);
    if (packet.kind === "broken") await this.#purge(QUIET);
    return packet;
  }

  async #packet(wait: number): Promise<Packet> {
    const until = this.#now() + wait;
    for (let first = await this.#take(1, wait); first; first = await this.#take(1, Math.max(0, until - this.#now()))) {
      const code = first[0];
      if (code === SOH || code === STX) return this.#block(code === SOH ? 128 : 1024);
      if (code === EOT && this.#isStarted) return { kind: (await this.#take(1, QUIET)) ? "broken" : "end" };
      if (code === CAN && (await this.#take(1, BYTE_WAIT))?.[0] === CAN) return { kind: "cancel" };
      if (this.#isStarted) return { kind: "broken" };
      if (code === INTERRUPT) throw new TransferError("stopped");
    }
    return { kind: "silence" };
  }

  async #block(size: number): Promise<Packet> {
    const bytes = await this.#take(size + 4, BYTE_WAIT);
    if (!bytes || bytes[0]! + bytes[1]! !== 0xff) return { kind: "broken" };
    const data = bytes.subarray(2, size + 2);
    if (crc16(data) !== bytes.readUInt16BE(size + 2)) return { kind: "broken" };
    return { kind: "block", number: bytes[0]!, data };
  }

  /** So many bytes; undefined when the line was quiet for `wait` ms before they were there. */
  async #take(count: number, wait: number): Promise<Buffer | undefined> {
    while (this.#bytes.length < count) {
      const more = await this.#link.read(wait);
      if (!more) return undefined;
      this.#bytes = Buffer.concat([this.#bytes, more]);
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  async #purge(quiet: number): Promise<void> {
    this.#bytes = Buffer.alloc(0);
    const until = this.#now() + PURGE_MAX;
    while ((await this.#link.read(quiet)) && this.#now() < until);
  }

  /** Tells the sender, and waits until what it still sends is over: the next reader takes bytes for commands. */
  async #giveUp(): Promise<void> {
    try {
      this.#link.write(Uint8Array.of(CAN, CAN, CAN, CAN, CAN));
      await this.#purge(BYTE_WAIT);
    } catch {
      // The line is gone, or the user does not wait: there is nobody to tell.
    }
  }
}

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** ITU-T V.41's polynomial, from zero, highest bit first. */
export function crc16(data: Uint8Array): number {
  let crc = 0;
  for (const byte of data) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ byte]!;
  return crc;
}

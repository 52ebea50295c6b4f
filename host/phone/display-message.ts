// What the bytes and digits that a telephone with a display hears mean: ETSI EN 300 659-3, Telcordia GR-30 and GR-1188, and
// NTT's frames. Written from the standards, not from the core's sender.

/** What a display shows of a call. */
export interface ShownCall {
  readonly number?: string;
  readonly name?: string;
  /** Why there is no number. */
  readonly absence?: "private" | "unavailable";
  /** As it came: MMDDHHMM. */
  readonly time?: string;
}

export type ShownMessage =
  | ({ readonly kind: "call" } & ShownCall)
  | { readonly kind: "mailbox"; readonly areWaiting: boolean; readonly count?: number };

/** Type, length, 255 bytes, checksum. */
const LONGEST = 258;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const absenceOf = (letter: string): NonNullable<ShownCall["absence"]> => (letter === "P" ? "private" : "unavailable");

/** Gathers the bytes of one message; `isFirst` begins it anew. */
export class MessageReader {
  readonly #bytes: number[] = [];

  /** What the message says once it is whole; undefined before, and for one that was heard wrong or says nothing new. */
  put(byte: number, isFirst: boolean): ShownMessage | undefined {
    if (isFirst) this.#bytes.length = 0;
    if (this.#bytes.length < LONGEST) this.#bytes.push(byte);
    return (this.#bytes[0]! & 0x7f) === DLE ? readNtt(this.#bytes) : readFields(this.#bytes);
  }
}

function readFields(all: readonly number[]): ShownMessage | undefined {
  const [type = 0, length = 0] = all;
  if (all.length !== length + 3 || all.reduce((sum, byte) => sum + byte, 0) % 256 !== 0) return undefined;
  const content = Uint8Array.from(all.slice(2, -1));
  if (type === 0x04) {
    const rest = text(content.subarray(8));
    const time = text(content.subarray(0, 8));
    return /^[OP]$/.test(rest)
      ? { kind: "call", time, absence: absenceOf(rest) }
      : { kind: "call", time, number: rest };
  }
  if (type === 0x06) return { kind: "mailbox", areWaiting: content[0] === 0x42 };
  const fields = new Map<number, Uint8Array>();
  for (let at = 0; at < content.length; at += 2 + content[at + 1]!)
    fields.set(content[at]!, content.subarray(at + 2, at + 2 + content[at + 1]!));
  if (type === 0x82) {
    const count = fields.get(0x13)?.[0];
    return { kind: "mailbox", areWaiting: fields.get(0x0b)?.[0] === 0xff, ...(count === undefined ? {} : { count }) };
  }
  return type === 0x80 ? { kind: "call", ...callOf(fields) } : undefined;
}

function callOf(fields: ReadonlyMap<number, Uint8Array>): ShownCall {
  const [time, number, absence, name] = [1, 2, 4, 7].map((type) => fields.get(type));
  return {
    ...(time && { time: text(time) }),
    ...(number && { number: text(number) }),
    ...(absence && { absence: absenceOf(text(absence)) }),
    ...(name && { name: text(name) }),
  };
}

const DLE = 0x10;

/** Seven bits and even parity; the CRC covers what follows the first two bytes, and itself leaves nothing. */
function readNtt(all: readonly number[]): ShownMessage | undefined {
  const plain = all.map((byte) => byte & 0x7f);
  const end = plain.length - 4;
  if (end < 5 || plain[end] !== DLE || plain[end + 1] !== 0x03 || plain[end - 1] === DLE) return undefined;
  let crc = 0;
  for (const byte of all.slice(2)) {
    for (let bit = 0; bit < 8; bit++) {
      const feedback = ((crc ^ (byte >> bit)) & 1) === 1;
      crc = (crc >> 1) ^ (feedback ? 0x8408 : 0);
    }
  }
  if (crc !== 0) return undefined;
  const content: number[] = [];
  for (let at = 5; at < end; at++) {
    content.push(plain[at]!);
    if (plain[at] === DLE) at++;
  }
  const fields = new Map<number, Uint8Array>();
  for (let at = 2; at < content.length; at += 2 + content[at + 1]!)
    fields.set(content[at]!, Uint8Array.from(content.slice(at + 2, at + 2 + content[at + 1]!)));
  return { kind: "call", ...callOf(fields) };
}

/** A caller as DTMF digits, up to and with the last one; undefined for what means none. */
export function readDigits(digits: string): ShownCall | undefined {
  const number = /^[AD](\d{2,})[C#]$/.exec(digits)?.[1];
  if (number !== undefined) return { number };
  const code = /^(?:D(\d)#|B(\d)\dC)$/.exec(digits);
  return code ? { absence: (code[1] ?? code[2]) === "1" ? "private" : "unavailable" } : undefined;
}

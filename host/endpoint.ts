// A transport address between Node's words (text, number) and the core's 24 bytes (assembly/abi/endpoint.ts).

import { isIPv4, isIPv6 } from "node:net";

export const ENDPOINT_SIZE = 24;
/** Before a registrar whose lines have sips addresses (RFC 5630). */
export const SIPS = "sips:";
export const Transport = { None: 0, Udp: 1, Tcp: 2, Tls: 3 } as const;

const PORT = 16;
const FAMILY = 18;
const TRANSPORT = 19;
const FLOW = 20;
/** Addresses heard from lately, so that a packet's source costs no parsing. Strangers can't grow it. */
const KNOWN_LIMIT = 256;
const known = new Map<string, Uint8Array>();
/** Peers that are sent to at the same time: two a line, and the registrar. */
const MEMO_SLOTS = 8;

/** Sixteen bytes, an IPv4 address in the first four. Throws RangeError for a text that is no address. */
export function addressBytes(address: string): Uint8Array {
  let bytes = known.get(address);
  if (bytes) return bytes;
  bytes = new Uint8Array(16);
  if (isIPv4(address)) bytes.set(address.split(".").map(Number));
  else if (isIPv6(address)) writeIPv6(bytes, address);
  else throw new RangeError(`"${address}" is not an IPv4 or IPv6 address`);
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(address, bytes);
  return bytes;
}

function writeIPv6(bytes: Uint8Array, address: string): void {
  const text = (address.split("%")[0] ?? address).replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)].map((group) => group.toString(16)).join(":"),
  );
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  groups.forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    bytes[index * 2] = value >> 8;
    bytes[index * 2 + 1] = value & 255;
  });
}

/** Writes an endpoint at `offset`. Throws RangeError for a text that is no address. */
export function writeEndpoint(
  target: Uint8Array,
  offset: number,
  address: string,
  port: number,
  transport: number = Transport.Udp,
  flow = 0,
): void {
  target.set(addressBytes(address), offset);
  target[offset + PORT] = port & 255;
  target[offset + PORT + 1] = port >> 8;
  target[offset + FAMILY] = address.includes(":") ? 6 : 4;
  target[offset + TRANSPORT] = transport;
  for (let index = 0; index < 4; index++) target[offset + FLOW + index] = flow >>> (8 * index);
}

export function portOf(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + PORT] ?? 0) | ((bytes[offset + PORT + 1] ?? 0) << 8);
}

export function transportOf(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TRANSPORT] ?? Transport.None;
}

/** The number of a stream connection, 0 for any or none. */
export function flowOf(bytes: Uint8Array, offset: number): number {
  let flow = 0;
  for (let index = 3; index >= 0; index--) flow = flow * 256 + (bytes[offset + FLOW + index] ?? 0);
  return flow;
}

/** The address as text. Makes a string: hot paths keep the last one and compare bytes (AddressMemo). */
export function addressOf(bytes: Uint8Array, offset: number): string {
  if (bytes[offset + FAMILY] === 4)
    return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
  const groups: string[] = [];
  for (let group = 0; group < 16; group += 2) {
    groups.push((((bytes[offset + group] ?? 0) << 8) | (bytes[offset + group + 1] ?? 0)).toString(16));
  }
  return joinGroups(groups);
}

/** `192.0.2.1:5060`, an IPv6 address in brackets. */
export function hostPortOf(bytes: Uint8Array, offset: number): string {
  const address = addressOf(bytes, offset);
  return `${address.includes(":") ? `[${address}]` : address}:${portOf(bytes, offset)}`;
}

/** RFC 5952 §4.2: the longest run of zeros, the first of several, is left out. */
function joinGroups(groups: readonly string[]): string {
  let [at, length] = [0, 1];
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === "0") to++;
    if (to - from > length) [at, length] = [from, to - from];
  }
  if (length === 1) return groups.join(":");
  return `${groups.slice(0, at).join(":")}::${groups.slice(at + length).join(":")}`;
}

/** Remembers the text of the last few addresses by their bytes: a stream of packets to one peer makes its text once. */
export class AddressMemo {
  readonly #bytes = new Uint8Array(ENDPOINT_SIZE * MEMO_SLOTS);
  readonly #texts: string[] = new Array(MEMO_SLOTS).fill("");
  #next = 0;

  text(bytes: Uint8Array, offset: number): string {
    for (let slot = 0; slot < MEMO_SLOTS; slot++) {
      if (this.#texts[slot] !== "" && this.#isAt(slot, bytes, offset)) return this.#texts[slot] as string;
    }
    const text = addressOf(bytes, offset);
    this.#bytes.set(bytes.subarray(offset, offset + ENDPOINT_SIZE), this.#next * ENDPOINT_SIZE);
    this.#texts[this.#next] = text;
    this.#next = (this.#next + 1) % MEMO_SLOTS;
    return text;
  }

  #isAt(slot: number, bytes: Uint8Array, offset: number): boolean {
    const at = slot * ENDPOINT_SIZE;
    if (this.#bytes[at + FAMILY] !== bytes[offset + FAMILY]) return false;
    for (let index = 0; index < PORT; index++) if (this.#bytes[at + index] !== bytes[offset + index]) return false;
    return true;
  }
}

// RTP as it is seen on the wire by somebody else: RFC 3550 §5.1, RFC 4733 §2.3, and µ-law by ITU-T G.711's own rule.

import type { Datagram } from "./virtual-network.ts";

export interface RtpPacket {
  at: number;
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  payload: Uint8Array;
}

export function parseRtp({ at, bytes }: Datagram): RtpPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint8(0) !== 0x80) throw new Error("no plain RTP packet");
  return {
    at,
    payloadType: view.getUint8(1) & 0x7f,
    marker: view.getUint8(1) >= 0x80,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    payload: bytes.subarray(12),
  };
}

export interface TelephoneEvent {
  key: string;
  /** How long it lasted by its last packet, ms. */
  length: number;
  packets: number;
  ends: number;
  markers: number;
}

/** The keys in a stream, by their timestamps. */
export function telephoneEvents(packets: readonly RtpPacket[], payloadType: number): TelephoneEvent[] {
  const events = new Map<number, TelephoneEvent>();
  for (const packet of packets) {
    if (packet.payloadType !== payloadType) continue;
    const [code = 0, flags = 0, high = 0, low = 0] = packet.payload;
    const key = "0123456789*#ABCD"[code] ?? "?";
    const event = events.get(packet.timestamp) ?? { key, length: 0, packets: 0, ends: 0, markers: 0 };
    event.packets++;
    event.length = (high * 256 + low) / 8;
    if (flags >= 0x80) event.ends++;
    if (packet.marker) event.markers++;
    events.set(packet.timestamp, event);
  }
  return [...events.values()];
}

/** G.711 table 2a: sign, three bits of segment, four of step, all inverted. */
function decodeMuLaw(byte: number): number {
  const value = ~byte & 0xff;
  const size = (((value & 15) * 2 + 33) << ((value >> 4) & 7)) - 33;
  return 4 * (value >= 0x80 ? -size : size);
}

/** The sound of a µ-law stream, packet after packet. */
export function soundOf(packets: readonly RtpPacket[]): Int16Array {
  return Int16Array.from(
    packets.flatMap(({ payloadType, payload }) => (payloadType === 0 ? [...payload] : [])),
    decodeMuLaw,
  );
}

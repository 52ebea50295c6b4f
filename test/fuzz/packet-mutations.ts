// Damages RTP and RTCP packets: RFC 3550 §5.1 and §6.4, RFC 4733 §2.3.

import type { Dice } from "../support/dice.ts";

type Mutation = (packet: Buffer, dice: Dice) => Buffer;

const put = (packet: Buffer, at: number, value: number): Buffer => {
  if (at < packet.length) packet[at] = value;
  return packet;
};

const anywhere: readonly Mutation[] = [
  (packet, dice) => put(packet, dice.below(packet.length + 1), dice.below(256)),
  (packet, dice) => packet.subarray(0, dice.below(packet.length + 1)),
  (packet, dice) => Buffer.concat([packet, Buffer.alloc(dice.below(1600), dice.below(256))]),
  (packet) => Buffer.concat([packet, packet]),
];

const rtp: readonly Mutation[] = [
  (packet, dice) => put(packet, 0, dice.below(256)), // version, padding, extension, CSRC count
  (packet, dice) => put(packet, 0, 0x80 | dice.pick([0x10, 0x20, 0x30, 0x0f, 0x1f])),
  (packet, dice) => put(packet, 1, dice.pick([0, 8, 13, 101, 229, 96, 127, 255, 72, 200])),
  (packet, dice) => put(put(packet, 2, dice.below(256)), 3, dice.below(256)), // sequence number
  (packet, dice) => put(put(packet, 4, dice.below(256)), 6, dice.below(256)), // time stamp
  (packet, dice) => put(packet, 8 + dice.below(4), dice.below(256)), // source
  (packet, dice) => put(packet, packet.length - 1, dice.below(256)), // length of the padding
  (packet, dice) => put(put(packet, 14, dice.below(256)), 15, dice.below(256)), // length of an extension
  (packet, dice) => put(packet.subarray(0, 16), 1, dice.pick([101, 229])), // a telephone event
];

const rtcp: readonly Mutation[] = [
  (packet, dice) => put(packet, 0, dice.below(256)),
  (packet, dice) => put(packet, 0, 0x80 | dice.below(32)),
  (packet, dice) => put(packet, 1, dice.pick([200, 201, 202, 203, 204, 205, 207, 0, 255])),
  (packet, dice) => put(put(packet, 2, dice.pick([0, 0, 1, 255])), 3, dice.below(256)), // length
];

export function mutatePacket(packet: Uint8Array, isRtcp: boolean, dice: Dice): Buffer {
  let result: Buffer = Buffer.from(packet);
  for (let count = 1 + dice.below(3); count > 0; count--)
    result = dice.pick(dice.chance(0.3) ? anywhere : isRtcp ? rtcp : rtp)(result, dice);
  return result;
}

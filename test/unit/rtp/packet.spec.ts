// RFC 3550 §5.1: headers read and written; malformed ones refused, cut at every byte.

import { RTP_HEADER_SIZE, RtpPacket, writeRtpHeader } from "../../../assembly/rtp/packet";

const packet = changetype<RtpPacket>(memory.data(64, 16));
const bytes = memory.data(2048, 16);

function random(state: u32): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^ (state << 5);
}

/** A packet with `sources` CSRCs, an extension of `words` words or none at -1, 20 bytes of payload, `padding` bytes. */
function build(sources: i32, words: i32, padding: i32): i32 {
  memory.fill(bytes, 0xee, 2048);
  let at = writeRtpHeader(bytes, 8, true, 0xfffe, 0x80000001, 0xdeadbeef);
  store<u8>(bytes, <u8>(0x80 | (padding ? 0x20 : 0) | (words >= 0 ? 0x10 : 0) | sources));
  at += <usize>sources << 2;
  if (words >= 0) {
    store<u16>(at, 0, 0);
    store<u8>(at, <u8>(words >> 8), 2);
    store<u8>(at, <u8>words, 3);
    at += 4 + (<usize>words << 2);
  }
  for (let index = 0; index < 20; index++) store<u8>(at++, <u8>index);
  for (let index = 1; index <= padding; index++) store<u8>(at++, index == padding ? <u8>padding : 0);
  return <i32>(at - bytes);
}

describe("RtpPacket", () => {
  it("what is written is read", () => {
    const end = writeRtpHeader(bytes, 101, false, 65535, 0xffffff60, 1);
    expect(<i32>(end - bytes)).toBe(RTP_HEADER_SIZE);
    expect(load<u8>(bytes)).toBe(0x80);
    expect(packet.parse(bytes, 12)).toBeTruthy();
    expect(packet.payloadType).toBe(101);
    expect(packet.marker).toBeFalsy();
    expect(packet.sequence).toBe(65535);
    expect(packet.timestamp).toBe(0xffffff60);
    expect(packet.ssrc).toBe(1);
    expect(packet.payloadLength).toBe(0);
  });

  it("contributing sources, extension and padding are stepped over", () => {
    for (let sources = 0; sources <= 15; sources++) {
      for (let words = -1; words <= 300; words += 43) {
        for (let padding = 0; padding <= 8; padding += 4) {
          const length = build(sources, words, padding);
          expect(packet.parse(bytes, length)).toBeTruthy();
          expect(packet.payloadLength).toBe(20);
          expect(load<u8>(packet.payload)).toBe(0);
          expect(load<u8>(packet.payload, 19)).toBe(19);
          expect(packet.marker).toBeTruthy();
          expect(packet.payloadType).toBe(8);
        }
      }
    }
  });

  it("cut at every byte, what is left of the header never reaches beyond the datagram", () => {
    const length = build(3, 5, 0);
    const header = length - 20;
    for (let cut = 0; cut < length; cut++) {
      const isPacket = packet.parse(bytes, cut);
      expect(isPacket).toBe(cut >= header);
      if (isPacket) expect(packet.payload + <usize>packet.payloadLength == bytes + <usize>cut).toBeTruthy();
    }
  });

  it("other versions are no RTP: STUN, RTP 1, DTLS", () => {
    for (let first = 0; first < 256; first++) {
      build(0, -1, 0);
      store<u8>(bytes, <u8>first);
      if (first >> 6 != 2) expect(packet.parse(bytes, 172)).toBeFalsy();
    }
  });

  it("padding of nothing, or of more than there is", () => {
    const length = build(0, -1, 4);
    store<u8>(bytes + <usize>length - 1, 0);
    expect(packet.parse(bytes, length)).toBeFalsy();
    store<u8>(bytes + <usize>length - 1, 24);
    expect(packet.parse(bytes, length)).toBeTruthy();
    expect(packet.payloadLength).toBe(0);
    store<u8>(bytes + <usize>length - 1, 25);
    expect(packet.parse(bytes, length)).toBeFalsy();
  });

  it("any bytes at all: a packet lies within its datagram", () => {
    let state: u32 = 4711;
    for (let round = 0; round < 20000; round++) {
      for (let index = 0; index < 64; index += 4) {
        state = random(state);
        store<u32>(bytes + <usize>index, state);
      }
      if (round & 1) store<u8>(bytes, (load<u8>(bytes) & 0x3f) | 0x80);
      const length = <i32>(random(state) % 65);
      if (!packet.parse(bytes, length)) continue;
      if (packet.payloadLength < 0) throw new Error("negative length");
      if (packet.payload < bytes + 12) throw new Error("payload in the header");
      const end = packet.payload + <usize>packet.payloadLength;
      if (end > bytes + <usize>length) throw new Error("payload beyond the end");
    }
    expect(state != 0).toBeTruthy();
  });
});

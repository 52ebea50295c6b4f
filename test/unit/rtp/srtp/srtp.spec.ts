// RFC 3711: keys, packets, indexes. What one side protects the other takes, once, and nobody else's.

import { AES_SIZE, Aes } from "../../../../assembly/base/aes";
import { HMAC_SHA1_SIZE, HmacSha1 } from "../../../../assembly/base/hmac-sha1";
import { store16 } from "../../../../assembly/base/network-order";
import { writeRtpHeader } from "../../../../assembly/rtp/packet";
import { PACKET_WINDOW_SIZE, PacketWindow } from "../../../../assembly/rtp/srtp/packet-window";
import { SESSION_KEYS_SIZE, SessionKeys } from "../../../../assembly/rtp/srtp/session-keys";
import {
  FORGED, MALFORMED, REPLAYED, SRTP_RECEIVER_SIZE, SrtpReceiver,
} from "../../../../assembly/rtp/srtp/srtp-receiver";
import { SRTP_SENDER_SIZE, SrtpSender } from "../../../../assembly/rtp/srtp/srtp-sender";
import { isHex } from "../../base/support";
import {
  CLEAR, CONTROL, CONTROL_FIRST, CONTROL_SECOND, PROTECTED, PROTECTED_SHORT, hex, master, packet,
} from "./vectors";

const keys = changetype<SessionKeys>(memory.data(SESSION_KEYS_SIZE, 16));
const sender = changetype<SrtpSender>(memory.data(SRTP_SENDER_SIZE, 16));
const receiver = changetype<SrtpReceiver>(memory.data(SRTP_RECEIVER_SIZE, 16));
const aes = changetype<Aes>(memory.data(AES_SIZE, 16));
const hmac = changetype<HmacSha1>(memory.data(HMAC_SHA1_SIZE, 16));
const window = changetype<PacketWindow>(memory.data(PACKET_WINDOW_SIZE, 16));
const other = memory.data(32, 16);
const expected = memory.data(256, 16);
const kept = memory.data(256, 16);

function begin(tagSize: i32): void {
  memory.fill(changetype<usize>(sender), 0, SRTP_SENDER_SIZE);
  memory.fill(changetype<usize>(receiver), 0, SRTP_RECEIVER_SIZE);
  sender.start(tagSize, master);
  receiver.start(tagSize, master);
}

/** A packet of 20 bytes of payload with this number, protected. Its length. */
function send(sequence: i32, rollover: u32, ssrc: u32 = 7): i32 {
  const payload = writeRtpHeader(packet, 0, false, <u16>sequence, 160 * <u32>sequence, ssrc);
  memory.fill(payload, 0x5a, 20);
  return sender.protect(packet, 32, rollover);
}

function arrives(length: i32): void {
  expect(receiver.unprotect(packet, length)).toBe(32);
  for (let index: usize = 12; index < 32; index++) expect(load<u8>(packet + index)).toBe(0x5a);
}

/** The keys of RFC 3711 B.3 as published, against those that were derived. */
function areKeys(isControl: bool, cipher: string, salt: string, authentication: string): void {
  keys.derive(master, isControl);
  hex(other, cipher);
  aes.setKey(other);
  memory.fill(other, 0, 16);
  hex(other, salt);
  memory.fill(expected, 0, 40);
  aes.addKeyStream(expected, 40, v128.load(other));
  memory.fill(packet, 0, 40);
  keys.addKeyStream(packet, 40, 0, 0);
  expect(memory.compare(packet, expected, 40)).toBe(0);
  hmac.setKey(other, hex(other, authentication));
  hmac.start();
  hmac.update(packet, 40);
  hmac.finish(expected);
  keys.writeTag(packet, packet + 40, 20);
  expect(memory.compare(packet + 40, expected, 20)).toBe(0);
}

describe("Key derivation", () => {
  it("RFC 3711 B.3: cipher, salt and authentication key of RTP", () => {
    areKeys(
      false, "c61e7a93744f39ee10734afe3ff7a087", "30cbbc08863d8c85d49db34a9ae1",
      "cebe321f6ff7716b6fd4ab49af256a156d38baa4",
    );
  });

  it("RFC 3711 §4.3.2: those of RTCP have labels 3 to 5", () => {
    areKeys(
      true, "4c1aa45a81f73d61c800bbb00fbb1eaa", "9581c7ad87b3e530bf3e4454a8b3",
      "8d54534feb49ae8e7993a6bd0b844fc323a93dfd",
    );
  });
});

describe("SRTP", () => {
  it("RFC 3711 §3.3: a packet and its tag of 80 bits, both ways", () => {
    begin(10);
    expect(sender.protect(packet, hex(packet, CLEAR), 0)).toBe(38);
    expect(isHex(packet, PROTECTED)).toBeTruthy();
    expect(receiver.unprotect(packet, 38)).toBe(28);
    expect(isHex(packet, CLEAR)).toBeTruthy();
  });

  it("RFC 3711 §4.2: the rollover counter is part of both cipher and tag; a tag of 32 bits", () => {
    begin(4);
    expect(sender.protect(packet, hex(packet, CLEAR), 1)).toBe(32);
    expect(isHex(packet, PROTECTED_SHORT)).toBeTruthy();
    expect(receiver.unprotect(packet, 32)).toBe(FORGED); // whoever begins at 0 cannot know
  });

  it("no key: packets pass as they are", () => {
    begin(0);
    const length = hex(packet, CLEAR);
    expect(sender.isOn || receiver.isOn).toBeFalsy();
    expect(sender.protect(packet, length, 0)).toBe(length);
    expect(sender.protectControl(packet, length)).toBe(length);
    expect(receiver.unprotect(packet, length)).toBe(length);
    expect(receiver.unprotectControl(packet, length)).toBe(length);
    expect(isHex(packet, CLEAR)).toBeTruthy();
  });

  it("a bit changed anywhere is found, and nothing is remembered of it", () => {
    begin(10);
    const length = send(1, 0);
    memory.copy(kept, packet, 64);
    for (let bit = 0; bit < length * 8; bit++) {
      memory.copy(packet, kept, 64);
      store<u8>(packet + <usize>(bit >> 3), load<u8>(packet + <usize>(bit >> 3)) ^ (<u8>1 << <u8>(bit & 7)));
      expect(receiver.unprotect(packet, length)).toBeLessThan(0, bit.toString());
    }
    memory.copy(packet, kept, 64);
    arrives(length);
  });

  it("a packet cut at any byte is refused", () => {
    begin(10);
    const length = send(1, 0);
    memory.copy(kept, packet, 64);
    for (let cut = 0; cut < length; cut++) {
      memory.copy(packet, kept, 64);
      expect(receiver.unprotect(packet, cut)).toBe(cut < 22 ? MALFORMED : FORGED, cut.toString());
    }
  });

  it("RFC 3711 §3.3.2: no packet is taken twice, those in disorder are, those older than the window are not", () => {
    begin(10);
    for (let sequence = 1000; sequence >= 873; sequence--) arrives(send(sequence, 0));
    for (let sequence = 873; sequence <= 1000; sequence++) {
      expect(receiver.unprotect(packet, send(sequence, 0))).toBe(REPLAYED);
    }
    expect(receiver.unprotect(packet, send(872, 0))).toBe(REPLAYED);
    arrives(send(1063, 0));
    expect(receiver.unprotect(packet, send(1000, 0))).toBe(REPLAYED);
    arrives(send(1001, 0));
    arrives(send(1500, 0));
    expect(receiver.unprotect(packet, send(1063, 0))).toBe(REPLAYED);
  });

  it("RFC 3711 §3.3.1: the number rolls over, in order and out of it, twice", () => {
    begin(10);
    arrives(send(65000, 0));
    arrives(send(65534, 0));
    arrives(send(0, 1));
    arrives(send(65535, 0));
    arrives(send(1, 1));
    expect(receiver.unprotect(packet, send(65535, 0))).toBe(REPLAYED);
    arrives(send(30000, 1));
    arrives(send(60000, 1));
    arrives(send(500, 2));
    expect(receiver.unprotect(packet, send(60001, 2))).toBe(REPLAYED); // so far ahead is taken for long ago
  });

  it("another SSRC is another sender, whose numbers have nothing to do with the first one's", () => {
    begin(10);
    arrives(send(40000, 0, 1));
    arrives(send(3, 0, 2));
    arrives(send(40001, 0, 1));
    expect(receiver.unprotect(packet, send(3, 0, 2))).toBe(REPLAYED);
    for (let ssrc: u32 = 3; ssrc < 8; ssrc++) arrives(send(10, 0, ssrc));
    expect(receiver.unprotect(packet, send(10, 0, 7))).toBe(REPLAYED);
  });

  it("RFC 3711 §3.3.1: under a new key the rollover counter goes on; one that begins at 0 again is understood", () => {
    for (let way: u32 = 0; way < 2; way++) {
      begin(10);
      arrives(send(65535, 0));
      arrives(send(0, 1));
      memory.copy(other, master, 30);
      store<u8>(other, 0x77);
      sender.start(10, other);
      expect(receiver.unprotect(packet, send(1, 1))).toBe(FORGED);
      receiver.start(10, other);
      arrives(send(2, way));
      arrives(send(3, way));
      expect(receiver.unprotect(packet, send(3, way))).toBe(REPLAYED);
      expect(receiver.unprotect(packet, send(4, 1 - way))).toBe(FORGED);
    }
  });

  it("the same key told again changes nothing", () => {
    begin(10);
    arrives(send(65535, 0));
    arrives(send(0, 1));
    sender.start(10, master);
    receiver.start(10, master);
    expect(receiver.unprotect(packet, send(0, 1))).toBe(REPLAYED);
    arrives(send(1, 1));
  });

  it("sources and an extension in the header stay clear, and a padded payload is enciphered", () => {
    begin(10);
    memory.fill(packet, 0x11, 64);
    store<u8>(packet, 0xb2); // padding, extension, two sources
    store16(packet + 22, 1);
    store<u8>(packet + 47, 4);
    memory.copy(kept, packet, 48);
    expect(sender.protect(packet, 48, 0)).toBe(58);
    expect(memory.compare(packet, kept, 28)).toBe(0);
    for (let index: usize = 28; index < 48; index += 4) {
      expect(load<u32>(packet + index) == load<u32>(kept + index)).toBeFalsy();
    }
    expect(receiver.unprotect(packet, 58)).toBe(48);
    expect(memory.compare(packet, kept, 48)).toBe(0);
  });
});

describe("SRTCP", () => {
  it("RFC 3711 §3.4: enciphered behind eight bytes, then the index with its bit, then the tag, of 80 bits with either suite", () => {
    for (let suite = 4; suite <= 10; suite += 6) {
      begin(suite);
      const length = hex(packet, CONTROL);
      expect(sender.protectControl(packet, length)).toBe(length + 14);
      expect(isHex(packet, CONTROL_FIRST)).toBeTruthy();
      expect(receiver.unprotectControl(packet, length + 14)).toBe(length);
      expect(isHex(packet, CONTROL)).toBeTruthy();
      sender.protectControl(packet, length);
      expect(isHex(packet, CONTROL_SECOND)).toBeTruthy();
      expect(receiver.unprotectControl(packet, length + 14)).toBe(length);
      expect(receiver.unprotectControl(packet, hex(packet, CONTROL_FIRST))).toBe(REPLAYED);
    }
  });

  it("a bit changed anywhere is found, and so is a cut", () => {
    begin(10);
    const length = hex(kept, CONTROL_FIRST);
    for (let bit = 0; bit < length * 8; bit++) {
      memory.copy(packet, kept, 64);
      store<u8>(packet + <usize>(bit >> 3), load<u8>(packet + <usize>(bit >> 3)) ^ (<u8>1 << <u8>(bit & 7)));
      expect(receiver.unprotectControl(packet, length)).toBe(FORGED, bit.toString());
    }
    for (let cut = 0; cut < length; cut++) {
      memory.copy(packet, kept, 64);
      expect(receiver.unprotectControl(packet, cut)).toBe(cut < 22 ? MALFORMED : FORGED, cut.toString());
    }
  });

  it("RFC 3711 §3.4: one that is authenticated and not enciphered is taken as it is", () => {
    begin(10);
    keys.derive(master, true);
    const length = hex(packet, CONTROL);
    memory.fill(packet + <usize>length, 0, 4);
    store<u8>(packet + <usize>length, 5, 3);
    keys.writeTag(packet, packet + <usize>length + 4, 10);
    expect(receiver.unprotectControl(packet, length + 14)).toBe(length);
    expect(isHex(packet, CONTROL)).toBeTruthy();
  });
});

describe("PacketWindow", () => {
  it("tells what has come exactly, against a list of all packets", () => {
    window.reset();
    let state: u32 = 1;
    let highest: i32 = 1000;
    memory.fill(packet, 0, 2048);
    for (let step = 0; step < 5000; step++) {
      state ^= state << 13; state ^= state >> 17; state ^= state << 5;
      const index = highest - 200 + <i32>(state % 211);
      if (index >= 2048 || index < 0) break;
      const isKnown = load<u8>(packet + <usize>index) != 0;
      const isOld = step > 0 && index <= highest - 128;
      expect(window.isFresh(index)).toBe(step == 0 || !(isKnown || isOld), step.toString());
      if (!window.isFresh(index)) continue;
      window.put(index);
      store<u8>(packet + <usize>index, 1);
      highest = step == 0 ? index : max(highest, index);
    }
    expect(highest).toBeGreaterThan(1500);
  });
});

// RFC 3550 §6: reports written, read back, and malformed ones refused.

import {
  CONTROL_PACKET_SIZE, ControlPacket, ReportBlock, ntpOf, shortNtpOf, writeDescription, writeGoodbye,
  writeReceiverReport, writeSenderReport,
} from "../../../assembly/rtp/rtcp";

const control = changetype<ControlPacket>(memory.data(CONTROL_PACKET_SIZE, 16));
const block = changetype<ReportBlock>(memory.data(32, 16));
const bytes = memory.data(512, 16);
const name = memory.data<u8>([0x61, 0x62, 0x63, 0x64, 0x65]);

const US: u32 = 0x11111111;
const THEM: u32 = 0x99999999;

function fill(): void {
  block.ssrc = US;
  block.fractionLost = 64;
  block.cumulativeLost = -3;
  block.highestSequence = 0x0001fffe;
  block.jitter = 77;
  block.lastReport = 0x12345678;
  block.sinceLastReport = 65536;
}

/** SR with one block, SDES, BYE. */
function compound(): i32 {
  fill();
  let end = writeSenderReport(bytes, THEM, 12345678.5, 0x80000000, 1000, 160000, block);
  end = writeDescription(end, THEM, name, 5);
  end = writeGoodbye(end, THEM);
  return <i32>(end - bytes);
}

describe("RTCP", () => {
  it("§4: NTP time, 32.32", () => {
    expect(ntpOf(0)).toBe(0);
    expect(ntpOf(1000)).toBe(0x100000000);
    expect(ntpOf(2500)).toBe(0x280000000);
    expect(shortNtpOf(65536000.0 + 1500)).toBe(0x00018000);
  });

  it("§6.4.1, §6.5, §6.6: a compound packet says what was put into it", () => {
    const length = compound();
    expect(length).toBe(28 + 24 + 16 + 8);
    expect(control.parse(bytes, length, US)).toBeTruthy();
    expect(control.ssrc).toBe(THEM);
    expect(control.hasSenderReport).toBeTruthy();
    expect(control.senderTime).toBe(shortNtpOf(12345678.5));
    expect(bswap<u32>(load<u32>(bytes, 20))).toBe(1000); // sender's packet count
    expect(load<u8>(bytes, 28 + 24 + 16 + 1)).toBe(203); // BYE
    expect(bswap<u32>(load<u32>(bytes, 28 + 24 + 16 + 4))).toBe(THEM);
    expect(control.hasBlock).toBeTruthy();
    expect(control.block.fractionLost).toBe(64);
    expect(control.block.cumulativeLost).toBe(-3);
    expect(control.block.highestSequence).toBe(0x0001fffe);
    expect(control.block.jitter).toBe(77);
    expect(control.block.lastReport).toBe(0x12345678);
    expect(control.block.sinceLastReport).toBe(65536);
  });

  it("the bytes are those of the RFC's figures", () => {
    compound();
    expect(load<u8>(bytes)).toBe(0x81);
    expect(load<u8>(bytes, 1)).toBe(200);
    expect(load<u8>(bytes, 3)).toBe(12);
    expect(load<u8>(bytes, 16)).toBe(0x80);
    expect(load<u8>(bytes, 33)).toBe(0xff);
    expect(load<u8>(bytes, 34)).toBe(0xff);
    expect(load<u8>(bytes, 35)).toBe(0xfd);
    const description = bytes + 52;
    expect(load<u8>(description)).toBe(0x81);
    expect(load<u8>(description, 1)).toBe(202);
    expect(load<u8>(description, 3)).toBe(3);
    expect(load<u8>(description, 8)).toBe(1);
    expect(load<u8>(description, 9)).toBe(5);
    expect(load<u8>(description, 15)).toBe(0);
    expect(load<u8>(description + 16, 1)).toBe(203);
  });

  it("§6.5: a name of any length ends with a zero, on a word", () => {
    for (let length = 0; length <= 5; length++) {
      memory.fill(bytes, 0xee, 64);
      const end = writeDescription(bytes, THEM, name, length);
      const size = <i32>(end - bytes);
      expect(size % 4).toBe(0);
      expect(load<u8>(bytes, 3)).toBe(<u8>(size / 4 - 1));
      expect(load<u8>(bytes + 10 + <usize>length)).toBe(0);
      expect(load<u8>(end - 1)).toBe(0);
    }
  });

  it("only the block about ourselves is taken", () => {
    fill();
    block.ssrc = 0x22222222;
    const end = writeReceiverReport(bytes, THEM, block);
    expect(control.parse(bytes, <i32>(end - bytes), US)).toBeTruthy();
    expect(control.hasBlock).toBeFalsy();
    expect(control.hasSenderReport).toBeFalsy();
  });

  it("a report of one that hears nothing", () => {
    const end = writeReceiverReport(bytes, THEM, null);
    expect(<i32>(end - bytes)).toBe(8);
    expect(control.parse(bytes, 8, US)).toBeTruthy();
  });

  it("§A.2: cut anywhere but between its packets, it is refused", () => {
    const length = compound();
    for (let cut = 0; cut < length; cut++) {
      expect(control.parse(bytes, cut, US)).toBe(cut == 52 || cut == 68);
    }
  });

  it("§A.2: another version, another first packet, padding before the end", () => {
    const length = compound();
    store<u8>(bytes, 0x41);
    expect(control.parse(bytes, length, US)).toBeFalsy();
    compound();
    store<u8>(bytes, 0xa1);
    expect(control.parse(bytes, length, US)).toBeFalsy();
    compound();
    store<u8>(bytes, 202, 1);
    expect(control.parse(bytes, length, US)).toBeFalsy();
    compound();
    store<u8>(bytes, 0x82); // says two blocks, has one
    expect(control.parse(bytes, length, US)).toBeFalsy();
    compound();
    store<u8>(bytes, 0xff, 2);
    expect(control.parse(bytes, length, US)).toBeFalsy();
  });

  it("any one byte changed: never a read beyond the end, and the length fields hold it together", () => {
    const length = compound();
    for (let at = 0; at < length; at++) {
      for (let value = 0; value < 256; value++) {
        compound();
        store<u8>(bytes + <usize>at, <u8>value);
        memory.fill(bytes + <usize>length, 0xff, 64);
        control.parse(bytes, length, US);
        if (control.hasBlock && at < 28) expect(control.block.jitter).toBe(77);
      }
    }
  });
});

// Numbers as text: decimal and hexadecimal, to their last value and not one beyond.

import { NOT_A_NUMBER, countDigits, parseDecimal, writeDecimal, writeHex32 } from "../../../assembly/base/decimal";
import { hexValue, parseHex, parseHex32, writeHex } from "../../../assembly/base/hex";
import { equals } from "../../../assembly/base/literal";
import { put } from "./support";

const input = memory.data(256, 16);
const output = memory.data(256, 16);

function parse(text: string, most: i64 = 0xffffffff): i64 { return parseDecimal(input, put(input, text), most); }
function parse32(text: string): i64 { return parseHex32(input, put(input, text)); }
function wrote(end: usize, text: string): bool { return equals(output, <i32>(end - output), text); }

describe("decimal numbers", () => {
  it("are digits from end to end", () => {
    expect(parse("0")).toBe(0);
    expect(parse("007")).toBe(7);
    expect(parse("5060")).toBe(5060);
    expect(parse("")).toBe(NOT_A_NUMBER);
    expect(parse("-1")).toBe(NOT_A_NUMBER);
    expect(parse("+1")).toBe(NOT_A_NUMBER);
    expect(parse("1 ")).toBe(NOT_A_NUMBER);
    expect(parse("1a")).toBe(NOT_A_NUMBER);
    expect(parse("/")).toBe(NOT_A_NUMBER);
    expect(parse(":")).toBe(NOT_A_NUMBER);
  });

  it("are refused beyond their bound, however long they are", () => {
    expect(parse("4294967295")).toBe(4294967295);
    expect(parse("4294967296")).toBe(NOT_A_NUMBER);
    expect(parse("65535", 65535)).toBe(65535);
    expect(parse("65536", 65535)).toBe(NOT_A_NUMBER);
    expect(parse("99999999999999999999999999999999999999")).toBe(NOT_A_NUMBER);
    expect(parse("00000000000000000000000000000000000001")).toBe(1);
  });

  it("are counted without being read", () => {
    expect(countDigits(input, put(input, "123a4"))).toBe(3);
    expect(countDigits(input, put(input, "a"))).toBe(0);
    expect(countDigits(input, put(input, "123"))).toBe(3);
    expect(countDigits(input, 0)).toBe(0);
  });

  it("are written in as few digits as they need", () => {
    expect(wrote(writeDecimal(output, 0), "0")).toBeTruthy();
    expect(wrote(writeDecimal(output, 9), "9")).toBeTruthy();
    expect(wrote(writeDecimal(output, 10), "10")).toBeTruthy();
    expect(wrote(writeDecimal(output, 99), "99")).toBeTruthy();
    expect(wrote(writeDecimal(output, 100), "100")).toBeTruthy();
    expect(wrote(writeDecimal(output, 18446744073709551615), "18446744073709551615")).toBeTruthy();
    expect(wrote(writeDecimal(output, 10000000000000000000), "10000000000000000000")).toBeTruthy();
  });

  it("come back as they were written, at every power of two", () => {
    for (let shift: u64 = 0; shift < 32; shift++) {
      const value: i64 = 1 << shift;
      expect(parseDecimal(output, <i32>(writeDecimal(output, value) - output))).toBe(value);
      expect(parseDecimal(output, <i32>(writeDecimal(output, value - 1) - output))).toBe(value - 1);
    }
  });
});

describe("hexadecimal numbers", () => {
  it("are written in lower case, eight digits or two a byte", () => {
    expect(wrote(writeHex32(output, 0), "00000000")).toBeTruthy();
    expect(wrote(writeHex32(output, 0x89abcdef), "89abcdef")).toBeTruthy();
    store<u32>(input, bswap<u32>(0x00ff7fa0));
    expect(wrote(writeHex(output, input, 4), "00ff7fa0")).toBeTruthy();
    expect(wrote(writeHex(output, input, 0), "")).toBeTruthy();
  });

  it("have sixteen digits, six of them in two cases", () => {
    let digits = 0;
    for (let byte = 0; byte < 256; byte++) {
      if (hexValue(<u8>byte) >= 0) digits++;
    }
    expect(digits).toBe(22);
    expect(hexValue(0x30)).toBe(0);
    expect(hexValue(0x39)).toBe(9);
    expect(hexValue(0x41)).toBe(10);
    expect(hexValue(0x66)).toBe(15);
  });

  it("are read in either case, and refused at the first byte that is no digit", () => {
    expect(parseHex(input, put(input, "00fF7fA0"), output)).toBeTruthy();
    expect(load<u32>(output)).toBe(bswap<u32>(0x00ff7fa0));
    expect(parseHex(input, 0, output)).toBeTruthy();
    expect(parseHex(input, put(input, "00f"), output)).toBeFalsy();
    expect(parseHex(input, put(input, "0g"), output)).toBeFalsy();
    expect(parseHex(input, put(input, "g0"), output)).toBeFalsy();
    expect(parse32("0000000A")).toBe(10);
    expect(parse32("ffffffff")).toBe(4294967295);
    expect(parse32("1")).toBe(1);
    expect(parse32("")).toBe(-1);
    expect(parse32("000000001")).toBe(-1);
    expect(parse32("0x1")).toBe(-1);
  });
});

// Texts that live in memory: spans and literals, texts of bounded length, text written up to an end.

import { indexOfByte, isBlank, isDigit, sameSpan, sameSpanIgnoreCase } from "../../../assembly/base/bytes";
import {
  equals, equalsIgnoreCase, startsWith, startsWithIgnoreCase, writeText,
} from "../../../assembly/base/literal";
import { OUTPUT_SIZE, Output } from "../../../assembly/base/output";
import { textAt, textSize } from "../../../assembly/base/text";
import { put } from "./support";

const a = memory.data(64, 16);
const b = memory.data(64, 16);
const record = memory.data(64, 16);
const output = changetype<Output>(memory.data(OUTPUT_SIZE, 16));

describe("spans", () => {
  it("are the same with the same bytes, or with the same letters", () => {
    const length = put(a, "Via: [^_`{");
    expect(sameSpan(a, length, b, put(b, "Via: [^_`{"))).toBeTruthy();
    expect(sameSpan(a, length, b, put(b, "via: [^_`{"))).toBeFalsy();
    expect(sameSpan(a, length, b, put(b, "Via: [^_`"))).toBeFalsy();
    expect(sameSpanIgnoreCase(a, length, b, put(b, "vIA: [^_`{"))).toBeTruthy();
    // "[" and "{" differ as the two cases of a letter do.
    expect(sameSpanIgnoreCase(a, length, b, put(b, "vIA: {^_`{"))).toBeFalsy();
    expect(sameSpanIgnoreCase(a, length, b, put(b, "via"))).toBeFalsy();
    expect(sameSpan(a, 0, b, 0)).toBeTruthy();
  });

  it("are searched for a byte", () => {
    const length = put(a, "a:b:c");
    expect(indexOfByte(a, length, 0x3a)).toBe(1);
    expect(indexOfByte(a, 1, 0x3a)).toBe(-1);
    expect(indexOfByte(a, 0, 0x61)).toBe(-1);
    expect(isDigit(0x30) && isDigit(0x39) && !isDigit(0x2f) && !isDigit(0x3a)).toBeTruthy();
    expect(isBlank(0x20) && isBlank(0x09) && !isBlank(0x0a)).toBeTruthy();
  });
});

describe("literals", () => {
  it("are compared byte by byte", () => {
    const length = put(a, "SIP/2.0 200");
    expect(startsWith(a, length, "SIP/2.0")).toBeTruthy();
    expect(startsWith(a, length, "")).toBeTruthy();
    expect(startsWith(a, length, "SIP/3")).toBeFalsy();
    expect(startsWith(a, 3, "SIP/")).toBeFalsy();
    expect(equals(a, length, "SIP/2.0 200")).toBeTruthy();
    expect(equals(a, length, "SIP/2.0 20")).toBeFalsy();
    expect(startsWithIgnoreCase(a, length, "sip/")).toBeTruthy();
    expect(startsWithIgnoreCase(a, length, "sips")).toBeFalsy();
    expect(equalsIgnoreCase(a, 3, "sip")).toBeTruthy();
    expect(equalsIgnoreCase(a, 4, "sip")).toBeFalsy();
  });

  it("are written as ASCII", () => {
    expect(writeText(a, "ok")).toBe(a + 2);
    expect(load<u16>(a)).toBe(0x6b6f);
    expect(writeText(a, "")).toBe(a);
  });
});

describe("Text", () => {
  it("holds what fits, and keeps what it had when it does not", () => {
    const text = textAt(record).setup(5);
    expect(text.isEmpty).toBeTruthy();
    expect(text.set(a, put(a, "12345"))).toBeTruthy();
    expect(text.set(a, put(a, "123456"))).toBeFalsy();
    expect(text.set(a, -1)).toBeFalsy();
    expect(text.equals(b, put(b, "12345"))).toBeTruthy();
    expect(text.append(0x36)).toBeFalsy();
    expect(text.set(a, 0)).toBeTruthy();
    expect(text.isEmpty).toBeTruthy();
    for (let times = 0; times < 5; times++) expect(text.append(0x61)).toBeTruthy();
    expect(text.append(0x61)).toBeFalsy();
    expect(text.write(b)).toBe(b + 5);
    expect(equals(b, 5, "aaaaa")).toBeTruthy();
    text.clear();
    expect(text.length).toBe(0);
  });

  it("takes its header and its bytes, in whole words", () => {
    expect(textSize(0)).toBe(4);
    expect(textSize(1)).toBe(8);
    expect(textSize(4)).toBe(8);
    expect(textSize(255)).toBe(260);
    expect(textSize(256)).toBe(260);
  });
});

describe("Output", () => {
  it("writes up to its end", () => {
    output.start(a, a + 10);
    output.text("a=");
    output.decimal(1000);
    output.byte(0x3b);
    output.bytes(b, put(b, "xyz"));
    expect(output.finish()).toBe(a + 10);
    expect(equals(a, 10, "a=1000;xyz")).toBeTruthy();
  });

  it("is nothing once one part did not fit, even when a later one would", () => {
    memory.fill(a, 0x7e, 16);
    output.start(a, a + 4);
    output.text("abc");
    output.decimal(10);
    output.byte(0x64);
    expect(output.finish()).toBe(0);
    expect(equals(a, 6, "abc~~~")).toBeTruthy();
    expect(output.start(a, a).finish()).toBe(a);
    expect(output.start(a + 1, a).finish()).toBe(0);
    output.start(a, a + 4).bytes(b, -1);
    expect(output.finish()).toBe(0);
    output.start(a, a + 4).refuse();
    expect(output.finish()).toBe(0);
  });
});

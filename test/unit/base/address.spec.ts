// What is an address, what is not, and the one way each is written.

import { Endpoint, Family } from "../../../assembly/abi/endpoint";
import {
  isUnspecified, parseAddress, parseHostAddress, writeAddress, writeHostAddress,
} from "../../../assembly/base/address";
import { equals, writeText } from "../../../assembly/base/literal";

const endpoint = changetype<Endpoint>(memory.data(32, 16));
const input = memory.data(256, 16);
const output = memory.data(256, 16);

function parse(text: string): bool {
  endpoint.clear();
  return parseAddress(input, <i32>(writeText(input, text) - input), endpoint);
}

function parseHost(text: string): bool {
  endpoint.clear();
  return parseHostAddress(input, <i32>(writeText(input, text) - input), endpoint);
}

function written(text: string): bool { return equals(output, <i32>(writeAddress(output, endpoint) - output), text); }

function accepts(text: string, canonical: string): void {
  expect(parse(text)).toBeTruthy(text);
  expect(written(canonical)).toBeTruthy(text + " is written " + canonical);
}

function refuses(text: string): void {
  expect(parse(text)).toBeFalsy(text);
  expect(endpoint.isSet).toBeFalsy(text + " leaves nothing behind");
}

describe("IPv4", () => {
  it("reads four numbers in network order", () => {
    expect(parse("192.0.2.17")).toBeTruthy();
    expect(endpoint.family).toBe(<u8>Family.V4);
    expect(load<u8>(endpoint.address)).toBe(192);
    expect(load<u8>(endpoint.address, 3)).toBe(17);
    expect(endpoint.address1 | endpoint.address2 | endpoint.address3).toBe(0);
  });

  it("reads and writes the ends of the range", () => {
    accepts("0.0.0.0", "0.0.0.0");
    accepts("255.255.255.255", "255.255.255.255");
    accepts("10.0.0.1", "10.0.0.1");
  });

  it("refuses what is not four numbers of 0 to 255", () => {
    refuses("");
    refuses("1");
    refuses("1.2.3");
    refuses("1.2.3.");
    refuses("1.2.3.4.");
    refuses("1.2.3.4.5");
    refuses(".1.2.3.4");
    refuses("1..2.3");
    refuses("256.1.1.1");
    refuses("1.1.1.1000");
    refuses("1.1.1.01");
    refuses("1.1.1.x");
    refuses(" 1.1.1.1");
    refuses("1.1.1.1 ");
    refuses("-1.1.1.1");
  });
});

describe("IPv6", () => {
  it("RFC 4291 §2.2: the forms of the text", () => {
    accepts("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789");
    accepts("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a");
    accepts("FF01:0:0:0:0:0:0:101", "ff01::101");
    accepts("0:0:0:0:0:0:0:1", "::1");
    accepts("::1", "::1");
    accepts("::", "::");
    accepts("0:0:0:0:0:0:0:0", "::");
    accepts("1::", "1::");
    accepts("0:0:0:0:0:0:13.1.68.3", "::d01:4403");
    accepts("::FFFF:129.144.52.38", "::ffff:129.144.52.38");
    accepts("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
    accepts("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
    accepts("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8");
  });

  it("RFC 5952 §4: short, lower case, the longest run of zeros, the first of equals", () => {
    accepts("2001:0db8::0001", "2001:db8::1");
    accepts("2001:db8:0:0:0:0:2:1", "2001:db8::2:1");
    accepts("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    accepts("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    accepts("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    accepts("1:0:0:2:3:4:0:0", "1::2:3:4:0:0");
    accepts("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::");
  });

  it("RFC 5118 §4.10: three colons before an IPv4 address, and nowhere else", () => {
    accepts("2001:db8:::192.0.2.1", "2001:db8::c000:201");
    accepts(":::192.0.2.1", "::c000:201");
    accepts("1:2:3:4:5:::192.0.2.1", "1:2:3:4:5:0:c000:201");
    refuses("1:2:3:4:5:6:::192.0.2.1");
    refuses("1:2:3:4:5:6:7:::192.0.2.1");
    refuses("2001:db8:::1");
    refuses("2001:db8:::1:192.0.2.1");
    refuses("2001:db8::::192.0.2.1");
    refuses("2001:db8::1:::192.0.2.1");
    refuses("2001:db8:::192.0.2");
    refuses("2001:db8:::");
  });

  it("refuses what is not eight groups", () => {
    refuses(":");
    refuses(":::");
    refuses("1");
    refuses("1:2:3:4:5:6:7");
    refuses("1:2:3:4:5:6:7:8:9");
    refuses("1:2:3:4:5:6:7:8::");
    refuses("1:2:3:4:5:6:7:8:9::");
    refuses("1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:1:2:3:4::5");
    refuses("::1:2:3:4:5:6:7:8");
    refuses("1:2:3:4::5:6:7:8");
    refuses("1::2::3");
    refuses("1:2:3:4:5:6:7:");
    refuses(":1:2:3:4:5:6:7");
    refuses("::12345");
    refuses("::g");
    refuses("::1.2.3");
    refuses("::1.2.3.256");
    refuses("1:2:3:4:5:6:7:1.2.3.4");
    refuses("::1.2.3.4:5");
    refuses("fe80::1%eth0");
    refuses("[::1]");
  });

  it("fills 16 bytes in network order", () => {
    expect(parse("2001:db8::ff")).toBeTruthy();
    expect(endpoint.family).toBe(<u8>Family.V6);
    expect(load<u8>(endpoint.address)).toBe(0x20);
    expect(load<u8>(endpoint.address, 1)).toBe(0x01);
    expect(load<u8>(endpoint.address, 15)).toBe(0xff);
  });
});

describe("the host of a URI", () => {
  it("RFC 3261 §25.1: IPv6 stands in brackets, IPv4 does not", () => {
    expect(parseHost("[2001:db8::9:1]")).toBeTruthy();
    expect(equals(output, <i32>(writeHostAddress(output, endpoint) - output), "[2001:db8::9:1]")).toBeTruthy();
    expect(parseHost("192.0.2.1")).toBeTruthy();
    expect(equals(output, <i32>(writeHostAddress(output, endpoint) - output), "192.0.2.1")).toBeTruthy();
    expect(parseHost("::1")).toBeFalsy();
    expect(parseHost("[192.0.2.1]")).toBeFalsy();
    expect(parseHost("[::1")).toBeFalsy();
    expect(parseHost("[]")).toBeFalsy();
    expect(parseHost("[")).toBeFalsy();
    expect(parseHost("")).toBeFalsy();
    expect(parseHost("example.com")).toBeFalsy();
  });

  it("keeps the port, transport and flow of the endpoint", () => {
    endpoint.clear();
    endpoint.port = 5060;
    endpoint.flow = 7;
    expect(parseAddress(input, <i32>(writeText(input, "::1") - input), endpoint)).toBeTruthy();
    expect(parseAddress(input, <i32>(writeText(input, "192.0.2.1") - input), endpoint)).toBeTruthy();
    expect(endpoint.port).toBe(5060);
    expect(endpoint.flow).toBe(7);
    expect(endpoint.address3).toBe(0);
  });

  it("0.0.0.0 and :: name nobody", () => {
    parse("0.0.0.0");
    expect(isUnspecified(endpoint)).toBeTruthy();
    parse("::");
    expect(isUnspecified(endpoint)).toBeTruthy();
    parse("::1");
    expect(isUnspecified(endpoint)).toBeFalsy();
  });
});

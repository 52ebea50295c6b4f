// What is written: RFC 3261 §7.3.1, §8.2.6, §18.2.1.

import { Endpoint, Family, Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { parseIPv6 } from "../../../assembly/base/address";
import { Text, textAt } from "../../../assembly/base/text";
import { Header } from "../../../assembly/sip/header";
import { beginResponse, hasToTag, out, writePlainResponse } from "../../../assembly/sip/writer";
import { at, message, parse, put, span } from "./text";
import { setEndpoint, setText } from "./wire";

const REQUEST = "OPTIONS sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bK1;x=\"received=1;y\", " +
  "SIP/2.0/TCP p;branch=2\r\n" +
  "v: SIP/2.0/UDP q;branch=3;received=192.0.2.9\r\nFrom: \"A\" <sip:a@b>;tag=1\r\nt: <sip:c@d>;x=y\r\n" +
    "Call-ID: id\r\nCSeq: 7 OPTIONS\r\n" +
  "Timestamp: 54\r\nContent-Length: 0\r\n\r\n";

const source: Endpoint = endpointAt(memory.data(24, 8));
const target = memory.data(1024, 16);
const tag = memory.data<u8>([0x74, 0x31]);
const name: Text = textAt(memory.data(260, 16)).setup(255);

function written(): string { return span(out.start, out.length); }

describe("the writer", () => {
  test("RFC 3261 §8.2.6: a response repeats what it must, in order", () => {
    parse(REQUEST);
    setEndpoint(source, "192.0.2.1", 40000);
    writePlainResponse(message, source, 404, tag, 2);
    expect(written()).toBe("SIP/2.0 404 Not Found\r\n" +
      "Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;x=\"received=1;y\";received=192.0.2.1;rport=40000, " +
      "SIP/2.0/TCP p;branch=2\r\n" +
      "Via: SIP/2.0/UDP q;branch=3;received=192.0.2.9\r\nFrom: \"A\" <sip:a@b>;tag=1\r\nTo: <sip:c@d>;x=y;tag=t1\r\n" +
        "Call-ID: id\r\n" +
      "CSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n");
  });

  test("RFC 3261 §8.2.6.1: a 100 repeats Timestamp and gets no tag when none is given", () => {
    parse(REQUEST);
    beginResponse(message, source, 100, tag, 0).body(0, 0);
    expect(written().includes("\r\nTimestamp: 54\r\n")).toBe(true);
    expect(written().includes("To: <sip:c@d>;x=y\r\n")).toBe(true);
  });

  test("a To that has a tag keeps it", () => {
    parse(REQUEST.replace("<sip:c@d>;x=y", "<sip:c@d;tag=no>;tag=old"));
    expect(hasToTag(message)).toBe(true);
    writePlainResponse(message, source, 200, tag, 2);
    expect(written().includes("To: <sip:c@d;tag=no>;tag=old\r\n")).toBe(true);
    parse(REQUEST.replace("<sip:c@d>;x=y", "<sip:c@d;tag=no>"));
    expect(hasToTag(message)).toBe(false, "a tag of the URI is none");
  });

  test("RFC 3261 §18.2.1: received is ours to say, whatever the sender said", () => {
    parse(REQUEST.replace(";rport;branch=z9hG4bK1", ";received=6.6.6.6;RPORT=1;branch=z9hG4bK1"));
    setEndpoint(source, "192.0.2.1", 40000);
    writePlainResponse(message, source, 200, tag, 2);
    expect(written().includes(";branch=z9hG4bK1;x=\"received=1;y\";received=192.0.2.1;rport=40000, ")).toBe(true);
    expect(written().includes("6.6.6.6")).toBe(false);
    parse(REQUEST.replace(";rport;branch=z9hG4bK1", " ; received = 6.6.6.6 ; rport ; branch = z9hG4bK1"));
    writePlainResponse(message, source, 200, tag, 2);
    expect(written().includes("6.6.6.6")).toBe(false, "blanks may stand round ; and = (§25.1)");
    expect(written().split("rport").length).toBe(2, "one rport");
  });

  test("RFC 3261 §25.1: received takes an IPv6 address without brackets, Via with them", () => {
    parse(REQUEST.replace(";rport", ""));
    source.clear();
    source.family = <u8>Family.V6;
    source.port = 5060;
    source.transport = <u8>Transport.Udp;
    parseIPv6(at, put("2001:db8::1"), source.address);
    parse(REQUEST.replace(";rport", ""));
    writePlainResponse(message, source, 200, tag, 2);
    expect(written().includes(";received=2001:db8::1, ")).toBe(true);
    out.begin().via(source, tag, 2);
    expect(written()).toBe("Via: SIP/2.0/UDP [2001:db8::1]:5060;rport;branch=t1\r\n");
  });

  test("what does not fit makes the whole nothing, and nothing is written behind the end", () => {
    for (let capacity = 0; capacity < 60; capacity++) {
      memory.fill(target, 0xee, 1024);
      out.beginAt(target, capacity).text("abc").decimal(12).headerNumber(Header.Expires, 3600).span(tag, 2);
      // the longest number is kept room for, so what fits may still be refused, but never the other way round
      if (out.length > 0) expect(span(target, out.length)).toBe("abc12Expires: 3600\r\nt1");
      for (let index = capacity; index < 1024; index++) assert(load<u8>(target + <usize>index) == 0xee,
        "written behind the end");
    }
    out.beginAt(target, 2).text("abc").text("x");
    expect(out.isFull).toBe(true);
    expect(out.length).toBe(0);
    out.beginAt(target, 1024);
    expect(out.isFull).toBe(false);
  });

  test("display names are quoted, their quotes escaped, their control characters left out", () => {
    setText(name, "Hall \"\\1\"\r\nVia: x");
    out.begin().displayName(name);
    expect(written()).toBe("\"Hall \\\"\\\\1\\\"Via: x\" ");
    name.clear();
    out.begin().displayName(name).text("<");
    expect(written()).toBe("<");
  });

  test("user parts are escaped where the grammar wants it", () => {
    parse(REQUEST);
    setText(name, "*21#+a b@<\x7f");
    out.begin().userPart(name.at, name.length);
    expect(written()).toBe("*21%23+a%20b%40%3c%7f");
  });

  test("every copy of a repeated field is repeated, in order", () => {
    parse(REQUEST.replace("Timestamp", "Record-Route: <sip:a>\r\nRecord-Route: <sip:b>, <sip:c>\r\nTimestamp"));
    out.begin().copyFields(message, Header.RecordRoute);
    expect(written()).toBe("Record-Route: <sip:a>\r\nRecord-Route: <sip:b>, <sip:c>\r\n");
  });
});

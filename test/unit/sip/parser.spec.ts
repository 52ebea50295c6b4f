// The message parser over whole messages: what is read, what is refused, what is cut or spoilt. RFC 3261 §7 and §25.

import { Header } from "../../../assembly/sip/header";
import { MessageKind } from "../../../assembly/sip/message";
import { Method } from "../../../assembly/sip/method";
import { Fault, parseMessage } from "../../../assembly/sip/parser";
import { at, message, parse, put, span } from "./text";

const INVITE = "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n" +
  "Via: SIP/2.0/UDP pc33.example.com;branch=z9hG4bK776asdhds\r\n" +
  "Max-Forwards: 70\r\nTo: Bob <sip:bob@biloxi.example.com>\r\n" +
    "From: Alice <sip:alice@atlanta.example.com>;tag=1928301774\r\n" +
  "Call-ID: a84b4c76e66710@pc33.example.com\r\nCSeq: 314159 INVITE\r\nContact: <sip:alice@pc33.example.com>\r\n" +
  "Content-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n";
const RESPONSE = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n" +
  "To: <sip:c@d>;tag=2\r\n" +
  "Call-ID: x\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n";

function value(header: Header): string {
  const field = message.first(header);
  return changetype<usize>(field) == 0 ? "-" : span(field.value, field.valueLength);
}

/** `text` is refused with that status for that reason. */
function refused(text: string, status: i32, fault: Fault): void {
  expect(parse(text)).toBe(false, text.substring(0, 60));
  expect(message.refusal).toBe(status, text.substring(0, 60));
  expect(message.fault).toBe(fault, text.substring(0, 60));
}

function accepted(text: string): void {
  expect(parse(text)).toBe(true, message.fault.toString() + ": " + text.substring(0, 60));
}

describe("a message", () => {
  test("RFC 3261 §7.1: a request", () => {
    accepted(INVITE);
    expect(message.kind).toBe(MessageKind.Request);
    expect(message.method).toBe(Method.Invite);
    expect(span(message.uriAt, message.uriLength)).toBe("sip:bob@biloxi.example.com");
    expect(message.sequence).toBe(314159);
    expect(span(message.bodyAt, message.bodyLength)).toBe("v=0\n");
    expect(value(Header.CallId)).toBe("a84b4c76e66710@pc33.example.com");
    expect(value(Header.To)).toBe("Bob <sip:bob@biloxi.example.com>");
    expect(message.fieldCount).toBe(9);
    expect(message.has(Header.Route)).toBe(false);
  });

  test("RFC 3261 §7.2: a response takes its method from CSeq", () => {
    accepted(RESPONSE);
    expect(message.isResponse).toBe(true);
    expect(message.status).toBe(200);
    expect(span(message.reasonAt, message.reasonLength)).toBe("OK");
    expect(message.method).toBe(Method.Bye);
    expect(span(message.methodAt, message.methodLength)).toBe("BYE");
    accepted(RESPONSE.replace("200 OK", "200 "));
    expect(message.reasonLength).toBe(0);
    accepted(RESPONSE.replace("200 OK", "486"));
    expect(message.status).toBe(486);
    accepted(RESPONSE.replace("200 OK", "699 = 2**3 \xe2\x82\xac"));
  });

  test("RFC 3261 §7.3.3: compact forms, any case, blanks round the colon", () => {
    accepted("OPTIONS sip:b@c SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\nF : <sip:a@b>;tag=1\r\nt:<sip:c@d>\r\n" +
      "I:\tx\r\ncSEQ:  1   OPTIONS  \r\n" +
      "m:<sip:a@b>\r\nK: 100rel\r\nl:0\r\n\r\n");
    expect(value(Header.From)).toBe("<sip:a@b>;tag=1");
    expect(value(Header.CallId)).toBe("x");
    expect(value(Header.Contact)).toBe("<sip:a@b>");
    expect(value(Header.Supported)).toBe("100rel");
    expect(value(Header.CSeq)).toBe("1   OPTIONS");
  });

  test("every header field's own name is found again", () => {
    accepted(RESPONSE.replace("Content-Length",
      "WWW-Authenticate: a\r\nproxy-authenticate: b\r\nRECORD-ROUTE: <sip:a>\r\nSession-Expires: 90\r\nX-Mine: 1\r\n" +
        "Content-Length"));
    expect(value(Header.WwwAuthenticate)).toBe("a");
    expect(value(Header.ProxyAuthenticate)).toBe("b");
    expect(value(Header.RecordRoute)).toBe("<sip:a>");
    expect(value(Header.SessionExpires)).toBe("90");
    expect(message.field(message.fieldCount - 2).header).toBe(<u8>Header.Other);
  });

  test("RFC 3261 §7.3.1: a folded field is one field, repeated fields keep their order", () => {
    accepted(RESPONSE.replace("Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\n",
      "Via: SIP/2.0/UDP a\r\n ;branch=z9hG4bK1\r\nVia:\r\n\tSIP/2.0/UDP b\r\n"));
    const first = message.first(Header.Via);
    expect(span(first.value, first.valueLength)).toBe("SIP/2.0/UDP a   ;branch=z9hG4bK1");
    const second = message.next(first);
    expect(span(second.value, second.valueLength)).toBe("SIP/2.0/UDP b");
    expect(changetype<usize>(message.next(second))).toBe(0);
    expect(message.isRepeated(Header.Via)).toBe(true);
    expect(message.isRepeated(Header.CSeq)).toBe(false);
  });

  test("RFC 3261 §7.5: empty lines before the start line are passed over, alone they are a keep-alive", () => {
    accepted("\r\n\r\n" + INVITE);
    refused("\r\n\r\n", 0, Fault.KeepAlive);
    refused("", 0, Fault.KeepAlive);
  });

  test("RFC 3261 §18.3: Content-Length cuts a datagram, and may be missing", () => {
    accepted(INVITE.replace("Content-Length: 4", "Content-Length: 2"));
    expect(message.bodyLength).toBe(2);
    accepted(INVITE.replace("Content-Length: 4\r\n", ""));
    expect(message.bodyLength).toBe(4);
    accepted(INVITE.replace("Content-Length: 4", "Content-Length: 0000004"));
    refused(INVITE.replace("Content-Length: 4", "Content-Length: 5"), 400, Fault.ContentLength);
    refused(INVITE.replace("Content-Length: 4", "Content-Length: -1"), 400, Fault.ContentLength);
    refused(INVITE.replace("Content-Length: 4", "Content-Length: 99999999999999999999"), 400, Fault.ContentLength);
    refused(INVITE.replace("Content-Length: 4", "Content-Length:"), 400, Fault.ContentLength);
    refused(INVITE.replace("Content-Length: 4", "Content-Length: 4\r\nl: 4"), 400, Fault.RepeatedHeader);
  });
});

describe("what is refused", () => {
  test("start lines", () => {
    refused(INVITE.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), 505, Fault.Version);
    refused(INVITE.replace(" SIP/2.0\r\nVia", "\r\nVia"), 400, Fault.StartLine);
    refused(INVITE.replace(" SIP/2.0\r\nVia", " HTTP/1.1\r\nVia"), 400, Fault.StartLine);
    refused(INVITE.replace("INVITE sip:bob", "INVITE  sip:bob"), 400, Fault.RequestUri);
    refused(INVITE.replace("INVITE sip:bob", "INV{TE sip:bob"), 400, Fault.Method);
    refused(INVITE.replace("INVITE sip:bob", " INVITE sip:bob"), 400, Fault.Method);
    refused(INVITE.replace("sip:bob@biloxi.example.com SIP", "<sip:bob@biloxi.example.com> SIP"), 400,
      Fault.RequestUri);
    refused(INVITE.replace("sip:bob@biloxi.example.com SIP", "sip:bob@biloxi.example.com; lr SIP"), 400,
      Fault.RequestUri);
    refused(RESPONSE.replace("200 OK", "2000 OK"), 400, Fault.StatusCode);
    refused(RESPONSE.replace("200 OK", "99 OK"), 400, Fault.StatusCode);
    refused(RESPONSE.replace("200 OK", "700 OK"), 400, Fault.StatusCode);
    refused(RESPONSE.replace("200 OK", "20x OK"), 400, Fault.StatusCode);
    refused(RESPONSE.replace("SIP/2.0 200", "SIP/3.0 200"), 400, Fault.Version);
  });

  test("a mandatory field that is missing or there twice", () => {
    const mandatory = ["Via: SIP/2.0/UDP pc33.example.com;branch=z9hG4bK776asdhds\r\n",
      "To: Bob <sip:bob@biloxi.example.com>\r\n",
      "From: Alice <sip:alice@atlanta.example.com>;tag=1928301774\r\n", "Call-ID: a84b4c76e66710@pc33.example.com\r\n",
      "CSeq: 314159 INVITE\r\n"];
    for (let index = 0; index < mandatory.length; index++) {
      refused(INVITE.replace(mandatory[index], ""), 400, Fault.MissingHeader);
      if (index > 0) refused(INVITE.replace(mandatory[index], mandatory[index] + mandatory[index]), 400,
        Fault.RepeatedHeader);
    }
    refused(INVITE.replace("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 70"), 400, Fault.RepeatedHeader);
  });

  test("values that do not parse", () => {
    refused(INVITE.replace("314159 INVITE", "314159 BYE"), 400, Fault.CSeqMethod);
    refused(INVITE.replace("314159 INVITE", "314159 invite"), 400, Fault.CSeqMethod);
    refused(INVITE.replace("314159 INVITE", "2147483648 INVITE"), 400, Fault.CSeq);
    accepted(INVITE.replace("314159 INVITE", "2147483647 INVITE"));
    refused(INVITE.replace("314159 INVITE", "36893488147419103232 INVITE"), 400, Fault.CSeq);
    refused(INVITE.replace("314159 INVITE", "-1 INVITE"), 400, Fault.CSeq);
    refused(INVITE.replace("314159 INVITE", "314159INVITE"), 400, Fault.CSeq);
    refused(INVITE.replace("314159 INVITE", "INVITE"), 400, Fault.CSeq);
    refused(INVITE.replace("Bob <sip:bob@biloxi.example.com>\r\n", "\"Bob <sip:bob@biloxi.example.com>\r\n"), 400,
      Fault.FromOrTo);
    refused(INVITE.replace("Bob <sip:bob@biloxi.example.com>\r\n", "Bob <sip:bob@biloxi.example.com\r\n"), 400,
      Fault.FromOrTo);
    refused(INVITE.replace("Bob <sip:bob@biloxi.example.com>\r\n", "<sip:b@c>, <sip:d@e>\r\n"), 400, Fault.FromOrTo);
    refused(INVITE.replace("Bob <sip:bob@biloxi.example.com>\r\n", "<sip:>\r\n"), 400, Fault.FromOrTo);
    refused(INVITE.replace("SIP/2.0/UDP pc33", "SIP/2.0/UDPpc33"), 400, Fault.Via);
    refused(INVITE.replace("pc33.example.com;branch", "pc33.example.com:0;branch"), 400, Fault.Via);
    refused(INVITE.replace("pc33.example.com;branch", "pc33.example.com:65536;branch"), 400, Fault.Via);
    refused(INVITE.replace("a84b4c76e66710@pc33", "a84b@4c76@pc33"), 400, Fault.CallId);
    refused(INVITE.replace("a84b4c76e66710@pc33.example.com", ""), 400, Fault.CallId);
    refused(INVITE.replace("Max-Forwards: 70", "Max-Forwards: 256"), 400, Fault.MaxForwards);
    refused(INVITE.replace("Max-Forwards: 70", "Max-Forwards: many"), 400, Fault.MaxForwards);
    accepted(INVITE.replace("Max-Forwards: 70", "Max-Forwards: 0"));
  });

  test("lines that end otherwise than with CRLF", () => {
    refused(INVITE.replace("Max-Forwards: 70\r\n", "Max-Forwards: 70\n"), 400, Fault.LineEnd);
    refused(INVITE.replace("Max-Forwards: 70\r\n", "Max-Forwards: 70\r"), 400, Fault.LineEnd);
    refused(INVITE.replace("SIP/2.0\r\nVia", "SIP/2.0\nVia"), 400, Fault.StartLine);
    refused(INVITE.replace("\r\n\r\nv=0\n", "\r\n"), 400, Fault.LineEnd);
    refused(INVITE.replace("Max-Forwards: 70", "Max Forwards: 70"), 400, Fault.HeaderLine);
    refused(INVITE.replace("Max-Forwards: 70", "Max-Forwards"), 400, Fault.HeaderLine);
    refused(INVITE.replace("Max-Forwards: 70", ": 70"), 400, Fault.HeaderLine);
  });

  test("too many header fields are 400, and the 128 before are readable", () => {
    const room = 128 - 9;
    accepted(INVITE.replace("Content-Type", "X: y\r\n".repeat(room) + "Content-Type"));
    refused(INVITE.replace("Content-Type", "X: y\r\n".repeat(room + 1) + "Content-Type"), 400, Fault.TooManyHeaders);
    expect(message.fieldCount).toBe(128);
  });

  test("what came before the fault can be read for an answer", () => {
    parse(INVITE.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"));
    expect(value(Header.CallId)).toBe("a84b4c76e66710@pc33.example.com");
  });

  test("bytes that are no text at all", () => {
    for (let byte = 0; byte < 256; byte++) {
      const length = put("x".repeat(300));
      memory.fill(at, <u8>byte, 300);
      expect(parseMessage(message, at, length)).toBe(false, byte.toString());
    }
  });
});

const FILLERS: StaticArray<u8> = [0x41, 0x0d, 0x0a, 0x22, 0x3e, 0x00, 0xff];

/** Everything that a parse leaves behind, as one number; addresses count from the start of the text. */
function fingerprint(): u64 {
  let hash: u64 = <u64>message.refusal * 1000 + <u64>message.fault;
  hash = hash * 31 + <u64>message.fieldCount;
  hash = hash * 31 + <u64>message.bodyLength;
  hash = hash * 31 + <u64>message.uriLength;
  hash = hash * 31 + <u64>message.reasonLength;
  for (let index = 0; index < message.fieldCount; index++) {
    const field = message.field(index);
    hash = hash * 31 + <u64>(field.value - at);
    hash = hash * 31 + <u64>field.valueLength;
    hash = hash * 31 + <u64>field.header;
  }
  return hash;
}

describe("cut and spoilt", () => {
  test("cut at every byte: no trap, refused, and what lies behind the end is never looked at", () => {
    for (let length = 0; length < INVITE.length; length++) {
      const part = INVITE.substring(0, length);
      let first: u64 = 0;
      for (let filler = 0; filler < FILLERS.length; filler++) {
        const fine = parseMessage(message, at, put(part, FILLERS[filler]));
        expect(fine).toBe(false, length.toString());
        if (filler == 0) first = fingerprint();
        else expect(fingerprint()).toBe(first, length.toString() + " bytes, filler " + filler.toString());
      }
    }
  });

  test("every byte replaced by every class of byte: no trap, and a message that passes has what it must have", () => {
    const others: StaticArray<u8> = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x2c, 0x3a, 0x3b, 0x3c, 0x3e, 0x40, 0x5b,
      0x5c, 0x5d, 0x80, 0xff];
    const length = put(INVITE);
    for (let index = 0; index < length; index++) {
      for (let other = 0; other < others.length; other++) {
        put(INVITE);
        store<u8>(at + <usize>index, others[other]);
        if (!parseMessage(message, at, length)) continue;
        expect(message.has(Header.Via) && message.has(Header.From) && message.has(Header.To) &&
          message.has(Header.CallId)).toBe(true);
        expect(message.bodyAt + <usize>message.bodyLength <= at + <usize>length).toBe(true);
      }
    }
  });

  test("the largest datagram, one field of it or many", () => {
    const long = INVITE.replace("Max-Forwards: 70", "X: " + "y".repeat(65_000));
    accepted(long);
    expect(message.field(1).valueLength).toBe(65_000);
  });
});

// What a registrar says beyond the contact, and what a line makes of it: RFC 5626, 5627, 3608, 3327, 3581.

import { accountAt, hangUp, invite, startRegistrations, stopRegistrations } from "../../../assembly/sip/user-agent";
import { registrationAt } from "../../../assembly/sip/registration";
import { writeText } from "../../../assembly/base/literal";
import { setIdentity } from "../../../assembly/sip/account";
import {
  advance, advanceTo, answerTo, countSent, drain, headerOf, last, lastSent, media, now, receive, reported, sent, setEndpoint,
  setText, start,
} from "./wire";

const number = memory.data(16, 16);
const identity = memory.data(64, 16);

function begin(): string {
  accountAt(0).register = true;
  startRegistrations(now);
  drain();
  return last();
}

function call(): string {
  const session = invite(0, number, <i32>(writeText(number, "200") - number), now);
  drain();
  const text = lastSent("INVITE");
  hangUp(session, now);
  return text;
}

/** A 200 to a REGISTER that came from `via` as its Via had it, and some more. */
function grant(request: string, extra: string, via: string = ""): void {
  let response = answerTo(request, "200 OK", "r", extra);
  if (via.length > 0) {
    const own = headerOf(request, "Via");
    response = response.replace(own, own.replace(";rport", via));
  }
  receive(response);
}

function contactUri(request: string): string {
  const contact = headerOf(request, "Contact");
  return contact.substring(1, contact.indexOf(">"));
}

describe("registrations with outbound, GRUU and routes", () => {
  beforeEach(() => start());

  test("RFC 3608: calls go by the Service-Route, to the hop; a registration without takes it away", () => {
    grant(begin(), "Service-Route: <sip:a.example.test;lr>, <sip:b.example.test;lr>\r\n" +
      "Service-Route: <sip:c.example.test;lr>\r\nExpires: 600\r\nPath: <sip:p.example.test;lr>\r\n");
    const text = call();
    expect(headerOf(text, "Route")).toBe("<sip:a.example.test;lr>,<sip:b.example.test;lr>,<sip:c.example.test;lr>");
    expect(text.startsWith("INVITE sip:200@example.test SIP/2.0")).toBe(true);
    receive(answerTo(text, "180 Ringing", "t"));
    expect(headerOf(lastSent("CANCEL"), "Route")).toBe(headerOf(text, "Route"));
    advanceTo(registrationAt(0).deadline);
    expect(headerOf(lastSent("REGISTER"), "Route")).toBe("", "RFC 3608 §5: not for REGISTER");
    grant(lastSent("REGISTER"), "Expires: 600\r\n");
    expect(headerOf(call(), "Route")).toBe("");
  });

  test("RFC 3608: the route set of a dialog is its own", () => {
    grant(begin(), "Service-Route: <sip:a.example.test;lr>\r\nExpires: 600\r\n");
    invite(0, number, <i32>(writeText(number, "200") - number), now);
    drain();
    receive(answerTo(lastSent("INVITE"), "200 OK", "t", "Contact: <sip:200@198.51.100.7>\r\n",
      "v=0\r\no=- 7 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"));
    expect(countSent("ACK sip:200@198.51.100.7")).toBe(1);
    expect(headerOf(lastSent("ACK"), "Route")).toBe("");
  });

  test("a Service-Route that is none, or too long, is as if it were not there", () => {
    grant(begin(), "Service-Route: sip:a.example.test;lr\r\nExpires: 600\r\n");
    expect(headerOf(call(), "Route")).toBe("");
    advanceTo(registrationAt(0).deadline);
    let long = "";
    for (let index = 0; index < 60; index++) long += "0123456789";
    grant(lastSent("REGISTER"), "Service-Route: <sip:" + long + "@a.example.test;lr>\r\nExpires: 600\r\n");
    expect(headerOf(call(), "Route")).toBe("");
  });

  test("RFC 5627 §4.4: the public GRUU that comes with our own contact is the Contact of calls, not of a REGISTER", () => {
    const request = begin();
    const gruu = "sip:101@example.test;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    grant(request, "Contact: <sip:x@198.51.100.1>;pub-gruu=\"sip:other@example.test;gr\";expires=600\r\nContact: <" +
      contactUri(request) + ">;pub-gruu=\"" + gruu + "\";temp-gruu=\"sip:t@example.test;gr\";expires=600\r\n");
    expect(headerOf(call(), "Contact")).toBe("<" + gruu + ">");
    advanceTo(registrationAt(0).deadline);
    expect(contactUri(lastSent("REGISTER"))).toBe(contactUri(request));
    grant(lastSent("REGISTER"), "Contact: <" + contactUri(request) + ">;pub-gruu=\"mailto:x\";expires=600\r\n");
    expect(contactUri(call())).toBe(contactUri(request));
  });

  test("RFC 5626 §4.3: a registrar that keeps our flow makes calls say so", () => {
    const request = begin();
    grant(request, "Require: outbound\r\nExpires: 600\r\n");
    expect(contactUri(call())).toBe(contactUri(request) + ";ob");
    advanceTo(registrationAt(0).deadline);
    expect(contactUri(lastSent("REGISTER"))).toBe(contactUri(request));
  });

  test("RFC 5626 §4.2.1: 439 is answered by registering without outbound, once", () => {
    receive(answerTo(begin(), "439 First Hop Lacks Outbound Support", "r"));
    expect(countSent("REGISTER")).toBe(2);
    expect(headerOf(last(), "Supported")).toBe("path, gruu");
    expect(headerOf(last(), "Contact").includes("reg-id")).toBe(false);
    expect(headerOf(last(), "Contact").includes("+sip.instance")).toBe(true);
    receive(answerTo(last(), "439 First Hop Lacks Outbound Support", "r"));
    expect(countSent("REGISTER")).toBe(2);
    advanceTo(registrationAt(0).deadline);
    expect(headerOf(last(), "Supported")).toBe("path, gruu");
  });

  test("the instance is a UUID that stays the same for an account of a box, and differs between accounts", () => {
    const own = headerOf(begin(), "Contact");
    expect(own.includes("urn:uuid:")).toBe(true);
    const at = own.indexOf("urn:uuid:") + 9;
    expect(own.charAt(at + 8) + own.charAt(at + 13) + own.charAt(at + 14) + own.charAt(at + 18)).toBe("--4-");
    expect("89ab".includes(own.charAt(at + 19))).toBe(true);
    const instances: string[] = [];
    for (let round = 0; round < 4; round++) {
      start(round);
      writeText(identity, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
      setIdentity(identity, 64);
      if (round == 2) setText(accountAt(0).user, "102");
      if (round == 3) writeText(identity, "1");
      if (round == 3) setIdentity(identity, 64);
      accountAt(0).settleSecret();
      instances.push(begin().split("urn:uuid:")[1].substring(0, 36));
    }
    expect(instances[1]).toBe(instances[0]);
    expect(instances[2] == instances[0] || instances[3] == instances[0]).toBe(false);
  });

  test("RFC 3581: seen elsewhere, the contact moves there: one REGISTER more, which takes the former contact out", () => {
    const first = begin();
    grant(first, "Expires: 600\r\n", ";received=203.0.113.5;rport=61000");
    expect(countSent("REGISTER")).toBe(1);
    advance(0);
    expect(countSent("REGISTER")).toBe(2);
    const second = last();
    const moved = contactUri(first).replace("192.0.2.2:5070", "203.0.113.5:61000");
    expect(contactUri(second)).toBe(moved);
    const contacts = second.split("\r\nContact: ");
    expect(contacts.length).toBe(3);
    expect(contacts[2].startsWith("<" + contactUri(first) + ">;expires=0\r\n")).toBe(true);
    expect(headerOf(second, "Via").startsWith("SIP/2.0/UDP 192.0.2.2:5070;")).toBe(true);
    // a third place: not again before the refresh
    grant(second, "Contact: <" + moved + ">;expires=600\r\n", ";received=203.0.113.5;rport=61001");
    advance(1000);
    expect(countSent("REGISTER")).toBe(2);
    advanceTo(registrationAt(0).deadline);
    expect(contactUri(last())).toBe(moved.replace("61000", "61001"));
    grant(last(), "Expires: 600\r\n", ";received=203.0.113.5;rport=61001");
    expect(contactUri(call())).toBe(moved.replace("61000", "61001"));
    expect(reported.length).toBe(1);
    // it was at rest: the next move counts again
    advanceTo(registrationAt(0).deadline);
    grant(lastSent("REGISTER"), "Expires: 600\r\n", ";received=203.0.113.5;rport=61002");
    const before = countSent("REGISTER");
    advance(0);
    expect(countSent("REGISTER")).toBe(before + 1);
    expect(lastSent("REGISTER").split("\r\nContact: ").length).toBe(3);
  });

  test("RFC 3581: a received that makes no sense moves nothing, nor does a registrar that keeps the flow", () => {
    const first = begin();
    grant(first, "Expires: 600\r\n", ";received=bad;rport=99999");
    advance(1000);
    expect(countSent("REGISTER")).toBe(1);
    advanceTo(registrationAt(0).deadline);
    grant(last(), "Require: outbound\r\nExpires: 600\r\n", ";received=203.0.113.5;rport=61000");
    advance(1000);
    expect(countSent("REGISTER")).toBe(2);
    expect(contactUri(call())).toBe(contactUri(first) + ";ob");
  });

  test("what a former place was granted does not count", () => {
    const first = begin();
    grant(first, "Contact: <" + contactUri(first).replace("5070", "5099") + ">;expires=5000, <" + contactUri(first) +
      ">;expires=600\r\n");
    expect(registrationAt(0).registeredUntil - now).toBe(600_000);
  });

  test("nothing of it is left when the line is withdrawn", () => {
    const first = begin();
    grant(first, "Service-Route: <sip:a.example.test;lr>\r\nRequire: outbound\r\nExpires: 600\r\n");
    stopRegistrations(now);
    drain();
    grant(last(), "");
    expect(headerOf(call(), "Route")).toBe("");
    expect(contactUri(call())).toBe(contactUri(first));
  });
});

describe("two lines at two registrars", () => {
  beforeEach(() => start());

  test("each has its own routes, GRUU, place and pauses", () => {
    const other = accountAt(1);
    setText(other.user, "301");
    setText(other.domain, "other.test");
    setEndpoint(other.hop, "198.51.100.50", 5080);
    setEndpoint(other.local, "192.0.2.2", 5070);
    other.media.copyFrom(media);
    other.register = true;
    begin();
    const first = sent[0].text, second = sent[1].text;
    expect(sent[1].host).toBe(other.hop.address0);
    expect(second.startsWith("REGISTER sip:other.test ")).toBe(true);
    receive(answerTo(first, "403 Forbidden", "r"));
    receive(answerTo(second, "200 OK", "r", "Service-Route: <sip:a.other.test;lr>\r\nContact: <" + contactUri(second) +
      ">;pub-gruu=\"sip:301@other.test;gr=x\";expires=600\r\n"), other.hop);
    expect(registrationAt(0).deadline - now).toBe(1_200_000);
    expect(registrationAt(1).isRegistered(now)).toBe(true);
    invite(1, number, <i32>(writeText(number, "200") - number), now);
    drain();
    expect(sent[sent.length - 1].host).toBe(other.hop.address0);
    expect(headerOf(last(), "Route")).toBe("<sip:a.other.test;lr>");
    expect(headerOf(last(), "Contact")).toBe("<sip:301@other.test;gr=x>");
    invite(0, number, <i32>(writeText(number, "200") - number), now);
    drain();
    expect(sent[sent.length - 1].host).toBe(accountAt(0).hop.address0);
    expect(headerOf(last(), "Route")).toBe("");
    expect(contactUri(last())).toBe(contactUri(first));
  });
});

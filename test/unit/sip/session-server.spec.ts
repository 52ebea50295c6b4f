// A call that we take: RFC 3261 §13.3, and a caller that gives up §9.2.

import { buffersUsed } from "../../../assembly/base/buffers";
import {
  SessionEvent, SessionState, eventSession, eventStatus, reject, sessionAt, sessionsUsed,
} from "../../../assembly/sip/user-agent";
import { expectClean, hang, inviteIn, lift, ownTag, request, ring } from "./calls";
import {
  advance, answerTo, bodyOf, countSent, drain, headerOf, last, lastEvent, lastSent, now, receive, sdp, sent, start,
  stranger, timesOf,
} from "./wire";

describe("taking a call", () => {
  beforeEach(() => start());

  test("the caller is known by number and name", () => {
    expect(inviteIn()).toBe(SessionEvent.Incoming);
    const session = sessionAt(eventSession);
    expect(session.isIncoming).toBe(true);
    expect(session.line).toBe(0);
    expect(session.state).toBe(SessionState.Incoming);
    expect(String.UTF8.decodeUnsafe(session.remoteUser.at, session.remoteUser.length)).toBe("+102");
    expect(String.UTF8.decodeUnsafe(session.remoteDisplayName.at, session.remoteDisplayName.length)).toBe("Bob \"B\"");
    expect(session.media.remote.port).toBe(6000);
  });

  test("RFC 3261 §17.2.1: 100 Trying after 200 ms of silence, none when it rings sooner", () => {
    inviteIn();
    expect(sent.length).toBe(0);
    advance(199);
    expect(sent.length).toBe(0);
    advance(1);
    expect(last().startsWith("SIP/2.0 100 Trying\r\n")).toBe(true);
    expect(headerOf(last(), "To")).toBe("<sip:101@example.test>");
    start();
    inviteIn();
    ring();
    advance(1000);
    expect(countSent("SIP/2.0 100")).toBe(0);
  });

  test("RFC 3261 §12.1.1: 180 and 200 carry our tag, Contact and Record-Route, and every Via in order", () => {
    receive(request("INVITE", "i1", 10, "", "Record-Route: <sip:192.0.2.1;lr>\r\nRecord-Route: <sip:192.0.2.50;lr>\r\n",
      sdp(6000)));
    ring();
    const ringing = last();
    expect(ringing.startsWith("SIP/2.0 180 Ringing\r\n")).toBe(true);
    expect(headerOf(ringing, "Via")).toBe("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKi1;received=192.0.2.1");
    expect(ringing.includes("\r\nVia: SIP/2.0/UDP 198.51.100.7:5080;branch=z9hG4bKbob;received=198.51.100.7\r\n"))
      .toBe(true);
    expect(ringing.includes("Record-Route: <sip:192.0.2.1;lr>\r\nRecord-Route: <sip:192.0.2.50;lr>\r\n")).toBe(true);
    expect(headerOf(ringing, "Contact").startsWith("<sip:101-")).toBe(true);
    expect(ownTag().length).toBe(16);
    const tag = ownTag();
    expect(lift()).toBe(true);
    expect(last().startsWith("SIP/2.0 200 OK\r\n")).toBe(true);
    expect(ownTag()).toBe(tag);
    expect(last().includes("Record-Route: <sip:192.0.2.1;lr>\r\nRecord-Route: <sip:192.0.2.50;lr>\r\n")).toBe(true);
    expect(bodyOf(last()).includes("m=audio 4000 RTP/AVP 0 101\r\n")).toBe(true);
    expect(receive(request("ACK", "a1", 10, tag))).toBe(SessionEvent.Confirmed);
    hang();
    expect(headerOf(last(), "Route")).toBe("<sip:192.0.2.1;lr>,<sip:192.0.2.50;lr>");
    expect(last().startsWith("BYE sip:102@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(last(), "From")).toBe("<sip:101@example.test>;tag=" + tag);
    expect(headerOf(last(), "To")).toBe("<sip:%2b102@example.test>;tag=bob");
  });

  test("RFC 3261 §13.3.1.1: 180 is repeated every minute", () => {
    inviteIn();
    ring();
    advance(150_000);
    expect(timesOf("SIP/2.0 180")).toBe("0,60000,120000");
  });

  test("RFC 3261 §17.2.1: a repeated INVITE gets the last response again and rings once", () => {
    expect(inviteIn()).toBe(SessionEvent.Incoming);
    ring();
    expect(inviteIn()).toBe(SessionEvent.None);
    expect(countSent("SIP/2.0 180")).toBe(2);
    expect(sessionsUsed()).toBe(1);
  });

  test("RFC 3261 §13.3.1.4: the 2xx is repeated from T1 to T2 until the ACK", () => {
    inviteIn();
    ring();
    lift();
    advance(9000);
    expect(timesOf("SIP/2.0 200")).toBe("0,500,1500,3500,7500");
    expect(receive(request("ACK", "a1", 10, ownTag()))).toBe(SessionEvent.Confirmed);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(buffersUsed()).toBe(0, "nothing is kept that will not be sent");
    advance(60_000);
    expect(countSent("SIP/2.0 200")).toBe(5);
    expect(receive(request("ACK", "a2", 10, ownTag()))).toBe(SessionEvent.None);
    expect(inviteIn("i1")).toBe(SessionEvent.None, "its transaction has ended, its dialog has not: merged");
  });

  test("RFC 3261 §13.3.1.4: without an ACK for 64*T1 the session ends with BYE", () => {
    inviteIn();
    lift();
    advance(31_999);
    expect(timesOf("SIP/2.0 200")).toBe("0,500,1500,3500,7500,11500,15500,19500,23500,27500,31500");
    expect(lastEvent).toBe(SessionEvent.Incoming);
    advance(1);
    expect(lastEvent).toBe(SessionEvent.Ended);
    expect(eventStatus).toBe(408);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("an ACK with another number or tag confirms nothing", () => {
    inviteIn();
    lift();
    const tag = ownTag();
    expect(receive(request("ACK", "a1", 11, tag))).toBe(SessionEvent.None);
    expect(receive(request("ACK", "a2", 10, "nobody"))).toBe(SessionEvent.None);
    expect(sessionAt(0).state).toBe(SessionState.Answered);
  });

  test("RFC 3261 §13.3.1: an INVITE without an offer gets ours in the 200, and the ACK answers it", () => {
    expect(inviteIn("i1", "")).toBe(SessionEvent.Incoming);
    expect(sessionAt(0).hasMedia).toBe(false);
    lift();
    expect(bodyOf(last()).includes("m=audio 4000 RTP/AVP 8 0 101\r\n")).toBe(true);
    expect(receive(request("ACK", "a1", 10, ownTag(), "", sdp(6100, "0 101")))).toBe(SessionEvent.Confirmed);
    expect(sessionAt(0).media.remote.port).toBe(6100);
    expect(sessionAt(0).media.payloadType).toBe(0);
  });

  test("an ACK that leaves our offer without an answer ends the session", () => {
    inviteIn("i1", "");
    lift();
    expect(receive(request("ACK", "a1", 10, ownTag()))).toBe(SessionEvent.Ended);
    expect(countSent("BYE")).toBe(1);
    expectClean();
  });

  test("RFC 3261 §21.4.26: an offer that we can speak nothing of is 488", () => {
    expect(inviteIn("i1", sdp(6000, "18"))).toBe(SessionEvent.Refused);
    expect(last().startsWith("SIP/2.0 488 ")).toBe(true);
    expectClean();
  });

  test("reject: the failure is repeated until its ACK, which is no event", () => {
    inviteIn();
    ring();
    reject(0, 486, now);
    drain();
    expect(sessionsUsed()).toBe(0);
    advance(1600);
    expect(timesOf("SIP/2.0 486")).toBe("0,500,1500");
    expect(receive(request("ACK", "i1", 10, ownTag()))).toBe(SessionEvent.None);
    advance(20_000);
    expect(countSent("SIP/2.0 486")).toBe(3);
    expectClean();
  });

  test("RFC 3261 §15: hung up before the ACK, BYE waits for it", () => {
    inviteIn();
    lift();
    hang();
    expect(countSent("BYE")).toBe(0);
    expect(receive(request("ACK", "a1", 10, ownTag()))).toBe(SessionEvent.None);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("two calls at a time; the third is busy without ringing", () => {
    const first = request("INVITE", "i1", 10, "", "", sdp(6000));
    expect(receive(first)).toBe(SessionEvent.Incoming);
    expect(receive(first.replace("i1", "i2").replace("call-1", "call-2"))).toBe(SessionEvent.Incoming);
    expect(receive(first.replace("i1", "i3").replace("call-1", "call-3"))).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 486 Busy Here\r\n")).toBe(true);
  });
});

describe("a caller that gives up", () => {
  beforeEach(() => start());

  test("RFC 3261 §9.2: CANCEL gets 200, the INVITE 487, both with our tag", () => {
    inviteIn();
    ring();
    const tag = ownTag();
    expect(receive(request("CANCEL", "i1", 10))).toBe(SessionEvent.Ended);
    expect(eventStatus).toBe(487);
    expect(lastSent("SIP/2.0 200").length > 0).toBe(true);
    expect(headerOf(lastSent("SIP/2.0 200"), "CSeq")).toBe("10 CANCEL");
    expect(headerOf(lastSent("SIP/2.0 487"), "CSeq")).toBe("10 INVITE");
    expect(headerOf(lastSent("SIP/2.0 200"), "To")).toBe("<sip:101@example.test>;tag=" + tag);
    expect(headerOf(lastSent("SIP/2.0 487"), "To")).toBe("<sip:101@example.test>;tag=" + tag);
    receive(request("CANCEL", "i1", 10)); // a copy, which asks for its answer again
    expect(headerOf(last(), "CSeq")).toBe("10 CANCEL");
    expect(headerOf(last(), "To")).toBe("<sip:101@example.test>;tag=" + tag);
    receive(request("ACK", "i1", 10, tag));
    expectClean();
  });

  test("RFC 3261 §9.2: a CANCEL after the 200 changes nothing", () => {
    inviteIn();
    lift();
    expect(receive(request("CANCEL", "i1", 10))).toBe(SessionEvent.None);
    expect(headerOf(last(), "CSeq")).toBe("10 CANCEL");
    expect(last().startsWith("SIP/2.0 200 OK\r\n")).toBe(true);
    expect(sessionAt(0).state).toBe(SessionState.Answered);
  });

  test("RFC 3261 §9.2: a CANCEL of nothing is 481; a stranger's CANCEL is nothing", () => {
    receive(request("CANCEL", "i9", 10));
    expect(last().startsWith("SIP/2.0 481 ")).toBe(true);
    inviteIn();
    const before = sent.length;
    expect(receive(request("CANCEL", "i1", 10), stranger)).toBe(SessionEvent.None);
    expect(sent.length).toBe(before);
    expect(sessionAt(0).state).toBe(SessionState.Incoming);
  });

  test("RFC 3261 §15.1.2: BYE of the caller before our answer ends both", () => {
    inviteIn();
    ring();
    expect(receive(request("BYE", "b1", 11, ownTag()))).toBe(SessionEvent.Ended);
    expect(lastSent("SIP/2.0 487").length > 0).toBe(true);
    expect(headerOf(lastSent("SIP/2.0 200"), "CSeq")).toBe("11 BYE");
    expectClean();
  });
});

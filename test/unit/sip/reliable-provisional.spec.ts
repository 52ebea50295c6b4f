// Provisional responses that arrive for certain: RFC 3262, both roles.

import {
  SessionEvent, SessionState, eventStatus, sessionAt, sessionsUsed,
} from "../../../assembly/sip/user-agent";
import { CONTACT, dial, expectClean, hang, lift, ownTag, request, ring } from "./calls";
import {
  advance, answerTo, bodyOf, countSent, headerOf, last, lastEvent, lastSent, receive, sdp, sent, start, timesOf,
} from "./wire";

const RELIABLE = "Require: 100rel\r\n";

function ringing(invite: string, sequence: i32, tag: string = "bob", body: string = ""): SessionEvent {
  const extra = CONTACT + RELIABLE + "RSeq: " + sequence.toString() + "\r\n";
  return receive(answerTo(invite, body.length > 0 ? "183 Session Progress" : "180 Ringing", tag, extra, body));
}

function numberOf(text: string): i32 { return I32.parseInt(headerOf(text, "CSeq")); }

describe("PRACK from us", () => {
  beforeEach(() => start());

  test("RFC 3262 §4: each is acknowledged in its early dialog, and the ACK keeps the INVITE's number", () => {
    dial("102");
    const invite = last();
    expect(headerOf(invite, "Supported")).toBe("100rel, norefersub, replaces, timer");
    expect(ringing(invite, 7001)).toBe(SessionEvent.Progress);
    const prack = last();
    expect(prack.startsWith("PRACK sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(prack, "RAck")).toBe("7001 " + headerOf(invite, "CSeq"));
    expect(headerOf(prack, "To")).toBe("<sip:102@example.test>;tag=bob");
    expect(numberOf(prack)).toBe(numberOf(invite) + 1);
    expect(sent[sent.length - 1].port).toBe(5080);
    receive(answerTo(prack, "200 OK"));
    expect(receive(answerTo(invite, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.Answered);
    expect(headerOf(last(), "CSeq")).toBe(numberOf(invite).toString() + " ACK");
    hang();
    expect(numberOf(last())).toBe(numberOf(invite) + 2, "BYE after PRACK");
    receive(answerTo(last(), "200 OK"));
    expectClean();
  });

  test("RFC 3262 §4: repeated and out of order, a reliable response says nothing", () => {
    dial("102");
    const invite = last();
    ringing(invite, 10);
    expect(ringing(invite, 10)).toBe(SessionEvent.None);
    expect(ringing(invite, 12)).toBe(SessionEvent.None);
    expect(countSent("PRACK")).toBe(1);
    expect(ringing(invite, 11)).toBe(SessionEvent.Progress);
    expect(ringing(invite, 12)).toBe(SessionEvent.Progress);
    expect(headerOf(last(), "RAck").startsWith("12 ")).toBe(true);
    expect(countSent("PRACK")).toBe(3);
  });

  test("RFC 3262 §4: every forked phone counts for itself", () => {
    dial("102");
    const invite = last();
    ringing(invite, 10);
    expect(ringing(invite, 500, "carol")).toBe(SessionEvent.Progress);
    expect(headerOf(last(), "RAck").startsWith("500 ")).toBe(true);
    expect(headerOf(last(), "To")).toBe("<sip:102@example.test>;tag=carol");
  });

  test("RFC 3261 §13.2.1: after a reliable answer no other description of that phone counts, its UPDATE does", () => {
    dial("102");
    const invite = last();
    expect(ringing(invite, 1, "bob", sdp(6000))).toBe(SessionEvent.EarlyMedia);
    expect(ringing(invite, 2, "bob", sdp(7000))).toBe(SessionEvent.Progress);
    expect(sessionAt(0).media.remote.port).toBe(6000);
    const update = "UPDATE sip:101@192.0.2.2:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:5080;branch=z9hG4bKu\r\n" +
      "From: <sip:102@example.test>;tag=bob\r\nTo: " + headerOf(invite, "From") + "\r\nCall-ID: " +
      headerOf(invite, "Call-ID") + "\r\nCSeq: 70 UPDATE\r\n" + CONTACT;
    const body = sdp(6200);
    expect(receive(update + "Content-Type: application/sdp\r\nContent-Length: " + body.length.toString() + "\r\n\r\n" +
      body)).toBe(SessionEvent.MediaChanged);
    expect(last().startsWith("SIP/2.0 200")).toBe(true);
    expect(sessionAt(0).media.remote.port).toBe(6200);
    expect(receive(answerTo(invite, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.Answered);
    expect(sessionAt(0).media.remote.port).toBe(6200);
  });

  test("RFC 3262 §4: one without RSeq, without Require, or a 100, is not reliable", () => {
    dial("102");
    const invite = last();
    receive(answerTo(invite, "100 Trying", "", RELIABLE + "RSeq: 1\r\n"));
    receive(answerTo(invite, "180 Ringing", "bob", CONTACT + RELIABLE));
    receive(answerTo(invite, "180 Ringing", "bob", CONTACT + RELIABLE + "RSeq: 4294967296\r\n"));
    receive(answerTo(invite, "180 Ringing", "bob", CONTACT + "RSeq: 1\r\n"));
    expect(countSent("PRACK")).toBe(0);
  });

  test("a PRACK that our own hop wants our password for is sent again with it", () => {
    dial("102");
    ringing(last(), 9);
    const prack = last();
    receive(answerTo(prack, "407 Proxy Authentication Required", "bob",
      "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n"));
    expect(headerOf(last(), "RAck")).toBe(headerOf(prack, "RAck"));
    expect(numberOf(last())).toBe(numberOf(prack) + 1);
    expect(headerOf(last(), "Proxy-Authorization").includes("uri=\"sip:bob@198.51.100.7:5080\"")).toBe(true);
    expect(countSent("PRACK")).toBe(2);
  });

  test("given up while a PRACK is under way, nothing is left", () => {
    const session = dial("102");
    const invite = last();
    ringing(invite, 9);
    hang(session);
    receive(answerTo(lastSent("CANCEL"), "200 OK"));
    receive(answerTo(invite, "487 Request Terminated", "bob"));
    expectClean();
  });
});

/** Bob calls and wants to be sure that it rings; RSeq of the 180. */
function inviteReliable(body: string): string {
  receive(request("INVITE", "i1", 10, "", RELIABLE, body));
  ring();
  return headerOf(last(), "RSeq");
}

function prack(rack: string, body: string = "", branch: string = "p1", sequence: i32 = 11): SessionEvent {
  return receive(request("PRACK", branch, sequence, ownTag(), "RAck: " + rack + "\r\n", body));
}

describe("PRACK for us", () => {
  beforeEach(() => start());

  test("RFC 3262 §3: the 180 carries Require and RSeq, T1 doubles until its PRACK", () => {
    const sequence = inviteReliable(sdp(6000));
    expect(headerOf(last(), "Require")).toBe("100rel");
    expect(I32.parseInt(sequence) > 0).toBe(true);
    expect(headerOf(last(), "Contact").length > 0).toBe(true);
    advance(8000);
    expect(timesOf("SIP/2.0 180")).toBe("0,500,1500,3500,7500");
    expect(prack(sequence + " 10 INVITE")).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 200")).toBe(true);
    expect(headerOf(last(), "CSeq")).toBe("11 PRACK");
    advance(20_000);
    expect(countSent("SIP/2.0 180")).toBe(5);
    lift();
    expect(receive(request("ACK", "a1", 10, ownTag()))).toBe(SessionEvent.Confirmed);
  });

  test("RFC 3262 §3: without a PRACK for 64*T1 the call is refused with 504", () => {
    inviteReliable(sdp(6000));
    advance(31_999);
    expect(timesOf("SIP/2.0 180")).toBe("0,500,1500,3500,7500,15500,31500");
    advance(1);
    expect(lastEvent).toBe(SessionEvent.Ended);
    expect(eventStatus).toBe(504);
    expect(last().startsWith("SIP/2.0 504 ")).toBe(true);
    expect(sessionsUsed()).toBe(0);
    receive(request("ACK", "i1", 10, ownTag()));
    expectClean();
  });

  test("RFC 3262 §3: a minute later the 180 goes out once more, one RSeq higher", () => {
    const sequence = inviteReliable(sdp(6000));
    prack(sequence + " 10 INVITE");
    advance(60_000);
    expect(countSent("SIP/2.0 180")).toBe(2);
    expect(I32.parseInt(headerOf(last(), "RSeq"))).toBe(I32.parseInt(sequence) + 1);
    expect(prack(headerOf(last(), "RSeq") + " 10 INVITE", "", "p2", 12)).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 200")).toBe(true);
  });

  test("RFC 3262 §3: a PRACK of nothing that waits is 481", () => {
    const sequence = inviteReliable(sdp(6000));
    const racks = ["1 10 INVITE", sequence + " 11 INVITE", sequence + " 10 UPDATE", sequence, "", "x 10 INVITE",
      sequence + "10 INVITE"];
    for (let index = 0; index < racks.length; index++) {
      prack(racks[index], "", "w" + index.toString(), 11 + index);
      expect(last().startsWith("SIP/2.0 481 ")).toBe(true, racks[index]);
    }
    prack(sequence + " 10 INVITE", "", "p8", 30);
    expect(last().startsWith("SIP/2.0 200")).toBe(true);
    prack(sequence + " 10 INVITE", "", "p9", 31);
    expect(last().startsWith("SIP/2.0 481 ")).toBe(true, "it waits no more");
  });

  test("RFC 3262 §3: answered before the PRACK has come, the 2xx alone is repeated and the PRACK is still taken", () => {
    const sequence = inviteReliable(sdp(6000));
    lift();
    advance(1600);
    expect(countSent("SIP/2.0 180")).toBe(1);
    expect(timesOf("SIP/2.0 200")).toBe("0,500,1500");
    prack(sequence + " 10 INVITE");
    expect(headerOf(last(), "CSeq")).toBe("11 PRACK");
    expect(last().startsWith("SIP/2.0 200")).toBe(true);
    expect(sessionAt(0).state).toBe(SessionState.Answered);
  });

  test("RFC 3262 §5: without an offer in the INVITE the 180 has ours, the PRACK its answer, the 2xx nothing", () => {
    const sequence = inviteReliable("");
    expect(bodyOf(last()).includes("m=audio 4000 RTP/AVP 8 0 101\r\n")).toBe(true);
    expect(prack(sequence + " 10 INVITE", sdp(6100))).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.remote.port).toBe(6100);
    lift();
    expect(headerOf(last(), "CSeq")).toBe("10 INVITE");
    expect(bodyOf(last())).toBe("");
    expect(receive(request("ACK", "a1", 10, ownTag()))).toBe(SessionEvent.Confirmed);
  });

  test("RFC 3262 §3: lifted before the answer to our offer, the 2xx waits for it", () => {
    const sequence = inviteReliable("");
    expect(lift()).toBe(true);
    expect(countSent("SIP/2.0 200")).toBe(0);
    expect(prack(sequence + " 10 INVITE", sdp(6100))).toBe(SessionEvent.MediaChanged);
    expect(headerOf(last(), "CSeq")).toBe("10 INVITE");
    expect(countSent("SIP/2.0 200")).toBe(2);
    expect(sessionAt(0).state).toBe(SessionState.Answered);
  });

  test("a PRACK that leaves our offer without an answer ends the call", () => {
    const sequence = inviteReliable("");
    expect(prack(sequence + " 10 INVITE")).toBe(SessionEvent.Ended);
    expect(lastSent("SIP/2.0 488").length > 0).toBe(true);
    expect(headerOf(last(), "CSeq")).toBe("10 INVITE");
    expect(sessionsUsed()).toBe(0);
  });

  test("RFC 3262 §5: an offer in a PRACK is answered, but not while the INVITE's own has no answer", () => {
    let sequence = inviteReliable(sdp(6000));
    prack(sequence + " 10 INVITE", sdp(6200));
    expect(last().startsWith("SIP/2.0 500 ")).toBe(true);
    start();
    sequence = inviteReliable("");
    prack(sequence + " 10 INVITE", sdp(6100));
    advance(60_000);
    expect(bodyOf(last())).toBe("");
    expect(prack(headerOf(last(), "RSeq") + " 10 INVITE", sdp(6200), "p2", 12)).toBe(SessionEvent.MediaChanged);
    expect(bodyOf(last()).includes("m=audio 4000 ")).toBe(true);
    expect(sessionAt(0).media.remote.port).toBe(6200);
  });

  test("a caller that gives up before its PRACK leaves nothing", () => {
    inviteReliable(sdp(6000));
    expect(receive(request("CANCEL", "i1", 10))).toBe(SessionEvent.Ended);
    receive(request("ACK", "i1", 10, ownTag()));
    expectClean();
  });
});

// Hold and resume by us: RFC 3261 §14.1, RFC 3264 §8.4; glare, RFC 5407 §3.2 and §3.3.

import { Direction } from "../../../assembly/sdp/description";
import {
  SessionEvent, SessionState, eventStatus, hangUp, hold, sessionAt, sessionsUsed,
} from "../../../assembly/sip/user-agent";
import { CONTACT, callIn, callOut, dial, expectClean, hang, inviteIn, lift, ownTag, request } from "./calls";
import {
  advance, answerTo, bodyOf, countSent, drain, headerOf, last, lastEvent, lastSent, now, receive, sdp, start, timesOf,
} from "./wire";

function order(isHeld: bool): void {
  hold(0, isHeld, now);
  drain();
}

/** Bob agrees to the re-INVITE that is out. */
function agree(line: string, port: i32 = 6000): SessionEvent {
  return receive(answerTo(lastSent("INVITE"), "200 OK", "", CONTACT, sdp(port, "0 8 101", line)));
}

function refuse(status: string): SessionEvent { return receive(answerTo(lastSent("INVITE"), status)); }

describe("hold and resume", () => {
  beforeEach(() => start());

  test("RFC 3264 §8.4: a re-INVITE with sendonly holds, one with sendrecv resumes", () => {
    const invite = callOut();
    order(true);
    const first = last();
    expect(first.startsWith("INVITE sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(first, "To")).toBe("<sip:102@example.test>;tag=bob");
    expect(headerOf(first, "Call-ID")).toBe(headerOf(invite, "Call-ID"));
    expect(I32.parseInt(headerOf(first, "CSeq"))).toBe(I32.parseInt(headerOf(invite, "CSeq")) + 1);
    expect(bodyOf(first).includes("a=sendonly\r\n")).toBe(true);
    expect(bodyOf(first).split("\r\n")[1]).toBe(bodyOf(invite).split("\r\n")[1].replace(" 1 IN", " 2 IN"));
    expect(agree("a=recvonly\r\n")).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.direction).toBe(Direction.SendOnly);
    expect(headerOf(last(), "CSeq")).toBe(headerOf(first, "CSeq").replace("INVITE", "ACK"));
    expect(agree("a=recvonly\r\n")).toBe(SessionEvent.None);
    expect(countSent("ACK")).toBe(3, "again for the repeated 200");
    order(false);
    expect(bodyOf(last()).includes("a=sendrecv\r\n")).toBe(true);
    expect(agree("")).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.direction).toBe(Direction.SendRecv);
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3264 §8.4: who holds us already is held with inactive; who resumes then hears our music", () => {
    const tag = callIn();
    receive(request("INVITE", "r1", 11, tag, "", sdp(6000, "0 8 101", "a=sendonly\r\n")));
    receive(request("ACK", "a2", 11, tag));
    order(true);
    expect(bodyOf(last()).includes("a=inactive\r\n")).toBe(true);
    agree("a=inactive\r\n");
    receive(request("INVITE", "r2", 12, tag, "", sdp(6000)));
    expect(bodyOf(last()).includes("a=sendonly\r\n")).toBe(true);
    receive(request("ACK", "a3", 12, tag));
    expect(sessionAt(0).media.direction).toBe(Direction.SendOnly);
  });

  test("what is ordered while a re-INVITE is out follows it, the last word counts", () => {
    callOut();
    order(true);
    order(false);
    expect(countSent("INVITE")).toBe(2);
    agree("a=recvonly\r\n");
    expect(countSent("INVITE")).toBe(3);
    expect(bodyOf(lastSent("INVITE")).includes("a=sendrecv\r\n")).toBe(true);
    agree("");
    order(false);
    expect(countSent("INVITE")).toBe(3, "nothing to say");
  });

  test("ordered before the ACK of our 200, hold waits for it; before the answer of the far end, for that", () => {
    inviteIn();
    lift();
    order(true);
    expect(countSent("INVITE")).toBe(0);
    expect(receive(request("ACK", "a1", 10, ownTag()))).toBe(SessionEvent.Confirmed);
    expect(countSent("INVITE")).toBe(1);
  });

  test("RFC 3261 §14.1: a refusal leaves the session as it was", () => {
    callOut();
    order(true);
    expect(refuse("488 Not Acceptable Here")).toBe(SessionEvent.None);
    expect(lastSent("ACK").startsWith("ACK sip:bob@198.51.100.7:5080 ")).toBe(true);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(sessionAt(0).media.direction).toBe(Direction.SendRecv);
    advance(60_000);
    expect(countSent("INVITE")).toBe(2);
    order(true);
    expect(countSent("INVITE")).toBe(3);
  });

  test("RFC 3261 §14.1: 408, 481 and silence end the call", () => {
    const statuses = ["408 Request Timeout", "481 Call/Transaction Does Not Exist"];
    for (let index = 0; index < statuses.length; index++) {
      start();
      callOut();
      order(true);
      expect(refuse(statuses[index])).toBe(SessionEvent.Ended);
      expect(countSent("BYE")).toBe(1);
    }
    start();
    callOut();
    order(true);
    advance(32_000);
    expect(lastEvent).toBe(SessionEvent.Ended);
    expect(eventStatus).toBe(408);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("a re-INVITE that gets provisional responses only ends the call 64*T1 after the last", () => {
    callOut();
    order(true);
    receive(answerTo(lastSent("INVITE"), "100 Trying"));
    advance(20_000);
    receive(answerTo(lastSent("INVITE"), "180 Ringing"));
    advance(31_999);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    advance(1);
    expect(lastEvent).toBe(SessionEvent.Ended);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3261 §14.1: 491 is tried again after 2.1 to 4 s in our call, after up to 2 s in theirs", () => {
    let soonest: f64 = 1e9, latest: f64 = 0;
    for (let seed = 0; seed < 9; seed++) {
      start(seed);
      callOut();
      order(true);
      refuse("491 Request Pending");
      advance(4001);
      const wait = F64.parseFloat(timesOf("INVITE").split(",")[2]);
      soonest = min(soonest, wait);
      latest = max(latest, wait);
      expect(wait % 10).toBe(0);
    }
    expect(soonest >= 2100 && latest <= 4000 && latest > soonest).toBe(true);
    for (let seed = 0; seed < 9; seed++) {
      start(seed);
      callIn();
      order(true);
      refuse("491 Request Pending");
      advance(2001);
      expect(F64.parseFloat(timesOf("INVITE").split(",")[1]) <= 2000).toBe(true);
    }
  });

  test("RFC 5407 §3.2.1: re-INVITEs that cross are both refused with 491, and ours goes again", () => {
    const tag = callIn();
    order(true);
    const ours = lastSent("INVITE");
    receive(request("INVITE", "r1", 11, tag, "", sdp(6000, "0 8 101", "a=sendonly\r\n")));
    expect(last().startsWith("SIP/2.0 491 ")).toBe(true);
    receive(request("ACK", "r1", 11, tag));
    receive(request("UPDATE", "u1", 12, tag, "", sdp(6000)));
    expect(last().startsWith("SIP/2.0 491 ")).toBe(true, "RFC 3311 §5.2");
    receive(answerTo(ours, "491 Request Pending"));
    advance(2000);
    expect(lastSent("INVITE") == ours).toBe(false);
    expect(agree("a=recvonly\r\n")).toBe(SessionEvent.MediaChanged);
  });

  test("RFC 5407 §3.2.2: BYE crosses our re-INVITE: its 487 is acknowledged, nothing is left", () => {
    const tag = callIn();
    order(true);
    expect(receive(request("BYE", "b1", 11, tag))).toBe(SessionEvent.Ended);
    expect(refuse("487 Request Terminated")).toBe(SessionEvent.None);
    expect(countSent("ACK")).toBe(1);
    expectClean();
  });

  test("hung up while the re-INVITE is out: its 200 is acknowledged, and BYE is said once", () => {
    callOut();
    order(true);
    receive(answerTo(lastSent("INVITE"), "100 Trying"));
    hang();
    expect(agree("a=recvonly\r\n")).toBe(SessionEvent.None);
    expect(headerOf(last(), "CSeq")).toBe(headerOf(lastSent("INVITE"), "CSeq").replace("INVITE", "ACK"));
    receive(answerTo(lastSent("BYE"), "200 OK"));
    agree("a=recvonly\r\n");
    expect(countSent("BYE")).toBe(1);
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("the session gone, a re-INVITE is still acknowledged when its 200 comes, and forgotten when none does", () => {
    const tag = callIn();
    order(true);
    receive(request("BYE", "b1", 11, tag));
    expect(sessionsUsed()).toBe(0);
    receive(answerTo(lastSent("INVITE"), "100 Trying"));
    agree("a=recvonly\r\n");
    expect(countSent("ACK")).toBe(1);
    expect(countSent("BYE")).toBe(0);
    expectClean();
    const again = callIn();
    order(true);
    receive(request("BYE", "b2", 12, again));
    receive(answerTo(lastSent("INVITE"), "100 Trying"));
    expectClean();
  });

  test("RFC 3261 §12.2.1.2: the 200 of a re-INVITE refreshes the remote target", () => {
    callOut();
    order(true);
    receive(answerTo(lastSent("INVITE"), "200 OK", "", "Contact: <sip:bob@198.51.100.9:5099>\r\n", sdp(6000)));
    expect(last().startsWith("ACK sip:bob@198.51.100.9:5099 ")).toBe(true);
  });

  test("RFC 3261 §14.1: a 200 without a usable answer is acknowledged and ends the call", () => {
    callOut();
    order(true);
    expect(receive(answerTo(lastSent("INVITE"), "200 OK", "", CONTACT))).toBe(SessionEvent.Ended);
    expect(countSent("ACK")).toBe(2);
    expect(countSent("BYE")).toBe(1);
  });

  test("a challenge: in our own call our hop is told the password's digest, in one of theirs nobody is", () => {
    const challenge = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n";
    callOut();
    order(true);
    receive(answerTo(lastSent("INVITE"), "407 Proxy Authentication Required", "", challenge));
    expect(headerOf(lastSent("INVITE"), "Proxy-Authorization").length > 0).toBe(true);
    expect(bodyOf(lastSent("INVITE")).includes("a=sendonly\r\n")).toBe(true);
    expect(agree("a=recvonly\r\n")).toBe(SessionEvent.MediaChanged);
    start();
    callIn();
    order(true);
    receive(answerTo(lastSent("INVITE"), "407 Proxy Authentication Required", "", challenge));
    expect(countSent("INVITE")).toBe(1);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
  });

  test("RFC 3264 §8: where the far end brought a second media line, our re-INVITE asks for its offer", () => {
    const offer = sdp(6000) + "m=video 6002 RTP/AVP 96\r\n";
    inviteIn("i1", offer);
    lift();
    receive(request("ACK", "a1", 10, ownTag()));
    order(true);
    const ours = lastSent("INVITE");
    expect(bodyOf(ours)).toBe("");
    expect(receive(answerTo(ours, "200 OK", "", CONTACT, offer))).toBe(SessionEvent.MediaChanged);
    const ack = lastSent("ACK");
    expect(headerOf(ack, "Content-Type")).toBe("application/sdp");
    expect(bodyOf(ack).includes("a=sendonly\r\n")).toBe(true);
    expect(bodyOf(ack).includes("m=video 0 RTP/AVP 96\r\n")).toBe(true);
    expect(sessionAt(0).media.direction).toBe(Direction.SendOnly);
    hangUp(0, now);
    drain();
    expect(dial("103") >= 0).toBe(true);
  });
});

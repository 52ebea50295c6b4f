// Requests inside a call: RFC 3261 §12.2.2, §14.2, §15.1.2.

import { Direction } from "../../../assembly/sdp/description";
import { SessionEvent, SessionState, answer, sessionAt, sessionsUsed } from "../../../assembly/sip/user-agent";
import { callIn, expectClean, hang, inviteIn, lift, ownTag, request, ring } from "./calls";
import {
  advance, answerTo, bodyOf, countSent, headerOf, last, lastEvent, lastSent, receive, sdp, sent, start,
} from "./wire";

describe("inside a call", () => {
  beforeEach(() => start());

  test("RFC 3261 §15.1.2: BYE is answered, again for every copy, and ends the session", () => {
    const tag = callIn();
    expect(receive(request("BYE", "b1", 11, tag))).toBe(SessionEvent.Ended);
    expect(headerOf(last(), "CSeq")).toBe("11 BYE");
    expect(receive(request("BYE", "b1", 11, tag))).toBe(SessionEvent.None);
    expect(countSent("SIP/2.0 200")).toBe(3); // INVITE, BYE twice
    expectClean();
  });

  test("RFC 5407 §3.1.6: BYE crosses BYE: both are answered, nothing else happens", () => {
    const tag = callIn();
    hang();
    expect(receive(request("BYE", "b1", 11, tag))).toBe(SessionEvent.None);
    expect(headerOf(last(), "CSeq")).toBe("11 BYE");
    expect(last().startsWith("SIP/2.0 200")).toBe(true);
    receive(answerTo(lastSent("BYE"), "481 Call/Transaction Does Not Exist"));
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("hung up between a re-INVITE's 200 and its ACK: one BYE, and the late ACK changes nothing", () => {
    const tag = callIn();
    receive(request("INVITE", "r1", 11, tag, "", sdp(7000)));
    hang();
    receive(request("ACK", "a2", 11, tag));
    expect(countSent("BYE")).toBe(1);
    expect(sessionAt(0).state).toBe(SessionState.Terminating);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("RFC 3261 §15.1.2: a BYE too large to keep ends the call all the same", () => {
    const tag = callIn();
    const large = "Subject: " + "s".repeat(4096) + "\r\n";
    expect(receive(request("BYE", "b1", 10, tag, large))).toBe(SessionEvent.None, "a number that was used");
    expect(last().startsWith("SIP/2.0 513 ")).toBe(true);
    expect(receive(request("BYE", "b2", 11, tag, large))).toBe(SessionEvent.Ended);
    expect(last().startsWith("SIP/2.0 200 ")).toBe(true);
    expect(headerOf(last(), "CSeq")).toBe("11 BYE");
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("a BYE too large to keep ends a call that still rings", () => {
    inviteIn();
    ring();
    expect(receive(request("BYE", "b1", 11, ownTag(), "Require: x\r\nSubject: " + "s".repeat(4096) + "\r\n")))
      .toBe(SessionEvent.Ended);
    expect(countSent("SIP/2.0 200 ")).toBe(1);
    expect(last().startsWith("SIP/2.0 487 ")).toBe(true);
    receive(request("ACK", "i1", 10, ownTag()));
    expectClean();
  });

  test("RFC 3261 §21.5.7: another request too large to keep is 513, every copy of it, and the call goes on", () => {
    const tag = callIn();
    const large = request("INVITE", "r1", 11, tag, "Subject: " + "s".repeat(4096) + "\r\n", sdp(7000));
    for (let copy = 1; copy <= 2; copy++) {
      expect(receive(large)).toBe(SessionEvent.None);
      expect(countSent("SIP/2.0 513 ")).toBe(copy);
      expect(headerOf(last(), "Retry-After")).toBe("");
    }
    receive(request("ACK", "r1", 11, tag));
    receive(request("INVITE", "r2", 12, tag, "", sdp(7000)));
    expect(last().startsWith("SIP/2.0 200 ")).toBe(true);
    receive(request("ACK", "a2", 12, tag));
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("BYE before the ACK of our 200 ends the session", () => {
    inviteIn();
    lift();
    expect(receive(request("BYE", "b1", 11, ownTag()))).toBe(SessionEvent.Ended);
    advance(10_000);
    expect(countSent("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKi1")).toBe(1,
      "no more copies of the 2xx");
    expectClean();
  });

  test("RFC 3261 §12.2.2: a number that is not higher is 500", () => {
    const tag = callIn();
    receive(request("BYE", "b1", 9, tag));
    expect(last().startsWith("SIP/2.0 500 ")).toBe(true);
    receive(request("BYE", "b2", 10, tag));
    expect(last().startsWith("SIP/2.0 500 ")).toBe(true);
    expect(sessionsUsed()).toBe(1);
  });

  test("RFC 3261 §12.2.2: a dialog that is not there is 481", () => {
    callIn();
    receive(request("BYE", "b1", 11, "other"));
    expect(last().startsWith("SIP/2.0 481 ")).toBe(true);
    expect(sessionsUsed()).toBe(1);
  });

  test("hold and resume: a re-INVITE changes the media, and only a change is an event", () => {
    const tag = callIn();
    expect(receive(request("INVITE", "r1", 11, tag, "", sdp(6000, "0 8 101",
      "a=sendonly\r\n")))).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.direction).toBe(Direction.RecvOnly);
    expect(bodyOf(last()).includes("a=recvonly\r\n")).toBe(true);
    const heldBody = bodyOf(last());
    expect(receive(request("ACK", "a2", 11, tag))).toBe(SessionEvent.None);
    // a refresh with the same description: RFC 3264 §8 wants the same answer, version and all
    expect(receive(request("INVITE", "r2", 12, tag, "", sdp(6000, "0 8 101",
      "a=sendonly\r\n")))).toBe(SessionEvent.None);
    expect(bodyOf(last())).toBe(heldBody);
    receive(request("ACK", "a3", 12, tag));
    expect(receive(request("INVITE", "r3", 13, tag, "", sdp(6000)))).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.direction).toBe(Direction.SendRecv);
    expect(bodyOf(last()).includes("a=sendrecv\r\n")).toBe(true);
    receive(request("ACK", "a4", 13, tag));
    expect(receive(request("INVITE", "r4", 14, tag, "", sdp(6000, "0 8 101",
      "a=inactive\r\n")))).toBe(SessionEvent.MediaChanged);
    expect(bodyOf(last()).includes("a=inactive\r\n")).toBe(true);
  });

  test("RFC 3264 §8: the version of our description goes up by one with each change", () => {
    inviteIn();
    lift();
    const tag = ownTag();
    const origin = bodyOf(last()).split("\r\n")[1];
    receive(request("ACK", "a1", 10, tag));
    receive(request("INVITE", "r1", 11, tag, "", sdp(6000, "0 8 101", "a=sendonly\r\n")));
    expect(bodyOf(last()).split("\r\n")[1]).toBe(origin.replace(" 1 IN", " 2 IN"));
  });

  test("RFC 3261 §14.2: a re-INVITE that we cannot speak is 488 and the call goes on as it was", () => {
    const tag = callIn();
    expect(receive(request("INVITE", "r1", 11, tag, "", sdp(7000, "18")))).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 488 ")).toBe(true);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(sessionAt(0).media.remote.port).toBe(6000);
    receive(request("ACK", "r1", 11, tag));
    expect(receive(request("BYE", "b1", 12, tag))).toBe(SessionEvent.Ended);
    expectClean();
  });

  test("RFC 3261 §14.2: a re-INVITE without an offer gets ours, the ACK answers it", () => {
    const tag = callIn();
    expect(receive(request("INVITE", "r1", 11, tag))).toBe(SessionEvent.None);
    expect(bodyOf(last()).includes("m=audio 4000 RTP/AVP 8 0 101\r\n")).toBe(true);
    expect(receive(request("ACK", "a2", 11, tag, "", sdp(6200)))).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.remote.port).toBe(6200);
  });

  test("RFC 3261 §14.2: without the ACK of a re-INVITE the session ends with BYE", () => {
    const tag = callIn();
    receive(request("INVITE", "r1", 11, tag, "", sdp(6000)));
    advance(32_000);
    expect(lastEvent).toBe(SessionEvent.Ended);
    expect(countSent("BYE")).toBe(1);
    expect(tag.length).toBe(16);
  });

  test("RFC 3261 §12.2.2: a re-INVITE refreshes the remote target", () => {
    const tag = callIn();
    receive(request("INVITE", "r1", 11, tag, "", sdp(6000)).replace("<sip:102@198.51.100.7:5080>\r\n",
      "<sip:102@198.51.100.9:5099>\r\n"));
    receive(request("ACK", "a2", 11, tag));
    hang();
    expect(last().startsWith("BYE sip:102@198.51.100.9:5099 SIP/2.0\r\n")).toBe(true);
    expect(sent[sent.length - 1].port).toBe(5099);
  });

  test("RFC 3261 §14.2 and RFC 5407 §3.1.4: a re-INVITE before our answer is 500, one before the ACK 491", () => {
    inviteIn();
    ring();
    const tag = ownTag();
    receive(request("INVITE", "r1", 11, tag, "", sdp(6000)));
    expect(last().startsWith("SIP/2.0 500 ")).toBe(true);
    expect(headerOf(last(), "Retry-After").length > 0).toBe(true);
    lift();
    receive(request("INVITE", "r2", 12, tag, "", sdp(6000)));
    expect(last().startsWith("SIP/2.0 491 ")).toBe(true);
    expect(sessionAt(0).state).toBe(SessionState.Answered);
    expect(receive(request("ACK", "a1", 10, tag))).toBe(SessionEvent.Confirmed);
  });

  test("RFC 3261 §8.2.1: what is not taken is 405 with Allow, the unknown is 501, OPTIONS is 200", () => {
    const tag = callIn();
    const methods = ["PUBLISH", "REGISTER"];
    for (let index = 0; index < methods.length; index++) {
      receive(request(methods[index], "m" + index.toString(), 11 + index, tag));
      expect(last().startsWith("SIP/2.0 405 ")).toBe(true, methods[index]);
      expect(headerOf(last(), "Allow")).toBe("INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, REFER, NOTIFY, INFO, MESSAGE");
    }
    receive(request("DANCE", "m8", 20, tag));
    expect(last().startsWith("SIP/2.0 501 ")).toBe(true);
    receive(request("OPTIONS", "m9", 21, tag));
    expect(last().startsWith("SIP/2.0 200 ")).toBe(true);
    expect(headerOf(last(), "Accept")).toBe("application/sdp, message/sipfrag, text/plain, " +
      "application/simple-message-summary, application/dtmf-relay");
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
  });

  test("RFC 3261 §8.2.2.3: Require is 420 inside a dialog too", () => {
    const tag = callIn();
    receive(request("BYE", "b1", 11, tag, "Require: teleport\r\n"));
    expect(last().startsWith("SIP/2.0 420 ")).toBe(true);
    expect(headerOf(last(), "Unsupported")).toBe("teleport");
    expect(sessionsUsed()).toBe(1);
  });
});

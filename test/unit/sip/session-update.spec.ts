// UPDATE of the far end: RFC 3311 §5.2.

import { Direction } from "../../../assembly/sdp/description";
import { SessionEvent, SessionState, sessionAt } from "../../../assembly/sip/user-agent";
import { callIn, expectClean, hang, inviteIn, lift, ownTag, request, ring } from "./calls";
import { answerTo, bodyOf, countSent, headerOf, last, lastSent, receive, sdp, sent, start } from "./wire";

function update(tag: string, body: string = "", sequence: i32 = 11): SessionEvent {
  return receive(request("UPDATE", "u" + sequence.toString(), sequence, tag, "", body));
}

describe("UPDATE", () => {
  beforeEach(() => start());

  test("RFC 3311 §5.2: an offer is answered at once, and needs no ACK", () => {
    const tag = callIn();
    expect(update(tag, sdp(6000, "0 8 101", "a=sendonly\r\n"))).toBe(SessionEvent.MediaChanged);
    expect(last().startsWith("SIP/2.0 200 OK\r\n")).toBe(true);
    expect(headerOf(last(), "Contact").startsWith("<sip:101-")).toBe(true);
    expect(headerOf(last(), "Allow").includes("UPDATE")).toBe(true);
    expect(bodyOf(last()).includes("a=recvonly\r\n")).toBe(true);
    expect(sessionAt(0).media.direction).toBe(Direction.RecvOnly);
    expect(update(tag, sdp(6300), 12)).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.remote.port).toBe(6300);
    expect(update(tag, sdp(6300), 13)).toBe(SessionEvent.None);
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3311 §5.2: without an offer it refreshes the target alone", () => {
    const tag = callIn();
    const moved = request("UPDATE", "u1", 11, tag).replace("<sip:102@198.51.100.7:5080>\r\n",
      "<sip:102@198.51.100.9:5099>\r\n");
    expect(receive(moved)).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 200 OK\r\n")).toBe(true);
    expect(bodyOf(last())).toBe("");
    hang();
    expect(last().startsWith("BYE sip:102@198.51.100.9:5099 ")).toBe(true);
    expect(sent[sent.length - 1].port).toBe(5099);
  });

  test("RFC 3311 §5.2: an offer before the INVITE's own is answered is 500 with Retry-After; none is fine", () => {
    inviteIn();
    ring();
    const tag = ownTag();
    expect(update(tag, sdp(6300))).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 500 ")).toBe(true);
    const wait = I32.parseInt(headerOf(last(), "Retry-After"));
    expect(wait >= 0 && wait <= 10).toBe(true);
    update(tag, "", 12);
    expect(last().startsWith("SIP/2.0 200 ")).toBe(true);
    expect(sessionAt(0).state).toBe(SessionState.Incoming);
    expect(sessionAt(0).media.remote.port).toBe(6000);
  });

  test("RFC 3311 §5.2: an offer while ours waits for its answer is 491", () => {
    inviteIn("i1", "");
    lift();
    const tag = ownTag();
    update(tag, sdp(6300));
    expect(last().startsWith("SIP/2.0 491 ")).toBe(true);
    expect(receive(request("ACK", "a1", 10, tag, "", sdp(6000)))).toBe(SessionEvent.Confirmed);
    expect(update(tag, sdp(6300), 12)).toBe(SessionEvent.MediaChanged);
  });

  test("RFC 3311 §5.1: the answer given in our 200, an UPDATE may come before its ACK", () => {
    inviteIn();
    lift();
    expect(update(ownTag(), sdp(6300))).toBe(SessionEvent.MediaChanged);
    expect(last().startsWith("SIP/2.0 200 ")).toBe(true);
    expect(headerOf(last(), "CSeq")).toBe("11 UPDATE");
  });

  test("RFC 3311 §5.2: what we cannot speak is 488 and changes nothing; no description is 415", () => {
    const tag = callIn();
    expect(update(tag, sdp(6300, "18"))).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 488 ")).toBe(true);
    expect(sessionAt(0).media.remote.port).toBe(6000);
    receive(request("UPDATE", "u12", 12, tag, "", "x").replace("application/sdp", "text/plain"));
    expect(last().startsWith("SIP/2.0 415 ")).toBe(true);
  });

  test("after our BYE it is 481", () => {
    const tag = callIn();
    hang();
    update(tag, sdp(6300));
    expect(last().startsWith("SIP/2.0 481 ")).toBe(true);
    receive(request("PRACK", "p1", 12, tag, "RAck: 1 10 INVITE\r\n"));
    expect(last().startsWith("SIP/2.0 481 ")).toBe(true);
    expect(countSent("BYE")).toBe(1);
  });
});

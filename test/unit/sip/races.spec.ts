// What crosses on the wire: RFC 5407, with transfers besides, and phones that answer for one another.

import {
  SessionEvent, SessionState, answer, eventOther, eventSession, follow, hangUp, sessionAt, sessionsUsed, transfer,
} from "../../../assembly/sip/user-agent";
import { writeText } from "../../../assembly/base/literal";
import { CONTACT, callIn, callOut, dial, expectClean, hang, request } from "./calls";
import {
  answerTo, countSent, drain, events, headerOf, last, lastSent, now, parameterOf, receive, sdp, start,
} from "./wire";

const number = memory.data(16, 16);

function status(): string { return last().substring(8, 11); }

function refer(digits: string): i32 {
  const result = transfer(0, number, <i32>(writeText(number, digits) - number), now);
  drain();
  return result;
}

describe("what crosses a BYE", () => {
  beforeEach(() => start());

  test("RFC 5407 §3.2.2: our BYE is out, whatever else comes in the dialog is 481, and BYE 200", () => {
    const tag = callIn();
    hang();
    const methods = ["INVITE", "UPDATE", "PRACK", "REFER", "NOTIFY", "INFO"];
    for (let index = 0; index < methods.length; index++) {
      const extra = "Refer-To: <sip:103@example.test>\r\nEvent: refer\r\nSubscription-State: active\r\nRAck: 1 1 INVITE\r\n";
      const branch = "x" + index.toString();
      const isInvite = methods[index] == "INVITE";
      receive(request(methods[index], branch, 20 + index, tag, extra, isInvite ? sdp(6000) : ""));
      expect(status()).toBe("481", methods[index]);
      if (isInvite) receive(request("ACK", branch, 20, tag));
    }
    receive(request("BYE", "b1", 40, tag));
    expect(status()).toBe("200");
    receive(answerTo(lastSent("BYE"), "481 x"));
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("the far end's BYE crosses our REFER: the transfer is over with the call", () => {
    const tag = callIn();
    expect(refer("103")).toBe(0);
    const ours = lastSent("REFER");
    expect(receive(request("BYE", "b1", 20, tag))).toBe(SessionEvent.Ended);
    const before = events;
    receive(answerTo(ours, "481 Call/Transaction Does Not Exist"));
    expect(events).toBe(before);
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("our BYE crosses the answer to our NOTIFY, and the answer to our REFER", () => {
    const tag = callIn();
    receive(request("REFER", "r1", 20, tag, "Refer-To: <sip:103@example.test>\r\n"));
    const notify = lastSent("NOTIFY");
    const session = follow(eventSession, now);
    drain();
    hangUp(session, now);
    hangUp(0, now);
    drain();
    receive(answerTo(notify, "200 OK"));
    expect(countSent("NOTIFY")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    receive(answerTo(lastSent("INVITE"), "487 Request Terminated", "c"));
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("a REFER that crosses ours is followed, and ours is told of all the same", () => {
    const tag = callIn();
    refer("103");
    expect(receive(request("REFER", "r1", 20, tag, "Refer-To: <sip:104@example.test>\r\n")))
      .toBe(SessionEvent.Referred);
    follow(eventSession, now);
    drain();
    expect(receive(answerTo(lastSent("REFER"), "491 Request Pending"))).toBe(SessionEvent.TransferFailed);
    expect(countSent("INVITE")).toBe(1);
  });

  test("RFC 3891 §3: the call is ended while another one takes its place: neither is left half", () => {
    const tag = callIn();
    const replaces = request("INVITE", "c1", 30, "", "Replaces: call-1@bob;to-tag=" + tag + ";from-tag=bob\r\n", sdp(6004))
      .replace("call-1@bob\r\nCSeq", "call-2@carol\r\nCSeq").replace(";tag=bob\r\nTo", ";tag=carol\r\nTo");
    expect(receive(replaces)).toBe(SessionEvent.Replacing);
    const session = eventSession;
    expect(answer(session, now)).toBe(true);
    hangUp(eventOther, now);
    drain();
    receive(request("BYE", "b1", 40, tag));
    expect(status()).toBe("200");
    receive(answerTo(lastSent("BYE"), "481 x"));
    expect(sessionsUsed()).toBe(1);
    expect(sessionAt(session).state).toBe(SessionState.Answered);
  });
});

describe("several phones ring for one number", () => {
  beforeEach(() => start());

  test("RFC 3261 §13.2.2.4: each rings in a dialog of its own; the one that answers is the call", () => {
    dial("102");
    const invite = lastSent("INVITE");
    expect(receive(answerTo(invite, "180 Ringing", "bob", CONTACT))).toBe(SessionEvent.Progress);
    expect(receive(answerTo(invite, "183 Session Progress", "carol", CONTACT, sdp(7000)))).toBe(SessionEvent.EarlyMedia);
    expect(receive(answerTo(invite, "180 Ringing", "bob", CONTACT))).toBe(SessionEvent.Progress);
    expect(receive(answerTo(invite, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.Answered);
    expect(sessionAt(0).media.remote.port).toBe(6000);
    expect(headerOf(lastSent("ACK"), "To")).toBe("<sip:102@example.test>;tag=bob");
    expect(receive(answerTo(invite, "180 Ringing", "carol", CONTACT))).toBe(SessionEvent.None);
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3262 §5: an answer that a phone gave reliably stays its answer, whatever others say meanwhile", () => {
    dial("102");
    const invite = lastSent("INVITE");
    const reliable = CONTACT + "Require: 100rel\r\nRSeq: 7\r\n";
    expect(receive(answerTo(invite, "183 Session Progress", "bob", reliable, sdp(6000)))).toBe(SessionEvent.EarlyMedia);
    receive(answerTo(lastSent("PRACK"), "200 OK"));
    receive(answerTo(invite, "180 Ringing", "carol", CONTACT));
    expect(receive(answerTo(invite, "200 OK", "bob", CONTACT))).toBe(SessionEvent.Answered);
    expect(sessionAt(0).media.remote.port).toBe(6000);
    expect(countSent("BYE")).toBe(0);
  });

  test("the other phone's 200 without any answer is thanked for and ended", () => {
    dial("102");
    const invite = lastSent("INVITE");
    const reliable = CONTACT + "Require: 100rel\r\nRSeq: 7\r\n";
    receive(answerTo(invite, "183 Session Progress", "bob", reliable, sdp(6000)));
    receive(answerTo(lastSent("PRACK"), "200 OK"));
    expect(receive(answerTo(invite, "200 OK", "carol", CONTACT))).toBe(SessionEvent.Failed);
    expect(countSent("ACK")).toBe(1);
    expect(headerOf(lastSent("BYE"), "To")).toBe("<sip:102@example.test>;tag=carol");
  });

  test("many tags: nothing is kept of those that do not answer", () => {
    callOut();
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    dial("104");
    const invite = lastSent("INVITE");
    for (let index = 0; index < 100; index++) {
      receive(answerTo(invite, "180 Ringing", "t" + index.toString(), CONTACT));
    }
    expect(sessionsUsed()).toBe(1);
    hang();
    expect(parameterOf(headerOf(lastSent("CANCEL"), "To"), "tag")).toBe("");
    receive(answerTo(lastSent("CANCEL"), "200 OK"));
    receive(answerTo(invite, "487 Request Terminated", "t1"));
    expectClean();
  });
});

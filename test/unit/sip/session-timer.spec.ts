// Session timers: RFC 4028, both sides of the call and both refreshers.

import { SessionEvent, SessionState, eventStatus, sessionAt, sessionsUsed } from "../../../assembly/sip/user-agent";
import { CONTACT, callIn, dial, expectClean, inviteIn, lift, ownTag, request } from "./calls";
import {
  advance, advanceTo, answerTo, bodyOf, countSent, headerOf, last, lastEvent, lastSent, now, receive, sdp, start,
  timesOf,
} from "./wire";

const UPDATES = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n";

/** We call Bob, whose 200 has these lines more; the INVITE. */
function callOut(extra: string): string {
  dial("102");
  const invite = lastSent("INVITE");
  receive(answerTo(invite, "200 OK", "bob", CONTACT + extra, sdp(6000)));
  return invite;
}

/** Bob calls with these lines more, and we answer; our 200. */
function answered(extra: string): string {
  receive(request("INVITE", "i1", 10, "", extra, sdp(6000)));
  lift();
  const success = last();
  receive(request("ACK", "a1", 10, ownTag()));
  return success;
}

describe("a call that we placed", () => {
  beforeEach(() => start());

  test("RFC 4028 §7.1: the INVITE asks for 1800 s and leaves open who refreshes", () => {
    dial("102");
    expect(headerOf(last(), "Session-Expires")).toBe("1800");
    expect(headerOf(last(), "Min-SE")).toBe("");
    expect(headerOf(last(), "Supported").includes("timer")).toBe(true);
  });

  test("RFC 4028 §7.2: no Session-Expires in the 200 is no timer", () => {
    callOut("");
    advance(7_200_000);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(countSent("INVITE") + countSent("UPDATE")).toBe(1);
  });

  test("RFC 4028 §10: we refresh by UPDATE at half of the time, again and again", () => {
    const invite = callOut(UPDATES + "Session-Expires: 1000;refresher=uac\r\n");
    advance(499_999);
    expect(countSent("UPDATE")).toBe(0);
    advance(1);
    const update = last();
    expect(update.startsWith("UPDATE sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(update, "Session-Expires")).toBe("1000;refresher=uac");
    expect(headerOf(update, "Contact")).toBe(headerOf(invite, "Contact"));
    expect(bodyOf(update)).toBe("");
    receive(answerTo(update, "200 OK", "", CONTACT + "Session-Expires: 800;refresher=uac\r\n"));
    advance(399_999);
    expect(countSent("UPDATE")).toBe(1);
    advance(1);
    expect(countSent("UPDATE")).toBe(2);
    expect(headerOf(last(), "Session-Expires")).toBe("800;refresher=uac");
  });

  test("RFC 4028 §7.4: by re-INVITE with the same description where the far end knows no UPDATE", () => {
    const invite = callOut("Allow: INVITE, ACK, BYE, CANCEL\r\nSession-Expires: 1000;refresher=uac\r\n");
    advance(500_000);
    const refresh = last();
    expect(refresh.startsWith("INVITE sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(refresh, "To")).toBe("<sip:102@example.test>;tag=bob");
    expect(bodyOf(refresh)).toBe(bodyOf(invite), "RFC 3264 §8: the same, version and all");
    expect(receive(answerTo(refresh, "200 OK", "", CONTACT + "Session-Expires: 1000;refresher=uac\r\n", sdp(6000))))
      .toBe(SessionEvent.None);
    expect(headerOf(last(), "CSeq")).toBe(headerOf(refresh, "CSeq").replace("INVITE", "ACK"));
    advance(500_000);
    expect(countSent("INVITE")).toBe(3);
  });

  test("RFC 4028 §10: a far end that is to refresh and does not is hung up on, a little early", () => {
    callOut("Session-Expires: 1000;refresher=uas\r\n");
    advanceTo(967_999);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    advanceTo(968_000);
    expect(lastEvent).toBe(SessionEvent.Ended);
    expect(eventStatus).toBe(408);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 4028 §10: of a short time a third is left, not 32 s", () => {
    callOut("Session-Expires: 90;refresher=uas\r\n");
    advanceTo(59_999);
    expect(countSent("BYE")).toBe(0);
    advanceTo(60_000);
    expect(countSent("BYE")).toBe(1);
  });

  test("RFC 4028 §7.3: 422 is answered with what it wants, for the refreshes too", () => {
    dial("102");
    const first = last();
    expect(receive(answerTo(first, "422 Session Interval Too Small", "p", "Min-SE: 3600\r\n"))).toBe(
      SessionEvent.None);
    const second = last();
    expect(headerOf(second, "Session-Expires")).toBe("3600");
    expect(headerOf(second, "Min-SE")).toBe("3600");
    expect(headerOf(second, "Call-ID")).toBe(headerOf(first, "Call-ID"));
    expect(I32.parseInt(headerOf(second, "CSeq"))).toBe(I32.parseInt(headerOf(first, "CSeq")) + 1);
    receive(answerTo(second, "200 OK", "bob", CONTACT + UPDATES + "Session-Expires: 3600;refresher=uac\r\n",
      sdp(6000)));
    advance(1_800_000);
    receive(answerTo(last(), "422 Session Interval Too Small", "", "Min-SE: 4000\r\n"));
    expect(headerOf(last(), "Session-Expires")).toBe("4000;refresher=uac");
    expect(headerOf(last(), "Min-SE")).toBe("4000");
    expect(countSent("UPDATE")).toBe(2);
  });

  test("a 422 that wants no more than we gave, or ever more, is a failure", () => {
    dial("102");
    expect(receive(answerTo(last(), "422 Session Interval Too Small", "p", "Min-SE: 90\r\n"))).toBe(
      SessionEvent.Failed);
    dial("102");
    let event = SessionEvent.None, rounds = 0;
    for (; event == SessionEvent.None && rounds < 10; rounds++) {
      event = receive(answerTo(lastSent("INVITE"), "422 Session Interval Too Small", "p",
        "Min-SE: " + (2000 + rounds).toString() + "\r\n"));
    }
    expect(event).toBe(SessionEvent.Failed);
    expect(rounds).toBe(5);
  });

  test("RFC 4028 §10: a refresh that nobody answers, or that is 481, ends the call", () => {
    callOut(UPDATES + "Session-Expires: 1000;refresher=uac\r\n");
    advanceTo(532_000);
    expect(lastEvent).toBe(SessionEvent.Ended);
    expect(eventStatus).toBe(408);
    expect(countSent("BYE")).toBe(1);
    start();
    callOut(UPDATES + "Session-Expires: 1000;refresher=uac\r\n");
    advanceTo(500_000);
    expect(receive(answerTo(last(), "481 Call/Transaction Does Not Exist"))).toBe(SessionEvent.Ended);
    expect(eventStatus).toBe(481);
    receive(answerTo(lastSent("BYE"), "481 Call/Transaction Does Not Exist"));
    expectClean();
  });

  test("a refresh that is refused is tried again until the time is up", () => {
    callOut(UPDATES + "Session-Expires: 90;refresher=uac\r\n");
    for (let round = 0; round < 10 && countSent("BYE") == 0; round++) {
      advance(45_000 - now > 0 ? 45_000 - now : 10_000);
      if (countSent("BYE") == 0) receive(answerTo(lastSent("UPDATE"), "500 Server Internal Error"));
    }
    expect(timesOf("UPDATE")).toBe("45000,55000");
    expect(timesOf("BYE").startsWith("60000")).toBe(true);
  });

  test("an UPDATE that is not known after all makes room for a re-INVITE", () => {
    callOut(UPDATES + "Session-Expires: 1000;refresher=uac\r\n");
    advance(500_000);
    receive(answerTo(last(), "405 Method Not Allowed"));
    expect(last().startsWith("INVITE sip:bob@")).toBe(true);
    expect(countSent("UPDATE")).toBe(1);
  });

  test("RFC 4028 §7.2: a refresh answered without Session-Expires turns the timer off", () => {
    callOut(UPDATES + "Session-Expires: 1000;refresher=uac\r\n");
    advance(500_000);
    receive(answerTo(last(), "200 OK"));
    advance(7_200_000);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(countSent("UPDATE")).toBe(1);
  });
});

describe("a call that we take", () => {
  beforeEach(() => start());

  test("RFC 4028 §9, table 2: who refreshes", () => {
    const rows = [
      ["", "", ""],
      ["Supported: timer\r\n", "", "1800;refresher=uas"],
      ["Supported: timer\r\nMin-SE: 2000\r\n", "", "2000;refresher=uas"],
      ["", "Session-Expires: 600\r\n", "600;refresher=uas"],
      ["k: replaces, timer\r\n", "x: 600\r\n", "600;refresher=uac"],
      ["Supported: timer\r\n", "Session-Expires: 600;refresher=uac\r\n", "600;refresher=uac"],
      ["Supported: timer\r\n", "Session-Expires: 600 ; refresher = UAS\r\n", "600;refresher=uas"],
      ["Supported: timer\r\n", "Session-Expires: soon\r\n", "1800;refresher=uas"],
    ];
    for (let index = 0; index < rows.length; index++) {
      start();
      const success = answered(rows[index][0] + rows[index][1]);
      expect(headerOf(success, "Session-Expires")).toBe(rows[index][2], index.toString());
      const isRequired = rows[index][0].includes("timer");
      expect(headerOf(success, "Require")).toBe(isRequired ? "timer" : "", index.toString());
    }
  });

  test("RFC 4028 §9: less than 90 s is 422 with our Min-SE; from who knows no timers it is nothing", () => {
    receive(request("INVITE", "i1", 10, "", "Supported: timer\r\nSession-Expires: 89\r\n", sdp(6000)));
    expect(last().startsWith("SIP/2.0 422 Session Interval Too Small\r\n")).toBe(true);
    expect(headerOf(last(), "Min-SE")).toBe("90");
    expect(sessionsUsed()).toBe(0);
    expect(headerOf(answered("Session-Expires: 1\r\n"), "Session-Expires")).toBe("");
  });

  test("RFC 4028 §10: we refresh where it falls to us", () => {
    answered("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n" + UPDATES);
    advance(300_000);
    expect(last().startsWith("UPDATE sip:102@198.51.100.7:5080 ")).toBe(true);
    expect(headerOf(last(), "Session-Expires")).toBe("600;refresher=uac", "in this transaction we are the client");
    receive(answerTo(last(), "200 OK", "", "Session-Expires: 600;refresher=uac\r\n"));
    advance(300_000);
    expect(countSent("UPDATE")).toBe(2);
  });

  test("a caller that does not know of timers is refreshed by re-INVITE, and what it answers turns it off", () => {
    answered("Session-Expires: 600\r\n");
    advance(300_000);
    expect(last().startsWith("INVITE sip:102@198.51.100.7:5080 ")).toBe(true);
    receive(answerTo(last(), "200 OK", "", "", sdp(6000)));
    expect(last().startsWith("ACK ")).toBe(true);
    advance(3_600_000);
    expect(countSent("INVITE")).toBe(1);
  });

  test("RFC 4028 §10: a refresh of the caller in time keeps the call, its silence ends it", () => {
    answered("Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n");
    const tag = ownTag();
    const refresh = "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n";
    advanceTo(300_000);
    receive(request("UPDATE", "u1", 11, tag, refresh));
    expect(headerOf(last(), "Session-Expires")).toBe("600;refresher=uac");
    expect(headerOf(last(), "Require")).toBe("timer");
    advanceTo(600_000);
    receive(request("INVITE", "r1", 12, tag, refresh, sdp(6000)));
    receive(request("ACK", "a2", 12, tag));
    advanceTo(1_167_999);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    advanceTo(1_168_000);
    expect(lastEvent).toBe(SessionEvent.Ended);
    expect(countSent("BYE")).toBe(1);
  });

  test("RFC 4028 §9: a refresh that does not say who keeps who it is", () => {
    answered("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n");
    receive(request("UPDATE", "u1", 11, ownTag(), "Supported: timer\r\nSession-Expires: 600\r\n"));
    expect(headerOf(last(), "Session-Expires")).toBe("600;refresher=uas");
  });

  test("RFC 4028 §9: a refresh with too short a time is 422, and the old one goes on", () => {
    answered("Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n");
    const tag = ownTag();
    const brief = "Supported: timer\r\nSession-Expires: 30;refresher=uac\r\n";
    receive(request("UPDATE", "u1", 11, tag, brief));
    expect(last().startsWith("SIP/2.0 422 ")).toBe(true);
    expect(headerOf(last(), "Min-SE")).toBe("90");
    receive(request("INVITE", "r1", 12, tag, brief, sdp(6000)));
    expect(last().startsWith("SIP/2.0 422 ")).toBe(true);
    expect(headerOf(last(), "Min-SE")).toBe("90");
    advanceTo(568_000);
    expect(lastEvent).toBe(SessionEvent.Ended);
  });

  test("a time of years is cut to a week", () => {
    const success = answered("Supported: timer\r\nSession-Expires: 4294967295;refresher=uac\r\n");
    expect(headerOf(success, "Session-Expires")).toBe("604800;refresher=uac");
  });

  test("hung up, nothing of the timer is left", () => {
    inviteIn();
    lift();
    receive(request("BYE", "b1", 11, ownTag()));
    expectClean();
    callIn();
    expect(sessionsUsed()).toBe(1);
  });
});

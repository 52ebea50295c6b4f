// REFER of the far end: RFC 3515 §2.4, RFC 4488, RFC 3892, and our policy about whom it may have called.

import { setEndpoint } from "./wire";
import {
  SessionEvent, SessionState, accountAt, decline, eventSession, follow, hangUp, retire, sessionAt, sessionsUsed,
} from "../../../assembly/sip/user-agent";
import { Endpoint, endpointAt } from "../../../assembly/abi/endpoint";
import { CONTACT, callIn, callOut, expectClean, request } from "./calls";
import {
  advance, answerTo, bodyOf, countSent, drain, headerOf, last, lastSent, now, parameterOf, receive, sdp, start,
  stranger,
} from "./wire";

const bob: Endpoint = endpointAt(memory.data(24, 8));

/** Bob, who called us, asks us to call somebody. */
function refer(tag: string, target: string, extra: string = "", sequence: i32 = 11): SessionEvent {
  return receive(request("REFER", "r" + sequence.toString(), sequence, tag, "Refer-To: " + target + "\r\n" + extra));
}

function status(): string { return last().substring(8, 11); }

/** Says yes to every NOTIFY that waits for it. */
function takeNotify(): void { receive(answerTo(lastSent("NOTIFY"), "200 OK")); }

function followIt(): i32 {
  const session = follow(eventSession, now);
  drain();
  return session;
}

describe("a REFER that is followed", () => {
  beforeEach(() => start());

  test("RFC 3515 §2.4.4: 202, NOTIFY 100, our INVITE, NOTIFY 180, NOTIFY 200 and the subscription's end", () => {
    const tag = callIn();
    expect(refer(tag, "<sip:103@example.test>", "Referred-By: <sip:102@example.test>;x=y\r\n"))
      .toBe(SessionEvent.Referred);
    const accepted = lastSent("SIP/2.0 202 ");
    expect(headerOf(accepted, "Contact").length > 0).toBe(true);
    const trying = lastSent("NOTIFY");
    expect(headerOf(trying, "Event")).toBe("refer");
    expect(headerOf(trying, "Subscription-State").startsWith("active;expires=")).toBe(true);
    expect(headerOf(trying, "Content-Type")).toBe("message/sipfrag;version=2.0");
    expect(bodyOf(trying)).toBe("SIP/2.0 100 Trying\r\n");
    takeNotify();

    const session = followIt();
    const invite = lastSent("INVITE");
    expect(invite.startsWith("INVITE sip:103@example.test SIP/2.0\r\n")).toBe(true);
    expect(headerOf(invite, "Referred-By")).toBe("<sip:102@example.test>;x=y");
    expect(headerOf(invite, "Replaces")).toBe("");
    expect(sessionAt(session).state).toBe(SessionState.Calling);

    expect(receive(answerTo(invite, "180 Ringing", "carol", CONTACT))).toBe(SessionEvent.Progress);
    expect(bodyOf(lastSent("NOTIFY"))).toBe("SIP/2.0 180 Ringing\r\n");
    takeNotify();
    expect(receive(answerTo(invite, "200 OK", "carol", CONTACT, sdp(6002)))).toBe(SessionEvent.Answered);
    const done = lastSent("NOTIFY");
    expect(bodyOf(done)).toBe("SIP/2.0 200 OK\r\n");
    expect(headerOf(done, "Subscription-State")).toBe("terminated;reason=noresource");
    takeNotify();
    expect(countSent("NOTIFY")).toBe(3);

    receive(request("BYE", "b1", 20, tag));
    expect(status()).toBe("200");
    expect(sessionsUsed()).toBe(1);
    hangUp(session, now);
    drain();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("one NOTIFY at a time: what came to pass meanwhile follows the answer to the one before", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    followIt();
    const invite = lastSent("INVITE");
    receive(answerTo(invite, "180 Ringing", "carol", CONTACT));
    receive(answerTo(invite, "486 Busy Here", "carol"));
    expect(countSent("NOTIFY")).toBe(1);
    takeNotify();
    expect(countSent("NOTIFY")).toBe(2);
    expect(bodyOf(lastSent("NOTIFY"))).toBe("SIP/2.0 486 Busy Here\r\n");
    takeNotify();
    expect(countSent("NOTIFY")).toBe(2);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed, "the first call goes on");
  });

  test("RFC 3515 §2.4.6: the second REFER of a call has an id, the first may do without", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    takeNotify();
    decline(eventSession, 603, now);
    drain();
    expect(bodyOf(lastSent("NOTIFY"))).toBe("SIP/2.0 603 Decline\r\n");
    takeNotify();
    expect(refer(tag, "<sip:104@example.test>", "", 12)).toBe(SessionEvent.Referred);
    expect(headerOf(lastSent("NOTIFY"), "Event")).toBe("refer;id=12");
  });

  test("RFC 4488 §4: Refer-Sub: false is agreed to, and nobody is told anything", () => {
    const tag = callIn();
    expect(refer(tag, "<sip:103@example.test>", "Refer-Sub: false\r\nRequire: norefersub\r\n"))
      .toBe(SessionEvent.Referred);
    expect(headerOf(lastSent("SIP/2.0 202 "), "Refer-Sub")).toBe("false");
    followIt();
    receive(answerTo(lastSent("INVITE"), "486 Busy Here", "carol"));
    expect(countSent("NOTIFY")).toBe(0);
  });

  test("RFC 3892 §2.1: without a Referred-By we say who it was", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    followIt();
    expect(headerOf(lastSent("INVITE"), "Referred-By")).toBe("<sip:%2b102@example.test>");
  });

  test("RFC 5589 §7.1: Replaces of the Refer-To goes into our INVITE, also into the one with credentials", () => {
    const tag = callIn();
    const replaces = "Replaces=a%40b%3Bto-tag%3Dt1%3Bfrom-tag%3Df1&Subject=none";
    expect(refer(tag, "<sip:103@example.test?" + replaces + ">")).toBe(SessionEvent.Referred);
    followIt();
    let invite = lastSent("INVITE");
    expect(invite.startsWith("INVITE sip:103@example.test SIP/2.0\r\n")).toBe(true);
    for (let round = 0; round < 2; round++) {
      expect(headerOf(invite, "Replaces")).toBe("a@b;to-tag=t1;from-tag=f1");
      expect(headerOf(invite, "Require")).toBe("replaces");
      expect(headerOf(invite, "Referred-By")).toBe("<sip:%2b102@example.test>");
      expect(headerOf(invite, "Subject")).toBe("");
      receive(answerTo(invite, "407 Proxy Authentication Required", "p",
        "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"));
      invite = lastSent("INVITE");
    }
    expect(headerOf(invite, "Proxy-Authorization").length > 0).toBe(true);
  });

  test("RFC 3966 §5.1.1: a telephone number is called at our own domain, without its separators", () => {
    const tag = callIn();
    refer(tag, "<tel:+49-(30)-12.3>");
    followIt();
    expect(lastSent("INVITE").startsWith("INVITE sip:+4930123@example.test SIP/2.0\r\n")).toBe(true);
  });

  test("RFC 5057 §4: the far end says BYE early and is told all the same; then its record is gone", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    takeNotify();
    const session = followIt();
    expect(receive(request("BYE", "b1", 20, tag))).toBe(SessionEvent.Ended);
    expect(status()).toBe("200");
    expect(sessionAt(0).state).toBe(SessionState.Notifying);
    receive(request("INVITE", "i9", 21, tag, "", sdp(6000)));
    expect(status()).toBe("481");
    receive(request("ACK", "i9", 21, tag));
    receive(request("BYE", "b2", 22, tag));
    expect(status()).toBe("481");
    receive(answerTo(lastSent("INVITE"), "200 OK", "carol", CONTACT, sdp(6002)));
    expect(bodyOf(lastSent("NOTIFY"))).toBe("SIP/2.0 200 OK\r\n");
    takeNotify();
    expect(sessionsUsed()).toBe(1);
    hangUp(session, now);
    drain();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("a far end that has heard of its success and stays is sent away after 5 s", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    takeNotify();
    const session = followIt();
    receive(answerTo(lastSent("INVITE"), "200 OK", "carol", CONTACT, sdp(6002)));
    retire(0, now);
    takeNotify();
    advance(4999);
    expect(countSent("BYE")).toBe(0);
    advance(1);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expect(sessionsUsed()).toBe(1);
    hangUp(session, now);
    drain();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("the phone is hung up while the new call rings: the far end hears 487", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    takeNotify();
    const session = followIt();
    const invite = lastSent("INVITE");
    receive(answerTo(invite, "180 Ringing", "carol", CONTACT));
    takeNotify();
    hangUp(session, now);
    drain();
    expect(bodyOf(lastSent("NOTIFY"))).toBe("SIP/2.0 487 Request Terminated\r\n");
    takeNotify();
    hangUp(0, now);
    drain();
    receive(answerTo(lastSent("CANCEL"), "200 OK"));
    receive(answerTo(invite, "487 Request Terminated", "carol"));
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("a far end that does not take our NOTIFY gets no more; the call goes on", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    receive(answerTo(lastSent("NOTIFY"), "481 Subscription Does Not Exist"));
    followIt();
    receive(answerTo(lastSent("INVITE"), "180 Ringing", "carol", CONTACT));
    expect(countSent("NOTIFY")).toBe(1);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
  });
});

describe("a REFER that is refused", () => {
  beforeEach(() => start());

  test("RFC 3515 §2.4.2: none or two Refer-To are 400, and one that is no URI", () => {
    const tag = callIn();
    receive(request("REFER", "r1", 11, tag));
    expect(status()).toBe("400");
    refer(tag, "<sip:103@example.test>", "Refer-To: <sip:104@example.test>\r\n", 12);
    expect(status()).toBe("400");
    refer(tag, "<sip:103@example.test>, <sip:104@example.test>", "", 13);
    expect(status()).toBe("400");
    refer(tag, "<sip:>", "", 14);
    expect(status()).toBe("400");
    expect(countSent("NOTIFY")).toBe(0);
  });

  test("only our own domain and our own hop are called, and only by INVITE", () => {
    const tag = callIn();
    const targets = [
      "<sip:103@elsewhere.test>", "<sip:103@198.51.100.99>", "<http://example.test/>", "<sips:103@example.test>",
      "<sip:103@example.test;method=BYE>", "<sip:example.test>",
      "<sip:" + "1".repeat(65) + "@example.test>",
    ];
    for (let index = 0; index < targets.length; index++) {
      expect(refer(tag, targets[index], "", 11 + index)).toBe(SessionEvent.None);
      expect(status()).toBe("403", targets[index]);
    }
    expect(refer(tag, "<sip:103@192.0.2.1:5060>", "", 30)).toBe(SessionEvent.Referred);
    followIt();
    expect(lastSent("INVITE").startsWith("INVITE sip:103@example.test SIP/2.0\r\n")).toBe(true);
  });

  test("a Replaces that would break out of its line, or is none, is 400", () => {
    const tag = callIn();
    const values = [
      "a%0D%0AContact%3A%20x%3Bto-tag%3D1%3Bfrom-tag%3D2", "a%3Bto-tag%3D1%0D%0AX%3A%201%3Bfrom-tag%3D2", "a", "",
      "a%3Bto-tag%3D1", "a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2",
    ];
    for (let index = 0; index < values.length; index++) {
      refer(tag, "<sip:103@example.test?Replaces=" + values[index] + ">", "", 11 + index);
      expect(status()).toBe("400", values[index]);
    }
  });

  test("outside a dialog it is 403, in a call that rings too, and from somebody else than the far end", () => {
    receive(request("REFER", "r1", 11, "", "Refer-To: <sip:103@example.test>\r\n"));
    expect(status()).toBe("403");
    const tag = callIn();
    const text = request("REFER", "r2", 12, tag, "Refer-To: <sip:103@example.test>\r\n");
    receive(text, stranger);
    expect(status()).toBe("403");
    setEndpoint(bob, "198.51.100.7", 5080);
    expect(receive(text.replace("r2", "r3").replace("CSeq: 12", "CSeq: 13"), bob)).toBe(SessionEvent.Referred);
  });

  test("one at a time: another one meanwhile is 491", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    refer(tag, "<sip:104@example.test>", "", 12);
    expect(lastSent("SIP/2.0 491 ").length > 0).toBe(true);
    expect(countSent("NOTIFY")).toBe(1);
  });

  test("no room for another call: the far end hears 503", () => {
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    takeNotify();
    accountAt(0).hop.clear();
    expect(followIt()).toBe(-1);
    expect(bodyOf(lastSent("NOTIFY"))).toBe("SIP/2.0 503 Service Unavailable\r\n");
    takeNotify();
    expect(sessionsUsed()).toBe(1);
  });

  test("credentials: a NOTIFY in a call that was placed to us is not signed for whoever asks, in ours it is", () => {
    const challenge = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
    const tag = callIn();
    refer(tag, "<sip:103@example.test>");
    receive(answerTo(lastSent("NOTIFY"), "407 Proxy Authentication Required", "", challenge));
    expect(countSent("NOTIFY")).toBe(1);
    start();
    const invite = callOut();
    const own = parameterOf(headerOf(invite, "From"), "tag");
    const text = "REFER sip:101@192.0.2.2:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKq\r\n" +
      "From: <sip:102@example.test>;tag=bob\r\nTo: <sip:101@example.test>;tag=" + own + "\r\nCall-ID: " +
      headerOf(invite, "Call-ID") + "\r\nCSeq: 5 REFER\r\n" + CONTACT +
      "Refer-To: <sip:103@example.test>\r\nContent-Length: 0\r\n\r\n";
    expect(receive(text)).toBe(SessionEvent.Referred);
    receive(answerTo(lastSent("NOTIFY"), "407 Proxy Authentication Required", "", challenge));
    expect(countSent("NOTIFY")).toBe(2);
    expect(headerOf(lastSent("NOTIFY"), "Proxy-Authorization").length > 0).toBe(true);
    expect(bodyOf(lastSent("NOTIFY"))).toBe("SIP/2.0 100 Trying\r\n");
  });
});

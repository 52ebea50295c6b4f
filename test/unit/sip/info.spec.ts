// Digits by INFO, both ways, and RFC 6086 for every other INFO.

import { SessionEvent, accountAt, eventOther, eventStatus, sendDigit } from "../../../assembly/sip/user-agent";
import { callIn, callOut, expectClean, hang, inviteIn, ownTag, request, ring } from "./calls";
import {
  advance, answerTo, bodyOf, countSent, drain, headerOf, last, lastSent, now, receive, start,
} from "./wire";

let sequence: i32 = 10;

function info(tag: string, type: string, body: string, extra: string = ""): SessionEvent {
  sequence++;
  return receive(request("INFO", "n" + sequence.toString(), sequence, tag, extra, body)
    .replace("Content-Type: application/sdp", "Content-Type: " + type));
}

function status(): string { return last().substring(8, 11); }

describe("INFO of the far end", () => {
  beforeEach(() => {
    start();
    sequence = 10;
  });

  test("application/dtmf-relay: a digit and its length", () => {
    const tag = callIn();
    expect(info(tag, "application/dtmf-relay", "Signal=5\r\nDuration=250\r\n")).toBe(SessionEvent.Digit);
    expect(status()).toBe("200");
    expect(eventStatus).toBe(0x35);
    expect(eventOther).toBe(250);
    const bodies = ["Signal= *", "signal = #\n", "Signal=b\r\n", "Signal=10", "Signal=11", "Signal=12"];
    const digits = "*#B*#A";
    for (let index = 0; index < bodies.length; index++) {
      expect(info(tag, "application/dtmf-relay", bodies[index])).toBe(SessionEvent.Digit);
      expect(eventStatus).toBe(digits.charCodeAt(index), bodies[index]);
      expect(eventOther).toBe(160, "no length is the usual one");
    }
    info(tag, "application/dtmf-relay", "Signal=1\r\nDuration=99999999999999999999\r\n");
    expect(eventOther).toBe(160);
    info(tag, "application/dtmf-relay", "Signal=1\r\nDuration=100000\r\n");
    expect(eventOther).toBe(5000);
  });

  test("application/dtmf: the digit alone", () => {
    const tag = callIn();
    expect(info(tag, "Application/DTMF;x=y", " 7")).toBe(SessionEvent.Digit);
    expect(eventStatus).toBe(0x37);
  });

  test("what is no digit is 400, a hook flash is taken and means nothing", () => {
    const tag = callIn();
    const bodies = ["Signal=", "Signal=x\r\n", "Duration=100", "Signal=17", "5", "\r\n", "=\r\n", "Signal"];
    for (let index = 0; index < bodies.length; index++) {
      expect(info(tag, "application/dtmf-relay", bodies[index])).toBe(SessionEvent.None);
      expect(status()).toBe("400", bodies[index]);
    }
    expect(info(tag, "application/dtmf-relay", "Signal=hf\r\n")).toBe(SessionEvent.None);
    expect(status()).toBe("200");
  });

  test("RFC 6086 §4.2.2: a package is 469 with Recv-Info, another body 415 with Accept, none at all 200", () => {
    const tag = callIn();
    info(tag, "application/x", "5", "Info-Package: foo\r\n");
    expect(status()).toBe("469");
    expect(last().includes("\r\nRecv-Info: \r\n")).toBe(true);
    info(tag, "text/plain", "5");
    expect(status()).toBe("415");
    expect(headerOf(last(), "Accept")).toBe("application/dtmf-relay, application/dtmf");
    info(tag, "", "");
    expect(status()).toBe("200");
  });

  test("before the answer it is answered and plays nothing", () => {
    inviteIn();
    ring();
    expect(info(ownTag(), "application/dtmf", "7")).toBe(SessionEvent.None);
    expect(status()).toBe("200");
  });
});

describe("INFO of ours", () => {
  beforeEach(() => start());

  test("a digit in a call that is up; nothing without one", () => {
    sendDigit(0, 0x35, now);
    callOut();
    sendDigit(0, 0x23, now);
    drain();
    expect(countSent("INFO")).toBe(1);
    expect(headerOf(last(), "Content-Type")).toBe("application/dtmf-relay");
    expect(bodyOf(last())).toBe("Signal=#\r\nDuration=160\r\n");
    receive(answerTo(last(), "200 OK"));
    expect(countSent("INFO")).toBe(1);
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3261 §21.4.13: a far end that refuses application/dtmf-relay gets application/dtmf, that digit and all after it", () => {
    callIn();
    sendDigit(0, 0x37, now);
    drain();
    receive(answerTo(last(), "415 Unsupported Media Type", "", "Accept: application/dtmf\r\n"));
    expect(countSent("INFO")).toBe(2);
    expect(headerOf(last(), "Content-Type")).toBe("application/dtmf");
    expect(bodyOf(last())).toBe("7");
    receive(answerTo(last(), "415 Unsupported Media Type"));
    expect(countSent("INFO")).toBe(2);
    sendDigit(0, 0x2a, now);
    drain();
    expect(bodyOf(last())).toBe("*");
    receive(answerTo(last(), "200 OK"));
    expect(countSent("INFO")).toBe(3);
  });

  test("a digit refused before its successor was is sent again as itself", () => {
    callOut();
    sendDigit(0, 0x31, now);
    drain();
    const first = last();
    sendDigit(0, 0x32, now);
    drain();
    const second = last();
    receive(answerTo(first, "415 Unsupported Media Type"));
    expect(bodyOf(last())).toBe("1");
    receive(answerTo(second, "415 Unsupported Media Type"));
    expect(bodyOf(last())).toBe("2");
    expect(countSent("INFO")).toBe(4);
  });

  test("our hop's challenge is answered in a call that we placed, each digit anew", () => {
    callOut();
    for (let round = 0; round < 6; round++) {
      sendDigit(0, 0x31 + round, now);
      drain();
      receive(answerTo(last(), "407 Proxy Authentication Required", "",
        "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"));
      expect(headerOf(last(), "Proxy-Authorization").length > 0).toBe(true);
      expect(bodyOf(last()).startsWith("Signal=" + (round + 1).toString())).toBe(true);
      receive(answerTo(last(), "200 OK"));
      advance(5000);
    }
    expect(countSent("INFO")).toBe(12);
    start();
    callIn();
    sendDigit(0, 0x31, now);
    drain();
    receive(answerTo(last(), "407 Proxy Authentication Required", "",
      "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"));
    expect(countSent("INFO")).toBe(1);
    expect(accountAt(0).isUsable).toBe(true);
  });
});

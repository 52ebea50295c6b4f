// Message waiting: RFC 3842 over RFC 6665, asked for or not.

import { Report } from "../../../assembly/abi/action";
import {
  SessionEvent, accountAt, eventLine, mailboxAt, startRegistrations, stopRegistrations,
} from "../../../assembly/sip/user-agent";
import { expectClean } from "./calls";
import {
  advance, answerTo, drain, endOf, headerOf, last, lastSent, now, receive, reported, sent, start, stranger,
  timesOf,
} from "./wire";

const SUMMARY = "Messages-Waiting: yes\r\nMessage-Account: sip:101@example.test\r\nVoice-Message: 2/8 (0/2)\r\n";
const CONTACT = "Contact: <sip:mwi@192.0.2.1:5060>\r\n";

let sequence: i32 = 0;

/** Subscribes; the SUBSCRIBE. */
function subscribe(): string {
  accountAt(0).subscribes = true;
  startRegistrations(now);
  drain();
  return lastSent("SUBSCRIBE");
}

/** A NOTIFY of the registrar in the dialog that our last SUBSCRIBE began. */
function notify(state: string, body: string = SUMMARY, tag: string = "reg", event: string = "message-summary"): SessionEvent {
  const request = lastSent("SUBSCRIBE");
  sequence++;
  return receive("NOTIFY sip:101@192.0.2.2:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKn" +
    sequence.toString() + "\r\nFrom: <sip:101@example.test>;tag=" + tag + "\r\nTo: " + headerOf(request, "From") +
    "\r\nCall-ID: " + headerOf(request, "Call-ID") + "\r\nCSeq: " + sequence.toString() + " NOTIFY\r\n" + CONTACT +
    "Event: " + event + "\r\n" + (state.length > 0 ? "Subscription-State: " + state + "\r\n" : "") +
    endOf(body).replace("application/sdp", "application/simple-message-summary"));
}

/** One that nobody asked for. */
function unsolicited(body: string, branch: string): string {
  return "NOTIFY sip:101@192.0.2.2:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK" + branch +
    "\r\nFrom: <sip:pbx@example.test>;tag=x\r\nTo: <sip:101@example.test>\r\nCall-ID: u" + branch +
    "\r\nCSeq: 1 NOTIFY\r\nEvent: message-summary\r\n" +
    endOf(body).replace("application/sdp", "application/simple-message-summary");
}

function accept(expires: i32 = 3600): void {
  receive(answerTo(lastSent("SUBSCRIBE"), "200 OK", "reg", CONTACT + "Expires: " + expires.toString() + "\r\n"));
}

/** SUBSCRIBEs sent, copies aside. */
function subscribes(): i32 {
  let count = 0, before = "";
  for (let index = 0; index < sent.length; index++) {
    if (!sent[index].text.startsWith("SUBSCRIBE") || sent[index].text == before) continue;
    before = sent[index].text;
    count++;
  }
  return count;
}

function awaitRefresh(): void {
  while (subscribes() == 1) advance(1000);
  expect(subscribes()).toBe(2);
}

function status(): string { return last().substring(8, 11); }

describe("a subscription to the mailbox", () => {
  beforeEach(() => {
    start();
    sequence = 0;
  });

  test("RFC 3842 §3.1: SUBSCRIBE to our own address-of-record, once, when it is wanted", () => {
    startRegistrations(now);
    drain();
    expect(sent.length).toBe(0);
    const request = subscribe();
    expect(request.startsWith("SUBSCRIBE sip:101@example.test SIP/2.0\r\n")).toBe(true);
    expect(headerOf(request, "Event")).toBe("message-summary");
    expect(headerOf(request, "Accept")).toBe("application/simple-message-summary");
    expect(headerOf(request, "Expires")).toBe("3600");
    expect(headerOf(request, "Contact").length > 0).toBe(true);
    accept();
    expect(notify("active;expires=3600")).toBe(SessionEvent.MessagesWaiting);
    expect(eventLine).toBe(0);
    expect(status()).toBe("200");
    expect(mailboxAt(0).hasMessages).toBe(true);
    expect(mailboxAt(0).newMessages).toBe(2);
    expect(mailboxAt(0).oldMessages).toBe(8);
    expect(notify("active;expires=3600")).toBe(SessionEvent.None, "no news");
    expect(notify("active", "Messages-Waiting: no\r\n")).toBe(SessionEvent.MessagesWaiting);
    expect(mailboxAt(0).hasMessages).toBe(false);
    startRegistrations(now);
    drain();
    expect(subscribes()).toBe(1);
  });

  test("with a registration it waits for that", () => {
    accountAt(0).register = true;
    subscribe();
    expect(subscribes()).toBe(0);
    receive(answerTo(lastSent("REGISTER"), "200 OK", "r", "Expires: 3600\r\n"));
    expect(subscribes()).toBe(1);
  });

  test("RFC 6665 §4.1.2.4: the NOTIFY may come before the 200 and makes the dialog; another dialog is 481", () => {
    subscribe();
    expect(notify("active;expires=600")).toBe(SessionEvent.MessagesWaiting);
    accept(600);
    notify("active;expires=600", SUMMARY, "fork");
    expect(status()).toBe("481");
    awaitRefresh();
    expect(headerOf(last(), "To")).toBe("<sip:101@example.test>;tag=reg");
    expect(last().startsWith("SUBSCRIBE sip:mwi@192.0.2.1:5060 SIP/2.0\r\n")).toBe(true);
  });

  test("it is refreshed between half and nine tenths of its time, and NOTIFY may make that shorter", () => {
    subscribe();
    accept(3600);
    notify("active;expires=1000");
    awaitRefresh();
    expect(now >= 500_000).toBe(true);
    expect(now <= 901_000).toBe(true);
  });

  test("RFC 6665 §4.1.2.1: 423 is asked again for longer; a challenge is answered", () => {
    subscribe();
    receive(answerTo(last(), "423 Interval Too Brief", "reg", "Min-Expires: 7200\r\n"));
    expect(headerOf(last(), "Expires")).toBe("7200");
    receive(answerTo(last(), "401 Unauthorized", "reg", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"));
    expect(headerOf(last(), "Authorization").length > 0).toBe(true);
    expect(headerOf(last(), "Expires")).toBe("7200");
    expect(subscribes()).toBe(3);
  });

  test("489: the registrar knows no such thing, told once, asked again after an hour", () => {
    subscribe();
    receive(answerTo(last(), "489 Bad Event", "reg"));
    expect(reported[reported.length - 1].report).toBe(Report.SubscriptionFailed);
    expect(reported[reported.length - 1].text).toBe("Bad Event");
    advance(3_599_999);
    expect(subscribes()).toBe(1);
    advance(1);
    expect(subscribes()).toBe(2);
  });

  test("failures are met with longer and longer pauses, Retry-After is kept", () => {
    subscribe();
    receive(answerTo(last(), "503 Service Unavailable", "reg", "Retry-After: 100\r\n"));
    advance(99_999);
    expect(subscribes()).toBe(1);
    advance(1);
    expect(subscribes()).toBe(2);
    receive(answerTo(last(), "500 x", "reg"));
    advance(47_000);
    expect(subscribes()).toBe(2);
    advance(25_100);
    expect(subscribes()).toBe(3);
  });

  test("RFC 6665 §4.1.2.4, Timer N: accepted and never told of anything: it is begun anew", () => {
    const first = subscribe();
    accept();
    advance(32_000);
    expect(reported[reported.length - 1].report).toBe(Report.SubscriptionFailed);
    advance(36_001);
    expect(subscribes()).toBe(2);
    expect(headerOf(last(), "Call-ID") == headerOf(first, "Call-ID")).toBe(false);
  });

  test("RFC 6665 §4.1.3: deactivated comes again at once, probation and giveup when told, rejected never", () => {
    const ends = [
      "terminated;reason=deactivated", "terminated;reason=timeout", "terminated;reason=probation;retry-after=60",
      "terminated;reason=giveup;retry-after=90", "terminated;reason=giveup", "terminated",
    ];
    const pauses: f64[] = [1000, 1000, 60_000, 90_000, 30_000, 30_000];
    for (let index = 0; index < ends.length; index++) {
      start();
      sequence = 0;
      const first = subscribe();
      accept();
      notify("active");
      notify(ends[index]);
      expect(status()).toBe("200");
      advance(pauses[index] - 1);
      expect(subscribes()).toBe(1, ends[index]);
      advance(1);
      expect(subscribes()).toBe(2, ends[index]);
      expect(headerOf(last(), "Call-ID") == headerOf(first, "Call-ID")).toBe(false);
    }
    start();
    sequence = 0;
    subscribe();
    accept();
    notify("terminated;reason=rejected");
    advance(1e8);
    expect(subscribes()).toBe(1);
  });

  test("RFC 6665 §4.1.2.2: a refresh that is 481 begins anew", () => {
    subscribe();
    accept(100);
    notify("active;expires=100");
    advance(90_001);
    expect(subscribes()).toBe(2);
    receive(answerTo(last(), "481 Subscription Does Not Exist", "reg"));
    advance(1000);
    expect(subscribes()).toBe(3);
    expect(headerOf(last(), "To")).toBe("<sip:101@example.test>");
  });

  test("a NOTIFY that is late is 500, one of another event 489, without a state 400, of another body 415", () => {
    subscribe();
    accept();
    notify("active");
    sequence = 0;
    const copy = last();
    expect(notify("active", "Messages-Waiting: no\r\n")).toBe(SessionEvent.None);
    expect(last()).toBe(copy, "a copy gets the same answer");
    sequence = 5;
    notify("active", SUMMARY, "reg", "presence");
    expect(status()).toBe("489");
    notify("");
    expect(status()).toBe("400");
    expect(mailboxAt(0).hasMessages).toBe(true);
  });

  test("the box stops: the subscription is ended with it", () => {
    subscribe();
    accept();
    notify("active");
    stopRegistrations(now);
    drain();
    expect(subscribes()).toBe(2);
    expect(headerOf(last(), "Expires")).toBe("0");
    receive(answerTo(last(), "200 OK", "reg", CONTACT + "Expires: 0\r\n"));
    notify("terminated;reason=timeout");
    expect(status()).toBe("481");
    expectClean();
    expect(subscribes()).toBe(2);
    expect(timesOf("SUBSCRIBE")).toBe("0,0");
  });
});

describe("a NOTIFY that nobody asked for", () => {
  beforeEach(() => start());

  test("from our hop it counts, from a stranger it does not", () => {
    expect(receive(unsolicited(SUMMARY, "u1"), stranger)).toBe(SessionEvent.None);
    expect(sent.length).toBe(0);
    expect(receive(unsolicited(SUMMARY, "u2"))).toBe(SessionEvent.MessagesWaiting);
    expect(status()).toBe("200");
    expect(mailboxAt(0).newMessages).toBe(2);
  });

  test("RFC 3842 §5.2: names in any case, counts that make no sense, no status at all", () => {
    receive(unsolicited("MESSAGES-WAITING : YES\nvoice-message: 1/0\n", "u1"));
    expect(mailboxAt(0).hasMessages).toBe(true);
    expect(mailboxAt(0).newMessages).toBe(1);
    const bodies = [
      "Messages-Waiting: yes\r\nVoice-Message: 99999999999/1\r\n", "Messages-Waiting: yes\r\nVoice-Message: /\r\n",
      "Messages-Waiting: yes\r\nVoice-Message: -1/2\r\n", "Messages-Waiting: yes\r\nVoice-Message:",
    ];
    for (let index = 0; index < bodies.length; index++) {
      receive(unsolicited(bodies[index], "v" + index.toString()));
      expect(status()).toBe("200");
      expect(mailboxAt(0).newMessages).toBe(0, bodies[index]);
    }
    const silent = ["Messages-Waiting: maybe\r\n", "Voice-Message: 3/0\r\n", ":\r\n\n\n:", "x"];
    for (let index = 0; index < silent.length; index++) {
      expect(receive(unsolicited(silent[index], "w" + index.toString()))).toBe(SessionEvent.None);
      expect(mailboxAt(0).hasMessages).toBe(true);
    }
  });
});

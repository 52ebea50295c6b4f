// Our own REFER: RFC 3515 §2.4.1 and what NOTIFY tells of it, RFC 5589 for attended transfer, RFC 4488.

import { writeText } from "../../../assembly/base/literal";
import {
  SessionEvent, SessionState, eventStatus, sessionAt, sessionsUsed, transfer, transferTo,
} from "../../../assembly/sip/user-agent";
import { CONTACT, callIn, callOut, dial, expectClean, hang, request } from "./calls";
import {
  advance, answerTo, countSent, drain, endOf, headerOf, last, lastSent, now, parameterOf, receive, sdp, start,
} from "./wire";

const number = memory.data(64, 16);

function send(digits: string): i32 {
  const status = transfer(0, number, <i32>(writeText(number, digits) - number), now);
  drain();
  return status;
}

/** Bob, whom we called, tells what comes of our REFER. */
function notify(sequence: i32, fragment: string, state: string, event: string = "refer"): SessionEvent {
  const refer = lastSent("REFER");
  const body = fragment.length == 0 ? "" : fragment + "\r\n";
  return receive("NOTIFY sip:101@192.0.2.2:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKn" +
    sequence.toString() + "\r\nFrom: " + headerOf(refer, "To") + "\r\nTo: " + headerOf(refer, "From") +
    "\r\nCall-ID: " + headerOf(refer, "Call-ID") + "\r\nCSeq: " + sequence.toString() + " NOTIFY\r\n" + CONTACT +
    (event.length > 0 ? "Event: " + event + "\r\n" : "") +
    (state.length > 0 ? "Subscription-State: " + state + "\r\n" : "") +
    endOf(body).replace("application/sdp", "message/sipfrag;version=2.0"));
}

function status(): string { return last().substring(8, 11); }

describe("sending the far end away", () => {
  beforeEach(() => start());

  test("RFC 3515 §2.4.1: REFER in the dialog, 202, NOTIFY 100, 180, 200; then the call is ours to end", () => {
    const invite = callOut();
    expect(send("1*3#")).toBe(0);
    const refer = lastSent("REFER");
    expect(refer.startsWith("REFER sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(refer, "Call-ID")).toBe(headerOf(invite, "Call-ID"));
    expect(headerOf(refer, "Refer-To")).toBe("<sip:1*3%23@example.test>");
    expect(headerOf(refer, "Referred-By")).toBe("<sip:101@example.test>");
    expect(headerOf(refer, "Contact").length > 0).toBe(true);
    expect(receive(answerTo(refer, "202 Accepted"))).toBe(SessionEvent.None);
    expect(notify(1, "SIP/2.0 100 Trying", "active;expires=60")).toBe(SessionEvent.TransferProgress);
    expect(status()).toBe("200");
    expect(notify(2, "SIP/2.0 180 Ringing", "active;expires=60", "refer;id=" + headerOf(refer, "CSeq").split(" ")[0]))
      .toBe(SessionEvent.TransferProgress);
    expect(eventStatus).toBe(180);
    expect(notify(3, "SIP/2.0 200 OK", "terminated;reason=noresource")).toBe(SessionEvent.Transferred);
    notify(4, "SIP/2.0 200 OK", "terminated;reason=noresource");
    expect(status()).toBe("481");
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3261 §12.2.1.1: a NOTIFY may overtake the 202", () => {
    callOut();
    send("103");
    expect(notify(1, "SIP/2.0 200 OK", "terminated")).toBe(SessionEvent.Transferred);
    expect(receive(answerTo(lastSent("REFER"), "202 Accepted"))).toBe(SessionEvent.None);
  });

  test("what the far end does not do, or not succeed in, is told and harms nothing", () => {
    callOut();
    send("103");
    expect(receive(answerTo(lastSent("REFER"), "603 Decline"))).toBe(SessionEvent.TransferFailed);
    expect(eventStatus).toBe(603);
    send("103");
    receive(answerTo(lastSent("REFER"), "202 Accepted"));
    expect(notify(1, "SIP/2.0 486 Busy Here", "terminated;reason=noresource")).toBe(SessionEvent.TransferFailed);
    expect(eventStatus).toBe(486);
    send("103");
    receive(answerTo(lastSent("REFER"), "202 Accepted"));
    expect(notify(2, "", "terminated;reason=timeout")).toBe(SessionEvent.TransferFailed);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(send("103")).toBe(0);
    advance(32_000);
    expect(eventStatus).toBe(408);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
  });

  test("a far end that says nothing more: after five minutes the transfer has failed, the call goes on", () => {
    callOut();
    send("103");
    receive(answerTo(lastSent("REFER"), "202 Accepted"));
    expect(send("104")).toBe(491);
    advance(299_999);
    expect(send("104")).toBe(491);
    advance(1);
    expect(eventStatus).toBe(408);
    expect(send("104")).toBe(0);
  });

  test("RFC 4488 §4: Refer-Sub: false in the 2xx says that no NOTIFY comes", () => {
    callOut();
    send("103");
    expect(receive(answerTo(lastSent("REFER"), "200 OK", "", "Refer-Sub: false\r\n"))).toBe(SessionEvent.Transferred);
  });

  test("RFC 3261 §22.2: our hop's challenge is answered in a call that we placed, with the same Refer-To", () => {
    const challenge = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
    callOut();
    send("103");
    receive(answerTo(lastSent("REFER"), "407 Proxy Authentication Required", "", challenge));
    expect(countSent("REFER")).toBe(2);
    expect(headerOf(last(), "Refer-To")).toBe("<sip:103@example.test>");
    expect(headerOf(last(), "Referred-By")).toBe("<sip:101@example.test>");
    expect(headerOf(last(), "Proxy-Authorization").length > 0).toBe(true);
    expect(notify(1, "SIP/2.0 180 Ringing", "active", "refer;id=" + headerOf(last(), "CSeq").split(" ")[0]))
      .toBe(SessionEvent.TransferProgress);
    start();
    callIn();
    send("103");
    expect(receive(answerTo(lastSent("REFER"), "407 Proxy Authentication Required", "", challenge)))
      .toBe(SessionEvent.TransferFailed);
    expect(countSent("REFER")).toBe(1);
  });

  test("hung up meanwhile: BYE waits until the far end has found somebody, or for a minute", () => {
    callOut();
    send("103");
    receive(answerTo(lastSent("REFER"), "202 Accepted"));
    hang();
    expect(countSent("BYE")).toBe(0);
    expect(notify(1, "SIP/2.0 180 Ringing", "active")).toBe(SessionEvent.None);
    expect(notify(2, "SIP/2.0 200 OK", "terminated")).toBe(SessionEvent.None);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
    start();
    callOut();
    send("103");
    receive(answerTo(lastSent("REFER"), "202 Accepted"));
    hang();
    advance(60_000);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 6665 §4.1.3: a NOTIFY of nothing that we asked for is 481, of another event 489, without its fields 400", () => {
    callOut();
    send("103");
    receive(answerTo(lastSent("REFER"), "202 Accepted"));
    notify(1, "SIP/2.0 200 OK", "terminated", "presence");
    expect(status()).toBe("489");
    expect(headerOf(last(), "Allow-Events")).toBe("refer");
    notify(2, "SIP/2.0 200 OK", "terminated", "refer;id=999999");
    expect(status()).toBe("481");
    notify(3, "SIP/2.0 200 OK", "");
    expect(status()).toBe("400");
    notify(4, "SIP/2.0 200 OK", "terminated", "");
    expect(status()).toBe("400");
    const before = last();
    expect(notify(5, "SIP/2.0 9 x", "active")).toBe(SessionEvent.None);
    expect(status()).toBe("200");
    expect(last() == before).toBe(false);
    receive(request("NOTIFY", "n9", 9));
    expect(status()).toBe("489", "outside any dialog");
  });

  test("only an answered call can be sent away", () => {
    dial("102");
    expect(send("103")).toBe(481);
    start();
    callOut();
    expect(send("")).toBe(484);
    expect(transfer(7, number, 3, now)).toBe(481);
  });

  test("RFC 5589 §7.1: to the far end of another call, which ours is replaced in", () => {
    callOut();
    dial("104");
    const other = lastSent("INVITE");
    receive(answerTo(other, "200 OK", "dora", CONTACT, sdp(6002)));
    expect(transferTo(0, 0, now)).toBe(481);
    expect(transferTo(0, 1, now)).toBe(0);
    drain();
    const value = headerOf(lastSent("REFER"), "Refer-To");
    const tag = parameterOf(headerOf(other, "From"), "tag");
    expect(value).toBe("<sip:104@example.test?Replaces=" + headerOf(other, "Call-ID") + "%3Bto-tag%3Ddora" +
      "%3Bfrom-tag%3D" + tag + ">");
    expect(sessionsUsed()).toBe(2);
  });
});

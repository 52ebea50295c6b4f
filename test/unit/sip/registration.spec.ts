// The registration of a line on a wire of text: RFC 3261 §10.2, digest, back-off.

import { Report } from "../../../assembly/abi/action";
import { Transport } from "../../../assembly/abi/endpoint";
import { buffersUsed } from "../../../assembly/base/buffers";
import { transactionsUsed } from "../../../assembly/sip/transaction/table";
import { RegistrationState } from "../../../assembly/sip/registration";
import {
  accountAt, nextTimeout, registrationAt, startRegistration, startRegistrations, stopRegistrations,
} from "../../../assembly/sip/user-agent";
import {
  advance, advanceTo, answerTo, countSent, drain, headerOf, hop, last, lastSent, now, parameterOf, receive, reported,
  sent, setText, start, stranger, timesOf,
} from "./wire";

function begin(): string {
  accountAt(0).register = true;
  startRegistrations(now);
  drain();
  return last();
}

function withdraw(): string {
  stopRegistrations(now);
  drain();
  return last();
}

/** 200 with our contact kept for so many seconds, among others. */
function grant(request: string, seconds: i32): void {
  const own = headerOf(request, "Contact").split(";expires")[0];
  receive(answerTo(request, "200 OK", "r",
    "Contact: <sip:101@198.51.100.99>;expires=7777\r\nContact: <sip:x@a.example>, " + own + ";expires=" +
      seconds.toString() + "\r\nExpires: 99\r\n"));
}

function lastReport(): i32 { return reported.length == 0 ? Report.None : reported[reported.length - 1].report; }

/** Milliseconds until something is due. */
function pause(): f64 { return nextTimeout() - now; }

/** Lets the transaction of the last answer go, so that only the registration's own timer is left. */
function settle(): void { advance(5_000); }

describe("registering", () => {
  beforeEach(() => start());

  test("RFC 3261 §10.2: the REGISTER", () => {
    const text = begin();
    expect(text.startsWith("REGISTER sip:example.test SIP/2.0\r\n")).toBe(true);
    expect(headerOf(text, "To")).toBe("<sip:101@example.test>");
    expect(headerOf(text, "From").startsWith("<sip:101@example.test>;tag=")).toBe(true);
    expect(headerOf(text, "Max-Forwards")).toBe("70");
    expect(headerOf(text, "Contact").startsWith("<sip:101-")).toBe(true);
    expect(headerOf(text, "Contact").includes("@192.0.2.2:5070>;+sip.instance=\"<urn:uuid:")).toBe(true);
    expect(headerOf(text, "Contact").endsWith(">\";reg-id=1;expires=3600")).toBe(true);
    expect(headerOf(text, "Supported")).toBe("path, outbound, gruu");
    expect(headerOf(text, "Content-Length")).toBe("0");
    expect(sent[0].host).toBe(hop.address0);
    expect(registrationAt(0).state).toBe(RegistrationState.Registering);
  });

  test("a line that does not register stays silent", () => {
    startRegistrations(now);
    advance(60_000);
    expect(sent.length).toBe(0);
  });

  test("RFC 3261 §10.2.4: refreshed after 50 to 90 % of what our own contact was granted, same Call-ID", () => {
    let request = begin();
    const callId = headerOf(request, "Call-ID"), from = headerOf(request, "From");
    let number = I32.parseInt(headerOf(request, "CSeq"));
    let earliest: f64 = 1, latest: f64 = 0;
    for (let round = 0; round < 60; round++) {
      grant(request, 1000);
      expect(registrationAt(0).isRegistered(now)).toBe(true);
      const refresh = registrationAt(0).deadline - now;
      earliest = min(earliest, refresh / 1_000_000);
      latest = max(latest, refresh / 1_000_000);
      advanceTo(registrationAt(0).deadline);
      request = last();
      expect(request.startsWith("REGISTER")).toBe(true);
      expect(headerOf(request, "Call-ID")).toBe(callId);
      expect(headerOf(request, "From")).toBe(from);
      expect(I32.parseInt(headerOf(request, "CSeq"))).toBe(++number);
    }
    expect(earliest >= 0.5 && earliest < 0.55).toBe(true);
    expect(latest <= 0.9 && latest > 0.85).toBe(true);
    expect(reported.length).toBe(1, "a refresh is no news");
    expect(lastReport()).toBe(Report.Registered);
  });

  test("RFC 3261 §10.3: without our contact in it, Expires says how long; without both, what we asked for", () => {
    receive(answerTo(begin(), "200 OK", "r", "Expires: 120\r\n"));
    expect(registrationAt(0).registeredUntil).toBe(120_000);
    start();
    receive(answerTo(begin(), "200 OK", "r"));
    expect(registrationAt(0).registeredUntil).toBe(3_600_000);
  });

  test("a grant of nothing is a failure, a grant of years is a day", () => {
    const request = begin();
    grant(request, 0);
    expect(lastReport()).toBe(Report.RegistrationFailed);
    expect(registrationAt(0).isRegistered(now)).toBe(false);
    start();
    receive(answerTo(begin(), "200 OK", "r", "Expires: 4294967295\r\n"));
    expect(registrationAt(0).registeredUntil).toBe(86_400_000);
    start();
    receive(answerTo(begin(), "200 OK", "r", "Expires: 99999999999999999999\r\n"));
    expect(registrationAt(0).registeredUntil).toBe(3_600_000);
  });

  // H(H("101:example.test:secret") ":n1:" H("REGISTER:sip:example.test")), computed with Python's hashlib
  test("RFC 3261 §22.4: MD5, without qop", () => {
    const first = begin();
    receive(answerTo(first, "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\"\r\n"));
    const second = last();
    expect(parameterOf(headerOf(second, "Authorization"), "response")).toBe("\"7431e8e317e914b76320b3ac5b4fb9c6\"");
    expect(I32.parseInt(headerOf(second, "CSeq"))).toBe(I32.parseInt(headerOf(first, "CSeq")) + 1);
    expect(headerOf(second, "Call-ID")).toBe(headerOf(first, "Call-ID"));
    grant(second, 60);
    expect(lastReport()).toBe(Report.Registered);
  });

  test("RFC 8760 §2: SHA-256, without qop", () => {
    receive(answerTo(begin(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\", algorithm=SHA-256\r\n"));
    expect(parameterOf(headerOf(last(), "Authorization"),
      "response")).toBe("\"a464837011715bc7c2a6956793ef4834efcdf304161f400f02f787d821b756b8\"");
  });

  test("a refresh uses the nonce again and counts; a stale one is replaced", () => {
    receive(answerTo(begin(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\", qop=\"auth\"\r\n"));
    expect(headerOf(last(), "Authorization").includes("nc=00000001")).toBe(true);
    grant(last(), 100);
    advanceTo(registrationAt(0).deadline);
    const refresh = last();
    expect(headerOf(refresh, "Authorization").includes("nc=00000002")).toBe(true);
    receive(answerTo(refresh, "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n2\", qop=\"auth\", stale=true\r\n"));
    expect(headerOf(last(), "Authorization").includes("nonce=\"n2\"")).toBe(true);
    expect(headerOf(last(), "Authorization").includes("nc=00000001")).toBe(true);
    grant(last(), 100);
    expect(registrationAt(0).state).toBe(RegistrationState.Registered);
  });

  test("RFC 7616 §3.5: the nonce of Authentication-Info is the next REGISTER's", () => {
    receive(answerTo(begin(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\", qop=\"auth\"\r\n"));
    receive(answerTo(last(), "200 OK", "r",
      "Authentication-Info: nextnonce=\"n2\", qop=auth, rspauth=\"00\", cnonce=\"c\", nc=00000001\r\nExpires: 100\r\n"));
    advanceTo(registrationAt(0).deadline);
    expect(headerOf(last(), "Authorization").includes("nonce=\"n2\"")).toBe(true);
    expect(headerOf(last(), "Authorization").includes("nc=00000001")).toBe(true);
  });

  test("a registrar that has forgotten its nonces, and says nothing of stale, gets an answer to the new one", () => {
    receive(answerTo(begin(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\", qop=\"auth\"\r\n"));
    grant(last(), 100);
    advanceTo(registrationAt(0).deadline);
    receive(answerTo(last(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n2\", qop=\"auth\"\r\n"));
    expect(headerOf(last(), "Authorization").includes("nonce=\"n2\"")).toBe(true);
  });

  test("RFC 3261 §22.3: an outbound proxy's 407 and the registrar's 401", () => {
    receive(answerTo(begin(), "407 Proxy Authentication Required", "p",
      "Proxy-Authenticate: Digest realm=\"proxy.test\", nonce=\"p1\", qop=\"auth\"\r\n"));
    expect(headerOf(last(), "Proxy-Authorization").includes("nonce=\"p1\"")).toBe(true);
    receive(answerTo(last(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\", qop=\"auth-int\"\r\n"));
    expect(headerOf(last(), "Proxy-Authorization").includes("nonce=\"p1\"")).toBe(true);
    expect(headerOf(last(), "Authorization").includes("qop=auth-int")).toBe(true);
    grant(last(), 100);
    expect(registrationAt(0).state).toBe(RegistrationState.Registered);
  });

  test("a wrong password is tried once, then the pause begins", () => {
    receive(answerTo(begin(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\"\r\n"));
    receive(answerTo(last(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n2\"\r\n"));
    expect(countSent("REGISTER")).toBe(2);
    expect(lastReport()).toBe(Report.RegistrationFailed);
    expect(reported[0].value).toBe(401);
    expect(reported[0].text).toBe("Unauthorized");
    settle();
    expect(pause() >= 25_000 && pause() <= 55_000).toBe(true);
  });

  test("over TCP, where nothing is kept for a retransmission, a wrong password is tried once too", () => {
    accountAt(0).hop.transport = <u8>Transport.Tcp;
    accountAt(0).local.transport = <u8>Transport.Tcp;
    receive(answerTo(begin(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\"\r\n"));
    receive(answerTo(last(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n2\"\r\n"));
    expect(countSent("REGISTER")).toBe(2);
    expect(lastReport()).toBe(Report.RegistrationFailed);
  });

  test("a challenge from elsewhere gets no credentials", () => {
    receive(answerTo(begin(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\"\r\n"), stranger);
    expect(countSent("REGISTER")).toBe(1);
    expect(lastReport()).toBe(Report.RegistrationFailed);
  });

  test("RFC 3261 §10.3: 423 asks again with Min-Expires, from then on", () => {
    const first = begin();
    receive(answerTo(first, "423 Interval Too Brief", "r", "Min-Expires: 7200\r\n"));
    expect(headerOf(last(), "Contact").endsWith(";expires=7200")).toBe(true);
    expect(I32.parseInt(headerOf(last(), "CSeq"))).toBe(I32.parseInt(headerOf(first, "CSeq")) + 1);
    receive(answerTo(last(), "423 Interval Too Brief", "r", "Min-Expires: 7200\r\n"));
    expect(countSent("REGISTER")).toBe(2);
    expect(lastReport()).toBe(Report.RegistrationFailed);
  });

  test("RFC 5626 §4.5: 30 s doubled by each failure in a row, at most 1800 s, of which half to all is waited", () => {
    let request = begin();
    let expected: f64 = 60_000;
    for (let failure = 0; failure < 10; failure++) {
      receive(answerTo(request, "500 Server Internal Error", "r"));
      const wait = registrationAt(0).deadline - now;
      expect(wait >= expected / 2 && wait <= expected).toBe(true, failure.toString() + ": " +
        wait.toString());
      expected = min(expected * 2, 1_800_000);
      advanceTo(registrationAt(0).deadline);
      request = last();
    }
    grant(request, 600);
    advanceTo(registrationAt(0).deadline);
    receive(answerTo(last(), "500 Server Internal Error", "r"));
    expect(registrationAt(0).deadline - now <= 60_000).toBe(true, "a success forgets the failures");
  });

  test("the log hears of every change, and of no refresh", () => {
    grant(begin(), 600);
    advanceTo(registrationAt(0).deadline);
    receive(answerTo(last(), "500 Server Internal Error", "r"));
    expect(registrationAt(0).isRegistered(now)).toBe(true, "the contact is still there");
    advanceTo(registrationAt(0).deadline);
    grant(last(), 600);
    expect(reported.length).toBe(3);
    expect(reported[0].report).toBe(Report.Registered);
    expect(reported[1].report).toBe(Report.RegistrationFailed);
    expect(reported[2].report).toBe(Report.Registered);
  });

  test("RFC 3261 §17.1.2.2: no answer at all is a failure after 64*T1", () => {
    begin();
    advanceTo(31_999);
    expect(reported.length).toBe(0);
    expect(timesOf("REGISTER")).toBe("0,500,1500,3500,7500,11500,15500,19500,23500,27500,31500");
    advanceTo(32_000);
    expect(lastReport()).toBe(Report.RegistrationFailed);
    expect(reported[0].value).toBe(408);
    expect(reported[0].text).toBe("Request Timeout");
    expect(pause() >= 30_000 && pause() <= 60_000).toBe(true);
  });

  test("403 and 404 wait 1200 s, Retry-After is kept to", () => {
    receive(answerTo(begin(), "403 Forbidden", "r"));
    expect(registrationAt(0).deadline).toBe(1_200_000);
    start();
    receive(answerTo(begin(), "404 Not Found", "r"));
    expect(registrationAt(0).deadline).toBe(1_200_000);
    start();
    receive(answerTo(begin(), "503 Service Unavailable", "r", "Retry-After: 77 (maintenance);duration=5\r\n"));
    expect(registrationAt(0).deadline).toBe(77_000);
  });

  test("withdrawn with a zero, and not refreshed again", () => {
    grant(begin(), 600);
    settle();
    const first = withdraw();
    expect(headerOf(first, "Contact").endsWith(";expires=0")).toBe(true);
    receive(answerTo(first, "200 OK", "r"));
    expect(lastReport()).toBe(Report.Unregistered);
    expect(registrationAt(0).state).toBe(RegistrationState.Idle);
    advance(3_600_000);
    expect(countSent("REGISTER")).toBe(2);
    expect(transactionsUsed()).toBe(0);
    expect(buffersUsed()).toBe(0);
  });

  test("withdrawing answers a challenge, and ends without an answer too", () => {
    grant(begin(), 600);
    receive(answerTo(withdraw(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\"\r\n"));
    expect(headerOf(last(), "Authorization").length > 0).toBe(true);
    expect(headerOf(last(), "Contact").endsWith(";expires=0")).toBe(true);
    advance(32_000);
    expect(lastReport()).toBe(Report.Unregistered);
    expect(registrationAt(0).isRegistered(now)).toBe(false);
  });

  test("RFC 3261 §10.2: one REGISTER at a time: what is ordered meanwhile waits", () => {
    const first = begin();
    withdraw();
    expect(countSent("REGISTER")).toBe(1);
    grant(first, 600);
    expect(countSent("REGISTER")).toBe(2);
    expect(headerOf(last(), "Contact").endsWith(";expires=0")).toBe(true);
    startRegistration(0, now);
    drain();
    expect(countSent("REGISTER")).toBe(2);
    receive(answerTo(last(), "200 OK", "r"));
    expect(countSent("REGISTER")).toBe(3);
    expect(headerOf(last(), "Contact").endsWith(";expires=3600")).toBe(true);
  });

  test("another registrar does not wait for the old one, whose late 401 is not answered with the new password", () => {
    grant(begin(), 600);
    const withdrawal = withdraw();
    accountAt(0).hop.clear();
    registrationAt(0).forget();
    expect(registrationAt(0).isRegistered(now)).toBe(false);
    advance(500); // the withdrawal's retransmission still knows its way
    expect(countSent("REGISTER")).toBe(3);
    accountAt(0).hop.copyFrom(hop);
    startRegistration(0, now);
    drain();
    expect(countSent("REGISTER")).toBe(4);
    expect(headerOf(last(), "Contact").endsWith(";expires=3600")).toBe(true);
    receive(answerTo(withdrawal, "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n1\"\r\n"));
    expect(countSent("REGISTER")).toBe(4);
    grant(last(), 600);
    expect(registrationAt(0).state).toBe(RegistrationState.Registered);
  });

  test("an account whose registrar has no address yet tries again", () => {
    accountAt(0).hop.clear();
    accountAt(0).register = true;
    startRegistrations(now);
    drain();
    expect(reported[0].value).toBe(503);
    accountAt(0).hop.copyFrom(hop);
    startRegistration(0, now);
    drain();
    expect(countSent("REGISTER")).toBe(1);
  });
});

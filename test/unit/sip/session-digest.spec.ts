// Challenges to a call that we place, or end: RFC 3261 §22.

import { SessionEvent, eventStatus } from "../../../assembly/sip/user-agent";
import { CONTACT, callOut, dial, expectClean, hang } from "./calls";
import { answerTo, countSent, headerOf, last, lastSent, parameterOf, receive, sdp, start, stranger } from "./wire";

describe("digest for a call", () => {
  beforeEach(() => start());

  // Nonces and realm are fixed; what the credentials must be is computed in digest's own vectors. Here: who gets them,
  // and how often.
  const challenge = "Proxy-Authenticate: Digest realm=\"example.test\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n";

  test("RFC 3261 §22.2: a 407 is answered in a new transaction, one number higher; the ACK repeats it", () => {
    dial("102");
    const first = last();
    expect(receive(answerTo(first, "407 Proxy Authentication Required", "p", challenge))).toBe(SessionEvent.None);
    const ackOfFailure = lastSent("ACK");
    expect(headerOf(ackOfFailure, "Via")).toBe(headerOf(first, "Via"));
    const second = lastSent("INVITE");
    const firstNumber = I32.parseInt(headerOf(first, "CSeq"));
    expect(I32.parseInt(headerOf(second, "CSeq"))).toBe(firstNumber + 1);
    expect(headerOf(second, "Call-ID")).toBe(headerOf(first, "Call-ID"));
    expect(headerOf(second, "From")).toBe(headerOf(first, "From"));
    expect(headerOf(second, "To")).toBe("<sip:102@example.test>", "no tag of the refusal");
    expect(headerOf(second, "Via") == headerOf(first, "Via")).toBe(false);
    const credentials = headerOf(second, "Proxy-Authorization");
    expect(credentials.startsWith("Digest username=\"101\", realm=\"example.test\", nonce=\"n1\", ")).toBe(true);
    expect(credentials.includes("uri=\"sip:102@example.test\", response=\"")).toBe(true);

    expect(receive(answerTo(second, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.Answered);
    expect(headerOf(last(), "Proxy-Authorization")).toBe(credentials);
    expect(I32.parseInt(headerOf(last(), "CSeq"))).toBe(firstNumber + 1);
    hang(0);
    receive(answerTo(last(), "200 OK"));
    expectClean();
  });

  test("a 401 is answered with Authorization, SHA-256 when it comes first", () => {
    dial("102");
    receive(answerTo(last(), "401 Unauthorized", "p",
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"a\", algorithm=SHA-512-256, qop=\"auth\"\r\n" +
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"b\", algorithm=SHA-256, qop=\"auth\"\r\n" +
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"c\", algorithm=MD5, qop=\"auth\"\r\n"));
    const credentials = headerOf(lastSent("INVITE"), "Authorization");
    expect(credentials.includes("nonce=\"b\"")).toBe(true);
    expect(credentials.includes("algorithm=SHA-256")).toBe(true);
    expect(parameterOf(credentials, "response").length).toBe(66);
  });

  test("a wrong password is tried once", () => {
    dial("102");
    receive(answerTo(last(), "407 Proxy Authentication Required", "p", challenge));
    expect(receive(answerTo(last(), "407 Proxy Authentication Required", "p",
      challenge.replace("n1", "n2")))).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(407);
    expect(countSent("INVITE")).toBe(2);
    expectClean();
  });

  test("a stale nonce is replaced once, and no nonce is answered twice", () => {
    dial("102");
    receive(answerTo(last(), "407 Proxy Authentication Required", "p", challenge));
    receive(answerTo(lastSent("INVITE"), "407 Proxy Authentication Required", "p",
      challenge.replace("n1\"", "n2\", stale=true")));
    expect(countSent("INVITE")).toBe(3);
    expect(receive(answerTo(lastSent("INVITE"), "407 Proxy Authentication Required", "p",
      challenge.replace("n1\"", "n2\", stale=true"))))
      .toBe(SessionEvent.Failed);
    start();
    dial("102");
    receive(answerTo(last(), "407 Proxy Authentication Required", "p", challenge));
    receive(answerTo(lastSent("INVITE"), "407 Proxy Authentication Required", "p",
      challenge.replace("n1\"", "n1\", stale=true")));
    expect(countSent("INVITE")).toBe(2);
  });

  test("a challenge from anywhere but the hop gets no credentials", () => {
    dial("102");
    expect(receive(answerTo(last(), "407 Proxy Authentication Required", "p", challenge),
      stranger)).toBe(SessionEvent.Failed);
    expect(countSent("INVITE")).toBe(1);
  });

  test("a challenged BYE is sent once more with credentials", () => {
    callOut();
    hang(0);
    const bye = lastSent("BYE");
    receive(answerTo(bye, "407 Proxy Authentication Required", "", challenge));
    expect(countSent("BYE")).toBe(2);
    expect(headerOf(last(), "Proxy-Authorization").includes("uri=\"sip:bob@198.51.100.7:5080\"")).toBe(true);
    expect(I32.parseInt(headerOf(last(), "CSeq"))).toBe(I32.parseInt(headerOf(bye, "CSeq")) + 1);
    receive(answerTo(last(), "407 Proxy Authentication Required", "", challenge.replace("n1", "n2")));
    expect(countSent("BYE")).toBe(2);
    expectClean();
  });
});

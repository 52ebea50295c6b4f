// Challenges to a call that we place, or end: RFC 3261 §22.

import { writeText } from "../../../assembly/base/literal";
import { DIGEST_RESPONSE_SIZE, DigestResponse } from "../../../assembly/sip/digest/response";
import { SessionEvent, accountAt, eventStatus, startRegistrations } from "../../../assembly/sip/user-agent";
import { CONTACT, callIn, callOut, dial, expectClean, hang, request } from "./calls";
import {
  answerTo, bodyOf, countSent, drain, headerOf, last, lastSent, now, parameterOf, receive, sdp, start, stranger,
} from "./wire";

const proof = changetype<DigestResponse>(memory.data(DIGEST_RESPONSE_SIZE, 16));
const area = memory.data(4096, 16);

/** The credentials of an INVITE of ours are right for that body. */
function isSigned(credentials: string, body: string): bool {
  if (!proof.parse(area, <i32>(writeText(area, credentials) - area))) return false;
  const method = writeText(area, "secret"), bodyAt = writeText(method, "INVITE");
  return proof.isProofOf(area, 6, method, 6, bodyAt, <i32>(writeText(bodyAt, body) - bodyAt));
}

function countOf(text: string, part: string): i32 { return text.split(part).length - 1; }

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

  test("RFC 8760 §2.4: a 401 is answered with Authorization, by the first challenge of a realm that we can answer", () => {
    dial("102");
    receive(answerTo(last(), "401 Unauthorized", "p",
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"a\", algorithm=SHA-512, qop=\"auth\"\r\n" +
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"b\", algorithm=SHA-256, qop=\"auth\"\r\n" +
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"c\", algorithm=MD5, qop=\"auth\"\r\n"));
    const credentials = headerOf(lastSent("INVITE"), "Authorization");
    expect(credentials.includes("nonce=\"b\"")).toBe(true);
    expect(credentials.includes("algorithm=SHA-256")).toBe(true);
    expect(parameterOf(credentials, "response").length).toBe(66);
  });

  test("RFC 8760 §2: SHA-512-256 when it comes first", () => {
    dial("102");
    receive(answerTo(last(), "401 Unauthorized", "p",
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"a\", algorithm=SHA-512-256, qop=\"auth\"\r\n" +
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"b\", algorithm=SHA-256, qop=\"auth\"\r\n"));
    expect(headerOf(lastSent("INVITE"), "Authorization").includes("algorithm=SHA-512-256")).toBe(true);
    expect(countOf(lastSent("INVITE"), "Authorization: ")).toBe(1);
  });

  test("RFC 7616 §3.4.3: auth-int where nothing else is offered; the offer stays whole", () => {
    dial("102");
    const first = last();
    receive(answerTo(first, "407 Proxy Authentication Required", "p", challenge.replace("\"auth\"", "\"auth-int\"")));
    const second = lastSent("INVITE");
    const credentials = headerOf(second, "Proxy-Authorization");
    expect(credentials.includes("qop=auth-int, nc=00000001")).toBe(true);
    expect(isSigned(credentials, bodyOf(second))).toBe(true);
    expect(isSigned(credentials, bodyOf(second).replace("m=audio", "m=Audio"))).toBe(false);
    expect(bodyOf(second)).toBe(bodyOf(first));
    expect(I32.parseInt(headerOf(second, "Content-Length"))).toBe(bodyOf(second).length);
    expect(headerOf(second, "Content-Type")).toBe("application/sdp");
  });

  const ofCallee = "WWW-Authenticate: Digest realm=\"callee.test\", nonce=\"c1\", qop=\"auth\"\r\n";

  test("RFC 3261 §22.3: a proxy's 407 and then the callee's 401 are answered both, and the ACK repeats both", () => {
    dial("102");
    receive(answerTo(last(), "407 Proxy Authentication Required", "p", challenge));
    expect(receive(answerTo(lastSent("INVITE"), "401 Unauthorized", "c", ofCallee))).toBe(SessionEvent.None);
    const third = lastSent("INVITE");
    const ofProxy = headerOf(third, "Proxy-Authorization");
    expect(ofProxy.includes("realm=\"example.test\", nonce=\"n1\"")).toBe(true);
    expect(ofProxy.includes("nc=00000002")).toBe(true, "a nonce is counted, else the proxy takes it for a replay");
    expect(headerOf(third, "Authorization").includes("realm=\"callee.test\", nonce=\"c1\"")).toBe(true);
    receive(answerTo(third, "200 OK", "bob", CONTACT, sdp(6000)));
    expect(headerOf(last(), "Proxy-Authorization")).toBe(ofProxy);
    expect(headerOf(last(), "Authorization")).toBe(headerOf(third, "Authorization"));
    expect(countSent("INVITE")).toBe(3);
    hang(0);
    receive(answerTo(last(), "200 OK"));
    expectClean();
  });

  test("then a stale nonce of the proxy is replaced, and a second refusal of the callee is the end", () => {
    dial("102");
    receive(answerTo(last(), "407 Proxy Authentication Required", "p", challenge));
    receive(answerTo(lastSent("INVITE"), "401 Unauthorized", "c", ofCallee));
    receive(answerTo(lastSent("INVITE"), "407 Proxy Authentication Required", "p",
      challenge.replace("n1\"", "n2\", stale=true")));
    const fourth = lastSent("INVITE");
    expect(headerOf(fourth, "Proxy-Authorization").includes("nonce=\"n2\"")).toBe(true);
    expect(headerOf(fourth, "Authorization").includes("nonce=\"c1\"")).toBe(true);
    expect(headerOf(fourth, "Authorization").includes("nc=00000002")).toBe(true);
    expect(receive(answerTo(fourth, "401 Unauthorized", "c", ofCallee.replace("c1", "c2")))).toBe(SessionEvent.Failed);
    expect(countSent("INVITE")).toBe(4);
    expectClean();
  });

  test("RFC 3261 §16.7 step 7: what a forking proxy has collected is answered at once, each realm once", () => {
    dial("102");
    receive(answerTo(last(), "401 Unauthorized", "p", ofCallee + challenge +
      "WWW-Authenticate: Digest realm=\"other.test\", nonce=\"o1\"\r\n" +
      "WWW-Authenticate: Digest realm=\"callee.test\", nonce=\"c9\", algorithm=SHA-256\r\n"));
    const second = lastSent("INVITE");
    expect(countOf(second, "\r\nAuthorization: ")).toBe(2);
    expect(countOf(second, "\r\nProxy-Authorization: ")).toBe(1);
    expect(second.includes("nonce=\"c1\"") && second.includes("nonce=\"o1\"") && second.includes("nonce=\"n1\"")).toBe(true);
  });

  test("no hop gets an answer for ever: four, then the call has failed", () => {
    dial("102");
    for (let realm = 0; realm < 4; realm++) {
      expect(receive(answerTo(lastSent("INVITE"), "401 Unauthorized", "c",
        ofCallee.replace("callee", "callee" + realm.toString())))).toBe(SessionEvent.None);
    }
    expect(receive(answerTo(lastSent("INVITE"), "401 Unauthorized", "c", ofCallee))).toBe(SessionEvent.Failed);
    expect(countSent("INVITE")).toBe(5);
    expectClean();
  });

  test("once registered, a call answers no realm but that of the registration", () => {
    accountAt(0).register = true;
    startRegistrations(now);
    drain();
    receive(answerTo(last(), "401 Unauthorized", "r",
      "WWW-Authenticate: Digest realm=\"example.test\", nonce=\"n0\", qop=\"auth\"\r\n"));
    receive(answerTo(last(), "200 OK", "r", "Expires: 600\r\n"));
    dial("102");
    expect(receive(answerTo(last(), "401 Unauthorized", "c", ofCallee))).toBe(SessionEvent.Failed);
    expect(countSent("INVITE")).toBe(1);
    dial("102");
    expect(receive(answerTo(last(), "407 Proxy Authentication Required", "p", challenge))).toBe(SessionEvent.None);
    expect(countSent("INVITE")).toBe(3);
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

  test("who rings us gets no credentials by a challenge to our BYE", () => {
    const tag = callIn();
    receive(request("ACK", "a1", 10, tag));
    hang(0);
    receive(answerTo(lastSent("BYE"), "407 Proxy Authentication Required", "", challenge));
    expect(countSent("BYE")).toBe(1);
    expectClean();
  });
});

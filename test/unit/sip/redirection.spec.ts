// Following a 3xx: RFC 3261 §8.1.3.4, as far as our policy lets us.

import { SessionEvent, eventStatus } from "../../../assembly/sip/user-agent";
import { CONTACT, dial, expectClean, hang } from "./calls";
import {
  advance, answerTo, countSent, headerOf, hop, last, lastSent, receive, sdp, sent, start, stranger,
} from "./wire";

function uriOf(invite: string): string { return invite.split(" ")[1]; }

/** The INVITE that is out is redirected. */
function redirect(contacts: string, status: string = "302 Moved Temporarily"): SessionEvent {
  return receive(answerTo(lastSent("INVITE"), status, "p", "Contact: " + contacts + "\r\n"));
}

function refuse(status: string = "486 Busy Here"): SessionEvent {
  return receive(answerTo(lastSent("INVITE"), status, "q"));
}

describe("a call that is redirected", () => {
  beforeEach(() => {
    start();
    dial("102");
  });

  test("RFC 3261 §8.1.3.4: the INVITE goes to the new target, through the same hop, as the same call", () => {
    const first = last();
    expect(redirect("\"Desk\" <sip:103@198.51.100.9:5099;user=phone?Subject=x&Priority=urgent>;q=0.5")).toBe(
      SessionEvent.None);
    const second = last();
    expect(uriOf(second)).toBe("sip:103@198.51.100.9:5099;user=phone");
    expect(sent[sent.length - 1].host).toBe(hop.address0);
    expect(sent[sent.length - 1].port).toBe(5060);
    expect(headerOf(second, "To")).toBe(headerOf(first, "To"));
    expect(headerOf(second, "From")).toBe(headerOf(first, "From"));
    expect(headerOf(second, "Call-ID")).toBe(headerOf(first, "Call-ID"));
    expect(I32.parseInt(headerOf(second, "CSeq"))).toBe(I32.parseInt(headerOf(first, "CSeq")) + 1);
    expect(second.includes("Subject")).toBe(false);
    expect(receive(answerTo(second, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.Answered);
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3261 §20.10: the targets are tried by their q, then in their order", () => {
    redirect("<sip:a@h.test>;q=0.2, <sip:b@h.test>, <sip:c@h.test>;q=0.9, <sip:d@h.test>;q=0.2");
    const order = ["sip:b@h.test", "sip:c@h.test", "sip:a@h.test", "sip:d@h.test"];
    for (let index = 0; index < order.length; index++) {
      expect(uriOf(lastSent("INVITE"))).toBe(order[index]);
      expect(refuse()).toBe(index == 3 ? SessionEvent.Failed : SessionEvent.None);
    }
    expect(eventStatus).toBe(486);
    expectClean();
  });

  test("RFC 3261 §8.1.3.4: nobody is asked twice, so a loop ends", () => {
    redirect("<sip:103@h.test>");
    redirect("<sip:102@example.test>, <sip:103@H.TEST>, <sip:104@h.test>");
    expect(uriOf(lastSent("INVITE"))).toBe("sip:104@h.test");
    expect(redirect("<sip:103@h.test>, <sip:104@h.test>")).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(302);
    expect(countSent("INVITE")).toBe(3);
  });

  test("five targets and no more", () => {
    for (let round = 0; round < 5; round++) {
      expect(redirect("<sip:x" + round.toString() + "@h.test>")).toBe(SessionEvent.None);
    }
    expect(redirect("<sip:x9@h.test>")).toBe(SessionEvent.Failed);
    expect(countSent("INVITE")).toBe(6);
  });

  test("only sip: URIs are followed", () => {
    expect(redirect("<tel:+4930123>, <sips:a@h.test>, <http://h.test/>, <mailto:a@h.test>")).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(302);
  });

  test("300 and 301 are followed; 305 and 380 name no target for this request", () => {
    expect(redirect("<sip:a@h.test>", "300 Multiple Choices")).toBe(SessionEvent.None);
    expect(redirect("<sip:b@h.test>", "301 Moved Permanently")).toBe(SessionEvent.None);
    expect(redirect("<sip:c@h.test>", "305 Use Proxy")).toBe(SessionEvent.Failed);
  });

  test("a redirection that does not come from our hop leads nowhere", () => {
    expect(receive(answerTo(lastSent("INVITE"), "302 Moved Temporarily", "p", "Contact: <sip:a@h.test>\r\n"),
      stranger)).toBe(SessionEvent.Failed);
  });

  test("RFC 3261 §16.7: a 6xx of one target speaks for all", () => {
    redirect("<sip:a@h.test>, <sip:b@h.test>");
    expect(refuse("603 Decline")).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(603);
  });

  test("each target may ask for our password", () => {
    redirect("<sip:a@h.test>");
    receive(answerTo(lastSent("INVITE"), "407 Proxy Authentication Required", "p",
      "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n"));
    expect(uriOf(lastSent("INVITE"))).toBe("sip:a@h.test");
    expect(headerOf(lastSent("INVITE"), "Proxy-Authorization").includes("uri=\"sip:a@h.test\"")).toBe(true);
  });

  test("a call that is given up is not redirected", () => {
    receive(answerTo(lastSent("INVITE"), "180 Ringing", "p"));
    hang();
    redirect("<sip:a@h.test>");
    expect(countSent("INVITE")).toBe(1);
    expectClean();
  });

  test("a thousand contacts are no trouble", () => {
    let contacts = "<tel:0>";
    for (let index = 0; index < 1000; index++) contacts += ",<tel:" + index.toString() + ">";
    expect(redirect(contacts)).toBe(SessionEvent.Failed);
    advance(1);
  });
});

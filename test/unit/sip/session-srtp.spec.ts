// Keys in a session's offers and answers, from its first INVITE to its last change: RFC 4568 §5.1 and §7.1, RFC 8643.

import { SrtpUse } from "../../../assembly/abi/settings";
import { CryptoSuite } from "../../../assembly/sdp/crypto";
import { NegotiationResult } from "../../../assembly/sdp/negotiation";
import {
  SessionEvent, accountAt, eventStatus, hold, offerResult, sessionAt, sessionsUsed,
} from "../../../assembly/sip/user-agent";
import { CONTACT, callIn, callOut, dial, expectClean, hang, inviteIn, lift, ownTag, request } from "./calls";
import { answerTo, bodyOf, countSent, drain, headerOf, last, lastSent, now, receive, sdp, start } from "./wire";

const KEY: string = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const OTHER_KEY: string = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";

function begin(use: SrtpUse): void {
  start();
  accountAt(0).srtp = use;
}

function secure(port: i32, key: string = KEY, tag: i32 = 1, profile: string = "RTP/SAVP"): string {
  return sdp(port, "0 8 101", "a=crypto:" + tag.toString() + " AES_CM_128_HMAC_SHA1_80 inline:" + key + "\r\n")
    .replace("RTP/AVP", profile);
}

/** The a=crypto lines of a message, in order. */
function keysOf(text: string): string {
  return bodyOf(text).split("\r\n").filter((line) => line.startsWith("a=crypto:")).join("\r\n");
}

describe("a call with SRTP", () => {
  test("RFC 4568 §5.1: offered, answered, and the key of the answer is the far end's", () => {
    begin(SrtpUse.Required);
    dial("102");
    const invite = lastSent("INVITE");
    expect(bodyOf(invite).includes(" RTP/SAVP ")).toBe(true);
    expect(receive(answerTo(invite, "200 OK", "bob", CONTACT, secure(6000)))).toBe(SessionEvent.Answered);
    expect(sessionAt(0).media.cryptoSuite).toBe(CryptoSuite.Sha1_80);
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("required: an answer without a key is thanked for and ended", () => {
    begin(SrtpUse.Required);
    dial("102");
    expect(receive(answerTo(lastSent("INVITE"), "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(488);
    expect(countSent("ACK")).toBe(1);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("required: a plain offer is 488 and told, a protected one rings", () => {
    begin(SrtpUse.Required);
    expect(inviteIn()).toBe(SessionEvent.Refused);
    expect(offerResult).toBe(NegotiationResult.NoProtection);
    expect(last().startsWith("SIP/2.0 488 ")).toBe(true);
    expect(sessionsUsed()).toBe(0);
    receive(request("ACK", "i1", 10, ownTag()));
    expect(inviteIn("i2", secure(6000))).toBe(SessionEvent.Incoming);
    expect(lift()).toBe(true);
    expect(keysOf(lastSent("SIP/2.0 200")).startsWith("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:")).toBe(true);
  });

  test("RFC 8643: optional offers keys as RTP/AVP; who answers 488 is offered the same as RTP/SAVP, once", () => {
    begin(SrtpUse.Optional);
    dial("102");
    const first = lastSent("INVITE");
    expect(bodyOf(first).includes(" RTP/AVP ")).toBe(true);
    expect(receive(answerTo(first, "488 Not Acceptable Here", "bob"))).toBe(SessionEvent.None);
    const second = lastSent("INVITE");
    expect(headerOf(second, "CSeq") == headerOf(first, "CSeq")).toBe(false);
    expect(bodyOf(second).includes(" RTP/SAVP ")).toBe(true);
    expect(keysOf(second)).toBe(keysOf(first));
    expect(receive(answerTo(second, "488 Not Acceptable Here", "bob"))).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(488);
    expectClean();
  });

  test("off: 488 is the end of it", () => {
    begin(SrtpUse.Off);
    dial("102");
    expect(receive(answerTo(lastSent("INVITE"), "488 Not Acceptable Here", "bob"))).toBe(SessionEvent.Failed);
    expect(countSent("INVITE")).toBe(1);
  });

  test("RFC 4568 §7.1.4: hold and resume offer the keys that we have; the far end keeps its own or brings another", () => {
    begin(SrtpUse.Required);
    dial("102");
    const invite = lastSent("INVITE");
    receive(answerTo(invite, "200 OK", "bob", CONTACT, secure(6000)));
    hold(0, true, now);
    drain();
    const held = lastSent("INVITE");
    expect(bodyOf(held).includes("a=sendonly")).toBe(true);
    expect(bodyOf(held).includes(" RTP/SAVP ")).toBe(true);
    expect(keysOf(held)).toBe(keysOf(invite));
    expect(receive(answerTo(held, "200 OK", "bob", CONTACT, secure(6000).replace("a=crypto", "a=recvonly\r\na=crypto"))))
      .toBe(SessionEvent.MediaChanged);
    hold(0, false, now);
    drain();
    const resumed = lastSent("INVITE");
    expect(keysOf(resumed)).toBe(keysOf(invite));
    expect(receive(answerTo(resumed, "200 OK", "bob", CONTACT, secure(6000, OTHER_KEY)))).toBe(SessionEvent.MediaChanged);
    expect(sessionAt(0).media.cryptoSuite).toBe(CryptoSuite.Sha1_80);
  });

  test("a re-INVITE and an UPDATE bring another key, the same one, or none, which is 488 and leaves all as it was", () => {
    begin(SrtpUse.Required);
    inviteIn("i1", secure(6000));
    lift();
    const tag = ownTag();
    const ours = keysOf(lastSent("SIP/2.0 200"));
    receive(request("ACK", "a1", 10, tag));
    expect(receive(request("INVITE", "i2", 11, tag, "", secure(6000, OTHER_KEY)))).toBe(SessionEvent.MediaChanged);
    expect(keysOf(lastSent("SIP/2.0 200"))).toBe(ours);
    receive(request("ACK", "a2", 11, tag));
    expect(receive(request("INVITE", "i3", 12, tag, "", secure(6000, OTHER_KEY)))).toBe(SessionEvent.None);
    expect(keysOf(lastSent("SIP/2.0 200"))).toBe(ours);
    receive(request("ACK", "a3", 12, tag));
    expect(receive(request("INVITE", "i4", 13, tag, "", sdp(6000)))).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 488 ")).toBe(true);
    receive(request("ACK", "i4", 13, tag));
    expect(receive(request("UPDATE", "u1", 14, tag, "", secure(6000, KEY)))).toBe(SessionEvent.MediaChanged);
    expect(keysOf(last())).toBe(ours);
    expect(receive(request("UPDATE", "u2", 15, tag, "", sdp(6000)))).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 488 ")).toBe(true);
    expect(sessionAt(0).media.cryptoSuite).toBe(CryptoSuite.Sha1_80);
  });

  test("optional: a call that began plain stays plain, and one that becomes protected is", () => {
    begin(SrtpUse.Optional);
    const tag = callIn();
    expect(sessionAt(0).media.cryptoSuite).toBe(CryptoSuite.None);
    expect(receive(request("UPDATE", "u1", 11, tag, "", secure(6000, KEY, 5, "RTP/AVP")))).toBe(SessionEvent.MediaChanged);
    expect(keysOf(last()).startsWith("a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:")).toBe(true);
    expect(bodyOf(last()).includes(" RTP/AVP ")).toBe(true);
    expect(sessionAt(0).media.cryptoSuite).toBe(CryptoSuite.Sha1_80);
  });

  test("a challenged INVITE goes out again with the keys that it had", () => {
    begin(SrtpUse.Optional);
    callOut();
    const keys = keysOf(lastSent("INVITE"));
    hang();
    receive(answerTo(lastSent("BYE"), "200 OK"));
    dial("102");
    const invite = lastSent("INVITE");
    expect(keysOf(invite) == keys).toBe(false, "each session has its own");
    receive(answerTo(invite, "407 Proxy Authentication Required", "p",
      "Proxy-Authenticate: Digest realm=\"example.test\", nonce=\"n1\", algorithm=MD5\r\n"));
    expect(countSent("INVITE")).toBe(3);
    expect(keysOf(lastSent("INVITE"))).toBe(keysOf(invite));
  });
});

// The user agent's door: who may ask, what is understood, and full tables. RFC 3261 §8.2.

import { Counter } from "../../../assembly/abi/counters";
import { buffersUsed } from "../../../assembly/base/buffers";
import { transactionsUsed } from "../../../assembly/sip/transaction/table";
import {
  SessionEvent, accountAt, hangUp, reject, sendRinging, sessionsUsed, startRegistration,
} from "../../../assembly/sip/user-agent";
import {
  TRANSACTIONS, advance, answerTo, countSent, counted, drain, endOf, headerOf, hop, last, now, receive, reported, sdp,
  sent, setEndpoint, setText, start, startRegistered, stranger,
} from "./wire";

function request(method: string, uri: string, extra: string = "", body: string = ""): string {
  return method + " " + uri +
    " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nFrom: <sip:102@example.test>;tag=bob\r\n" +
    "To: <sip:101@example.test>\r\nCall-ID: call-1@bob\r\nCSeq: 10 " + method +
      "\r\nContact: <sip:102@198.51.100.7:5080>\r\n" + extra +
    endOf(body);
}

const OURS = "sip:101@192.0.2.2:5070";

function status(): string { return last().substring(8, 11); }

describe("who may ask", () => {
  beforeEach(() => start());

  test("a stranger's request rings nothing and is told nothing", () => {
    const methods = ["INVITE", "OPTIONS", "BYE", "NOTIFY", "MESSAGE", "CANCEL", "ACK", "DANCE"];
    for (let index = 0; index < methods.length; index++) {
      expect(receive(request(methods[index], OURS, "", methods[index] == "INVITE" ? sdp(6000) : ""),
        stranger)).toBe(SessionEvent.None);
      receive(request(methods[index], OURS).replace("To: <sip:101@example.test>", "To: <sip:101@example.test>;tag=x"),
        stranger);
    }
    receive("INVITE sip:101@192.0.2.2 SIP/2.0\r\nVia: nonsense\r\n\r\n", stranger);
    receive(request("INVITE", OURS).replace("SIP/2.0\r\n", "SIP/3.0\r\n"), stranger);
    expect(sent.length).toBe(0);
    expect(sessionsUsed()).toBe(0);
    expect(transactionsUsed()).toBe(0);
    expect(counted(Counter.SipRefused) > 0).toBe(true);
  });

  test("a line that registers is reached at the contact that it registered, and nowhere else", () => {
    const contact = startRegistered();
    receive(request("INVITE", OURS, "", sdp(6000)));
    expect(status()).toBe("404");
    expect(receive(request("INVITE", contact, "", sdp(6000)).replace("bK1", "bK2"), stranger)).toBe(SessionEvent.None);
    expect(receive(request("INVITE", contact, "", sdp(6000)).replace("bK1", "bK3"))).toBe(SessionEvent.Incoming);
  });

  test("the contact is another after every start", () => {
    const first = startRegistered();
    const again = startRegistered(1);
    expect(first == again).toBe(false);
  });

  test("each line is reached at its own hop", () => {
    const other = accountAt(1);
    setText(other.user, "102");
    setText(other.domain, "example.test");
    setEndpoint(other.hop, "192.0.2.9", 5060);
    other.local.copyFrom(accountAt(0).local);
    expect(receive(request("INVITE", "sip:102@192.0.2.2:5070", "", sdp(6000)))).toBe(SessionEvent.None);
    expect(status()).toBe("404");
    expect(receive(request("INVITE", "sip:102@192.0.2.2:5070", "", sdp(6000)).replace("bK1", "bK2"),
      other.hop)).toBe(SessionEvent.Incoming);
  });
});

describe("what is understood", () => {
  beforeEach(() => start());

  test("RFC 3261 §11.2: OPTIONS", () => {
    receive(request("OPTIONS", OURS));
    expect(status()).toBe("200");
    expect(headerOf(last(), "Allow")).toBe("INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, REFER, NOTIFY, INFO, MESSAGE");
    expect(headerOf(last(), "Accept")).toBe("application/sdp, message/sipfrag, text/plain, " +
      "application/simple-message-summary, application/dtmf-relay");
    expect(headerOf(last(), "Allow-Events")).toBe("refer");
    expect(headerOf(last(), "Supported")).toBe("100rel, norefersub, replaces, timer");
    expect(headerOf(last(), "To").startsWith("<sip:101@example.test>;tag=")).toBe(true);
    const tag = headerOf(last(), "To");
    receive(request("OPTIONS", OURS));
    expect(headerOf(last(), "To")).toBe(tag, "§8.2.7: the same tag for a copy");
    receive(request("OPTIONS", "sip:nobody@192.0.2.2"));
    expect(status()).toBe("404");
    expect(transactionsUsed()).toBe(0);
  });

  test("RFC 3261 §8.2.1: a method that we do not take is 405, one that nobody knows 501, with Allow", () => {
    const methods = ["REGISTER", "PUBLISH"];
    for (let index = 0; index < methods.length; index++) {
      receive(request(methods[index], OURS));
      expect(status()).toBe("405", methods[index]);
      expect(headerOf(last(), "Allow").length > 0).toBe(true);
    }
    receive(request("DANCE", OURS));
    expect(status()).toBe("501");
  });

  test("RFC 3261 §12.2.2: what only means something in a dialog is 481 outside", () => {
    const methods = ["BYE", "PRACK", "UPDATE", "INFO"];
    for (let index = 0; index < methods.length; index++) {
      receive(request(methods[index], OURS));
      expect(status()).toBe("481", methods[index]);
    }
  });

  test("RFC 6665 §4.1.3 and §4.2.1.2: nobody can subscribe to us, and an event that we asked nothing of is 489", () => {
    const methods = ["SUBSCRIBE", "NOTIFY"];
    for (let index = 0; index < methods.length; index++) {
      receive(request(methods[index], OURS, "Event: presence\r\nSubscription-State: active\r\n"));
      expect(status()).toBe("489", methods[index]);
      expect(headerOf(last(), "Allow-Events")).toBe("refer");
    }
  });

  test("RFC 3261 §8.2.2.1: another scheme is 416", () => {
    receive(request("INVITE", "tel:+4930123", "", sdp(6000)));
    expect(status()).toBe("416");
    receive(request("INVITE", "sips:101@192.0.2.2", "", sdp(6000)));
    expect(status()).toBe("416");
    receive(request("INVITE", "mailto:101@192.0.2.2", "", sdp(6000)));
    expect(status()).toBe("416");
  });

  test("RFC 3261 §8.2.2.2: an INVITE that came by another way before is 482", () => {
    expect(receive(request("INVITE", OURS, "", sdp(6000)))).toBe(SessionEvent.Incoming);
    expect(receive(request("INVITE", OURS, "", sdp(6000)).replace("bK1", "bK2"))).toBe(SessionEvent.None);
    expect(status()).toBe("482");
    expect(sessionsUsed()).toBe(1);
  });

  test("RFC 3261 §8.2.2.3: an extension that we do not have is 420", () => {
    receive(request("INVITE", OURS, "Require: 100rel, precondition\r\nRequire: timer, teleport\r\n", sdp(6000)));
    expect(status()).toBe("420");
    expect(last().includes("\r\nUnsupported: precondition, teleport\r\n")).toBe(true);
  });

  test("RFC 3261 §8.2.3: a body that we cannot read is 415, unless it may be left unread", () => {
    const strange = request("INVITE", OURS, "", "v=0\r\n").replace("application/sdp", "text/plain");
    receive(strange);
    expect(status()).toBe("415");
    expect(headerOf(last(), "Accept")).toBe("application/sdp");
    receive(request("INVITE", OURS, "Content-Encoding: gzip\r\n", sdp(6000)));
    expect(status()).toBe("415");
    expect(receive(strange.replace("bK1", "bK2").replace("Content-Type",
      "Content-Disposition: icon; handling=optional\r\nContent-Type")))
      .toBe(SessionEvent.Incoming);
    start();
    expect(receive(request("INVITE", OURS, "Content-Encoding: identity\r\n", sdp(6000)).replace("application/sdp",
      "Application/SDP;x=y")))
      .toBe(SessionEvent.Incoming);
  });

  test("RFC 3261 §8.1.1.8: an INVITE without a usable Contact is 400", () => {
    receive(request("INVITE", OURS, "", sdp(6000)).replace("Contact: <sip:102@198.51.100.7:5080>\r\n", ""));
    expect(status()).toBe("400");
    receive(request("INVITE", OURS, "", sdp(6000)).replace("Contact: <sip:102@198.51.100.7:5080>", "Contact: *"));
    expect(status()).toBe("400");
    expect(sessionsUsed()).toBe(0);
  });

  test("what does not fit into a dialog is 513", () => {
    receive(request("INVITE", OURS, "", sdp(6000)).replace("call-1@bob", "c".repeat(300)));
    expect(status()).toBe("513");
    receive(request("INVITE", OURS, "Record-Route: " + "<sip:192.0.2.1;lr>,".repeat(80) + "<sip:192.0.2.1;lr>\r\n",
      sdp(6000)));
    expect(status()).toBe("513");
    expect(sessionsUsed()).toBe(0);
  });

  test("a message that is too large to keep is 513", () => {
    receive(request("INVITE", OURS, "Subject: " + "s".repeat(4096) + "\r\n", sdp(6000)));
    expect(status()).toBe("513");
    expect(transactionsUsed()).toBe(0);
  });

  test("our hop is told what is wrong with its request", () => {
    receive(request("INVITE", OURS, "", sdp(6000)).replace("CSeq: 10 INVITE", "CSeq: 10 BYE"));
    expect(last().startsWith("SIP/2.0 400 CSeq Method Does Not Match\r\n")).toBe(true);
    receive(request("INVITE", OURS, "", sdp(6000)).replace("101@192.0.2.2:5070 SIP/2.0", "101@192.0.2.2:5070 SIP/3.0"));
    expect(status()).toBe("505");
    receive(request("INVITE", OURS, "", sdp(6000)).replace("From: <sip:102@example.test>;tag=bob\r\n",
      "From: <sip:102@example.test\r\n"));
    expect(status()).toBe("400");
    receive(request("INVITE", OURS).replace("Call-ID: call-1@bob\r\n", ""));
    expect(status()).toBe("400");
    expect(last().includes("Call-ID")).toBe(false, "what it lacks, the answer lacks");
    const before = sent.length;
    receive(request("INVITE", OURS).replace("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1", "Via: what"));
    receive(request("ACK", OURS).replace("CSeq: 10", "CSeq: ten"));
    receive("SIP/2.0 200\r\n\r\n");
    receive("\x00\x01\x02");
    expect(sent.length).toBe(before);
    expect(counted(Counter.SipMalformed)).toBe(8);
  });

  test("keep-alives are counted and nothing else", () => {
    receive("\r\n\r\n");
    receive("\r\n");
    receive("");
    expect(sent.length).toBe(0);
    expect(counted(Counter.SipKeepAlive)).toBe(3);
    expect(counted(Counter.SipMalformed)).toBe(0);
  });

  test("a response that nobody waits for is dropped", () => {
    receive(answerTo(request("OPTIONS", OURS), "200 OK"));
    expect(sent.length).toBe(0);
    expect(counted(Counter.SipUnmatchedResponse)).toBe(1);
  });

  test("RFC 3261 §8.1.3.3: a response with somebody else's Via under ours has gone astray", () => {
    startRegistered();
    const register = last();
    startRegistration(0, now);
    drain();
    const before = sent.length;
    receive(answerTo(last(), "500 Server Internal Error", "r", "Via: SIP/2.0/UDP 192.0.2.99\r\n"));
    expect(reported.length).toBe(1, "Registered, and no failure");
    expect(sent.length).toBe(before);
    expect(register.length > 0).toBe(true);
  });
});

describe("full tables", () => {
  test("503 with Retry-After, and room again later", () => {
    start();
    // every INVITE is refused 486 after the second, so each line of eight takes two
    for (let line = 0; line < 8; line++) {
      const account = accountAt(line);
      setText(account.user, "20" + line.toString());
      setText(account.domain, "example.test");
      account.hop.copyFrom(hop);
      account.local.copyFrom(accountAt(0).local);
    }
    let taken = 0;
    for (let index = 0; index < 16; index++) {
      const text = request("INVITE", "sip:20" + (index >> 1).toString() + "@192.0.2.2", "", sdp(6000))
        .replace("bK1", "bK-" + index.toString()).replace("call-1", "call-" + index.toString());
      if (receive(text) == SessionEvent.Incoming) taken++;
    }
    expect(taken).toBe(TRANSACTIONS);
    receive(request("INVITE", "sip:200@192.0.2.2", "", sdp(6000)).replace("bK1", "bKx").replace("call-1", "call-x"));
    expect(status()).toBe("486");
    sendRinging(0, now);
    drain();
    const bye = request("BYE", OURS).replace("bK1", "bKy").replace("call-1", "call-0").replace("CSeq: 10", "CSeq: 11")
      .replace("To: <sip:101@example.test>", "To: " + headerOf(last(), "To"));
    receive(bye);
    expect(status()).toBe("503");
    expect(headerOf(last(), "Retry-After")).toBe("5");
    expect(counted(Counter.SipTransactionsFull)).toBe(1);
    reject(1, 480, now);
    receive(request("ACK", "sip:200@192.0.2.2").replace("bK1", "bK-1").replace("call-1", "call-1"));
    advance(5000);
    expect(receive(bye)).toBe(SessionEvent.Ended, "the same BYE again");
    for (let session = 0; session < 16; session++) hangUp(session, now);
    advance(64_001);
    expect(sessionsUsed()).toBe(0);
    expect(transactionsUsed()).toBe(0);
    expect(buffersUsed()).toBe(0);
  });
});

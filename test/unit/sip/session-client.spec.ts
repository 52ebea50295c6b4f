// A call that we place: RFC 3261 §13.2, its end before the answer §9.1, after it §15.

import { Counter } from "../../../assembly/abi/counters";
import { putBuffer, takeBuffer } from "../../../assembly/base/buffers";
import {
  SessionEvent, SessionState, accountAt, eventReasonLength, eventSession, eventStatus, refusalStatus, sessionAt,
  sessionsUsed,
} from "../../../assembly/sip/user-agent";
import { CONTACT, callOut, dial, expectClean, hang, ring } from "./calls";
import {
  TRANSACTIONS, advance, advanceTo, answerTo, bodyOf, countSent, counted, endOf, events, headerOf, hop, last,
  lastEvent, lastSent, receive, sdp, sent, setText, start, timesOf,
} from "./wire";

describe("placing a call", () => {
  beforeEach(() => start());

  test("RFC 3261 §8.1.1 and §13.2.1: the INVITE", () => {
    setText(accountAt(0).displayName, "Hall \"1\"");
    expect(dial("102")).toBe(0);
    const text = last();
    expect(text.startsWith("INVITE sip:102@example.test SIP/2.0\r\n")).toBe(true);
    expect(headerOf(text, "Via").startsWith("SIP/2.0/UDP 192.0.2.2:5070;rport;branch=z9hG4bK")).toBe(true);
    expect(headerOf(text, "Max-Forwards")).toBe("70");
    expect(headerOf(text, "From").startsWith("\"Hall \\\"1\\\"\" <sip:101@example.test>;tag=")).toBe(true);
    expect(headerOf(text, "To")).toBe("<sip:102@example.test>");
    expect(headerOf(text, "Contact").startsWith("<sip:101-")).toBe(true);
    expect(headerOf(text, "Contact").endsWith("@192.0.2.2:5070>")).toBe(true);
    expect(headerOf(text, "Content-Type")).toBe("application/sdp");
    expect(headerOf(text, "Content-Length")).toBe(bodyOf(text).length.toString());
    expect(bodyOf(text).includes("m=audio 4000 RTP/AVP 8 0 101\r\n")).toBe(true);
    expect(sent[0].port).toBe(5060);
    expect(sent[0].host).toBe(hop.address0);
  });

  test("RFC 3261 §25.1: # is escaped in a URI, * and + are not", () => {
    dial("*21*+49#");
    expect(last().startsWith("INVITE sip:*21*+49%23@example.test SIP/2.0\r\n")).toBe(true);
  });

  test("RFC 3261 §17.1.1.2: nobody answers: seven copies, then 408 after 64*T1", () => {
    dial("102");
    advanceTo(31_999);
    expect(timesOf("INVITE")).toBe("0,500,1500,3500,7500,15500,31500");
    expect(events).toBe(0);
    advanceTo(32_000);
    expect(lastEvent).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(408);
    expect(eventReasonLength).toBe("Request Timeout".length);
    expectClean();
  });

  test("100, 180 and 200: progress, then one ACK for every 2xx", () => {
    dial("102");
    const request = last();
    expect(receive(answerTo(request, "100 Trying"))).toBe(SessionEvent.None);
    expect(sessionAt(0).state).toBe(SessionState.Proceeding);
    expect(receive(answerTo(request, "180 Ringing", "bob", CONTACT))).toBe(SessionEvent.Progress);
    expect(eventStatus).toBe(180);
    expect(eventSession).toBe(0);
    advance(120_000); // a phone may ring for as long as the caller wants
    expect(countSent("INVITE")).toBe(1);
    expect(receive(answerTo(request, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.Answered);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(sessionAt(0).startedAt).toBe(120_000);
    expect(sessionAt(0).media.remote.port).toBe(6000);

    const ack = last();
    expect(ack.startsWith("ACK sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(ack, "CSeq")).toBe(headerOf(request, "CSeq").replace("INVITE", "ACK"));
    expect(headerOf(ack, "To")).toBe("<sip:102@example.test>;tag=bob");
    expect(headerOf(ack, "From")).toBe(headerOf(request, "From"));
    expect(headerOf(ack, "Call-ID")).toBe(headerOf(request, "Call-ID"));
    expect(headerOf(ack, "Via") == headerOf(request, "Via")).toBe(false, "a request of its own");
    expect(sent[sent.length - 1].port).toBe(5080);

    expect(receive(answerTo(request, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.None);
    expect(countSent("ACK")).toBe(2);
    expect(last()).toBe(ack);
    hang(0);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3261 §12.2.1.1: ACK and BYE follow the route set, last Record-Route first", () => {
    dial("102");
    const routes = "Record-Route: <sip:198.51.100.1;lr>, \"two\" <sip:p2.example.test;lr>\r\n" +
      "Record-Route: <sip:192.0.2.77:5099;lr>;x=y\r\n";
    receive(answerTo(last(), "200 OK", "bob", CONTACT + routes, sdp(6000)));
    const expected = "<sip:192.0.2.77:5099;lr>;x=y,\"two\" <sip:p2.example.test;lr>,<sip:198.51.100.1;lr>";
    expect(headerOf(last(), "Route")).toBe(expected);
    expect(last().startsWith("ACK sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(sent[sent.length - 1].port).toBe(5099);
    hang(0);
    expect(headerOf(lastSent("BYE"), "Route")).toBe(expected);
  });

  test("RFC 3261 §12.2.1.1: a strict router gets its own address as Request-URI, the target goes last", () => {
    dial("102");
    receive(answerTo(last(), "200 OK", "bob", CONTACT +
      "Record-Route: <sip:198.51.100.1>\r\nRecord-Route: <sip:192.0.2.77:5099>\r\n", sdp(6000)));
    expect(last().startsWith("ACK sip:192.0.2.77:5099 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(last(), "Route")).toBe("<sip:198.51.100.1>,<sip:bob@198.51.100.7:5080>");
  });

  test("a remote target with a host name is reached through the hop", () => {
    dial("102");
    receive(answerTo(last(), "200 OK", "bob", "Contact: <sip:bob@phone.example.test>\r\n", sdp(6000)));
    expect(last().startsWith("ACK sip:bob@phone.example.test SIP/2.0\r\n")).toBe(true);
    expect(sent[sent.length - 1].host).toBe(hop.address0);
    expect(sent[sent.length - 1].port).toBe(5060);
  });

  test("183 with a description is early media, and a 2xx without one keeps it", () => {
    dial("102");
    const request = last();
    expect(receive(answerTo(request, "183 Session Progress", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.EarlyMedia);
    expect(eventStatus).toBe(183);
    expect(sessionAt(0).hasMedia).toBe(true);
    expect(sessionAt(0).media.remote.port).toBe(6000);
    expect(receive(answerTo(request, "200 OK", "bob", CONTACT))).toBe(SessionEvent.Answered);
  });

  test("busy: the ACK is the transaction's, the session is gone", () => {
    dial("102");
    expect(receive(answerTo(last(), "486 Busy Here", "bob"))).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(486);
    expect(eventReasonLength).toBe("Busy Here".length);
    expect(last().startsWith("ACK sip:102@example.test SIP/2.0\r\n")).toBe(true);
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("RFC 3261 §13.2.2.4: a 2xx without a usable description is acknowledged and ended", () => {
    dial("102");
    expect(receive(answerTo(last(), "200 OK", "bob", CONTACT, sdp(6000, "18")))).toBe(SessionEvent.Failed);
    expect(eventStatus).toBe(488);
    expect(countSent("ACK")).toBe(1);
    expect(countSent("BYE")).toBe(1);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("RFC 3261 §13.2.2.4: a second phone that answers is acknowledged and sent away, the first stays", () => {
    const request = callOut();
    receive(answerTo(request, "200 OK", "carol", "Contact: <sip:carol@198.51.100.8:5090>\r\n", sdp(7000)));
    expect(countSent("ACK")).toBe(2);
    const ack = lastSent("ACK"), bye = lastSent("BYE");
    expect(ack.startsWith("ACK sip:carol@198.51.100.8:5090 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(ack, "CSeq")).toBe(headerOf(request, "CSeq").replace("INVITE", "ACK"));
    expect(headerOf(ack, "To")).toBe("<sip:102@example.test>;tag=carol");
    expect(bye.startsWith("BYE sip:carol@198.51.100.8:5090 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(bye, "To")).toBe("<sip:102@example.test>;tag=carol");
    expect(sent[sent.length - 1].port).toBe(5090);
    receive(answerTo(bye, "200 OK"));
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    expect(sessionAt(0).media.remote.port).toBe(6000);
    hang(0);
    expect(headerOf(last(), "To")).toBe("<sip:102@example.test>;tag=bob");
    receive(answerTo(last(), "200 OK"));
    expectClean();
  });

  test("RFC 3261 §13.2.2.4: an ACK that no buffer could keep is written anew for each repeated 2xx", () => {
    dial("102");
    const invite = last();
    const answer = answerTo(invite, "200 OK", "bob", CONTACT, sdp(6000));
    const taken: usize[] = [];
    for (let buffer = takeBuffer(1); buffer != 0; buffer = takeBuffer(1)) taken.push(buffer);
    expect(receive(answer)).toBe(SessionEvent.Answered);
    for (let index = 0; index < taken.length; index++) putBuffer(taken[index]);
    for (let copy = 0; copy < 3; copy++) expect(receive(answer)).toBe(SessionEvent.None);
    expect(countSent("ACK")).toBe(4);
    expect(countSent("BYE")).toBe(0);
    expect(sessionAt(0).state).toBe(SessionState.Confirmed);
    hang(0);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expectClean();
  });

  test("a 2xx that is repeated after the call has ended is still acknowledged", () => {
    const request = callOut();
    hang(0);
    receive(answerTo(lastSent("BYE"), "200 OK"));
    expect(sessionsUsed()).toBe(0);
    receive(answerTo(request, "200 OK", "bob", CONTACT, sdp(6000)));
    expect(countSent("ACK")).toBe(2);
    expect(countSent("BYE")).toBe(1);
    expectClean();
  });
});

describe("giving a call up", () => {
  beforeEach(() => start());

  test("RFC 3261 §9.1: CANCEL waits for a provisional response and repeats the INVITE's headers", () => {
    const session = dial("102");
    const request = last();
    hang(session);
    expect(countSent("CANCEL")).toBe(0);
    expect(receive(answerTo(request, "100 Trying"))).toBe(SessionEvent.None);
    const cancel = last();
    expect(cancel.startsWith("CANCEL sip:102@example.test SIP/2.0\r\n")).toBe(true);
    expect(headerOf(cancel, "Via")).toBe(headerOf(request, "Via"));
    expect(headerOf(cancel, "From")).toBe(headerOf(request, "From"));
    expect(headerOf(cancel, "To")).toBe(headerOf(request, "To"));
    expect(headerOf(cancel, "Call-ID")).toBe(headerOf(request, "Call-ID"));
    expect(headerOf(cancel, "CSeq")).toBe(headerOf(request, "CSeq").replace("INVITE", "CANCEL"));
    receive(answerTo(request, "180 Ringing", "bob", CONTACT));
    expect(countSent("CANCEL")).toBe(1);
    receive(answerTo(cancel, "200 OK", "x"));
    expect(receive(answerTo(request, "487 Request Terminated", "bob"))).toBe(SessionEvent.None);
    expect(countSent("ACK")).toBe(1);
    expect(events).toBe(0);
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("RFC 5407 §3.1.2: a 200 that crosses the CANCEL is acknowledged and ended", () => {
    const session = dial("102");
    const request = last();
    receive(answerTo(request, "180 Ringing", "bob", CONTACT));
    hang(session);
    expect(countSent("CANCEL")).toBe(1);
    expect(receive(answerTo(request, "200 OK", "bob", CONTACT, sdp(6000)))).toBe(SessionEvent.None);
    expect(countSent("ACK")).toBe(1);
    const bye = lastSent("BYE");
    expect(headerOf(bye, "To")).toBe("<sip:102@example.test>;tag=bob");
    receive(answerTo(bye, "200 OK"));
    receive(answerTo(lastSent("CANCEL"), "481 Call/Transaction Does Not Exist"));
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("RFC 3261 §9.1: an INVITE that stays unanswered after CANCEL is forgotten after 64*T1", () => {
    const session = dial("102");
    const request = last();
    receive(answerTo(request, "180 Ringing", "bob", CONTACT));
    advance(1000);
    hang(session);
    receive(answerTo(last(), "200 OK", "x"));
    advance(31_999);
    expect(sessionsUsed()).toBe(1);
    advance(1);
    expect(sessionsUsed()).toBe(0);
    expectClean();
  });

  test("given up before anything came back, the INVITE ends with Timer B and without a word", () => {
    hang(dial("102"));
    advanceTo(32_000);
    expect(events).toBe(0);
    expect(sessionsUsed()).toBe(0);
    expect(countSent("CANCEL")).toBe(0);
    expectClean();
  });

  test("a BYE from a phone that has not answered yet is 481", () => {
    const session = dial("102");
    const request = last();
    receive(answerTo(request, "180 Ringing", "bob", CONTACT));
    const bye = "BYE sip:101@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb\r\n" +
      "From: <sip:102@example.test>;tag=bob\r\nTo: " +
      headerOf(request, "From") + "\r\nCall-ID: " + headerOf(request, "Call-ID") + "\r\nCSeq: 1 BYE\r\n" + endOf("");
    expect(receive(bye)).toBe(SessionEvent.None);
    expect(last().startsWith("SIP/2.0 481 ")).toBe(true);
    hang(session);
    receive(bye.replace("CSeq: 1", "CSeq: 2").replace("bKb", "bKc"));
    expect(last().startsWith("SIP/2.0 481 ")).toBe(true);
    expect(sessionsUsed()).toBe(1);
    expectClean();
  });

  test("a call may be placed while an old one is still being cancelled, twice and no more at a time", () => {
    for (let round = 0; round < 3; round++) {
      const session = dial("102");
      expect(session >= 0).toBe(true);
      hang(session);
    }
    expect(dial("103") >= 0).toBe(true);
    expect(dial("104") >= 0).toBe(true);
    expect(dial("105")).toBe(-1);
    expect(refusalStatus).toBe(486);
  });
});

describe("the end of a call that we placed", () => {
  beforeEach(() => start());

  test("RFC 3261 §15.1.1: our BYE is one number higher and ends the session with any answer", () => {
    const request = callOut();
    hang(0);
    const bye = last();
    expect(bye.startsWith("BYE sip:bob@198.51.100.7:5080 SIP/2.0\r\n")).toBe(true);
    expect(I32.parseInt(headerOf(bye, "CSeq"))).toBe(I32.parseInt(headerOf(request, "CSeq")) + 1);
    expect(sessionAt(0).state).toBe(SessionState.Terminating);
    expect(receive(answerTo(bye, "481 Call/Transaction Does Not Exist"))).toBe(SessionEvent.None);
    expectClean();
  });

  test("a BYE that nobody answers gives up after 64*T1", () => {
    callOut();
    hang(0);
    advance(31_999);
    expect(sessionsUsed()).toBe(1);
    expect(timesOf("BYE")).toBe("0,500,1500,3500,7500,11500,15500,19500,23500,27500,31500");
    advance(1);
    expect(sessionsUsed()).toBe(0);
    expect(events).toBe(1, "only Answered");
    expectClean();
  });

  test("no room for a request is an answer, not a trap", () => {
    let refused = 0;
    for (let round = 0; round < TRANSACTIONS + 4; round++) {
      const session = dial("102");
      if (session < 0) refused++;
      else hang(session);
    }
    expect(refused > 0).toBe(true);
    expect(refusalStatus).toBe(503);
    expect(counted(Counter.SipTransactionsFull) > 0).toBe(true);
    expectClean();
  });
});

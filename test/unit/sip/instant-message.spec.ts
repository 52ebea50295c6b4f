// MESSAGE, RFC 3428: texts that come, and what becomes of what could do harm on a terminal; texts that go out.

import { Report } from "../../../assembly/abi/action";
import { writeText } from "../../../assembly/base/literal";
import { transactionsUsed } from "../../../assembly/sip/transaction/table";
import { accountAt, sendMessage } from "../../../assembly/sip/user-agent";
import { callIn, expectClean, request } from "./calls";
import {
  TRANSACTIONS, advance, answerTo, bodyOf, countSent, drain, headerOf, last, lastSent, now, receive, reported, sent,
  start, startRegistered, stranger,
} from "./wire";

const area = memory.data(1200, 16);

function text(body: string, type: string = "text/plain", branch: string = "m1", extra: string = ""): void {
  receive(request("MESSAGE", branch, 10, "", extra, body).replace("sip:101@192.0.2.2:5070 ", "sip:101@192.0.2.2 ")
    .replace("Content-Type: application/sdp", "Content-Type: " + type)
    .replace("Length: " + body.length.toString(), "Length: " + String.UTF8.byteLength(body).toString()));
}

function status(): string { return last().substring(8, 11); }

function send(number: string, words: string): i32 {
  const end = writeText(area, number);
  const status = sendMessage(0, area, number.length, end, <i32>(writeText(end, words) - end), now);
  drain();
  return status;
}

function lastReport(report: Report): string {
  for (let index = reported.length - 1; index >= 0; index--) {
    if (reported[index].report == report) return reported[index].text;
  }
  return "";
}

function countReports(report: Report): i32 {
  let count = 0;
  for (let index = 0; index < reported.length; index++) if (reported[index].report == report) count++;
  return count;
}

describe("a text that comes", () => {
  beforeEach(() => start());

  test("RFC 3428 §7: 200 without a body or a Contact, and it is told once, whatever comes twice", () => {
    text("good morning");
    expect(status()).toBe("200");
    expect(headerOf(last(), "Contact")).toBe("");
    expect(headerOf(last(), "Content-Length")).toBe("0");
    expect(lastReport(Report.MessageReceived)).toBe("%2b102: good morning");
    text("good morning");
    expect(countSent("SIP/2.0 200")).toBe(2);
    expect(countReports(Report.MessageReceived)).toBe(1);
    expectClean();
  });

  test("control characters of either kind are blanks; letters of every script stay", () => {
    text("a\x1b[31mb\r\nc\x07\x7f\u009bd\u00e9\u4e2d");
    expect(lastReport(Report.MessageReceived)).toBe("%2b102: a [31mb  c   d\u00e9\u4e2d");
  });

  test("RFC 3428 §4: text/plain in UTF-8 or ASCII, else 415 with Accept", () => {
    const good = ["text/plain", "TEXT/Plain; charset=utf-8", "text/plain;charset=\"US-ASCII\"", "text/plain;format=flowed"];
    for (let index = 0; index < good.length; index++) {
      text("x", good[index], "g" + index.toString());
      expect(status()).toBe("200", good[index]);
    }
    const bad = ["text/html", "message/cpim", "text/plain;charset=iso-8859-1", "textplain", "multipart/mixed;boundary=x"];
    for (let index = 0; index < bad.length; index++) {
      text("x", bad[index], "b" + index.toString());
      expect(status()).toBe("415", bad[index]);
      expect(headerOf(last(), "Accept")).toBe("text/plain");
    }
    text("x", "text/plain", "z1", "Content-Encoding: gzip\r\n");
    expect(status()).toBe("415");
    expect(countReports(Report.MessageReceived)).toBe(good.length);
  });

  test("RFC 3428 §8: more than 1300 bytes are 413", () => {
    text("x".repeat(1300));
    expect(status()).toBe("200");
    expect(lastReport(Report.MessageReceived).length).toBe(1300 + 8);
    text("x".repeat(1301), "text/plain", "m2");
    expect(status()).toBe("413");
  });

  test("a stranger's text is not answered and not told", () => {
    receive(request("MESSAGE", "m1", 10, "", "", "spam").replace("application/sdp", "text/plain"), stranger);
    expect(sent.length).toBe(0);
    expect(countReports(Report.MessageReceived)).toBe(0);
  });

  test("for nobody it is 404; a line that registers takes it at its contact only", () => {
    startRegistered();
    text("x");
    expect(status()).toBe("404");
  });

  test("inside a call, too", () => {
    const tag = callIn();
    receive(request("MESSAGE", "m1", 11, tag, "", "hello").replace("application/sdp", "text/plain"));
    expect(status()).toBe("200");
    expect(lastReport(Report.MessageReceived)).toBe("%2b102: hello");
    receive(request("MESSAGE", "m2", 12, tag, "", "hello").replace("application/sdp", "text/html"));
    expect(status()).toBe("415");
  });

  test("no transaction left: 503, and it is not told", () => {
    for (let index = 0; index < TRANSACTIONS; index++) text("x", "text/plain", "f" + index.toString());
    expect(transactionsUsed()).toBe(TRANSACTIONS);
    text("x", "text/plain", "full");
    expect(status()).toBe("503");
    expect(headerOf(last(), "Retry-After").length > 0).toBe(true);
    expect(countReports(Report.MessageReceived)).toBe(TRANSACTIONS);
  });
});

describe("a text of ours", () => {
  beforeEach(() => start());

  test("RFC 3428 §4: MESSAGE to the number at our domain, by our hop; delivered", () => {
    expect(send("1#2", "see you at 5")).toBe(0);
    expect(last().startsWith("MESSAGE sip:1%232@example.test SIP/2.0\r\n")).toBe(true);
    expect(headerOf(last(), "From").startsWith("<sip:101@example.test>;tag=")).toBe(true);
    expect(headerOf(last(), "To")).toBe("<sip:1%232@example.test>");
    expect(headerOf(last(), "Contact")).toBe("");
    expect(headerOf(last(), "Content-Type")).toBe("text/plain;charset=UTF-8");
    expect(bodyOf(last())).toBe("see you at 5");
    receive(answerTo(last(), "202 Accepted", "x"));
    expect(lastReport(Report.MessageSent)).toBe("1%232");
    expectClean();
  });

  test("RFC 3261 §22.2: credentials, then what the far end says", () => {
    send("102", "hello");
    const first = last();
    receive(answerTo(first, "407 Proxy Authentication Required", "p",
      "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"));
    expect(countSent("MESSAGE")).toBe(2);
    expect(headerOf(last(), "Proxy-Authorization").length > 0).toBe(true);
    expect(headerOf(last(), "Call-ID")).toBe(headerOf(first, "Call-ID"));
    expect(bodyOf(last())).toBe("hello");
    receive(answerTo(last(), "480 Temporarily Unavailable", "x"));
    expect(lastReport(Report.MessageFailed)).toBe("102: 480 Temporarily Unavailable");
    expectClean();
  });

  test("nobody answers: 408 after 32 s", () => {
    send("102", "hello");
    advance(32_000);
    expect(lastReport(Report.MessageFailed)).toBe("102: 408 Request Timeout");
    expectClean();
  });

  test("without a registrar, a number or room it is not sent", () => {
    expect(send("", "hello")).toBe(484);
    for (let index = 0; index < TRANSACTIONS; index++) send("102", "hello");
    expect(send("102", "hello")).toBe(503);
    accountAt(0).hop.clear();
    expect(send("102", "hello")).toBe(480);
    expect(lastSent("MESSAGE").length > 0).toBe(true);
  });
});

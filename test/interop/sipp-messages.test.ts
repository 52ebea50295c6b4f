// What is no call, and digits in the middle of one, between SIPp and a phone line: MESSAGE (RFC 3428), INFO (RFC 6086), message waiting
// (RFC 3842).

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { lineOfSipp } from "../support/line-of-sipp.ts";
import { isMissing } from "../support/programs.ts";
import { answers, callee, caller, hears, type MessageWords, message } from "../support/sipp-script.ts";
import { ANSWERS_LINE, CALLS_LINE, IS_LEFT } from "../support/sipp-steps.ts";

const skip = isMissing("sipp");

test("RFC 3428: SIPp writes to a line: the text stands in its log; what is no text is 415", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp(
    [
      message(1, "[user]", { type: "text/plain;charset=UTF-8", body: "grüß Gott" }),
      hears(200),
      message(2, "[user]", { type: "application/x-own", body: "x" }),
      hears(415, { has: { Accept: "text/plain" } }),
    ],
    { keys: { user: "777", peer: "101" } },
  );
  const { text } = await live.report(1, Report.MessageReceived);
  assert.equal(text, "777: grüß Gott");
  await script.succeeds();
});

test("RFC 3428: a line writes to SIPp, which takes it, or knows nobody of that name", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const taken = await sipp([
    hears("MESSAGE", { like: "^MESSAGE sip:555@", has: { "Content-Type": "text/plain" }, body: "are you there" }),
    answers("200 OK", { isOutside: true }),
  ]);
  live.box.orderLine(1, "message", "555 are you there");
  await live.report(1, Report.MessageSent);
  await taken.succeeds();
  const refused = await sipp([hears("MESSAGE"), answers("404 Not Found", { isOutside: true })]);
  live.box.orderLine(1, "message", "556 hello");
  assert.equal((await live.report(1, Report.MessageFailed)).text, "556: 404 Not Found");
  await refused.succeeds();
});

test("SIPp sends digits by INFO, and what a line does not know: 415, 469", { skip }, async (t) => {
  const { live, sipp } = await lineOfSipp(t);
  const script = await sipp([
    ...CALLS_LINE,
    caller.asks("INFO", 2, { type: "application/dtmf-relay", body: "Signal=5\nDuration=160\n" }),
    hears(200),
    caller.asks("INFO", 3, { type: "application/dtmf", body: "#" }),
    hears(200),
    caller.asks("INFO", 4, { type: "application/x-own", body: "x" }),
    hears(415, { has: { Accept: "application/dtmf-relay" } }),
    caller.asks("INFO", 5, { headers: ["Info-Package: x-own"], type: "application/x-own", body: "x" }),
    hears(469),
    ...IS_LEFT,
  ]);
  await live.answer(1);
  assert.equal((await live.report(1, Report.DigitReceived)).text, "5");
  assert.equal((await live.report(1, Report.DigitReceived)).text, "#");
  await live.sees(/: 469/, 1);
  await live.hang(1);
  await script.succeeds();
});

test("a line that sends its digits by INFO: SIPp gets each once", { skip }, async (t) => {
  const { live, phone, sipp } = await lineOfSipp(t, { dtmf: "info" });
  const digit = (key: string) => [
    hears("INFO", { has: { "Content-Type": "application/dtmf-relay" }, body: `Signal= ?${key}` }),
    answers("200 OK"),
  ];
  const script = await sipp([...ANSWERS_LINE, ...digit("1"), ...digit("9"), ...digit("#"), ...IS_LEFT]);
  await live.dial(1, "555");
  await live.report(1, Report.CallAnswered);
  await phone.dial("19#");
  await live.sees(/200 OK \(INFO\)/, 3);
  await live.hang(1);
  await script.succeeds();
});

test("RFC 3842: SIPp is a mailbox: the line asks it, and shows what it tells", { skip }, async (t) => {
  const told = (body: string, state: string): MessageWords => ({
    headers: ["Event: message-summary", `Subscription-State: ${state}`],
    type: "application/simple-message-summary",
    body,
  });
  const { live, sipp } = await lineOfSipp(t, { messageWaiting: true });
  const script = await sipp([
    hears("SUBSCRIBE", {
      has: { Event: "^ *message-summary", Accept: "application/simple-message-summary", Expires: "[1-9]" },
      keeps: { from: "From", to: "To" },
      isRoute: true,
    }),
    answers("200 OK", { headers: ["Expires: 3600"], isOutside: true }),
    callee.asks("NOTIFY", 1, told("Messages-Waiting: yes\nVoice-Message: 2/8 (1/2)\n", "active;expires=3600")),
    hears(200),
    callee.asks("NOTIFY", 2, told("Messages-Waiting: no\n", "active;expires=3600")),
    hears(200),
  ]);
  const first = await live.report(1, Report.MessagesWaiting);
  assert.equal(first.value, 1);
  assert.match(first.text, /2 new, 8 old/);
  assert.equal((await live.report(1, Report.MessagesWaiting)).value, 0);
  await script.succeeds();
});

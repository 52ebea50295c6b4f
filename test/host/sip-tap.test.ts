// What the ladder is told of each SIP message: who sent it to whom, in names that a person knows, and what it is, in a line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { simulatorConfig } from "../../host/config/simulator.ts";
import type { Config } from "../../host/config/types.ts";
import { summarise } from "../../host/net/sip-summary.ts";
import { SipTap } from "../../host/net/sip-tap.ts";
import type { SipEvent } from "../../host/status.ts";
import { writeSip } from "../support/sip-text.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const [HOST, SIP, SERVER] = ["127.0.0.1", 5070, 5060];

const bytesOf = (startLine: string, more: [string, string][] = []): Buffer =>
  Buffer.from(
    writeSip(startLine, [
      ["Via", "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1"],
      ["From", '"Phone 1" <sip:101@127.0.0.1>;tag=a'],
      ["To", "<sip:102@127.0.0.1>"],
      ["Call-ID", "one@127.0.0.1"],
      ["CSeq", "7 INVITE"],
      ...more,
    ]),
  );

const INVITE = bytesOf("INVITE sip:102@127.0.0.1 SIP/2.0");
const RINGING = bytesOf("SIP/2.0 180 Ringing");

// In a line

test("a request is its method and whom it is for; a response its status and what it answers", () => {
  assert.deepEqual(summarise(INVITE), {
    isRequest: true,
    text: "INVITE 102",
    callId: "one@127.0.0.1",
    cSeq: "7 INVITE",
    from: "101",
    to: "102",
  });
  const ringing = summarise(RINGING);
  assert.equal(ringing?.text, "180 Ringing (INVITE)");
  assert.equal(ringing?.isRequest, false);
  assert.equal(
    summarise(Buffer.from("OPTIONS sip:example.org SIP/2.0\r\nTo: <sip:example.org>\r\n\r\n"))?.text,
    "OPTIONS",
  );
});

test("a user part that is longer than any is not shown, nor looked for", () => {
  const userOf = (uri: string) => summarise(Buffer.from(`OPTIONS sip:h SIP/2.0\r\nFrom: ${uri}\r\n\r\n`))?.from;
  assert.equal(userOf(`<sip:${"a".repeat(128)}@h>`), "a".repeat(128));
  assert.equal(userOf(`<sip:${"a".repeat(129)}@h>`), "");
  assert.equal(userOf("sip:".repeat(16_000)), "");
  assert.equal(userOf(`${"sip:".repeat(16_000)}101@h`)?.endsWith("sip:101"), true);
});

test("RFC 3261 §7.3.3: compact names and any case are read", () => {
  const text =
    "OPTIONS sip:bob@h SIP/2.0\r\nf: <sip:alice@h>;tag=1\r\nT: sip:bob@h\r\ni: abc\r\ncseq: 3 OPTIONS\r\n\r\n";
  const { from, to, callId, cSeq } = summarise(Buffer.from(text))!;
  assert.deepEqual([from, to, callId, cSeq], ["alice", "bob", "abc", "3 OPTIONS"]);
});

test("a field in a body is none of the header's, and of two the first counts", () => {
  const text =
    "INVITE sip:102@h SIP/2.0\r\nCall-ID: first\r\nCall-ID: second\r\nCSeq: 1 INVITE\r\n\r\nFrom: <sip:body@h>\r\n";
  const summary = summarise(Buffer.from(text))!;
  assert.equal(summary.callId, "first");
  assert.equal(summary.from, "");
});

test("what is no SIP message has no summary, and no bytes throw", () => {
  for (const text of [
    "",
    "\r\n\r\n",
    "\0\0\0\0",
    "GET / HTTP/1.1\r\n\r\n",
    "SIP/2.0 20 OK\r\n\r\n",
    "INVITE sip:102@h\r\n\r\n",
  ])
    assert.equal(summarise(Buffer.from(text)), undefined, JSON.stringify(text));
  for (let length = 0; length <= INVITE.length; length++) summarise(INVITE.subarray(0, length));
  assert.equal(summarise(Buffer.from("SIP/2.0 200 \r\n\r\n"))?.text.startsWith("200"), true);
});

// Who and to whom

function bench(change: (config: Config) => Config = (config) => config) {
  const config = change(simulatorConfig());
  const tap = new SipTap(new VirtualClock(), () => config);
  const events: SipEvent[] = [];
  const stop = tap.listen((event) => events.push(event));
  const ends = () => events.splice(0).map(({ from, to, summary }) => `${from} > ${to}: ${summary}`);
  return { tap, events, ends, stop };
}

test("a line is told by its user: in From of what it asks and what it is answered, in To of the rest", () => {
  const { tap, ends } = bench();
  tap.adapter("out", INVITE, HOST, SERVER);
  tap.adapter("in", RINGING, HOST, SERVER);
  tap.adapter("in", INVITE, HOST, SERVER);
  tap.adapter("out", RINGING, HOST, SERVER);
  assert.deepEqual(ends(), [
    "phone1 101 > server: INVITE 102",
    "server > phone1 101: 180 Ringing (INVITE)",
    "server > phone2 102: INVITE 102",
    "phone2 102 > server: 180 Ringing (INVITE)",
  ]);
});

test("a user that is no line of ours is the adapter's", () => {
  const { tap, ends } = bench();
  const stranger = Buffer.from(INVITE.toString().replaceAll("sip:101@", "sip:999@"));
  tap.adapter("out", stranger, HOST, SERVER);
  assert.deepEqual(ends(), ["adapter > server: INVITE 102"]);
});

test("without the built-in server the peer is the registrar; others are known by their address", () => {
  const { tap, ends } = bench((config) => ({ ...config, server: { ...config.server, enabled: false } }));
  tap.adapter("out", INVITE, HOST, SERVER);
  tap.adapter("out", INVITE, "192.0.2.1", 5080);
  assert.deepEqual(ends(), ["phone1 101 > registrar: INVITE 102", "phone1 101 > 192.0.2.1:5080: INVITE 102"]);
});

test("a message between server and adapter is told once, by the adapter", () => {
  const { tap, ends } = bench();
  tap.server("in", INVITE, HOST, SIP);
  tap.server("out", RINGING, HOST, SIP);
  assert.deepEqual(ends(), []);
  tap.server("in", INVITE, "192.0.2.9", 5060);
  tap.server("out", RINGING, "192.0.2.9", 5060);
  assert.deepEqual(ends(), ["192.0.2.9:5060 > server: INVITE 102", "server > 192.0.2.9:5060: 180 Ringing (INVITE)"]);
});

test("an event has the time, the call and the direction; keep-alives are none", () => {
  const { tap, events } = bench();
  tap.adapter("out", Buffer.from("\r\n\r\n"), HOST, SERVER);
  tap.adapter("out", INVITE, HOST, SERVER);
  assert.deepEqual(events, [
    {
      time: 0,
      direction: "out",
      from: "phone1 101",
      to: "server",
      summary: "INVITE 102",
      callId: "one@127.0.0.1",
      cSeq: "7 INVITE",
    },
  ]);
});

test("nothing is read while nobody listens", () => {
  const { tap, stop, events } = bench();
  stop();
  const unread = new Proxy(INVITE, {
    get() {
      throw new Error("somebody read the message");
    },
  });
  tap.adapter("in", unread, HOST, SERVER);
  tap.server("in", unread, "192.0.2.9", 5060);
  assert.deepEqual(events, []);
});

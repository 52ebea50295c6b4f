// A server, two phones at it, and a call between them: what the tests of the proxy begin with.

import assert from "node:assert/strict";
import { BenchPhone } from "./bench-phone.ts";
import { type Build, DOMAIN, ServerBench } from "./server-bench.ts";
import { fieldOf, type SipMessage, writeSip } from "./sip-text.ts";

export const A = "198.51.100.1:5062";
export const B = "198.51.100.2:5064";
export const C = "198.51.100.3:5066";
export const D = "198.51.100.4:5068";
export const STRANGER = "203.0.113.66:5060";
export const SDP =
  "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
/** Buffers of the largest size: assembly/limits.ts. */
export const SERVER_BUFFERS_4096 = 256;
export const NOTHING = { transactions: 0, forwardings: 0, buffers: 0 };
const BERT = `sip:102@${DOMAIN}`;

export interface Site {
  bench: ServerBench;
  anna: BenchPhone;
  bert: BenchPhone;
}

export function proxySite(build: Build) {
  /** Anna is 101, Bert is 102, both registered. */
  function site(): Site {
    const bench = new ServerBench(build);
    const anna = new BenchPhone(bench, "101", A);
    const bert = new BenchPhone(bench, "102", B);
    assert.equal(anna.register().status, 200);
    assert.equal(bert.register().status, 200);
    return { bench, anna, bert };
  }

  /** Anna's INVITE has reached Bert. */
  function calling(more: [string, string][] = []): Site & { invite: SipMessage; received: SipMessage } {
    const { bench, anna, bert } = site();
    const invite = anna.request("INVITE", BERT, [["Content-Type", "application/sdp"], ...more], SDP);
    assert.equal(anna.takeOne().startLine, "SIP/2.0 100 Trying");
    return { bench, anna, bert, invite, received: bert.takeOne() };
  }

  /** After 64 s and no more nothing of any call is left. */
  function isClean(bench: ServerBench): void {
    bench.advance(64_001);
    assert.deepEqual(bench.used, NOTHING);
  }

  return { site, calling, isClean, BERT };
}

export function cancelOf(invite: SipMessage): string {
  const field = (name: string): [string, string] => [name, fieldOf(invite, name)];
  return writeSip(`CANCEL ${invite.uri} SIP/2.0`, [
    field("Via"),
    ["Max-Forwards", "70"],
    field("From"),
    field("To"),
    field("Call-ID"),
    ["CSeq", fieldOf(invite, "cseq").replace("INVITE", "CANCEL")],
  ]);
}

// Calls through the shipped module: RFC 3261 §16, with RFC 6026, 4320 and 5393.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unique } from "../../support/bench-phone.ts";
import { A, B, NOTHING, proxySite, SDP, STRANGER } from "../../support/proxy-site.ts";
import { BUILDS, DOMAIN, SERVER } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, parameterOf, type SipMessage, writeSip } from "../../support/sip-text.ts";

for (const build of BUILDS) {
  describe(`proxy, ${build} build`, () => {
    const { site, calling, isClean, BERT } = proxySite(build);

    it("RFC 3261 §16.6: an INVITE goes on to the contact, with our Via and Record-Route, one hop less, without credentials for us", () => {
      const { invite, received } = calling([
        ["Subject", "lunch"],
        ["X-Other", "kept"],
        ["P-Asserted-Identity", "<sip:queen@palace.example>"],
      ]);
      assert.equal(received.startLine, `INVITE sip:102@${B} SIP/2.0`);
      const vias = fieldsOf(received, "via");
      assert.equal(vias.length, 2);
      assert.match(vias[0] as string, /^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;rport;branch=z9hG4bK[0-9a-f]{24}$/);
      assert.equal(parameterOf(vias[1] as string, "branch"), parameterOf(fieldOf(invite, "via"), "branch"));
      assert.equal(parameterOf(vias[1] as string, "received"), "198.51.100.1");
      assert.equal(parameterOf(vias[1] as string, "rport"), "5062");
      assert.match(fieldOf(received, "record-route"), /^<sip:192\.0\.2\.1:5060;lr;token=[0-9a-f]{32}>$/);
      assert.equal(fieldOf(received, "max-forwards"), "69");
      assert.deepEqual(fieldsOf(received, "proxy-authorization"), []);
      assert.deepEqual(fieldsOf(received, "p-asserted-identity"), []);
      for (const name of ["from", "to", "call-id", "cseq", "contact", "subject", "x-other", "content-type"])
        assert.equal(fieldOf(received, name), fieldOf(invite, name), name);
      assert.equal(received.body, SDP);
      assert.equal(fieldOf(received, "content-length"), `${SDP.length}`);
    });

    it("a whole call: INVITE, 100, 180, 200, ACK, re-INVITE, BYE, and nothing is left", () => {
      const { bench, anna, bert, invite, received } = calling();
      assert.ok(bench.reports.includes("CallRouted 101 102"));
      bert.answer(received, "180 Ringing");
      const ringing = anna.takeOne();
      assert.equal(ringing.status, 180);
      assert.equal(fieldsOf(ringing, "via").length, 1, "§16.7 step 3: our Via is gone");
      bert.answer(received, "200 OK", [["Content-Type", "application/sdp"]], SDP);
      const ok = anna.takeOne();
      assert.equal(ok.status, 200);
      assert.equal(ok.body, SDP);
      assert.equal(fieldOf(ok, "record-route"), fieldOf(received, "record-route"));

      anna.send(anna.dialogRequest("ACK", invite, ok, true));
      const ack = bert.takeOne();
      assert.equal(ack.startLine, `ACK sip:102@${B} SIP/2.0`);
      assert.deepEqual(fieldsOf(ack, "route"), []);
      assert.equal(fieldsOf(ack, "via").length, 2);

      anna.send(anna.dialogRequest("INVITE", invite, ok, true, [["Contact", `<${anna.contact}>`]]));
      assert.equal(anna.takeOne().status, 100);
      const again = bert.takeOne();
      assert.equal(again.method, "INVITE");
      bert.answer(again, "200 OK");
      assert.equal(anna.takeOne().status, 200);
      anna.send(anna.dialogRequest("ACK", again, ok, true));
      bert.takeOne();

      bert.send(bert.dialogRequest("BYE", invite, ok, false));
      const bye = anna.takeOne();
      assert.equal(bye.startLine, `BYE sip:101@${A} SIP/2.0`);
      assert.deepEqual(fieldsOf(bye, "route"), []);
      anna.answer(bye, "200 OK");
      assert.equal(bert.takeOne().status, 200);
      isClean(bench);
    });

    it("RFC 3261 §16.11: a retransmitted ACK leaves with the same branch", () => {
      const { anna, bert, invite, received } = calling();
      bert.answer(received, "200 OK");
      const ack = anna.dialogRequest("ACK", invite, anna.takeOne(), true);
      anna.send(ack);
      anna.send(ack);
      const [first, second] = bert.take();
      assert.ok(first && second);
      assert.equal(first.text, second.text);
    });

    it("RFC 6026 §7: the callee's repeated 200 passes until the transactions end", () => {
      const { bench, anna, bert, received } = calling();
      bert.answer(received, "200 OK");
      anna.takeOne();
      for (let repeat = 0; repeat < 5; repeat++) {
        bench.advance(4000);
        bert.answer(received, "200 OK");
        assert.equal(anna.takeOne().status, 200);
      }
      bench.advance(32_000);
      bert.answer(received, "200 OK");
      assert.deepEqual(anna.take(), []);
      assert.equal(bench.counter("SipUnmatchedResponse"), 1);
      isClean(bench);
    });

    for (const [status, passed] of [
      ["486 Busy Here", 486],
      ["480 Temporarily Unavailable", 480],
      ["603 Decline", 603],
      ["302 Moved Temporarily", 302],
      ["503 Service Unavailable", 500],
    ] as const) {
      it(`a callee's ${status} reaches the caller as ${passed} and is acknowledged on both sides`, () => {
        const { bench, anna, bert, invite, received } = calling();
        bert.answer(received, status);
        const ack = bert.takeOne();
        assert.equal(ack.method, "ACK");
        assert.equal(fieldOf(ack, "via"), fieldOf(received, "via"));
        assert.equal(parameterOf(fieldOf(ack, "to"), "tag"), "callee-102");
        const final = anna.takeOne();
        assert.equal(final.status, passed);
        anna.send(anna.ackText(invite.fields, BERT, final));
        bench.advance(5000);
        assert.deepEqual(anna.take(), [], "the ACK stops retransmissions");
        isClean(bench);
      });
    }

    it("RFC 3261 §17.2.1: an unacknowledged 486 is repeated for 32 s", () => {
      const { bench, anna, bert, received } = calling();
      bert.answer(received, "486 Busy Here");
      bench.advance(33_000);
      const copies = anna.take();
      assert.equal(copies.length, 11);
      assert.ok(copies.every(({ status }) => status === 486));
      isClean(bench);
    });

    it("a callee that never answers is asked for 32 s, then the caller gets 408", () => {
      const { bench, anna, bert } = calling();
      bench.advance(31_999);
      assert.deepEqual(anna.take(), []);
      assert.equal(bert.take().length, 6);
      bench.advance(1);
      assert.equal(anna.takeOne().status, 408);
      isClean(bench);
    });

    it("the server's own refusals: 404 for no such user and no such domain, 480 for nobody registered", () => {
      const { bench, anna } = site();
      for (const [uri, status] of [
        [`sip:999@${DOMAIN}`, 404],
        ["sip:102@elsewhere.example", 404],
        ["sip:102@203.0.113.9", 404],
        [`sip:${DOMAIN}`, 404],
        [`sip:103@${DOMAIN}`, 480],
      ] as const) {
        const invite = anna.request("INVITE", uri);
        const final = anna.takeOne();
        assert.equal(final.status, status, uri);
        anna.send(anna.ackText(invite.fields, uri, final));
      }
      assert.equal(bench.counter("CallsRefused"), 5);
      isClean(bench);
    });

    it("RFC 3261 §16.3: 483, 416 and 420 before anything else is asked", () => {
      const { anna } = site();
      const ask = (uri: string, more: [string, string][], hops = "70"): SipMessage => {
        const fields = anna
          .fields("INVITE", BERT, more)
          .map(([name, value]): [string, string] => [name, name === "Max-Forwards" ? hops : value]);
        anna.send(writeSip(`INVITE ${uri} SIP/2.0`, fields));
        return anna.takeOne();
      };
      assert.equal(ask(BERT, [], "0").status, 483);
      assert.equal(ask("tel:+4930123", []).status, 416);
      assert.equal(ask(`sips:102@${DOMAIN}`, []).status, 416);
      assert.equal(ask("http://example.org/", []).status, 416);
      const extension = ask(BERT, [["Proxy-Require", "teleport"]]);
      assert.equal(extension.status, 420);
      assert.equal(fieldOf(extension, "unsupported"), "teleport");
    });

    it("RFC 5393 §4.2: what comes back unchanged is a loop, what comes back for another user is not", () => {
      const { anna, bert, received } = calling();
      const vias = fieldsOf(received, "via").map((via): [string, string] => ["Via", via]);
      const back = (uri: string): number => {
        const rest = received.fields.filter(([name]) => name !== "via" && name !== "content-length");
        bert.send(writeSip(`INVITE ${uri} SIP/2.0`, [["Via", bert.via()], ...vias, ...rest], SDP));
        return bert.takeOne().status;
      };
      assert.equal(back(BERT), 482);
      assert.equal(back(`sip:103@${DOMAIN}`), 407);
      assert.deepEqual(anna.take(), []);
    });

    it("OPTIONS to the server is answered to anybody; to a user only for users", () => {
      const { bench, bert } = site();
      const options = (uri: string): SipMessage => {
        bench.receive(
          STRANGER,
          writeSip(`OPTIONS ${uri} SIP/2.0`, [
            ["Via", `SIP/2.0/UDP ${STRANGER};branch=z9hG4bK${unique("o")};rport`],
            ["From", "<sip:ping@ping.example>;tag=1"],
            ["To", `<${uri}>`],
            ["Call-ID", unique("o")],
            ["CSeq", "1 OPTIONS"],
            ["Max-Forwards", "0"],
          ]),
        );
        return bench.takeOne(STRANGER);
      };
      for (const uri of [`sip:${SERVER}`, "sip:192.0.2.1", `sip:${DOMAIN}`]) {
        const answer = options(uri);
        assert.equal(answer.status, 200, uri);
        assert.match(fieldOf(answer, "allow"), /INVITE, ACK, CANCEL/);
      }
      assert.equal(options(BERT).status, 483);
      assert.deepEqual(bert.take(), []);
      assert.deepEqual({ ...bench.used, transactions: 0, buffers: 0 }, NOTHING);
    });
  });
}

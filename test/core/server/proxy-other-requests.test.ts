// What passes the proxy beside calls, and what is too much or too little for it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { A, B, proxySite, SERVER_BUFFERS_4096, STRANGER } from "../../support/proxy-site.ts";
import { BUILDS, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, respondTo, type SipMessage, writeSip } from "../../support/sip-text.ts";

for (const build of BUILDS) {
  describe(`proxy, other requests, ${build} build`, () => {
    const { site, calling, isClean, BERT } = proxySite(build);

    it("a message to a user passes with its answer; RFC 4320 §4.2: one that nobody answers gets no 408", () => {
      const { bench, anna, bert } = site();
      anna.request("MESSAGE", BERT, [["Content-Type", "text/plain"]], "hello");
      const message = bert.takeOne();
      assert.equal(message.body, "hello");
      assert.deepEqual(fieldsOf(message, "record-route"), []);
      bert.answer(message, "200 OK");
      assert.equal(anna.takeOne().status, 200);
      isClean(bench);
      anna.request("MESSAGE", BERT, [["Content-Type", "text/plain"]], "again");
      bench.advance(64_000);
      assert.deepEqual(anna.take(), []);
      assert.equal(bert.take().length, 11);
      isClean(bench);
    });

    it("RFC 6665 §4.1: a subscription forms a dialog, its NOTIFY finds the way back", () => {
      const { bench, anna, bert } = site();
      const subscribe = anna.request("SUBSCRIBE", BERT, [["Event", "dialog"]]);
      const received = bert.takeOne();
      assert.match(fieldOf(received, "record-route"), /;lr;token=/);
      bert.answer(received, "200 OK", [["Expires", "600"]]);
      const ok = anna.takeOne();
      bert.send(bert.dialogRequest("NOTIFY", subscribe, ok, false, [["Subscription-State", "active"]]));
      const notify = anna.takeOne();
      assert.equal(notify.uri, `sip:101@${A}`);
      anna.answer(notify, "200 OK");
      assert.equal(bert.takeOne().status, 200);
      isClean(bench);
    });

    it("RFC 3261 §16.7 step 3: a response that has lost the caller's Via is not taken for an answer", () => {
      const { bench, anna, bert, received } = calling();
      const [ours = "", theirs = ""] = fieldsOf(received, "via");
      for (const status of ["180 Ringing", "486 Busy Here", "200 OK"]) {
        const text = respondTo(received, status, "x");
        assert.ok(text.includes(theirs));
        bert.send(text.replace(`via: ${theirs}\r\n`, ""));
        assert.deepEqual(anna.take(), [], status);
        bert.send(text.replace(`via: ${theirs}\r\n`, "").replace(ours, `${ours}, `));
        assert.deepEqual(anna.take(), [], `${status}, an empty value`);
      }
      assert.deepEqual(bert.take(), []);
      bert.send(
        respondTo(received, "180 Ringing", "x").replace(`via: ${ours}\r\nvia: ${theirs}`, `v: ${ours} , ${theirs}`),
      );
      assert.deepEqual(fieldsOf(anna.takeOne(), "via"), [theirs], "two values in one field are two");
      bert.answer(received, "486 Busy Here");
      assert.equal(anna.takeOne().status, 486);
      isClean(bench);
    });

    it("RFC 3262 §3: a PRACK goes the way of the provisional response that it acknowledges", () => {
      const { bench, anna, bert, invite, received } = calling([["Supported", "100rel"]]);
      bert.answer(received, "183 Session Progress", [
        ["Require", "100rel"],
        ["RSeq", "1"],
        ["Contact", `<${bert.contact}>`],
      ]);
      const progress = anna.takeOne();
      assert.equal(fieldOf(progress, "rseq"), "1");
      anna.send(anna.dialogRequest("PRACK", invite, progress, true, [["RAck", "1 2 INVITE"]]));
      const prack = bert.takeOne();
      assert.equal(prack.uri, `sip:102@${B}`);
      assert.equal(fieldOf(prack, "rack"), "1 2 INVITE");
      bert.answer(prack, "200 OK");
      assert.equal(anna.takeOne().status, 200);
      bert.answer(received, "486 Busy Here");
      assert.equal(anna.takeOne().status, 486);
      isClean(bench);
    });

    it("IPv6 phones call each other, and an IPv4 phone calls an IPv6 one", () => {
      const bench = new ServerBench(build);
      bench.setEndpoint(1, "[2001:db8:0:0:0:0:0:1]:5060");
      const anna = new BenchPhone(bench, "101", A);
      const bert = new BenchPhone(bench, "102", "[2001:db8:0:0:0:0:0:2]:5064");
      anna.register();
      assert.equal(bert.register().status, 200);
      const invite = anna.request("INVITE", BERT);
      anna.takeOne();
      const received = bert.takeOne();
      assert.match(fieldOf(received, "via"), /^SIP\/2\.0\/UDP \[2001:db8::1\]:5060;/);
      bert.answer(received, "200 OK");
      const ok = anna.takeOne();
      anna.send(anna.dialogRequest("ACK", invite, ok, true));
      assert.equal(bert.takeOne().method, "ACK");
    });

    it("RFC 3261 §8.2.2 and §21.4.1: a malformed request is answered when it can be, a malformed response never", () => {
      const { bench } = site();
      const fields: [string, string][] = [
        ["Via", `SIP/2.0/UDP ${STRANGER};branch=z9hG4bKm;rport`],
        ["From", "<sip:a@b.example>;tag=1"],
        ["To", `<${BERT}>`],
        ["Call-ID", "m"],
        ["CSeq", "1 INVITE"],
      ];
      const ask = (
        line: string,
        change: (fields: [string, string][]) => [string, string][] = (all) => all,
      ): number[] => {
        bench.receive(STRANGER, writeSip(line, change(fields)));
        return bench.take(STRANGER).map(({ status }) => status);
      };
      assert.deepEqual(
        ask(`INVITE ${BERT} SIP/2.0`, (all) =>
          all.map(([name, value]) => [name, name === "CSeq" ? "1 OPTIONS" : value]),
        ),
        [400],
      );
      assert.deepEqual(ask(`INVITE ${BERT} SIP/7.0`), [505]);
      assert.deepEqual(
        ask(`INVITE ${BERT} SIP/2.0`, (all) => [...all, ["Content-Length", "900"]]),
        [400],
      );
      assert.deepEqual(
        ask(`INVITE ${BERT} SIP/2.0`, (all) => all.slice(1)),
        [],
      );
      assert.deepEqual(ask("SIP/2.0 999 What"), []);
      assert.deepEqual(ask("SIP/2.0 200 OK"), []);
      bench.receive(STRANGER, "\r\n\r\n");
      assert.equal(bench.counter("SipKeepAlive"), 1);
      assert.deepEqual(bench.take(STRANGER), []);
    });

    it("a callee's refusal reaches the caller though every buffer that could hold it is taken", () => {
      const { bench, anna, bert } = site();
      const ring = (): SipMessage => {
        anna.request("INVITE", BERT, [], "x".repeat(2500));
        assert.equal(anna.takeOne().status, 100);
        return bert.takeOne();
      };
      const received = ring();
      for (let taken = 3; taken < SERVER_BUFFERS_4096; taken++) ring();
      bert.answer(ring(), "183 Session Progress", [], "y".repeat(2500));
      assert.equal(anna.takeOne().status, 183);
      bert.answer(received, "486 Busy Here", [], "y".repeat(2500));
      assert.equal(bert.takeOne().method, "ACK");
      const refusal = anna.takeOne();
      assert.deepEqual([refusal.status, refusal.body.length], [486, 2500]);
      bench.advance(500);
      assert.deepEqual(anna.take(), [], "there is nothing that could be repeated");
      bench.advance(250_000); // Timer C, and the CANCEL that follows it
      isClean(bench);
    });

    it("a request too large to pass on is 513", () => {
      const { anna, bert } = site();
      const large = writeSip(`INVITE ${BERT} SIP/2.0`, anna.fields("INVITE", BERT), "x".repeat(4096));
      anna.send(large);
      assert.equal(anna.takeOne().status, 513);
      anna.request("INVITE", BERT, [], "x".repeat(3000));
      assert.equal(anna.takeOne().status, 100);
      assert.equal(bert.takeOne().body.length, 3000);
    });
  });
}

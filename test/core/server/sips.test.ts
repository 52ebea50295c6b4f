// Addresses that want TLS all the way, at the server: RFC 5630 §5.3 and §5.4, RFC 3261 §26.2.2.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { BUILDS, DOMAIN, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, respondTo, type SipMessage, writeSip } from "../../support/sip-text.ts";

const SERVER_TLS = "192.0.2.1:5061";
const ANNA = `sips:101@${DOMAIN}`;
const BERT = `sips:102@${DOMAIN}`;
const BERT_CONTACT = "sips:102@198.51.100.2:5061";
const SDP = "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
const NOTHING = { transactions: 0, forwardings: 0, buffers: 0 };

for (const build of BUILDS) {
  describe(`sips, ${build} build`, () => {
    /** Anna and Bert by TLS, Bert with a sips contact; Carl by datagrams. */
    function site() {
      const bench = new ServerBench(build);
      bench.setEndpoint(1, `${SERVER_TLS}/tls`);
      const anna = new BenchPhone(bench, "101", "198.51.100.1:40001/tls#5");
      const bert = new BenchPhone(bench, "102", "198.51.100.2:40002/tls#6");
      const carl = new BenchPhone(bench, "103", "198.51.100.3:5060");
      anna.contact = "sips:101@198.51.100.1:5061";
      bert.contact = BERT_CONTACT;
      for (const phone of [anna, bert, carl]) assert.equal(phone.register().status, 200);
      return { bench, anna, bert, carl };
    }

    function calling(from: BenchPhone, to: BenchPhone, target: string): [SipMessage, SipMessage] {
      const invite = from.request("INVITE", target, [["Content-Type", "application/sdp"]], SDP);
      assert.equal(from.takeOne().status, 100);
      return [invite, to.takeOne()];
    }

    it("a call to a sips address goes by TLS to a sips contact, and its route is a sips URI (RFC 3261 §16.6)", () => {
      const { bench, anna, bert } = site();
      const [invite, received] = calling(anna, bert, BERT);
      assert.equal(received.startLine, `INVITE ${BERT_CONTACT} SIP/2.0`);
      assert.match(fieldOf(received, "via"), /^SIP\/2\.0\/TLS 192\.0\.2\.1:5061;/);
      const routes = fieldsOf(received, "record-route");
      assert.equal(routes.length, 1);
      assert.match(routes[0] ?? "", /^<sips:192\.0\.2\.1:5061;lr;token=/);
      bert.answer(received, "200 OK", [["Record-Route", routes.join(", ")]], SDP);
      const answer = anna.takeOne();
      assert.equal(answer.status, 200);
      anna.send(anna.dialogRequest("ACK", invite, answer, true));
      assert.equal(bert.takeOne().startLine, `ACK ${BERT_CONTACT} SIP/2.0`);
      bert.send(bert.dialogRequest("BYE", received, answer, false));
      const bye = anna.takeOne();
      assert.equal(bye.startLine, "BYE sips:101@198.51.100.1:5061 SIP/2.0");
      anna.send(respondTo(bye, "200 OK", "x"));
      assert.equal(bert.takeOne().status, 200);
      bench.advance(64_001);
      assert.deepEqual(bench.used, NOTHING);
    });

    it("RFC 5630 §5.3: nobody without a sips contact is reached by a sips address: 480, and a Warning that says why", () => {
      const { bench, anna } = site();
      const invite = anna.request("INVITE", `sips:103@${DOMAIN}`, [["Content-Type", "application/sdp"]], SDP);
      const [trying, refusal] = anna.take();
      assert.deepEqual([trying?.status, refusal?.status], [100, 480]);
      assert.equal(fieldOf(refusal as SipMessage, "warning"), '380 tipring "SIPS Not Allowed"');
      anna.send(anna.ackText(invite.fields, `sips:103@${DOMAIN}`, refusal as SipMessage));
      assert.deepEqual(bench.sent, []);
      bench.advance(64_001);
      assert.deepEqual(bench.used, NOTHING);
    });

    it("a contact of sip over TLS is none of sips: 480", () => {
      const { bench, anna } = site();
      const dora = new BenchPhone(bench, "103", "198.51.100.3:40003/tls#7");
      assert.equal(dora.register().status, 200);
      anna.request("INVITE", `sips:103@${DOMAIN}`, [["Content-Type", "application/sdp"]], SDP);
      assert.deepEqual(
        anna.take().map(({ status }) => status),
        [100, 480],
      );
      assert.deepEqual(bench.sent, []);
    });

    it("RFC 5630 §5.3: who calls a sip address calls a sips contact by its sip URI", () => {
      const { carl, bert } = site();
      const [, received] = calling(carl, bert, `sip:102@${DOMAIN}`);
      assert.equal(received.startLine, "INVITE sip:102@198.51.100.2:5061 SIP/2.0");
      assert.match(fieldsOf(received, "record-route").join(), /^<sip:/);
    });

    it("RFC 3261 §26.2.2: what does not come by TLS is refused with 403, and rings nobody", () => {
      const { bench, carl } = site();
      carl.send(writeSip(`INVITE ${BERT} SIP/2.0`, carl.fields("INVITE", BERT)));
      assert.equal(carl.takeOne().status, 403);
      carl.send(carl.registerText([]).replace(`REGISTER sip:`, "REGISTER sips:"));
      assert.equal(carl.takeOne().status, 403);
      assert.deepEqual(bench.sent, []);
    });

    it("RFC 5630 §5.4: a sips contact is bound only when it comes by TLS", () => {
      const { bench, carl } = site();
      assert.equal(carl.register([], "sips:103@198.51.100.3").status, 400);
      assert.deepEqual(
        bench.bindings().map(({ contact }) => contact),
        ["sips:101@198.51.100.1:5061", BERT_CONTACT, "sip:103@198.51.100.3:5060"],
      );
    });

    it("a user is the same by sip and by sips: REGISTER for the sips address, a call to the sip address", () => {
      const { bench, anna, bert } = site();
      const text = anna.registerText([]).replaceAll(`sip:${DOMAIN}`, `sips:${DOMAIN}`);
      anna.send(text.replaceAll("<sip:101@example", "<sips:101@example"));
      assert.equal(anna.takeOne().status, 401);
      const [, received] = calling(bert, anna, ANNA);
      assert.equal(received.startLine, "INVITE sips:101@198.51.100.1:5061 SIP/2.0");
      assert.equal(bench.bindings().length, 3);
    });

    it("without a port for TLS sips is a scheme that nobody knows: 416", () => {
      const bench = new ServerBench(build);
      const anna = new BenchPhone(bench, "101", "198.51.100.1:5060");
      anna.send(writeSip(`INVITE ${BERT} SIP/2.0`, anna.fields("INVITE", BERT)));
      assert.equal(anna.takeOne().status, 416);
    });
  });
}

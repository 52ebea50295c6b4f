// Phones that come by TCP and TLS, through the shipped module: RFC 3261 §18, RFC 5626 §3.5.1, RFC 5658.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { BUILDS, DOMAIN, SERVER, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, parameterOf, respondTo, type SipMessage, writeSip } from "../../support/sip-text.ts";

/** Anna's connection comes from a port where nobody listens. */
const A = "198.51.100.1:40001/tcp#5";
const B = "198.51.100.2:5064";
const BERT = `sip:102@${DOMAIN}`;
const ANNA = `sip:101@${DOMAIN}`;
const SDP = "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
const NOTHING = { transactions: 0, forwardings: 0, buffers: 0 };
const LONG = `a=${"x".repeat(1400)}\r\n`;

for (const build of BUILDS) {
  describe(`streams, ${build} build`, () => {
    function empty(): ServerBench {
      const bench = new ServerBench(build);
      bench.setEndpoint(1, `${SERVER}/tcp`);
      bench.setEndpoint(2, "192.0.2.1:5061/tls");
      return bench;
    }

    /** Anna by a connection, Bert by datagrams. */
    function site(addressOfAnna = A, addressOfBert = B) {
      const bench = empty();
      const anna = new BenchPhone(bench, "101", addressOfAnna);
      anna.contact = "sip:101@198.51.100.1:5062;transport=tcp";
      const bert = new BenchPhone(bench, "102", addressOfBert);
      assert.equal(anna.register().status, 200);
      assert.equal(bert.register().status, 200);
      return { bench, anna, bert };
    }

    function calling(from: BenchPhone, to: BenchPhone, target: string, body = SDP): [SipMessage, SipMessage] {
      const invite = from.request("INVITE", target, [["Content-Type", "application/sdp"]], body);
      assert.equal(from.takeOne().status, 100);
      return [invite, to.takeOne()];
    }

    it("RFC 3261 §18.1.1: who has registered by a connection is called by it, and answers by it", () => {
      const { bench, anna, bert } = site();
      const [invite, received] = calling(bert, anna, ANNA);
      assert.equal(received.startLine, "INVITE sip:101@198.51.100.1:5062;transport=tcp SIP/2.0");
      assert.match(fieldOf(received, "via"), /^SIP\/2\.0\/TCP 192\.0\.2\.1:5060;/);
      anna.answer(received, "200 OK", [["Record-Route", fieldsOf(received, "record-route").join(", ")]], SDP);
      const answer = bert.takeOne();
      assert.equal(answer.status, 200);
      bert.send(bert.dialogRequest("ACK", invite, answer, true));
      assert.equal(anna.takeOne().method, "ACK", "along the connection that the route names");
      anna.send(anna.dialogRequest("BYE", received, answer, false));
      const bye = bert.takeOne();
      assert.equal(bye.method, "BYE");
      bert.send(respondTo(bye, "200 OK", "x"));
      assert.equal(anna.takeOne().status, 200);
      bench.advance(64_001);
      assert.deepEqual(bench.used, NOTHING);
    });

    it("RFC 5658 §4: between two transports there are two Record-Route fields, the callee's side first; within one there is one", () => {
      const { anna, bert } = site();
      const [, received] = calling(anna, bert, BERT);
      const routes = fieldsOf(received, "record-route");
      assert.equal(routes.length, 2);
      assert.match(routes[0] ?? "", /^<sip:192\.0\.2\.1:5060;lr;token=/);
      assert.match(routes[1] ?? "", /^<sip:192\.0\.2\.1:5060;transport=tcp;lr;token=/);
      const both = site(A, "198.51.100.2:40002/tcp#6");
      assert.equal(fieldsOf(calling(both.anna, both.bert, BERT)[1], "record-route").length, 1);
    });

    it("a route that names a connection leads along it for its own dialog only", () => {
      const { bench, anna, bert } = site();
      const [invite, received] = calling(bert, anna, ANNA);
      anna.answer(received, "200 OK", [["Record-Route", fieldsOf(received, "record-route").join(", ")]], SDP);
      const answer = bert.takeOne();
      const ack = bert.dialogRequest("ACK", invite, answer, true);
      const other = ack.replace(/callee=[0-9a-f]+/g, (flow) => `${flow.slice(0, -8)}09000000`);
      assert.notEqual(other, ack);
      bert.send(other);
      bert.send(ack.replace(/^Call-ID: .*$/m, "Call-ID: another"));
      assert.deepEqual(bench.sent, []);
      bert.send(ack);
      assert.equal(anna.takeOne().method, "ACK");
    });

    it("a response to a connection that has gone is sent by a new one, to where the Via says (RFC 3261 §18.2.2)", () => {
      const { bench, anna, bert } = site();
      anna.via = () => "SIP/2.0/TCP 198.51.100.1:5062;branch=z9hG4bKlost";
      const [, received] = calling(anna, bert, BERT);
      bench.close(A);
      bert.answer(received, "180 Ringing");
      const ringing = bench.sent.splice(0)[0];
      assert.equal(ringing?.to, A);
      if (ringing) bench.fail(ringing);
      assert.equal(bench.takeOne("198.51.100.1:5062/tcp").status, 180);
    });

    it("RFC 5626 §5.3: a connection that ends takes a registration with it that no other one leads to", () => {
      const { bench, anna } = site();
      const carl = new BenchPhone(bench, "103", "198.51.100.3:40003/tcp#8");
      carl.contact = "sip:103@phone.invalid;transport=tcp";
      assert.equal(carl.register().status, 200);
      bench.close(carl.address);
      bench.close(anna.address);
      assert.deepEqual(
        bench.bindings().map(({ user, source }) => [user, source]),
        [
          ["101", "198.51.100.1:5062/tcp"],
          ["102", B],
        ],
        "Anna says where she listens",
      );
    });

    it("a request whose connection ends goes once more by a new one, then it has failed: the caller hears 500 at once", () => {
      const { bench, anna, bert } = site();
      const [, received] = calling(bert, anna, ANNA);
      bench.close(A);
      const again = bench.takeOne("198.51.100.1:5062/tcp");
      assert.equal(again.text, received.text, "the same request, by another connection");
      bench.close("198.51.100.1:5062/tcp#17");
      bench.advance(0);
      assert.equal(bert.takeOne().status, 500);
    });

    it("a request whose connection can't be had: 500 to the caller (RFC 3261 §16.9)", () => {
      const { bench, anna, bert } = site();
      bench.close(anna.address);
      bert.request("INVITE", ANNA, [["Content-Type", "application/sdp"]], SDP);
      assert.equal(bert.takeOne().status, 100);
      const [lost] = bench.sent.splice(0);
      assert.equal(lost?.to, "198.51.100.1:5062/tcp");
      if (lost) bench.fail(lost);
      assert.equal(bert.takeOne().status, 500);
    });

    it("RFC 3261 §18.1.1: a request too long for a datagram goes by TCP; where nobody takes that, by UDP after all", () => {
      const { bench, anna, bert } = site();
      bert.contact = `sip:102@${B}`;
      anna.request("INVITE", BERT, [["Content-Type", "application/sdp"]], SDP + LONG);
      assert.equal(anna.takeOne().status, 100);
      const [first] = bench.sent.splice(0);
      assert.equal(first?.to, `${B}/tcp`);
      assert.match(fieldOf(first?.message as SipMessage, "via"), /^SIP\/2\.0\/TCP /);
      if (first) bench.fail(first);
      const second = bert.takeOne();
      assert.match(fieldOf(second, "via"), /^SIP\/2\.0\/UDP /);
      assert.equal(second.body, SDP + LONG);
      bert.answer(second, "486 Busy Here");
      assert.equal(bert.takeOne().method, "ACK");
      assert.equal(anna.takeOne().status, 486);
    });

    it("a request too long for a datagram stays one for a phone behind a NAT: there is no other way to it", () => {
      const { bench, anna, bert } = site();
      bert.contact = "sip:102@10.0.0.2:5064";
      assert.equal(bert.register().status, 200);
      bench.sent.splice(0);
      anna.request("INVITE", BERT, [["Content-Type", "application/sdp"]], SDP + LONG);
      anna.takeOne();
      const all = bench.sent.map(({ to }) => to);
      assert.ok(all.includes(B), all.join());
    });

    it("RFC 3581 §4: over UDP an answer goes to the port it came from when rport asks for it, else to the Via's", () => {
      const bench = empty();
      const options = (via: string) =>
        writeSip(`OPTIONS sip:${DOMAIN} SIP/2.0`, [
          ["Via", via],
          ["From", "<sip:x@example.net>;tag=1"],
          ["To", `<sip:${DOMAIN}>`],
          ["Call-ID", `rport${via.length}`],
          ["CSeq", "1 OPTIONS"],
        ]);
      bench.receive("198.51.100.9:6000", options("SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKr1;rport"));
      const answer = bench.takeOne("198.51.100.9:6000");
      assert.equal(parameterOf(fieldOf(answer, "via"), "rport"), "6000");
      assert.equal(parameterOf(fieldOf(answer, "via"), "received"), "198.51.100.9");
      bench.receive("198.51.100.9:6000", options("SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKr2"));
      assert.equal(bench.takeOne("198.51.100.9:5070").status, 200);
    });

    it("RFC 3261 §18.3: a message without Content-Length is 400, one too large 513, and the connection is closed", () => {
      for (const [length, status] of [
        ["", 400],
        ["Content-Length: 4096\r\n", 513],
        ["Content-Length: -1\r\n", 400],
      ] as const) {
        const bench = empty();
        const text = writeSip(`OPTIONS sip:${DOMAIN} SIP/2.0`, [
          ["Via", "SIP/2.0/TCP 198.51.100.9;branch=z9hG4bKx"],
          ["From", "<sip:x@example.net>;tag=1"],
          ["To", `<sip:${DOMAIN}>`],
          ["Call-ID", "x"],
          ["CSeq", "1 OPTIONS"],
        ]).replace("Content-Length: 0\r\n", length);
        bench.receive("198.51.100.9:6000/tcp#3", text);
        assert.equal(bench.takeOne("198.51.100.9:6000/tcp#3").status, status);
        assert.deepEqual(bench.closed, [3]);
      }
    });

    it("a message that is begun and never gets whole: its connection is closed after 32 s, however slowly it drips", () => {
      const bench = empty();
      const text = `OPTIONS sip:${DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TCP 198.51.100.9;branch=z9hG4bKx\r\n`;
      bench.receive("198.51.100.8:6000/tcp#2", text);
      for (let second = 0; second < 31; second++) {
        bench.receive("198.51.100.9:6000/tcp#3", text.charAt(second));
        bench.advance(1000);
      }
      assert.deepEqual(bench.closed, []);
      bench.advance(999);
      assert.deepEqual(bench.closed, []);
      bench.advance(1);
      assert.deepEqual(bench.closed.sort(), [2, 3]);
      assert.equal(bench.call("nextTimeout"), Number.POSITIVE_INFINITY);
    });

    it("RFC 5626 §3.5.1: a ping is answered, within a message's neighbourhood or alone", () => {
      const bench = empty();
      bench.receive(A, "\r\n\r\n");
      assert.deepEqual(bench.pongs, [A]);
      bench.receive(A, "\r\n");
      bench.advance(5000);
      bench.receive(A, "\r\n");
      assert.deepEqual(bench.pongs, [A], "a line end alone is an answer");
    });

    it("messages cut anywhere, joined anyhow, get the same answers", () => {
      const texts = Array.from({ length: 3 }, (_, index) =>
        writeSip(`OPTIONS sip:${DOMAIN} SIP/2.0`, [
          ["Via", `SIP/2.0/TCP 198.51.100.9;branch=z9hG4bKcut${index}`],
          ["From", "<sip:x@example.net>;tag=1"],
          ["To", `<sip:${DOMAIN}>`],
          ["Call-ID", `cut${index}`],
          ["CSeq", "1 OPTIONS"],
        ]),
      );
      const stream = texts.join("\r\n");
      const bench = empty();
      for (let cut = 1; cut < stream.length; cut++) {
        const from = `198.51.100.9:6000/tcp#${(cut % 200) + 1}`;
        bench.receive(from, stream.slice(0, cut));
        bench.receive(from, stream.slice(cut));
        const answers = bench.take(from).map((answer) => [answer.status, fieldOf(answer, "call-id")]);
        assert.deepEqual(answers, [
          [200, "cut0"],
          [200, "cut1"],
          [200, "cut2"],
        ]);
      }
    });
  });
}

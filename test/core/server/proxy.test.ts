// Calls through the shipped module: RFC 3261 §16, with RFC 6026, 4320 and 5393.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone, BUILDS, DOMAIN, SERVER, ServerBench, Setting, unique } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, parameterOf, respondTo, type SipMessage, writeSip } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const B = "198.51.100.2:5064";
const C = "198.51.100.3:5066";
const D = "198.51.100.4:5068";
const STRANGER = "203.0.113.66:5060";
const SDP = "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
/** Buffers of the largest size: assembly/limits.ts. */
const SERVER_BUFFERS_4096 = 256;
const NOTHING = { transactions: 0, forwardings: 0, buffers: 0 };

interface Site {
  bench: ServerBench;
  anna: BenchPhone;
  bert: BenchPhone;
}

for (const build of BUILDS) {
  describe(`proxy, ${build} build`, () => {
    /** Anna is 101, Bert is 102, both registered. */
    function site(): Site {
      const bench = new ServerBench(build);
      const anna = new BenchPhone(bench, "101", A);
      const bert = new BenchPhone(bench, "102", B);
      assert.equal(anna.register().status, 200);
      assert.equal(bert.register().status, 200);
      return { bench, anna, bert };
    }

    const BERT = `sip:102@${DOMAIN}`;

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

    it("RFC 3261 §16.10: CANCEL is answered at once, reaches the callee, and the 487 comes back", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      const ok = anna.takeOne();
      assert.equal(ok.startLine, "SIP/2.0 200 OK");
      assert.match(fieldOf(ok, "cseq"), /CANCEL$/);
      const cancel = bert.takeOne();
      assert.equal(cancel.startLine, `CANCEL sip:102@${B} SIP/2.0`);
      assert.deepEqual(fieldsOf(cancel, "via"), [fieldOf(received, "via")], "§9.1: the INVITE's Via alone");
      for (const name of ["from", "to", "call-id"]) assert.equal(fieldOf(cancel, name), fieldOf(received, name));
      assert.equal(fieldOf(cancel, "cseq"), fieldOf(received, "cseq").replace("INVITE", "CANCEL"));
      bert.answer(cancel, "200 OK");
      bert.answer(received, "487 Request Terminated");
      assert.equal(bert.takeOne().method, "ACK");
      const final = anna.takeOne();
      assert.equal(final.status, 487);
      anna.send(anna.ackText(invite.fields, BERT, final));
      isClean(bench);
    });

    it("RFC 3261 §9.1: a callee that has said nothing is cancelled when it says its first word", () => {
      const { bench, anna, bert, invite, received } = calling();
      anna.send(cancelOf(invite));
      assert.equal(anna.takeOne().status, 200);
      assert.deepEqual(bert.take(), []);
      bert.answer(received, "180 Ringing");
      assert.equal(bert.takeOne().method, "CANCEL");
      assert.deepEqual(anna.take(), []);
      bert.answer(received, "487 Request Terminated");
      assert.equal(anna.takeOne().status, 487);
      isClean(bench);
    });

    it("a cancelled callee that never ends its INVITE is given up after 32 s: the caller gets 487", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      anna.takeOne();
      bench.advance(32_000);
      assert.equal(anna.takeOne().status, 487);
      isClean(bench);
    });

    it("a 200 that crosses the CANCEL wins (RFC 5407 §3.1.2)", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      anna.takeOne();
      bert.answer(received, "200 OK");
      assert.equal(anna.takeOne().status, 200);
      isClean(bench);
    });

    it("a CANCEL for nothing we know is 481, and one from another host than the INVITE's too", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      bench.receive(STRANGER, cancelOf(invite));
      assert.equal(bench.takeOne(STRANGER).status, 481);
      anna.send(cancelOf(invite).replace(/branch=z9hG4bK/, "branch=z9hG4bKx"));
      assert.equal(anna.takeOne().status, 481);
      assert.deepEqual(bert.take(), []);
    });

    it("RFC 3261 §16.8: Timer C cancels a call that rings longer than it may; each 18x starts it again", () => {
      const { bench, anna, bert, received } = calling();
      bench.setNumber(Setting.TimerC, 181);
      bert.answer(received, "180 Ringing");
      bench.advance(180_000);
      bert.answer(received, "180 Ringing");
      bench.advance(180_999);
      assert.deepEqual(bert.take(), []);
      anna.take();
      bench.advance(1);
      const cancel = bert.takeOne();
      assert.equal(cancel.method, "CANCEL");
      bert.answer(cancel, "200 OK");
      bench.advance(32_000);
      assert.equal(anna.takeOne().status, 408, "the phone took the CANCEL and still never ended its INVITE");
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

    it("a stranger's INVITE reaches nobody, whoever it says it is from", () => {
      const { bench, bert } = site();
      for (const from of ["sip:eve@evil.example", `sip:101@${DOMAIN}`, `sip:102@${DOMAIN}`]) {
        const eve = new BenchPhone(bench, "101", STRANGER);
        eve.password = "guess";
        const sent = eve.request("INVITE", BERT, [], "", from);
        const refusal = eve.takeOne();
        assert.equal(refusal.status, 407);
        eve.send(eve.ackText(sent.fields, BERT, refusal));
      }
      assert.deepEqual(bert.take(), []);
      assert.equal(bench.counter("AuthenticationFailed"), 3);
    });

    it("a user who signs as another is 403", () => {
      const { anna, bert } = site();
      for (const from of [BERT, "sip:101@elsewhere.example", `sip:999@${DOMAIN}`]) {
        anna.request("INVITE", `sip:102@${DOMAIN}`, [], "", from);
        assert.equal(anna.takeOne().status, 403);
      }
      assert.deepEqual(bert.take(), []);
    });

    it("no open relay: a Route, a token of another dialog, a forged or changed token open nothing", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "200 OK");
      const ok = anna.takeOne();
      const relay = (routes: string[], more: { callId?: string; tag?: string } = {}): number => {
        const fields: [string, string][] = [
          ["Via", `SIP/2.0/UDP ${STRANGER};branch=z9hG4bK${unique("r")};rport`],
          ["Max-Forwards", "70"],
          ...routes.map((route): [string, string] => ["Route", route]),
          ["From", `<sip:eve@evil.example>;tag=${more.tag ?? "evil"}`],
          ["To", "<sip:target@203.0.113.99>;tag=x"],
          ["Call-ID", more.callId ?? unique("evil-")],
          ["CSeq", "1 MESSAGE"],
        ];
        bench.receive(STRANGER, writeSip("MESSAGE sip:target@203.0.113.99 SIP/2.0", fields, "spam"));
        return bench.takeOne(STRANGER).status;
      };
      const token = fieldOf(ok, "record-route");
      const callId = fieldOf(invite, "call-id");
      assert.equal(relay([]), 407);
      assert.equal(relay([`<sip:${SERVER};lr>`]), 407);
      assert.equal(relay([`<sip:${SERVER};lr>`, "<sip:203.0.113.99;lr>"]), 407);
      assert.equal(relay([token]), 407, "another Call-ID");
      assert.equal(relay([token], { callId }), 407, "another tag");
      assert.equal(relay([`<sip:${SERVER};lr;token=${"0".repeat(32)}>`]), 407);
      const caller = parameterOf(fieldOf(invite, "from"), "tag") as string;
      assert.equal(
        relay([token.replace(">", ";caller=cb007163ffff>")], { callId, tag: caller }),
        407,
        "a flow that we did not write",
      );
      const sent = bench.sent.map(({ to }) => to);
      assert.ok(!sent.includes("203.0.113.99:5060"), `sent to ${sent}`);
      // A user gets no further by it outside a dialog.
      anna.request("MESSAGE", "sip:target@203.0.113.99", [
        ["Route", `<sip:${SERVER};lr>`],
        ["Route", "<sip:203.0.113.99;lr>"],
      ]);
      assert.equal(anna.takeOne().status, 403);
    });

    it("the token of a call leads to the call's other end and nowhere else, whoever has it", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "200 OK");
      const ok = anna.takeOne();
      const elsewhere = "203.0.113.99:5060";
      for (const [phone, other, isCaller] of [
        [anna, B, true],
        [bert, A, false],
      ] as const) {
        const ask = (change: (text: string) => string): string => {
          phone.send(change(phone.dialogRequest("INFO", invite, ok, isCaller)));
          const [{ to, message } = { to: "nobody", message: undefined }] = bench.sent.splice(0);
          return to === phone.address ? `${message?.status}` : to;
        };
        const uri = /^INFO \S+/;
        assert.equal(
          ask((text) => text),
          other,
        );
        assert.equal(
          ask((text) => text.replace(uri, `INFO sip:x@${elsewhere}`)),
          "407",
        );
        assert.equal(
          ask((text) => text.replace(uri, `INFO sip:x@${phone.address}`)),
          "407",
        );
        assert.equal(
          ask((text) => text.replace(/(Route: <[^>]*>)/, `$1,<sip:${elsewhere};lr>`)),
          "407",
        );
        assert.equal(
          ask((text) => text.replace(/(Route: <[^>]*>)/, `$1,<sip:${elsewhere}>`)),
          "407",
        );
        const moved = other.replace(/\d+$/, "6000");
        assert.equal(
          ask((text) => text.replace(uri, `INFO sip:x@${moved}`)),
          moved,
          "another port",
        );
        phone.send(phone.dialogRequest("ACK", invite, ok, isCaller).replace(/^ACK \S+/, `ACK sip:x@${elsewhere}`));
        assert.deepEqual(bench.sent.splice(0), []);
      }
    });

    it("an in-dialog request that has lost its route ends the dialog: 481", () => {
      const { anna, bert, invite, received } = calling();
      bert.answer(received, "200 OK");
      const ok = anna.takeOne();
      const to = fieldOf(ok, "to");
      anna.request("BYE", `sip:102@${B}`, [["X-Note", "no Route"]], "", anna.aor);
      assert.equal(anna.takeOne().status, 404, "without a To tag it is no request of a dialog");
      const fields = (more: [string, string][]): [string, string][] =>
        anna
          .fields("BYE", "", more)
          .map(([name, value]): [string, string] => (name === "To" ? [name, to] : [name, value]));
      anna.send(writeSip(`BYE sip:102@${B} SIP/2.0`, fields([])));
      assert.equal(anna.takeOne().status, 407);
      assert.ok(invite);
    });

    it("phones behind NATs are reached over their flows, in the dialog too", () => {
      const bench = new ServerBench(build);
      const anna = new BenchPhone(bench, "101", A);
      const bert = new BenchPhone(bench, "102", B);
      anna.contact = "sip:101@10.0.0.1:5060";
      bert.contact = "sip:102@192.168.1.1";
      anna.register();
      bert.register();
      const invite = anna.request("INVITE", BERT);
      anna.takeOne();
      const received = bert.takeOne();
      assert.equal(received.uri, "sip:102@192.168.1.1");
      bert.answer(received, "200 OK");
      const ok = anna.takeOne();
      anna.send(anna.dialogRequest("ACK", invite, ok, true));
      assert.equal(bert.takeOne().uri, "sip:102@192.168.1.1");
      bert.send(bert.dialogRequest("BYE", invite, ok, false));
      const bye = anna.takeOne();
      assert.equal(bye.uri, "sip:101@10.0.0.1:5060");
      anna.answer(bye, "200 OK");
      assert.equal(bert.takeOne().status, 200);
      isClean(bench);
    });

    it("RFC 3261 §16.12.1.1: further routes are followed, a strict one in its own way", () => {
      const { anna, bert, invite, received } = calling();
      bert.answer(received, "200 OK");
      const ok = anna.takeOne();
      const through = (route: string): SipMessage => {
        const text = anna.dialogRequest("INFO", invite, ok, true);
        anna.send(text.replace(/(Route: <[^>]*>)/, `$1,${route}`));
        return anna.bench.takeOne("198.51.100.2:5070");
      };
      const loose = through("<sip:198.51.100.2:5070;lr>");
      assert.equal(loose.uri, `sip:102@${B}`);
      assert.deepEqual(fieldsOf(loose, "route"), ["<sip:198.51.100.2:5070;lr>"]);
      const strict = through("<sip:198.51.100.2:5070>");
      assert.equal(strict.uri, "sip:198.51.100.2:5070");
      assert.deepEqual(fieldsOf(strict, "route"), [`<sip:102@${B}>`]);
    });

    it("RFC 3261 §16.4: a strict router before us has put our value into the Request-URI", () => {
      const { anna, bert, invite, received } = calling();
      bert.answer(received, "200 OK");
      const ok = anna.takeOne();
      const text = anna.dialogRequest("INFO", invite, ok, true);
      const ours = (/Route: <([^>]*)>/.exec(text) as RegExpExecArray)[1] as string;
      anna.send(text.replace(/^INFO \S+/, `INFO ${ours}`).replace(/Route: <[^>]*>/, `Route: <sip:102@${B}>`));
      const info = bert.takeOne();
      assert.equal(info.uri, `sip:102@${B}`);
      assert.deepEqual(fieldsOf(info, "route"), []);
    });

    it("a target that is a name is no end of the call: 407; one that is the server itself, beside a phone: 482", () => {
      const { bench, anna } = site();
      const bert = new BenchPhone(bench, "102", SERVER.replace("5060", "5070"));
      assert.equal(bert.register([], `<sip:102@${B}>;expires=0, <${bert.contact}>`).status, 200);
      const invite = anna.request("INVITE", BERT);
      anna.takeOne();
      bert.answer(bert.takeOne(), "200 OK");
      const ok = anna.takeOne();
      const ask = (uri: string): number => {
        anna.send(anna.dialogRequest("INFO", invite, ok, true).replace(/^INFO \S+/, `INFO ${uri}`));
        return anna.takeOne().status;
      };
      assert.equal(ask("sip:102@phone.example"), 407);
      assert.equal(ask(`sip:102@${SERVER}`), 482);
    });

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

    it("a phone that says something while the caller waits for the answer to its CANCEL is not asked twice", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      anna.takeOne();
      assert.equal(bert.takeOne().method, "CANCEL");
      bert.answer(received, "180 Ringing");
      assert.deepEqual(bert.take(), []);
      bench.advance(500);
      assert.equal(bert.takeOne().method, "CANCEL", "until the CANCEL is answered it is repeated");
      isClean(bench);
    });

    describe("forking", () => {
      /** 102 has three phones. */
      function fork(): Site & { invite: SipMessage; phones: BenchPhone[]; received: SipMessage[] } {
        const { bench, anna, bert } = site();
        const phones = [bert, new BenchPhone(bench, "102", C), new BenchPhone(bench, "102", D)];
        phones[1]?.register();
        phones[2]?.register();
        const invite = anna.request("INVITE", BERT);
        assert.equal(anna.takeOne().status, 100);
        return { bench, anna, bert, invite, phones, received: phones.map((phone) => phone.takeOne()) };
      }

      it("all phones of a user ring; the first to answer wins, the others are cancelled", () => {
        const { bench, anna, phones, received } = fork();
        const branches = received.map((message) => parameterOf(fieldOf(message, "via"), "branch"));
        assert.equal(new Set(branches).size, 3);
        for (const [index, phone] of phones.entries()) phone.answer(received[index] as SipMessage, "180 Ringing");
        assert.deepEqual(
          anna.take().map(({ status }) => status),
          [180, 180, 180],
        );
        phones[1]?.answer(received[1] as SipMessage, "200 OK");
        assert.equal(anna.takeOne().status, 200);
        assert.deepEqual(phones[1]?.take(), []);
        for (const index of [0, 2]) {
          const cancel = phones[index]?.takeOne() as SipMessage;
          assert.equal(cancel.method, "CANCEL");
          phones[index]?.answer(cancel, "200 OK");
          phones[index]?.answer(received[index] as SipMessage, "487 Request Terminated");
          assert.equal(phones[index]?.takeOne().method, "ACK");
        }
        assert.deepEqual(anna.take(), []);
        isClean(bench);
      });

      it("RFC 3261 §16.7 step 5: a second 200 is passed on as well", () => {
        const { bench, anna, phones, received } = fork();
        phones[0]?.answer(received[0] as SipMessage, "200 OK");
        phones[1]?.answer(received[1] as SipMessage, "200 OK");
        assert.deepEqual(
          anna.take().map(({ status }) => status),
          [200, 200],
        );
        isClean(bench);
      });

      it("RFC 3261 §16.7 step 6: when all refuse, the caller gets the best of the answers", () => {
        for (const [answers, best] of [
          [["486 Busy Here", "480 Temporarily Unavailable", "302 Moved Temporarily"], 302],
          [["500 Server Internal Error", "486 Busy Here", "503 Service Unavailable"], 486],
          [["404 Not Found", "484 Address Incomplete", "486 Busy Here"], 484],
        ] as const) {
          const { bench, anna, phones, received } = fork();
          answers.forEach((answer, index) => {
            assert.deepEqual(anna.take(), []);
            phones[index]?.answer(received[index] as SipMessage, answer);
          });
          assert.equal(anna.takeOne().status, best);
          isClean(bench);
        }
      });

      it("RFC 3261 §16.7 step 5: a 6xx ends it for all, once the others have ended", () => {
        const { bench, anna, phones, received } = fork();
        for (const [index, phone] of phones.entries()) phone.answer(received[index] as SipMessage, "180 Ringing");
        anna.take();
        phones[0]?.answer(received[0] as SipMessage, "603 Decline");
        assert.deepEqual(anna.take(), []);
        for (const index of [1, 2]) {
          assert.equal(phones[index]?.takeOne().method, "CANCEL");
          phones[index]?.answer(received[index] as SipMessage, "487 Request Terminated");
        }
        assert.equal(anna.takeOne().status, 603);
        isClean(bench);
      });

      it("one phone is busy, the others say nothing for 32 s: busy", () => {
        const { bench, anna, phones, received } = fork();
        phones[2]?.answer(received[2] as SipMessage, "486 Busy Here");
        bench.advance(32_000);
        assert.equal(anna.takeOne().status, 486);
        isClean(bench);
      });

      it("a cancelled fork cancels every phone", () => {
        const { bench, anna, invite, phones, received } = fork();
        for (const [index, phone] of phones.entries()) phone.answer(received[index] as SipMessage, "180 Ringing");
        anna.take();
        anna.send(cancelOf(invite));
        assert.equal(anna.takeOne().status, 200);
        phones.forEach((phone, index) => {
          assert.equal(phone.takeOne().method, "CANCEL");
          phone.answer(received[index] as SipMessage, "487 Request Terminated");
        });
        assert.equal(anna.takeOne().status, 487);
        isClean(bench);
      });
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

/** RFC 3261 §9.1 */
function cancelOf(invite: SipMessage): string {
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

// Who is relayed for, and along which way: the routes and tokens of RFC 3261 §16.4, §16.6 and §16.12.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone, unique } from "../../support/bench-phone.ts";
import { A, B, proxySite, STRANGER } from "../../support/proxy-site.ts";
import { BUILDS, DOMAIN, SERVER, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, parameterOf, type SipMessage, writeSip } from "../../support/sip-text.ts";

for (const build of BUILDS) {
  describe(`proxy, relaying, ${build} build`, () => {
    const { site, calling, isClean, BERT } = proxySite(build);

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
  });
}

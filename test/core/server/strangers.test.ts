// Safe by default: what strangers, and users who pretend to be others, get from the server.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone, unique } from "../../support/bench-phone.ts";
import { authorize } from "../../support/digest-client.ts";
import { BUILDS, type Build, DOMAIN, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, type SipMessage, writeSip } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const B = "198.51.100.2:5064";
const STRANGER = "203.0.113.66:5060";
const BERT = `sip:102@${DOMAIN}`;
const METHODS = [
  ...[
    "INVITE",
    "MESSAGE",
    "SUBSCRIBE",
    "REFER",
    "PUBLISH",
    "NOTIFY",
    "INFO",
    "OPTIONS",
    "UPDATE",
    "PRACK",
    "BYE",
    "FLY",
  ],
];
const NOTHING = { transactions: 0, forwardings: 0, buffers: 0 };

interface Site {
  bench: ServerBench;
  anna: BenchPhone;
  bert: BenchPhone;
}

function siteOf(build: Build): Site {
  const bench = new ServerBench(build);
  const [anna, bert] = [new BenchPhone(bench, "101", A), new BenchPhone(bench, "102", B)];
  anna.register();
  bert.register();
  return { bench, anna, bert };
}

for (const build of BUILDS) {
  describe(`strangers and impostors, ${build} build`, () => {
    const site = (): Site => siteOf(build);

    for (const method of METHODS) {
      it(`${method}: From is the user who has proven who he is, or it is 403 and nobody hears of it`, () => {
        const { bench, anna, bert } = site();
        for (const from of [
          `sip:103@${DOMAIN}`,
          BERT,
          `sip:199@${DOMAIN}`,
          "sip:101@example.net",
          `sip:101@${DOMAIN}:5071`,
          `sip:${DOMAIN}`,
          `sip:1%3001@${DOMAIN}`,
          "sip:anonymous@anonymous.invalid",
          "tel:+101",
        ]) {
          anna.request(method, BERT, [], "", from);
          assert.equal(anna.takeOne().status, 403, from);
          assert.deepEqual(bert.take(), [], from);
        }
        anna.request(method, BERT, [], "", `sip:%3101@${DOMAIN}`);
        assert.equal(bert.takeOne().method, method, "an escaped digit is that digit");
        assert.equal(bench.counter("AuthenticationFailed"), 0);
      });

      it(`${method} with the tags of a call but without its route opens nothing, whoever sends it`, () => {
        const { bench, anna, bert } = site();
        const invite = anna.request("INVITE", BERT);
        anna.take();
        bert.answer(bert.takeOne(), "200 OK");
        const ok = anna.takeOne();
        anna.send(anna.dialogRequest("ACK", invite, ok, true));
        assert.equal(bert.takeOne().method, "ACK");
        const before = bench.used;
        for (const uri of [bert.contact, BERT]) {
          bench.receive(
            STRANGER,
            writeSip(`${method} ${uri} SIP/2.0`, [
              ["Via", `SIP/2.0/UDP ${STRANGER};branch=z9hG4bK${unique("s")};rport`],
              ["Max-Forwards", "70"],
              ["From", fieldOf(ok, "from")],
              ["To", fieldOf(ok, "to")],
              ["Call-ID", fieldOf(ok, "call-id")],
              ["CSeq", `99 ${method}`],
            ]),
          );
          assert.equal(bench.takeOne(STRANGER).status, 407);
          assert.deepEqual(bert.take(), []);
        }
        assert.deepEqual(bench.used, before);
      });
    }

    it("nobody learns from an answer or its length who is a user", () => {
      const bench = new ServerBench(build);
      let host = 0;
      /** The answer to a wrong password for that name, from a host that has guessed nothing yet. */
      const guess = (name: string): SipMessage => {
        const phone = new BenchPhone(bench, name, `10.9.0.${++host}:5060`);
        phone.send(phone.registerText([]));
        const challenge = phone.challenge(phone.takeOne());
        const proof = authorize(challenge, name, "wrong", "REGISTER", `sip:${DOMAIN}`);
        phone.send(phone.registerText([["Authorization", proof]]));
        return phone.takeOne();
      };
      const shape = ({ text }: SipMessage): string =>
        text.replace(
          /10\.9\.\d+\.\d+|nonce="[^"]*"|(branch|tag|received|rport)=[^;\r]*|(From|To|Call-ID|CSeq):.*/g,
          "",
        );
      for (let round = 0; round < 20; round++) assert.equal(shape(guess("101")), shape(guess("199")));
    });

    it("5,000 stray INVITEs cost no memory, and a call that is made meanwhile connects", () => {
      const { bench, anna, bert } = site();
      const before = bench.used;
      const size = bench.exports.memory.buffer.byteLength;
      const flood = (count: number): void => {
        for (let index = 0; index < count; index++) {
          const eve = new BenchPhone(bench, `${index % 200}`, `203.0.${index >> 8}.${index & 255}:5060`);
          eve.send(writeSip(`INVITE ${BERT} SIP/2.0`, eve.fields("INVITE", BERT)));
          assert.equal(eve.takeOne().status, 407);
        }
      };
      flood(1250);
      assert.deepEqual(bench.used, before);
      const invite = anna.request("INVITE", BERT);
      flood(1250);
      const received = bert.takeOne();
      bert.answer(received, "180 Ringing");
      flood(1250);
      bert.answer(received, "200 OK");
      assert.deepEqual(
        anna.take().map(({ status }) => status),
        [100, 180, 200],
      );
      flood(1250);
      anna.send(anna.dialogRequest("ACK", invite, parseOk(received), true));
      bench.advance(64_001);
      assert.deepEqual(bench.used, NOTHING);
      assert.equal(bench.exports.memory.buffer.byteLength, size);
    });
  });
}

/** The 200 that Bert has sent, as far as an ACK needs it. */
function parseOk(received: SipMessage): SipMessage {
  const fields = received.fields.map(([name, value]): [string, string] =>
    name === "to" ? [name, `${value};tag=callee-102`] : name === "contact" ? [name, `<sip:102@${B}>`] : [name, value],
  );
  return { ...received, fields };
}

/** In one build: it takes a while to fill a table. */
it("whichever table is full: 503 with Retry-After, and nothing is kept of who asked", () => {
  for (const [what, padding] of [
    ["forwardings", 0],
    ["buffers", 700],
  ] as const) {
    const { bench, anna } = siteOf("release");
    bench.isHeard = (to) => to === A;
    anna.send(anna.registerText([]));
    const challenge = anna.challenge(anna.takeOne());
    let sent = 0;
    const ask = (): SipMessage[] => {
      const proof = authorize(challenge, "101", anna.password, "MESSAGE", BERT, ++sent);
      const fields: [string, string][] = [
        ["Via", anna.via()],
        ["From", `<${anna.aor}>;tag=1`],
        ["To", `<${BERT}>`],
        ["Call-ID", `${sent}`],
        ["CSeq", "1 MESSAGE"],
        ["Proxy-Authorization", proof],
      ];
      anna.send(writeSip(`MESSAGE ${BERT} SIP/2.0`, fields, "x".repeat(padding)));
      return anna.take();
    };
    let answers = ask();
    while (answers.length === 0 && sent < 100_000) answers = ask();
    assert.equal(answers[0]?.status, 503, `${what} after ${sent}`);
    const full = bench.used;
    for (let again = 0; again < 10; again++) {
      const [refusal] = ask();
      assert.equal(refusal?.status, 503, what);
      assert.ok(Number(fieldOf(refusal as SipMessage, "retry-after")) > 0);
    }
    assert.deepEqual(bench.used, full, what);
    const late = new BenchPhone(bench, "103", "198.51.100.9:5060");
    bench.isHeard = () => true;
    late.send(late.registerText([]));
    assert.equal(late.takeOne().status, 401, "who is not known yet is asked as ever");
    bench.sent.length = 0;
    bench.advance(64_001);
    assert.deepEqual(bench.used, NOTHING, what);
  }
});

// What the network may throw at the server: whatever it is, nothing traps and nothing stays.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { authorize, type Challenge } from "../../support/digest-client.ts";
import { BUILDS, DOMAIN, ServerBench, Setting } from "../../support/server-bench.ts";
import { fieldOf, respondTo, type SipMessage, writeSip } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const B = "198.51.100.2:5064";
const STRANGER = "203.0.113.66:5060";
const BERT = `sip:102@${DOMAIN}`;
const NOTHING = { transactions: 0, forwardings: 0, buffers: 0 };

/** xorshift32: the same sequence for the same seed on every machine. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Every message that Anna and Bert and the server exchange in one call, with who sent it. */
function callMessages(bench: ServerBench): { from: string; text: string }[] {
  const messages: { from: string; text: string }[] = [];
  const receive = bench.receive.bind(bench);
  bench.receive = (from, message) => {
    messages.push({ from, text: message as string });
    receive(from, message);
  };
  const anna = new BenchPhone(bench, "101", A);
  const bert = new BenchPhone(bench, "102", B);
  anna.register();
  bert.contact = "sip:102@10.0.0.2";
  bert.register([["Expires", "60"]], '"Bert, at home" <sip:102@10.0.0.2;transport=udp>;q=0.5, <sip:102@10.0.0.3>');
  const invite = anna.request(
    "INVITE",
    BERT,
    [
      ["Subject", "a"],
      ["X-Long", "x".repeat(200)],
    ],
    "v=0\r\n",
  );
  bert.take();
  anna.take();
  const [received] = [anna.request("MESSAGE", BERT), ...bert.take()].slice(1) as [SipMessage];
  bert.answer(received, "180 Ringing");
  bert.answer(received, "486 Busy Here");
  anna.take();
  messages.push({ from: A, text: invite.text.replace(/^INVITE/, "CANCEL").replace("INVITE\r\n", "CANCEL\r\n") });
  bench.receive = receive;
  return messages;
}

for (const build of BUILDS) {
  describe(`hostile network, ${build} build`, () => {
    it("every message of a call, cut at every byte, traps nothing and leaves nothing", () => {
      const recorded = callMessages(new ServerBench(build));
      const bench = new ServerBench(build);
      for (const { from, text } of recorded) {
        for (let length = 0; length <= text.length; length++) bench.receive(from, text.slice(0, length));
        bench.sent.length = 0;
      }
      bench.advance(300_000);
      assert.deepEqual(bench.used, NOTHING);
    });

    it("mutations of the messages of a call, old and fresh ones, trap nothing and leave nothing", () => {
      const recorded = callMessages(new ServerBench(build));
      for (const seed of [1, 2, 3, 4]) {
        const random = randomOf(seed * 7919);
        const bench = new ServerBench(build, ["101", "102", "103"], seed);
        try {
          const site = new MutatedSite(bench, random);
          for (let round = 0; round < 3000; round++) {
            const { from, text } = recorded[random(recorded.length)] as { from: string; text: string };
            bench.receive(from, mutate(text, random));
            site.call();
            site.answerSome();
            if (random(40) === 0) bench.advance(random(20_000));
          }
          assert.ok(bench.counter("CallsRouted") > 200, "most calls were damaged before they began");
          bench.advance(4_000_000);
          assert.deepEqual(bench.used, NOTHING);
          assert.equal(bench.call("bindingCount"), 0);
        } catch (error) {
          throw new Error(`seed ${seed}: ${error}`, { cause: error });
        }
      }
    });

    it("random bytes trap nothing", () => {
      const random = randomOf(99);
      const bench = new ServerBench(build);
      for (let round = 0; round < 2000; round++) {
        const bytes = Uint8Array.from({ length: random(400) }, () => random(256));
        bench.receive(STRANGER, bytes);
      }
      bench.receive(STRANGER, new Uint8Array(65535).fill(0x41));
      assert.deepEqual(bench.used, NOTHING);
      assert.deepEqual(bench.sent, []);
    });

    it("strangers cost no memory: neither their REGISTERs, nor their INVITEs, nor their ACKs and CANCELs", () => {
      const bench = new ServerBench(build);
      const eve = new BenchPhone(bench, "101", STRANGER);
      for (let round = 0; round < 500; round++) {
        eve.send(eve.registerText([]));
        for (const method of ["INVITE", "MESSAGE", "OPTIONS", "ACK", "CANCEL", "BYE"])
          eve.send(
            `${method} ${BERT} SIP/2.0\r\n${eve
              .fields(method, BERT)
              .map(([name, value]) => `${name}: ${value}`)
              .join("\r\n")}\r\n\r\n`,
          );
      }
      assert.deepEqual(bench.used, NOTHING);
    });

    it("a full table of transactions is 503 with Retry-After, and the server goes on when it empties", () => {
      const bench = new ServerBench(build);
      const anna = new BenchPhone(bench, "101", A);
      const bert = new BenchPhone(bench, "102", B);
      anna.register();
      bert.register();
      const before = bench.used;
      anna.send(anna.registerText([]));
      const challenge = anna.challenge(anna.takeOne());
      let sent = 0;
      bench.isHeard = (to) => to === A;
      let refusal: SipMessage | undefined;
      // Nobody answers: each MESSAGE keeps two transactions and two buffers for 32 s.
      while (!refusal && sent < 200_000) {
        sent++;
        const fields = anna.fields("MESSAGE", BERT, [
          ["Proxy-Authorization", authorize(challenge, "101", anna.password, "MESSAGE", BERT, sent)],
        ]);
        anna.send(
          `MESSAGE ${BERT} SIP/2.0\r\n${fields.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`,
        );
        refusal = anna.take().find(({ status }) => status === 503);
      }
      assert.ok(refusal, `${sent} messages and no 503`);
      assert.ok(Number(fieldOf(refusal, "retry-after")) > 0);
      assert.ok(sent > 10_000, `full after ${sent}`);
      assert.notDeepEqual(bench.used, before);
      bench.advance(64_001);
      assert.deepEqual(bench.used, NOTHING);
      bench.isHeard = () => true;
      anna.request("MESSAGE", BERT);
      assert.equal(bert.take().length, 1);
    });

    it("an answer that is too long to write leaves nothing behind", () => {
      const bench = new ServerBench(build);
      const anna = new BenchPhone(bench, "101", A);
      const contacts = Array.from({ length: 8 }, (_, index) => `<sip:${"x".repeat(220)}@198.51.100.${index}>`).join(
        ", ",
      );
      assert.equal(anna.register([], contacts).status, 200);
      anna.send(anna.registerText([], ""));
      const credentials = authorize(anna.challenge(anna.takeOne()), "101", anna.password, "REGISTER", `sip:${DOMAIN}`);
      const vias = Array.from({ length: 20 }, (_, index): [string, string] => [
        "Via",
        `SIP/2.0/UDP 10.0.0.${index};branch=z9hG4bK${"y".repeat(90)}`,
      ]);
      anna.send(anna.registerText([["Authorization", credentials], ...vias], ""));
      assert.deepEqual(anna.take(), []);
      bench.advance(64_000);
      assert.deepEqual(bench.used, NOTHING);
    });

    it("a full table of bindings is 503", () => {
      const users = Array.from({ length: 2049 }, (_, index) => `${1000 + index}`);
      const bench = new ServerBench(build, users);
      const contacts = Array.from({ length: 8 }, (_, index) => `<sip:x@198.51.100.${index}>`).join(", ");
      for (const user of users.slice(0, 2048))
        assert.equal(new BenchPhone(bench, user, A).register([], contacts).status, 200);
      const last = new BenchPhone(bench, "3048", A);
      assert.equal(last.register([], contacts).status, 503);
      assert.equal(bench.counter("BindingsFull"), 1);
      assert.equal(bench.configureText(Setting.UserName, 0, ""), 0);
      assert.equal(last.register([], contacts).status, 200);
    });
  });
}

/** Two phones that do right, over a wire that damages every other message. */
class MutatedSite {
  readonly bench: ServerBench;
  readonly anna: BenchPhone;
  readonly bert: BenchPhone;
  readonly random: (below: number) => number;
  #challenge: Challenge | undefined;
  #count = 0;

  constructor(bench: ServerBench, random: (below: number) => number) {
    this.bench = bench;
    this.random = random;
    this.anna = new BenchPhone(bench, "101", A);
    this.bert = new BenchPhone(bench, "102", B);
    this.bert.contact = "sip:102@10.0.0.2:5060;ob";
    this.anna.register();
    this.bert.register();
  }

  #damaged(text: string): string {
    return this.random(2) === 0 ? text : mutate(text, this.random);
  }

  /** A call with credentials that are good until the wire gets at them. */
  call(): void {
    const { anna, bench, random } = this;
    if (!this.#challenge || random(100) === 0) {
      anna.take();
      anna.send(anna.registerText([]));
      this.#challenge = anna.challenge(anna.takeOne());
      this.#count = 0;
    }
    if (random(20) === 0) {
      this.bert.take();
      this.bert.register();
    }
    const method = random(3) === 0 ? "MESSAGE" : "INVITE";
    const credentials = authorize(this.#challenge, "101", anna.password, method, BERT, ++this.#count);
    const text = writeSip(
      `${method} ${BERT} SIP/2.0`,
      anna.fields(method, BERT, [["Proxy-Authorization", credentials]]),
      "v=0\r\n",
    );
    bench.receive(A, this.#damaged(text));
  }

  /** Whoever was asked answers something; whoever was answered acknowledges or goes on. */
  answerSome(): void {
    const { bench, anna, bert, random } = this;
    for (const sent of bench.sent.splice(0)) {
      const phone = sent.to === A ? anna : bert;
      const { message } = sent;
      if (random(4) === 0) continue;
      if (message.method !== "" && message.method !== "ACK") {
        const status = ["100 Trying", "180 Ringing", "200 OK", "302 Elsewhere", "486 Busy", "487 Gone", "603 No"][
          random(7)
        ] as string;
        bench.receive(sent.to, this.#damaged(respondTo(message, status, "x", [["Contact", `<${phone.contact}>`]])));
      } else if (message.status >= 200 && message.status < 300 && fieldOf(message, "record-route") !== "") {
        for (const method of ["ACK", "INFO", "BYE"])
          bench.receive(sent.to, this.#damaged(phone.dialogRequest(method, message, message, sent.to === A)));
      } else if (message.status === 180 && random(3) === 0) {
        bench.receive(
          sent.to,
          this.#damaged(
            writeSip(`CANCEL ${BERT} SIP/2.0`, [
              ...message.fields.filter(([name]) => ["via", "from", "call-id"].includes(name)),
              ["To", `<${BERT}>`],
              ["CSeq", fieldOf(message, "cseq").replace("INVITE", "CANCEL")],
            ]),
          ),
        );
      }
    }
  }
}

/** Changes a few bytes, or takes out, doubles or swaps a stretch or a line. */
function mutate(text: string, random: (below: number) => number): string {
  let result = text;
  for (let change = 1 + random(3); change > 0; change--) {
    const at = random(result.length + 1);
    const length = random(12);
    switch (random(8)) {
      case 0:
        result = result.slice(0, at) + String.fromCharCode(random(256)) + result.slice(at + 1);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 2:
        result = result.slice(0, at) + result.slice(at, at + length).repeat(1 + random(30)) + result.slice(at);
        break;
      case 3:
        result = result.slice(0, at) + ',;<>"\\@:= \t\r\n?%/[]'.charAt(random(19)) + result.slice(at);
        break;
      case 4:
        result = result.replace(/\d+/g, (digits) => (random(9) === 0 ? `${digits}${"9".repeat(random(12))}` : digits));
        break;
      case 5: {
        const lines = result.split("\r\n");
        const [from, to] = [random(lines.length), random(lines.length)];
        lines.splice(to, 0, lines[from] as string);
        if (random(2) === 0) lines.splice(from, 1);
        result = lines.join("\r\n");
        break;
      }
      case 6:
        result = result.replace(/(tag|branch|token|nonce|expires|q)=/g, (name) =>
          random(4) === 0 ? `${name}"` : name,
        );
        break;
      default:
        result = result.replace(/(INVITE|MESSAGE|REGISTER|CANCEL|ACK|BYE|200|180|486)/g, (word) =>
          random(3) === 0
            ? (["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "200", "487", "100", "603"][random(9)] as string)
            : word,
        );
    }
  }
  return result;
}

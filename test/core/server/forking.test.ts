// Several phones of one user: RFC 3261 §16.6 and §16.7, one q after the other, and how wide a request may spread (RFC 5393 §5).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { BUILDS, DOMAIN, ServerBench, Setting } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, parameterOf, type SipMessage, writeSip } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const BERT = `sip:102@${DOMAIN}`;
const SDP = "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
const SECOND = 1000;

interface Site {
  bench: ServerBench;
  anna: BenchPhone;
  /** Bert's, in the order of the qs that they were made from. */
  phones: BenchPhone[];
  /** Anna calls Bert and hears 100. */
  call(more?: [string, string][]): SipMessage;
  /** Which phones have got something since the last look, and what: the one message of each. */
  asked(): Map<number, SipMessage>;
}

for (const build of BUILDS) {
  describe(`forking, ${build} build`, () => {
    /** Bert has a phone for each q. */
    function site(...qs: number[]): Site {
      const bench = new ServerBench(build);
      const anna = new BenchPhone(bench, "101", A);
      anna.register();
      const phones = qs.map((q, index) => {
        const phone = new BenchPhone(bench, "102", `198.51.100.${10 + index}:5060`);
        assert.equal(phone.register([], `<${phone.contact}>;q=${q}`).status, 200);
        return phone;
      });
      return {
        bench,
        anna,
        phones,
        call: (more = []) => {
          const invite = anna.request("INVITE", BERT, [["Content-Type", "application/sdp"], ...more], SDP);
          assert.equal(anna.takeOne().status, 100);
          return invite;
        },
        asked: () => {
          const messages = phones.map((phone) => phone.take());
          return new Map(messages.flatMap(([first], index) => (first ? [[index, first] as const] : [])));
        },
      };
    }

    const indexes = (asked: Map<number, SipMessage>): number[] => [...asked.keys()].sort();
    const statuses = (phone: BenchPhone): number[] => phone.take().map(({ status }) => status);

    function isClean(bench: ServerBench): void {
      bench.advance(64_001);
      assert.deepEqual(bench.used, { transactions: 0, forwardings: 0, buffers: 0 });
    }

    it("the phone of highest q is asked first; when it refuses, those of the next q ring together", () => {
      const { bench, anna, phones, call, asked } = site(0.5, 1, 0.5, 0.2);
      call();
      const first = asked();
      assert.deepEqual(indexes(first), [1]);
      phones[1]?.answer(first.get(1) as SipMessage, "486 Busy Here");
      assert.equal(phones[1]?.takeOne().method, "ACK");
      const second = asked();
      assert.deepEqual(indexes(second), [0, 2]);
      assert.deepEqual(statuses(anna), []);
      for (const index of [0, 2]) phones[index]?.answer(second.get(index) as SipMessage, "180 Ringing");
      phones[2]?.answer(second.get(2) as SipMessage, "200 OK");
      assert.deepEqual(statuses(anna), [180, 180, 200]);
      const left = asked();
      assert.deepEqual(
        [...left].map(([index, { method }]) => [index, method]),
        [[0, "CANCEL"]],
      );
      phones[0]?.answer(second.get(0) as SipMessage, "487 Request Terminated");
      bench.advance(SECOND);
      assert.equal(phones[3]?.take().length, 0, "nobody of the lowest q was ever asked");
      isClean(bench);
    });

    it("what goes to the next phone is what went to the first: body, routes, one hop less, a branch of its own", () => {
      const { phones, call, asked } = site(1, 0.5);
      call([["Subject", "lunch"]]);
      const first = asked().get(0) as SipMessage;
      phones[0]?.answer(first, "480 Temporarily Unavailable");
      phones[0]?.take();
      const second = asked().get(1) as SipMessage;
      assert.equal(second.uri, phones[1]?.contact);
      assert.equal(second.body, SDP);
      const rest = ({ fields }: SipMessage): [string, string][] =>
        fields.filter(([name]) => name !== "via" && name !== "record-route");
      assert.deepEqual(rest(second), rest(first));
      assert.equal(fieldsOf(second, "record-route").length, fieldsOf(first, "record-route").length);
      const [ours, ...below] = fieldsOf(second, "via");
      assert.deepEqual(below, fieldsOf(first, "via").slice(1));
      assert.notEqual(parameterOf(ours as string, "branch"), parameterOf(fieldOf(first, "via"), "branch"));
    });

    it("a phone rings for 20 s, however often it says so; then the next one is asked", () => {
      const { bench, anna, phones, call, asked } = site(1, 0.5);
      call();
      const first = asked().get(0) as SipMessage;
      phones[0]?.answer(first, "180 Ringing");
      bench.advance(15 * SECOND);
      phones[0]?.answer(first, "180 Ringing");
      bench.advance(5 * SECOND - 1);
      assert.deepEqual(indexes(asked()), []);
      bench.advance(1);
      const cancel = phones[0]?.takeOne() as SipMessage;
      assert.equal(cancel.method, "CANCEL");
      phones[0]?.answer(cancel, "200 OK");
      phones[0]?.answer(first, "487 Request Terminated");
      const second = asked();
      assert.deepEqual([...second.values()].map(({ method }) => method).sort(), ["ACK", "INVITE"]);
      // The last one rings for as long as Anna likes.
      phones[1]?.answer(second.get(1) as SipMessage, "180 Ringing");
      bench.advance(120 * SECOND);
      assert.deepEqual(indexes(asked()), []);
      phones[1]?.answer(second.get(1) as SipMessage, "200 OK");
      assert.deepEqual(statuses(anna), [180, 180, 180, 200]);
      isClean(bench);
    });

    it("a phone that was told to stop and answers at that moment has the call", () => {
      const { bench, anna, phones, call, asked } = site(1, 0.5);
      call();
      const first = asked().get(0) as SipMessage;
      phones[0]?.answer(first, "180 Ringing");
      bench.advance(20 * SECOND);
      assert.equal(phones[0]?.takeOne().method, "CANCEL");
      phones[0]?.answer(first, "200 OK");
      assert.deepEqual(statuses(anna), [180, 200]);
      bench.advance(40 * SECOND);
      assert.equal(asked().get(1), undefined);
      isClean(bench);
    });

    it("a phone that says nothing at all is given up after 32 s", () => {
      const { bench, anna, phones, call, asked } = site(1, 0.5);
      call();
      bench.advance(32 * SECOND - 1);
      assert.deepEqual(indexes(asked()), [0]);
      bench.advance(1);
      const second = asked();
      assert.deepEqual(indexes(second), [1]);
      phones[1]?.answer(second.get(1) as SipMessage, "486 Busy Here");
      assert.deepEqual(statuses(anna), [486]);
      isClean(bench);
    });

    it("nobody answers: the caller gets the best of all answers, and 408 when there is none but ours", () => {
      for (const [answers, best] of [
        [["486 Busy Here", "480 Temporarily Unavailable", "302 Moved Temporarily"], 302],
        [["404 Not Found", "503 Service Unavailable", "500 Server Internal Error"], 404],
        [["487 rang", "487 rang", "487 rang"], 408],
        [["487 rang", "486 Busy Here", "487 rang"], 486],
      ] as const) {
        const { bench, anna, phones, call, asked } = site(1, 0.5, 0.1);
        bench.setNumber(Setting.TimerC, 181);
        call();
        for (const [index, answer] of answers.entries()) {
          const invite = asked().get(index) as SipMessage;
          if (answer === "487 rang") {
            phones[index]?.answer(invite, "180 Ringing");
            bench.advance((index < 2 ? 20 : 181) * SECOND);
          }
          phones[index]?.answer(invite, answer);
          phones[index]?.take();
        }
        assert.equal(statuses(anna).at(-1), best);
        isClean(bench);
      }
    });

    it("RFC 3261 §16.7 step 5: a 6xx ends the search", () => {
      const { bench, anna, phones, call, asked } = site(1, 0.5);
      call();
      phones[0]?.answer(asked().get(0) as SipMessage, "603 Decline");
      assert.deepEqual(statuses(anna), [603]);
      assert.equal(asked().get(1), undefined);
      isClean(bench);
    });

    it("the caller gives up: only who rings is cancelled, and nobody else is asked", () => {
      const { bench, anna, phones, call, asked } = site(1, 0.5, 0.1);
      const invite = call();
      phones[0]?.answer(asked().get(0) as SipMessage, "486 Busy Here");
      phones[0]?.take();
      const second = asked().get(1) as SipMessage;
      phones[1]?.answer(second, "180 Ringing");
      anna.send(
        writeSip(`CANCEL ${invite.uri} SIP/2.0`, [
          ...invite.fields.filter(([name]) => ["via", "from", "to", "call-id"].includes(name)),
          ["CSeq", fieldOf(invite, "cseq").replace("INVITE", "CANCEL")],
        ]),
      );
      assert.equal(phones[1]?.takeOne().method, "CANCEL");
      phones[1]?.answer(second, "487 Request Terminated");
      // The 486 is better than a 487, but not what the caller asked for: any final answer ends its INVITE.
      assert.deepEqual(statuses(anna), [180, 200, 486]);
      bench.advance(SECOND);
      assert.deepEqual(indexes(asked()).includes(2), false);
      isClean(bench);
    });

    it("more phones of one q than there are branches: four ring, then the others", () => {
      const { bench, anna, phones, call, asked } = site(1, 1, 1, 1, 1, 1);
      call();
      const first = asked();
      assert.equal(first.size, 4);
      for (const [index, invite] of first) phones[index]?.answer(invite, "486 Busy Here");
      for (const index of first.keys()) assert.equal(phones[index]?.takeOne().method, "ACK");
      const second = asked();
      assert.equal(second.size, 2);
      assert.deepEqual(indexes(new Map([...first, ...second])), [0, 1, 2, 3, 4, 5]);
      for (const [index, invite] of second) phones[index]?.answer(invite, "486 Busy Here");
      assert.deepEqual(statuses(anna), [486]);
      isClean(bench);
    });

    it("who registers while others ring has a turn, who has left by then has none", () => {
      const { bench, phones, call, asked } = site(1, 0.5);
      call();
      const first = asked().get(0) as SipMessage;
      phones[1]?.register([["Expires", "0"]]);
      const late = new BenchPhone(bench, "102", "198.51.100.30:5060");
      late.register([], `<${late.contact}>;q=0.3`);
      phones[0]?.answer(first, "486 Busy Here");
      assert.equal(late.takeOne().method, "INVITE");
      assert.equal(asked().get(1), undefined);
    });

    it("a MESSAGE looks for a phone that takes it, too", () => {
      const { bench, anna, phones, asked } = site(1, 0.5);
      anna.request("MESSAGE", BERT, [["Content-Type", "text/plain"]], "lunch?");
      phones[0]?.answer(asked().get(0) as SipMessage, "480 Temporarily Unavailable");
      const second = asked().get(1) as SipMessage;
      assert.equal(second.body, "lunch?");
      phones[1]?.answer(second, "200 OK");
      assert.deepEqual(statuses(anna), [200]);
      isClean(bench);
    });

    it("RFC 3261 §16.7 step 7: the challenges of all phones reach the caller in one answer", () => {
      const { bench, anna, phones, call, asked } = site(1, 1, 1, 0.5);
      call();
      const challenge = (realm: string): string => `Digest realm="${realm}", nonce="n-${realm}", algorithm=MD5`;
      const answers: [string, [string, string][]][] = [
        ["486 Busy Here", []],
        ["407 Proxy Authentication Required", [["Proxy-Authenticate", challenge("b")]]],
        ["401 Unauthorized", [["WWW-Authenticate", challenge("c")]]],
      ];
      const first = asked();
      for (const [index, [status, fields]] of answers.entries())
        phones[index]?.answer(first.get(index) as SipMessage, status, fields, "who?");
      const last = asked().get(3) as SipMessage;
      phones[3]?.answer(last, "407 Proxy Authentication Required", [
        ["Proxy-Authenticate", challenge("d")],
        ["Proxy-Authenticate", challenge("e")],
      ]);
      const answer = anna.takeOne();
      assert.equal(answer.status, 407);
      assert.deepEqual(fieldsOf(answer, "proxy-authenticate"), ["b", "d", "e"].map(challenge));
      assert.deepEqual(fieldsOf(answer, "www-authenticate"), [challenge("c")]);
      assert.equal(answer.body, "who?");
      assert.equal(fieldOf(answer, "content-length"), "4");
      isClean(bench);
    });

    it("RFC 5393 §5.3: branches share what breadth the request has left; with none left it is 440", () => {
      const { anna, phones, call, asked } = site(1, 1, 1);
      call();
      assert.deepEqual(
        [...asked().values()].map((invite) => fieldOf(invite, "max-breadth")),
        ["20", "20", "20"],
      );
      anna.take();
      call([["Max-Breadth", "2"]]);
      const narrow = asked();
      assert.equal(narrow.size, 2);
      for (const [index, invite] of narrow) {
        assert.deepEqual(fieldsOf(invite, "max-breadth"), ["1"]);
        phones[index]?.answer(invite, "486 Busy Here");
        phones[index]?.take();
      }
      assert.deepEqual(fieldsOf([...asked().values()][0] as SipMessage, "max-breadth"), ["2"]);
      anna.take();
      anna.send(writeSip(`INVITE ${BERT} SIP/2.0`, anna.fields("INVITE", BERT, [["Max-Breadth", "0"]])));
      assert.equal(anna.takeOne().startLine, "SIP/2.0 440 Max-Breadth Exceeded");
    });

    it("no room for another branch: the search ends with what there is", () => {
      const { bench, anna, phones, call, asked } = site(1, 0.5);
      call();
      const first = asked().get(0) as SipMessage;
      // Bert's other phone is on a network that the server is not on.
      const lost = new BenchPhone(bench, "102", "[2001:db8:0:0:0:0:0:9]:5060");
      lost.register([], `<sip:102@[2001:db8::9]>;q=0.9`);
      phones[0]?.answer(first, "486 Busy Here");
      phones[0]?.take();
      const second = asked();
      assert.deepEqual(indexes(second), [1]);
      phones[1]?.answer(second.get(1) as SipMessage, "480 Temporarily Unavailable");
      assert.deepEqual(statuses(anna), [486]);
      isClean(bench);
    });
  });
}

// Guessing passwords gets slower and slower, tells nothing, and keeps nobody else out.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { authorize } from "../../support/digest-client.ts";
import { BUILDS, DOMAIN, ServerBench } from "../../support/server-bench.ts";
import { type SipMessage, writeSip } from "../../support/sip-text.ts";

const GUESSER = "203.0.113.66:5060";
const HOME = "192.0.2.10:5060";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** One try of a password from an address: the answer to the credentials, or undefined for none. */
function guess(bench: ServerBench, user: string, from: string, password: string): SipMessage | undefined {
  const phone = new BenchPhone(bench, user, from);
  phone.send(phone.registerText([]));
  const challenge = phone.challenge(phone.takeOne());
  const credentials = authorize(challenge, user, password, "REGISTER", `sip:${DOMAIN}`);
  phone.send(phone.registerText([["Authorization", credentials]]));
  return phone.take()[0];
}

/** What the guesser sees of an answer: everything but what is new in each. */
const seen = (answer: SipMessage | undefined): string =>
  (answer?.text ?? "nothing").replace(
    /nonce="[^"]*"|branch=[^;\r]*|(tag|rport)=[^;\r]*|(Call-ID|CSeq|To|From):.*/g,
    "",
  );

for (const build of BUILDS) {
  describe(`guessers, ${build} build`, () => {
    it("after five wrong passwords not even the right one is looked at, for ten seconds", () => {
      const bench = new ServerBench(build);
      for (let count = 0; count < 5; count++) assert.equal(guess(bench, "101", GUESSER, "wrong")?.status, 401);
      assert.equal(guess(bench, "101", GUESSER, "secret-101"), undefined);
      assert.equal(bench.counter("GuessesDropped"), 1);
      bench.advance(10 * SECOND - 1);
      assert.equal(guess(bench, "101", GUESSER, "secret-101"), undefined);
      bench.advance(1);
      assert.equal(guess(bench, "101", GUESSER, "secret-101")?.status, 200);
      assert.equal(guess(bench, "101", GUESSER, "wrong")?.status, 401, "all is forgiven");
      assert.equal(guess(bench, "101", GUESSER, "secret-101")?.status, 200);
    });

    it("a guesser who never rests gets two dozen passwords looked at in the first hour, a dozen in each further one", () => {
      const bench = new ServerBench(build);
      const hours = [0, 0];
      for (let hour = 0; hour < 2; hour++) {
        const before = bench.counter("AuthenticationFailed");
        for (let second = 0; second < 3600; second++) {
          guess(bench, "101", GUESSER, `guess-${second}`);
          bench.advance(SECOND);
        }
        hours[hour] = bench.counter("AuthenticationFailed") - before;
      }
      // Five are free; then 10, 20, 40, 80 and 160 s between one and the next, and 300 s from there on.
      const inFirst = 5 + 5 + Math.floor((3600 - 310) / 300) + 1;
      assert.ok(Math.abs((hours[0] as number) - inFirst) <= 1, `${hours[0]} in the first hour, ${inFirst} expected`);
      assert.ok((hours[1] as number) >= 11 && (hours[1] as number) <= 12, `${hours[1]} in the second hour`);
    });

    it("who has guessed is forgotten after a quarter of an hour of silence", () => {
      const bench = new ServerBench(build);
      for (let count = 0; count < 4; count++) guess(bench, "101", GUESSER, "wrong");
      bench.advance(15 * MINUTE);
      for (let count = 0; count < 4; count++) assert.equal(guess(bench, "101", GUESSER, "wrong")?.status, 401);
      assert.equal(guess(bench, "101", GUESSER, "secret-101")?.status, 200);
    });

    it("a user and nobody are told apart by nothing, before, during and after the lock", () => {
      const course = (user: string): string[] => {
        const bench = new ServerBench(build);
        return Array.from({ length: 40 }, () => {
          bench.advance(7 * SECOND);
          return seen(guess(bench, user, GUESSER, "wrong"));
        });
      };
      const known = course("101");
      assert.deepEqual(course("199"), known);
      assert.ok(known.includes("nothing") && known.some((answer) => answer.startsWith("SIP/2.0 401")));
    });

    it("INVITE and MESSAGE are no way round: they count, and are dropped, as REGISTER does", () => {
      const bench = new ServerBench(build);
      const call = (method: string): SipMessage | undefined => {
        const phone = new BenchPhone(bench, "101", GUESSER);
        const to = `sip:102@${DOMAIN}`;
        phone.send(writeSip(`${method} ${to} SIP/2.0`, phone.fields(method, to)));
        const credentials = authorize(phone.challenge(phone.takeOne()), "101", "wrong", method, to);
        phone.send(
          writeSip(`${method} ${to} SIP/2.0`, phone.fields(method, to, [["Proxy-Authorization", credentials]])),
        );
        return phone.take()[0];
      };
      for (let count = 0; count < 5; count++) assert.equal(call(count % 2 ? "INVITE" : "MESSAGE")?.status, 407);
      assert.equal(call("INVITE"), undefined);
      assert.equal(call("MESSAGE"), undefined);
      assert.equal(guess(bench, "101", GUESSER, "secret-101"), undefined);
      assert.deepEqual(bench.used, { transactions: 0, forwardings: 0, buffers: 0 });
    });

    it("the user's own phone, elsewhere, registers and calls while somebody guesses its password", () => {
      const bench = new ServerBench(build);
      for (let count = 0; count < 30; count++) guess(bench, "101", GUESSER, "wrong");
      const [anna, bert] = [new BenchPhone(bench, "101", HOME), new BenchPhone(bench, "102", "192.0.2.11:5060")];
      assert.equal(anna.register().status, 200);
      assert.equal(bert.register().status, 200);
      anna.request("MESSAGE", bert.aor);
      assert.equal(bert.takeOne().method, "MESSAGE");
    });

    it("a phone that is registered goes on, though somebody behind the same NAT guesses, its own name too", () => {
      const bench = new ServerBench(build);
      const phone = new BenchPhone(bench, "101", HOME);
      assert.equal(phone.register().status, 200);
      for (let count = 0; count < 40; count++) guess(bench, `10${count % 9}`, "192.0.2.10:7000", "wrong");
      assert.equal(guess(bench, "101", "192.0.2.10:7000", "secret-101"), undefined, "the guesser is locked out");
      assert.equal(phone.register().status, 200);
      phone.request("MESSAGE", phone.aor);
      assert.equal(phone.takeOne().method, "MESSAGE");
    });

    it("an address that tries name after name is locked out for all of them after twenty", () => {
      const bench = new ServerBench(build);
      let answers = 0;
      for (let name = 100; name < 400; name++) if (guess(bench, `${name}`, GUESSER, "wrong")) answers++;
      assert.equal(answers, 20);
      assert.equal(guess(bench, "102", GUESSER, "secret-102"), undefined);
      bench.advance(10 * SECOND);
      assert.equal(guess(bench, "102", GUESSER, "secret-102")?.status, 200);
    });

    it("a phone that goes on for hours with an old password locks out nobody else in its house", () => {
      const bench = new ServerBench(build);
      for (let minute = 0; minute < 600; minute++) {
        guess(bench, "101", "192.0.2.10:7000", "the old one");
        bench.advance(MINUTE);
      }
      const other = new BenchPhone(bench, "102", HOME);
      assert.equal(other.register().status, 200);
    });

    it("nobody can fail in the name of another address: a nonce is good where it was sent to", () => {
      const bench = new ServerBench(build);
      const villain = new BenchPhone(bench, "101", GUESSER);
      villain.send(villain.registerText([]));
      const challenge = villain.challenge(villain.takeOne());
      const victim = new BenchPhone(bench, "101", HOME);
      for (let count = 1; count <= 50; count++) {
        const wrong = authorize(challenge, "101", "wrong", "REGISTER", `sip:${DOMAIN}`, count);
        victim.send(victim.registerText([["Authorization", wrong]]));
        assert.equal(victim.challenge(victim.takeOne()).stale, true);
      }
      assert.equal(bench.counter("AuthenticationFailed"), 0);
      assert.equal(victim.register().status, 200);
    });

    it("RFC 7616 §3.3: a nonce that is not ours, or too old, tells nothing about the password", () => {
      for (const [age, nonce] of [
        [0, "0".repeat(56)],
        [HOUR, undefined],
      ] as const) {
        const answers = ["secret-101", "wrong"].map((password) => {
          const bench = new ServerBench(build);
          const phone = new BenchPhone(bench, "101", GUESSER);
          phone.send(phone.registerText([]));
          const challenge = phone.challenge(phone.takeOne());
          bench.advance(age);
          const used = { ...challenge, nonce: nonce ?? challenge.nonce };
          const credentials = authorize(used, "101", password, "REGISTER", `sip:${DOMAIN}`);
          phone.send(phone.registerText([["Authorization", credentials]]));
          return seen(phone.takeOne());
        });
        assert.equal(answers[0], answers[1]);
        assert.match(answers[0] as string, /^SIP\/2\.0 401 [\s\S]*stale=true/i);
      }
    });

    it("of an IPv6 address its network counts, for the rest is the guesser's to choose", () => {
      const bench = new ServerBench(build);
      bench.setEndpoint(1, "[2001:db8:0:0:0:0:0:1]:5060");
      const from = (network: number, host: number): string => `[2001:db8:0:${network}:0:0:0:${host.toString(16)}]:5060`;
      for (let host = 1; host <= 5; host++) assert.equal(guess(bench, "101", from(7, host), "wrong")?.status, 401);
      assert.equal(guess(bench, "101", from(7, 99), "secret-101"), undefined);
      assert.equal(guess(bench, "101", from(8, 99), "secret-101")?.status, 200);
    });

    it("the log is told of failures one by one, of a flood in numbers", () => {
      const bench = new ServerBench(build);
      guess(bench, "101", GUESSER, "wrong");
      assert.deepEqual(bench.reports, [`AuthenticationFailed 101 ${GUESSER}`]);
      for (let count = 0; count < 4; count++) guess(bench, "101", GUESSER, "wrong");
      assert.equal(bench.reports.at(-1), `LockedOut 101 ${GUESSER} for 10 s`);
      bench.advance(10 * MINUTE);

      bench.reports.length = 0;
      for (let host = 1; host <= 200; host++) guess(bench, "103", `198.51.100.${host}:5060`, "wrong");
      assert.equal(bench.reports.length, 10);
      bench.advance(6 * SECOND);
      guess(bench, "103", "198.51.100.201:5060", "wrong");
      assert.deepEqual(bench.reports.slice(10), [
        "AuthenticationFailed 103 198.51.100.201:5060, and 190 more not told",
      ]);
      assert.equal(bench.counter("AuthenticationFailed"), 206);
    });

    it("more guessers than are remembered: the longest silent are forgotten, a busy one is not", () => {
      const bench = new ServerBench(build);
      for (let count = 0; count < 5; count++) guess(bench, "101", GUESSER, "wrong");
      for (let index = 0; index < 3000; index++) {
        if (index % 100 === 0) {
          bench.advance(11 * SECOND);
          guess(bench, "101", GUESSER, "wrong");
        }
        guess(bench, "102", `10.0.${index >> 8}.${index & 255}:5060`, "wrong");
      }
      assert.equal(guess(bench, "101", GUESSER, "secret-101"), undefined);
      assert.equal(new BenchPhone(bench, "102", HOME).register().status, 200);
      assert.deepEqual(Object.values(bench.used)[1], 0);
    });
  });
}

// Who proves to be whom at the registrar: digest by RFC 7616 and 8760.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { type Algorithm, authorize, type Challenge, parseChallenge, secretOf } from "../../support/digest-client.ts";
import { BUILDS, DOMAIN, SERVER, ServerBench, Setting } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, type SipMessage } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";

for (const build of BUILDS) {
  describe(`registrar and digest, ${build} build`, () => {
    function start(): { bench: ServerBench; phone: BenchPhone } {
      const bench = new ServerBench(build);
      return { bench, phone: new BenchPhone(bench, "101", A) };
    }

    it("RFC 8760 §2.4: SHA-256 is offered first, MD5 beside it, each in a field of its own", () => {
      const { phone } = start();
      phone.send(phone.registerText([]));
      const refusal = phone.takeOne();
      assert.equal(refusal.status, 401);
      const offers = fieldsOf(refusal, "www-authenticate").map(parseChallenge);
      assert.deepEqual(
        offers.map(({ algorithm, realm, qop, stale }) => ({ algorithm, realm, qop, stale })),
        [
          { algorithm: "SHA-256", realm: "tipring", qop: "auth", stale: false },
          { algorithm: "MD5", realm: "tipring", qop: "auth", stale: false },
        ],
      );
    });

    it("what is offered can be chosen; what is not offered is not taken", () => {
      const all: Algorithm[] = ["MD5", "SHA-256", "SHA-512-256"];
      const offers: [offer: number, algorithms: Algorithm[]][] = [
        [0, ["SHA-256", "MD5"]],
        [1, ["MD5", "SHA-256"]],
        [2, ["SHA-256"]],
        [3, ["MD5"]],
        [64 + 3, ["SHA-512-256"]],
        [64 + 1 + (3 << 2), ["MD5", "SHA-512-256"]],
        [64 + 3 + (2 << 2) + (1 << 4), ["SHA-512-256", "SHA-256", "MD5"]],
      ];
      for (const [offer, algorithms] of offers) {
        const { bench, phone } = start();
        bench.setNumber(Setting.DigestOffer, offer);
        phone.send(phone.registerText([]));
        const challenges = fieldsOf(phone.takeOne(), "www-authenticate").map(parseChallenge);
        assert.deepEqual(
          challenges.map(({ algorithm }) => algorithm),
          algorithms,
        );
        for (const algorithm of [...algorithms, ...all.filter((name) => !algorithms.includes(name))]) {
          const challenge = { ...(challenges[0] as Challenge), algorithm };
          const count = algorithms.indexOf(algorithm) + 1;
          const credentials = authorize(challenge, "101", phone.password, "REGISTER", `sip:${DOMAIN}`, count || 1);
          phone.send(phone.registerText([["Authorization", credentials]]));
          assert.equal(phone.takeOne().status, count > 0 ? 200 : 401);
        }
      }
    });

    it("RFC 7616 §3.4.3: a phone may sign its body as well, and then it counts", () => {
      const { phone } = start();
      const body = "a body";
      const uri = `sip:${DOMAIN}`;
      phone.send(phone.registerText([]));
      const challenge = phone.challenge(phone.takeOne());
      const signed = (count: number, text: string): string =>
        authorize(challenge, "101", phone.password, "REGISTER", uri, count, text);
      phone.send(phone.registerText([["Authorization", signed(1, "")]]));
      assert.equal(phone.takeOne().status, 200);
      phone.send(phone.registerText([["Authorization", signed(2, body)]]));
      assert.equal(phone.takeOne().status, 401, "what was signed is not what came");
      const text = phone.registerText([["Authorization", signed(2, body)]]);
      phone.send(text.replace(/Content-Length: 0\r\n\r\n$/, `Content-Length: ${body.length}\r\n\r\n${body}`));
      assert.equal(phone.takeOne().status, 200);
    });

    for (const algorithm of ["SHA-256", "MD5", "SHA-512-256"] as const) {
      it(`a phone registers with ${algorithm} and is known until it expires`, () => {
        const { bench, phone } = start();
        if (algorithm === "SHA-512-256") bench.setNumber(Setting.DigestOffer, 64 + 3);
        phone.algorithm = algorithm;
        const answer = phone.register([["Expires", "600"]]);
        assert.equal(answer.status, 200);
        assert.deepEqual(fieldsOf(answer, "contact"), [`<sip:101@${A}>;expires=600`]);
        assert.deepEqual(bench.bindings(), [{ user: "101", contact: `sip:101@${A}`, source: A, q: 1, seconds: 600 }]);
        bench.advance(599_999);
        assert.equal(bench.bindings().length, 1);
        bench.advance(1);
        assert.equal(bench.bindings().length, 0);
        assert.deepEqual(bench.reports, [`BindingAdded 101 sip:101@${A}`, `BindingRemoved 101 sip:101@${A}`]);
        bench.advance(64_000);
        assert.deepEqual(bench.used, { transactions: 0, forwardings: 0, buffers: 0 });
      });

      it(`a user configured by a ${algorithm} hash instead of a password registers`, () => {
        const bench = new ServerBench(build, []);
        bench.set(Setting.UserName, 7, "201");
        const settings = {
          MD5: Setting.UserMd5,
          "SHA-256": Setting.UserSha256,
          "SHA-512-256": Setting.UserSha512_256,
        };
        bench.setNumber(Setting.DigestOffer, 64 + 1 + (2 << 2) + (3 << 4));
        bench.set(settings[algorithm], 7, secretOf(algorithm, "201", "tipring", 'pässword "x"').toUpperCase());
        const phone = new BenchPhone(bench, "201", A);
        phone.algorithm = algorithm;
        phone.password = 'pässword "x"';
        assert.equal(phone.register().status, 200);
        phone.algorithm = algorithm === "MD5" ? "SHA-256" : "MD5";
        assert.equal(phone.register().status, 401, "the hash of the other algorithm is not known");
      });
    }

    it("the form of RFC 2069, without qop, is taken once for a nonce", () => {
      const { phone } = start();
      phone.send(phone.registerText([]));
      const challenge = phone.challenge(phone.takeOne());
      const credentials = authorize(challenge, "101", phone.password, "REGISTER", `sip:${DOMAIN}`, 0);
      phone.send(phone.registerText([["Authorization", credentials]]));
      assert.equal(phone.takeOne().status, 200);
      phone.send(phone.registerText([["Authorization", credentials]]));
      assert.equal(phone.takeOne().status, 401);
    });

    it("a wrong password is challenged again, counted and told", () => {
      const { bench, phone } = start();
      phone.password = "guess";
      const answer = phone.register();
      assert.equal(answer.status, 401);
      assert.equal(parseChallenge(fieldOf(answer, "www-authenticate")).stale, false);
      assert.equal(bench.counter("AuthenticationFailed"), 1);
      assert.deepEqual(bench.reports, [`AuthenticationFailed 101 ${A}`]);
      assert.equal(bench.bindings().length, 0);
    });

    it("known and unknown users are answered alike, before and after a wrong password", () => {
      const shape = (user: string): string[] => {
        const bench = new ServerBench(build);
        const phone = new BenchPhone(bench, user, A);
        phone.password = "guess";
        phone.send(phone.registerText([]));
        const first = phone.takeOne();
        phone.send(
          phone.registerText([
            ["Authorization", authorize(phone.challenge(first), user, "guess", "REGISTER", `sip:${DOMAIN}`)],
          ]),
        );
        const hide = (message: SipMessage): string =>
          message.text
            .replace(/nonce="[^"]*"|tag=[^\r;]*|branch=[^\r;]*|Call-ID: [^\r]*/gi, "")
            .replaceAll(user, "NAME");
        return [hide(first), hide(phone.takeOne())];
      };
      assert.deepEqual(shape("101"), shape("999"));
    });

    it("RFC 7616 §5.4: a nonce count taken before is refused as stale; the next one is taken", () => {
      const { phone } = start();
      phone.send(phone.registerText([]));
      const challenge = phone.challenge(phone.takeOne());
      const send = (count: number): SipMessage => {
        const credentials = authorize(challenge, "101", phone.password, "REGISTER", `sip:${DOMAIN}`, count);
        phone.send(phone.registerText([["Authorization", credentials]]));
        return phone.takeOne();
      };
      assert.equal(send(1).status, 200);
      const replay = send(1);
      assert.equal(replay.status, 401);
      assert.equal(parseChallenge(fieldOf(replay, "www-authenticate")).stale, true);
      assert.equal(send(2).status, 200);
    });

    it("a nonce past its lifetime is stale; one that is not ours is not", () => {
      const { bench, phone } = start();
      bench.setNumber(Setting.NonceLifetime, 60);
      phone.send(phone.registerText([]));
      const challenge = phone.challenge(phone.takeOne());
      bench.advance(60_001);
      const ask = (nonce: string): SipMessage => {
        const credentials = authorize({ ...challenge, nonce }, "101", phone.password, "REGISTER", `sip:${DOMAIN}`);
        phone.send(phone.registerText([["Authorization", credentials]]));
        return phone.takeOne();
      };
      assert.equal(parseChallenge(fieldOf(ask(challenge.nonce), "www-authenticate")).stale, true);
      assert.equal(ask("0".repeat(56)).status, 401);
    });

    it("credentials made for another request's URI are not taken, those that name the server are", () => {
      const { phone } = start();
      const ask = (uri: string): number => {
        phone.send(phone.registerText([]));
        const credentials = authorize(phone.challenge(phone.takeOne()), "101", phone.password, "REGISTER", uri);
        phone.send(phone.registerText([["Authorization", credentials]]));
        return phone.takeOne().status;
      };
      assert.equal(ask("sip:other.example"), 401);
      assert.equal(ask(`sip:102@${DOMAIN}`), 401);
      assert.equal(ask(`sip:${SERVER}`), 200);
    });
  });
}

// Registrations over the shipped module: RFC 3261 §10.3, digest by RFC 7616 and 8760.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Algorithm, authorize, type Challenge, parseChallenge, secretOf } from "../../support/digest-client.ts";
import { BenchPhone, BUILDS, DOMAIN, SERVER, ServerBench, Setting, unique } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, parameterOf, type SipMessage, writeSip } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const B = "198.51.100.2:5062";

for (const build of BUILDS) {
  describe(`registrar, ${build} build`, () => {
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

    it("RFC 5626 §6: a phone that comes by the same flow with another contact has one contact, another phone its own", () => {
      const { bench, phone } = start();
      const contact = (port: number, instance: string, flow: number) =>
        `<sip:101@198.51.100.1:${port}>;+sip.instance="<urn:uuid:${instance}>";reg-id=${flow}`;
      const contacts = (answer: SipMessage) => fieldsOf(answer, "contact").map((value) => value.split(";")[0]);
      const [one, two] = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
      phone.register([], contact(5062, one, 1));
      assert.deepEqual(contacts(phone.register([], contact(6001, one, 1))), ["<sip:101@198.51.100.1:6001>"]);
      assert.equal(bench.call("bindingCount"), 1);
      phone.register([], contact(6002, one, 2));
      phone.register([], contact(6003, two, 1));
      assert.equal(bench.call("bindingCount"), 3);
      // one that is taken over by a flow which had another contact before
      assert.deepEqual(contacts(phone.register([], contact(6003, one, 1))).sort(), [
        "<sip:101@198.51.100.1:6002>",
        "<sip:101@198.51.100.1:6003>",
      ]);
      phone.register([["Expires", "0"]], contact(7000, one, 2));
      assert.equal(bench.call("bindingCount"), 1);
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

    it("RFC 3261 §10.3 step 4: a user may not register another", () => {
      const { bench, phone } = start();
      const register = (from: string, to: string): number => {
        const text = (more: [string, string][]): string =>
          writeSip(`REGISTER sip:${DOMAIN} SIP/2.0`, [
            ["Via", phone.via()],
            ["From", `<${from}>;tag=1`],
            ["To", `<${to}>`],
            ["Call-ID", unique("c")],
            ["CSeq", `${++phone.sequence} REGISTER`],
            ["Contact", `<${phone.contact}>`],
            ...more,
          ]);
        phone.send(text([]));
        const credentials = authorize(
          phone.challenge(phone.takeOne()),
          "101",
          phone.password,
          "REGISTER",
          `sip:${DOMAIN}`,
        );
        phone.send(text([["Authorization", credentials]]));
        return phone.takeOne().status;
      };
      assert.equal(register(phone.aor, `sip:102@${DOMAIN}`), 403);
      assert.equal(register(`sip:102@${DOMAIN}`, phone.aor), 403);
      assert.equal(register(phone.aor, "sip:101@elsewhere.example"), 403);
      assert.equal(bench.bindings().length, 0);
      assert.equal(register(`sip:%3101@${DOMAIN}`, phone.aor), 200, "%31 is 1 (§19.1.4)");
    });

    it("RFC 3261 §10.3 step 1: a domain that is not served is 404", () => {
      const { phone } = start();
      phone.send(phone.registerText([]).replace(`REGISTER sip:${DOMAIN}`, "REGISTER sip:elsewhere.example"));
      assert.equal(phone.takeOne().status, 404);
    });

    it("RFC 3261 §10.3 step 2: an extension that is required and not had is 420", () => {
      const { phone } = start();
      phone.send(phone.registerText([["Require", "outbound"]]));
      const answer = phone.takeOne();
      assert.equal(answer.status, 420);
      assert.equal(fieldOf(answer, "unsupported"), "outbound");
    });

    it("RFC 3261 §10.3 step 7: too brief an interval is 423 with Min-Expires; too long a one is cut", () => {
      const { bench, phone } = start();
      bench.setNumber(Setting.MinimumExpires, 120);
      const brief = phone.register([["Expires", "119"]]);
      assert.equal(brief.status, 423);
      assert.equal(fieldOf(brief, "min-expires"), "120");
      assert.equal(bench.bindings().length, 0);
      assert.equal(parameterOf(fieldOf(phone.register([["Expires", "120"]]), "contact"), "expires"), "120");
      assert.equal(parameterOf(fieldOf(phone.register([["Expires", "99999999999999"]]), "contact"), "expires"), "3600");
      assert.equal(parameterOf(fieldOf(phone.register([["Expires", "soon"]]), "contact"), "expires"), "3600");
    });

    it("several contacts: each its own expires and q, all of them told, the best first", () => {
      const { bench, phone } = start();
      const contacts = `<sip:101@${A}>;q=0.25;expires=100, "desk" <sip:101@${B};transport=udp>;q=0.7`;
      const answer = phone.register([["Expires", "200"]], contacts);
      assert.deepEqual(fieldsOf(answer, "contact"), [
        `<sip:101@${B};transport=udp>;expires=200;q=0.700`,
        `<sip:101@${A}>;expires=100;q=0.250`,
      ]);
      bench.advance(50_000);
      assert.deepEqual(fieldsOf(phone.register([["Expires", "200"]], ""), "contact"), [
        `<sip:101@${B};transport=udp>;expires=150;q=0.700`,
        `<sip:101@${A}>;expires=50;q=0.250`,
      ]);
      assert.deepEqual(fieldsOf(phone.register([], `<sip:101@${B}>;expires=0`), "contact"), [
        `<sip:101@${A}>;expires=50;q=0.250`,
      ]);
    });

    it("`*` with Expires 0 takes every contact out, and nothing else does", () => {
      const { bench, phone } = start();
      phone.register([], `<sip:101@${A}>, <sip:101@${B}>`);
      assert.equal(bench.bindings().length, 2);
      assert.equal(phone.register([["Expires", "60"]], "*").status, 400);
      assert.equal(phone.register([], "*").status, 400);
      assert.equal(phone.register([["Expires", "0"]], `<sip:1@${A}>, *`).status, 400);
      assert.equal(bench.bindings().length, 2);
      assert.equal(phone.register([["Expires", "0"]], "*").status, 200);
      assert.equal(bench.bindings().length, 0);
    });

    it("RFC 3261 §10.3 step 7: an older number of the same Call-ID changes nothing", () => {
      const { bench, phone } = start();
      phone.sequence = 100;
      phone.register([["Expires", "600"]]);
      const late = (contact: string): number => {
        phone.sequence = 50;
        phone.send(phone.registerText([], contact));
        const credentials = authorize(
          phone.challenge(phone.takeOne()),
          "101",
          phone.password,
          "REGISTER",
          `sip:${DOMAIN}`,
        );
        phone.send(
          phone.registerText(
            [
              ["Expires", "0"],
              ["Authorization", credentials],
            ],
            contact,
          ),
        );
        return phone.takeOne().status;
      };
      assert.equal(late(phone.contact), 500);
      assert.equal(late("*"), 500);
      assert.equal(bench.bindings().length, 1);
    });

    it("all contacts of one request are taken or none", () => {
      const { bench, phone } = start();
      assert.equal(phone.register([], `<sip:101@${A}>, <tel:+4930123>`).status, 400);
      assert.equal(phone.register([], `<sip:101@${A}>, <sip:101@${B}>;expires=1`).status, 423);
      assert.equal(bench.bindings().length, 0);
    });

    it("a user's ninth contact makes the one that ends first give way", () => {
      const { bench, phone } = start();
      for (let index = 0; index < 8; index++)
        phone.register([["Expires", `${100 + index}`]], `sip:101@198.51.100.${10 + index}`);
      assert.equal(bench.bindings().length, 8);
      assert.equal(phone.register([["Expires", "500"]], "sip:101@198.51.100.99").status, 200);
      const contacts = bench.bindings().map(({ contact }) => contact);
      assert.equal(contacts.length, 8);
      assert.ok(!contacts.includes("sip:101@198.51.100.10"));
      assert.ok(contacts.includes("sip:101@198.51.100.99"));
    });

    it("a retransmitted REGISTER gets the same answer and is no second use of its nonce", () => {
      const { bench, phone } = start();
      phone.send(phone.registerText([]));
      const credentials = authorize(
        phone.challenge(phone.takeOne()),
        "101",
        phone.password,
        "REGISTER",
        `sip:${DOMAIN}`,
      );
      const text = phone.registerText([["Authorization", credentials]]);
      phone.send(text);
      const answer = phone.takeOne();
      bench.advance(500);
      phone.send(text);
      assert.equal(phone.takeOne().text, answer.text);
      assert.equal(bench.counter("SipRetransmissionIn"), 1);
    });

    it("a phone behind a NAT is answered where it is, and its binding says so", () => {
      const { bench, phone } = start();
      phone.contact = "sip:101@10.0.0.7:5060";
      const answer = phone.register();
      assert.equal(parameterOf(fieldOf(answer, "via"), "rport"), "5062");
      assert.equal(parameterOf(fieldOf(answer, "via"), "received"), "198.51.100.1");
      assert.equal(bench.bindings()[0]?.source, A);
    });

    it("a user taken out of the configuration loses its bindings and its name", () => {
      const { bench, phone } = start();
      phone.register();
      bench.set(Setting.UserName, 0, "");
      assert.equal(bench.bindings().length, 0);
      assert.equal(phone.register().status, 401);
      assert.equal(bench.configureText(Setting.UserName, 0, "102"), -1, "102 stands elsewhere");
      bench.set(Setting.UserName, 0, "104");
    });

    it("configuration errors name the place", () => {
      const { bench } = start();
      assert.equal(bench.configureText(Setting.UserName, 5, "10 4"), 3);
      assert.equal(bench.configureText(Setting.UserMd5, 0, `${"0".repeat(31)}x`), 32);
      assert.equal(bench.configureText(Setting.Domain, 0, "a b"), 1);
      assert.equal(bench.configureText(Setting.Realm, 0, "other"), -1, "hashes of the users hold the realm");
      assert.equal(bench.configureText(99, 0, "x"), -1);
      assert.throws(() => bench.setEndpoint(0, "0.0.0.0:5060"), /refused/, "nobody could answer to it");
      assert.throws(() => bench.setEndpoint(12, "192.0.2.4:5060"), /refused/);
      assert.equal(bench.configureText(Setting.UserName, 10240, "x"), -1);
      assert.equal(bench.call("configureNumber", Setting.TimerC, 0, 180), -1);
      assert.equal(bench.call("configureNumber", Setting.MinimumExpires, 0, Number.NaN), -1);
    });
  });
}

// Registrations over the shipped module: RFC 3261 §10.3.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone, unique } from "../../support/bench-phone.ts";
import { authorize } from "../../support/digest-client.ts";
import { BUILDS, DOMAIN, ServerBench, Setting } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, parameterOf, type SipMessage, writeSip } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const B = "198.51.100.2:5062";

for (const build of BUILDS) {
  describe(`registrar, ${build} build`, () => {
    function start(): { bench: ServerBench; phone: BenchPhone } {
      const bench = new ServerBench(build);
      return { bench, phone: new BenchPhone(bench, "101", A) };
    }

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

// Numbers that are to be asked for elsewhere: RFC 3261 §8.3 and §21.3.3.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { authorize } from "../../support/digest-client.ts";
import { BUILDS, DOMAIN, ServerBench, Setting } from "../../support/server-bench.ts";
import { fieldOf, type SipMessage, writeSip } from "../../support/sip-text.ts";

const A = "198.51.100.1:5062";
const B = "198.51.100.2:5064";

for (const build of BUILDS) {
  describe(`redirects, ${build} build`, () => {
    function site(): { bench: ServerBench; anna: BenchPhone; call(number: string): SipMessage } {
      const bench = new ServerBench(build, ["101", "9100"]);
      const rules: [string, string][] = [
        ["9", "gateway.example.net"],
        ["90", "192.0.2.90:5070"],
        ["+", "[2001:db8::7]:5060"],
        ["80", `sip:101@${DOMAIN};transport=tcp`],
      ];
      for (const [index, [prefix, target]] of rules.entries()) {
        bench.set(Setting.RedirectPrefix, index, prefix);
        bench.set(Setting.RedirectTarget, index, target);
      }
      const anna = new BenchPhone(bench, "101", A);
      const call = (number: string): SipMessage => {
        anna.request("INVITE", `sip:${number}@${DOMAIN}`);
        return anna.takeOne();
      };
      return { bench, anna, call };
    }

    it("a number with such a prefix is 302 with that number at the other place, or with the URI that is set; the longest prefix counts", () => {
      const { call } = site();
      for (const [number, contact] of [
        ["9123", "<sip:9123@gateway.example.net>"],
        ["9", "<sip:9@gateway.example.net>"],
        ["90123", "<sip:90123@192.0.2.90:5070>"],
        ["+4912345", "<sip:+4912345@[2001:db8::7]:5060>"],
        ["8012", `<sip:101@${DOMAIN};transport=tcp>`],
      ]) {
        const answer = call(number as string);
        assert.equal(answer.startLine, "SIP/2.0 302 Moved Temporarily");
        assert.equal(fieldOf(answer, "contact"), contact);
      }
      assert.equal(call("8123").status, 404);
    });

    it("a user whose name begins so is called as ever, and is not elsewhere when it is not registered", () => {
      const { bench, call, anna } = site();
      assert.equal(call("9100").status, 480);
      const gate = new BenchPhone(bench, "9100", B);
      gate.register();
      anna.request("INVITE", gate.aor);
      assert.equal(gate.takeOne().method, "INVITE");
    });

    it("messages are redirected as calls are; what claims to be inside a dialog is not", () => {
      const { anna } = site();
      const to = `sip:9123@${DOMAIN}`;
      const [message] = [anna.request("MESSAGE", to)];
      assert.equal(anna.takeOne().status, 302);
      const tagged = message.fields.map(([name, value]): [string, string] =>
        name === "to" ? [name, `${value};tag=x`] : name === "via" ? [name, anna.via()] : [name, value],
      );
      const ask = (credentials: [string, string][]): SipMessage => {
        const fields = tagged.filter(([name]) => name !== "proxy-authorization" && name !== "content-length");
        anna.send(writeSip(`MESSAGE ${to} SIP/2.0`, [...fields, ...credentials]));
        return anna.takeOne();
      };
      const challenge = anna.challenge(ask([]));
      tagged[0] = ["Via", anna.via()];
      const proof = authorize(challenge, "101", anna.password, "MESSAGE", to);
      assert.equal(ask([["Proxy-Authorization", proof]]).status, 404);
    });

    it("strangers are told nothing of it", () => {
      const { bench } = site();
      const eve = new BenchPhone(bench, "666", "203.0.113.66:5060");
      const to = `sip:9123@${DOMAIN}`;
      eve.send(
        `INVITE ${to} SIP/2.0\r\n${eve
          .fields("INVITE", to)
          .map((field) => field.join(": "))
          .join("\r\n")}\r\n\r\n`,
      );
      assert.equal(eve.takeOne().status, 407);
    });

    it("a redirection is taken out by an empty prefix or target, and one that is no host is refused", () => {
      const { bench, call } = site();
      bench.set(Setting.RedirectPrefix, 1, "");
      assert.equal(fieldOf(call("90123"), "contact"), "<sip:90123@gateway.example.net>");
      bench.set(Setting.RedirectTarget, 0, "");
      assert.equal(call("90123").status, 404);
      for (const target of ["user@host", "sips:a@host", "sip:", "host;lr", "host?a=b", "a b", "host:70000"])
        assert.equal(bench.configureText(Setting.RedirectTarget, 5, target), 1, target);
      assert.equal(bench.configureText(Setting.RedirectPrefix, 5, "1 2"), 2);
      assert.equal(bench.configureText(Setting.RedirectPrefix, 5, "1".repeat(32)), -1);
      assert.equal(bench.configureText(Setting.RedirectPrefix, 16, "1"), -1);
      assert.equal(bench.configureText(Setting.RedirectTarget, 16, "host"), -1);
    });
  });
}

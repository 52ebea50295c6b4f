// Phones behind other proxies, over the shipped module: RFC 3327.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { BUILDS, SERVER, ServerBench } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf, type SipMessage } from "../../support/sip-text.ts";

const CALLER = "198.51.100.1:5062";
/** The proxy that the phone's messages come from. */
const EDGE = "203.0.113.5:5060";
/** The phone itself, behind it. */
const INNER = "10.0.0.7:5064";
const PATH = "<sip:x1@203.0.113.5:5060;lr;ob>";
const SECOND = "<sip:inner.example;lr>";
const SUPPORTED: [string, string] = ["Supported", "outbound, path"];
/** assembly/limits.ts */
const MAX_PATHS = 4096;
const MAX_CONTACTS = 8;
const PATH_SIZE = 255;

for (const build of BUILDS) {
  describe(`Path, ${build} build`, () => {
    /** 102 registers through the edge. */
    function behind(from = EDGE, users = ["101", "102"]): { bench: ServerBench; phone: BenchPhone } {
      const bench = new ServerBench(build, users);
      const phone = new BenchPhone(bench, "102", from);
      phone.contact = `sip:102@${INNER}`;
      return { bench, phone };
    }

    function register(phone: BenchPhone, ...paths: string[]): SipMessage {
      return phone.register([SUPPORTED, ...paths.map((path): [string, string] => ["Path", path])]);
    }

    function caller(bench: ServerBench): BenchPhone {
      const phone = new BenchPhone(bench, "101", CALLER);
      assert.equal(phone.register().status, 200);
      return phone;
    }

    it("§5.3: the values are copied into the 200 and kept in their order", () => {
      const { bench, phone } = behind();
      const answer = register(phone, PATH, SECOND);
      assert.equal(answer.status, 200);
      assert.deepEqual(fieldsOf(answer, "path"), [PATH, SECOND]);
      const [binding] = bench.bindings();
      assert.deepEqual([binding?.path, binding?.source], [`${PATH},${SECOND}`, EDGE]);
    });

    it("§5.4: a call goes to the first proxy, with the path as its Route and the contact as Request-URI; so does its ACK", () => {
      const { bench, phone } = behind();
      register(phone, `${PATH}, ${SECOND}`);
      const anna = caller(bench);
      anna.request("INVITE", phone.aor);
      assert.equal(anna.takeOne().status, 100);
      const invite = phone.takeOne();
      assert.equal(invite.startLine, `INVITE sip:102@${INNER} SIP/2.0`);
      assert.deepEqual(fieldsOf(invite, "route"), [`${PATH}, ${SECOND}`]);
      phone.answer(invite, "486 Busy Here");
      assert.equal(anna.takeOne().status, 486);
      const ack = phone.takeOne();
      assert.equal(ack.method, "ACK");
      assert.deepEqual(fieldsOf(ack, "route"), fieldsOf(invite, "route"));
    });

    it("a whole call: what follows in its dialog goes by the first proxy as well, and nothing is left", () => {
      const { bench, phone } = behind();
      register(phone, PATH);
      const anna = caller(bench);
      const invite = anna.request("INVITE", phone.aor);
      anna.take();
      const received = phone.takeOne();
      phone.answer(received, "200 OK");
      const ok = anna.takeOne();
      assert.equal(ok.status, 200);
      anna.send(anna.dialogRequest("ACK", invite, ok, true));
      const ack = phone.takeOne();
      assert.equal(ack.startLine, `ACK sip:102@${INNER} SIP/2.0`);
      phone.send(phone.dialogRequest("BYE", invite, ok, false));
      const bye = anna.takeOne();
      anna.answer(bye, "200 OK");
      assert.equal(phone.takeOne().status, 200);
      bench.advance(64_001);
      assert.deepEqual(bench.used, { transactions: 0, forwardings: 0, buffers: 0 });
    });

    it("the path leads to another port of the proxy than the one that it sends from, and that is where calls go", () => {
      const { bench, phone } = behind("203.0.113.5:40000");
      assert.equal(register(phone, PATH).status, 200);
      caller(bench).request("MESSAGE", phone.aor);
      assert.equal(bench.takeOne(EDGE).uri, phone.contact);
    });

    it("a contact registered again by no proxy is called where it is", () => {
      const { bench, phone } = behind();
      register(phone, PATH);
      assert.equal(phone.register().status, 200);
      assert.equal(bench.bindings()[0]?.path, undefined);
      caller(bench).request("MESSAGE", phone.aor);
      assert.deepEqual(fieldsOf(phone.takeOne(), "route"), []);
    });

    it("§5.3: a phone that does not support it is told that a proxy has used it: 420", () => {
      const { bench, phone } = behind();
      phone.send(phone.registerText([["Path", PATH]]));
      const answer = phone.takeOne();
      assert.equal(answer.status, 420);
      assert.equal(fieldOf(answer, "unsupported"), "path");
      assert.equal(bench.bindings().length, 0);
    });

    it("it may be required; with what is not had, only that is named", () => {
      const { phone } = behind();
      assert.equal(phone.register([SUPPORTED, ["Require", "path"], ["Path", PATH]]).status, 200);
      phone.send(
        phone.registerText([
          ["Require", "path, outbound"],
          ["Require", "pat, pathe, PATH"],
        ]),
      );
      const answer = phone.takeOne();
      assert.equal(answer.status, 420);
      assert.equal(fieldOf(answer, "unsupported"), "outbound, pat, pathe");
    });

    it("nothing is kept without a proof of who it is", () => {
      const { bench, phone } = behind();
      phone.send(phone.registerText([SUPPORTED, ["Path", PATH]]));
      assert.equal(phone.takeOne().status, 401);
      assert.equal(bench.bindings().length, 0);
    });

    const refused: Record<string, [path: string, status: number]> = {
      "another host than the one that sends": ["<sip:203.0.113.6:5060;lr>", 403],
      "a name": ["<sip:edge.example;lr>", 403],
      "a sips URI": ["<sips:203.0.113.5;lr>", 403],
      "a transport that we do not speak": ["<sip:203.0.113.5;transport=tls;lr>", 403],
      "a strict router": ["<sip:203.0.113.5:5060>", 400],
      "a strict router further on": [`${PATH}, <sip:b.example>`, 400],
      "lr beside the URI": ["sip:203.0.113.5;lr", 400],
      "no address at all": ["<>", 400],
      nothing: ["", 400],
      "more than is kept": [`<sip:${"x".repeat(PATH_SIZE)}@203.0.113.5;lr>`, 513],
    };
    for (const [what, [path, status]] of Object.entries(refused)) {
      it(`${what} is ${status}, and a registration that stands is left as it is`, () => {
        const { bench, phone } = behind();
        assert.equal(register(phone, PATH).status, 200);
        assert.equal(register(phone, path).status, status);
        assert.deepEqual(bench.bindings()[0]?.path, PATH);
      });
    }

    it("a path to the server itself is 403: its calls would come back", () => {
      const { bench, phone } = behind("192.0.2.1:40000");
      assert.equal(register(phone, `<sip:${SERVER};lr>`).status, 403);
      assert.equal(bench.bindings().length, 0);
    });

    it("the longest path that is kept comes back whole", () => {
      const { bench, phone } = behind();
      const frame = "<sip:@203.0.113.5:5060;lr>";
      const path = frame.replace("@", `${"x".repeat(PATH_SIZE - frame.length)}@`);
      assert.equal(register(phone, path).status, 200);
      assert.equal(bench.bindings()[0]?.path, path);
    });
  });
}

describe("room for paths", () => {
  it("when it is all taken the next phone is told so, 503, and those that go make room", () => {
    const users = Array.from({ length: MAX_PATHS / MAX_CONTACTS + 1 }, (_, index) => `${1000 + index}`);
    const bench = new ServerBench("release", users);
    const contacts = (user: string): string =>
      Array.from({ length: MAX_CONTACTS }, (_, index) => `<sip:${user}@10.0.0.7:${6000 + index}>`).join(", ");
    const register = (user: string, contact: string, more: [string, string][] = []): number =>
      new BenchPhone(bench, user, EDGE).register([SUPPORTED, ["Path", PATH], ...more], contact).status;
    const last = users.pop() as string;
    for (const user of users) {
      assert.equal(register(user, contacts(user)), 200);
      bench.advance(1);
      bench.reports.length = 0;
    }
    assert.equal(bench.call("bindingCount"), MAX_PATHS);
    const one = `<sip:${last}@10.0.0.8>`;
    assert.equal(register(last, one), 503);
    assert.equal(register("1000", contacts("1000")), 200, "who has one keeps it");
    assert.equal(new BenchPhone(bench, last, EDGE).register([], one).status, 200, "without a path there is room");
    assert.equal(register("1001", "<sip:1001@10.0.0.7:6000>", [["Expires", "0"]]), 200);
    assert.equal(register(last, one), 200);
    assert.equal(register("1001", "<sip:1001@10.0.0.7:6000>"), 503);
    bench.advance(3_600_000);
    assert.equal(bench.call("bindingCount"), 0);
    assert.equal(register("1001", contacts("1001")), 200);
  });
});

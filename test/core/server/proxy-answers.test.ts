// Several phones of one user, and what the caller hears of them: RFC 3261 §16.7.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BenchPhone } from "../../support/bench-phone.ts";
import { C, cancelOf, D, proxySite, type Site } from "../../support/proxy-site.ts";
import { BUILDS } from "../../support/server-bench.ts";
import { fieldOf, parameterOf, type SipMessage } from "../../support/sip-text.ts";

for (const build of BUILDS) {
  describe(`proxy, answers, ${build} build`, () => {
    const { site, isClean, BERT } = proxySite(build);

    describe("forking", () => {
      /** 102 has three phones. */
      function fork(): Site & { invite: SipMessage; phones: BenchPhone[]; received: SipMessage[] } {
        const { bench, anna, bert } = site();
        const phones = [bert, new BenchPhone(bench, "102", C), new BenchPhone(bench, "102", D)];
        phones[1]?.register();
        phones[2]?.register();
        const invite = anna.request("INVITE", BERT);
        assert.equal(anna.takeOne().status, 100);
        return { bench, anna, bert, invite, phones, received: phones.map((phone) => phone.takeOne()) };
      }

      it("all phones of a user ring; the first to answer wins, the others are cancelled", () => {
        const { bench, anna, phones, received } = fork();
        const branches = received.map((message) => parameterOf(fieldOf(message, "via"), "branch"));
        assert.equal(new Set(branches).size, 3);
        for (const [index, phone] of phones.entries()) phone.answer(received[index] as SipMessage, "180 Ringing");
        assert.deepEqual(
          anna.take().map(({ status }) => status),
          [180, 180, 180],
        );
        phones[1]?.answer(received[1] as SipMessage, "200 OK");
        assert.equal(anna.takeOne().status, 200);
        assert.deepEqual(phones[1]?.take(), []);
        for (const index of [0, 2]) {
          const cancel = phones[index]?.takeOne() as SipMessage;
          assert.equal(cancel.method, "CANCEL");
          phones[index]?.answer(cancel, "200 OK");
          phones[index]?.answer(received[index] as SipMessage, "487 Request Terminated");
          assert.equal(phones[index]?.takeOne().method, "ACK");
        }
        assert.deepEqual(anna.take(), []);
        isClean(bench);
      });

      it("RFC 3261 §16.7 step 5: a second 200 is passed on as well", () => {
        const { bench, anna, phones, received } = fork();
        phones[0]?.answer(received[0] as SipMessage, "200 OK");
        phones[1]?.answer(received[1] as SipMessage, "200 OK");
        assert.deepEqual(
          anna.take().map(({ status }) => status),
          [200, 200],
        );
        isClean(bench);
      });

      it("RFC 3261 §16.7 step 6: when all refuse, the caller gets the best of the answers", () => {
        for (const [answers, best] of [
          [["486 Busy Here", "480 Temporarily Unavailable", "302 Moved Temporarily"], 302],
          [["500 Server Internal Error", "486 Busy Here", "503 Service Unavailable"], 486],
          [["404 Not Found", "484 Address Incomplete", "486 Busy Here"], 484],
        ] as const) {
          const { bench, anna, phones, received } = fork();
          answers.forEach((answer, index) => {
            assert.deepEqual(anna.take(), []);
            phones[index]?.answer(received[index] as SipMessage, answer);
          });
          assert.equal(anna.takeOne().status, best);
          isClean(bench);
        }
      });

      it("RFC 3261 §16.7 step 5: a 6xx ends it for all, once the others have ended", () => {
        const { bench, anna, phones, received } = fork();
        for (const [index, phone] of phones.entries()) phone.answer(received[index] as SipMessage, "180 Ringing");
        anna.take();
        phones[0]?.answer(received[0] as SipMessage, "603 Decline");
        assert.deepEqual(anna.take(), []);
        for (const index of [1, 2]) {
          assert.equal(phones[index]?.takeOne().method, "CANCEL");
          phones[index]?.answer(received[index] as SipMessage, "487 Request Terminated");
        }
        assert.equal(anna.takeOne().status, 603);
        isClean(bench);
      });

      it("one phone is busy, the others say nothing for 32 s: busy", () => {
        const { bench, anna, phones, received } = fork();
        phones[2]?.answer(received[2] as SipMessage, "486 Busy Here");
        bench.advance(32_000);
        assert.equal(anna.takeOne().status, 486);
        isClean(bench);
      });

      it("a cancelled fork cancels every phone", () => {
        const { bench, anna, invite, phones, received } = fork();
        for (const [index, phone] of phones.entries()) phone.answer(received[index] as SipMessage, "180 Ringing");
        anna.take();
        anna.send(cancelOf(invite));
        assert.equal(anna.takeOne().status, 200);
        phones.forEach((phone, index) => {
          assert.equal(phone.takeOne().method, "CANCEL");
          phone.answer(received[index] as SipMessage, "487 Request Terminated");
        });
        assert.equal(anna.takeOne().status, 487);
        isClean(bench);
      });
    });
  });
}

// CANCEL and Timer C at the proxy: RFC 3261 §16.8 and §16.10, RFC 5407.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { B, cancelOf, proxySite, STRANGER } from "../../support/proxy-site.ts";
import { BUILDS, Setting } from "../../support/server-bench.ts";
import { fieldOf, fieldsOf } from "../../support/sip-text.ts";

for (const build of BUILDS) {
  describe(`proxy, cancelling, ${build} build`, () => {
    const { calling, isClean, BERT } = proxySite(build);

    it("RFC 3261 §16.10: CANCEL is answered at once, reaches the callee, and the 487 comes back", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      const ok = anna.takeOne();
      assert.equal(ok.startLine, "SIP/2.0 200 OK");
      assert.match(fieldOf(ok, "cseq"), /CANCEL$/);
      const cancel = bert.takeOne();
      assert.equal(cancel.startLine, `CANCEL sip:102@${B} SIP/2.0`);
      assert.deepEqual(fieldsOf(cancel, "via"), [fieldOf(received, "via")], "§9.1: the INVITE's Via alone");
      for (const name of ["from", "to", "call-id"]) assert.equal(fieldOf(cancel, name), fieldOf(received, name));
      assert.equal(fieldOf(cancel, "cseq"), fieldOf(received, "cseq").replace("INVITE", "CANCEL"));
      bert.answer(cancel, "200 OK");
      bert.answer(received, "487 Request Terminated");
      assert.equal(bert.takeOne().method, "ACK");
      const final = anna.takeOne();
      assert.equal(final.status, 487);
      anna.send(anna.ackText(invite.fields, BERT, final));
      isClean(bench);
    });

    it("RFC 3261 §9.1: a callee that has said nothing is cancelled when it says its first word", () => {
      const { bench, anna, bert, invite, received } = calling();
      anna.send(cancelOf(invite));
      assert.equal(anna.takeOne().status, 200);
      assert.deepEqual(bert.take(), []);
      bert.answer(received, "180 Ringing");
      assert.equal(bert.takeOne().method, "CANCEL");
      assert.deepEqual(anna.take(), []);
      bert.answer(received, "487 Request Terminated");
      assert.equal(anna.takeOne().status, 487);
      isClean(bench);
    });

    it("a cancelled callee that never ends its INVITE is given up after 32 s: the caller gets 487", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      anna.takeOne();
      bench.advance(32_000);
      assert.equal(anna.takeOne().status, 487);
      isClean(bench);
    });

    it("a 200 that crosses the CANCEL wins (RFC 5407 §3.1.2)", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      anna.takeOne();
      bert.answer(received, "200 OK");
      assert.equal(anna.takeOne().status, 200);
      isClean(bench);
    });

    it("a CANCEL for nothing we know is 481, and one from another host than the INVITE's too", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      bench.receive(STRANGER, cancelOf(invite));
      assert.equal(bench.takeOne(STRANGER).status, 481);
      anna.send(cancelOf(invite).replace(/branch=z9hG4bK/, "branch=z9hG4bKx"));
      assert.equal(anna.takeOne().status, 481);
      assert.deepEqual(bert.take(), []);
    });

    it("RFC 3261 §16.8: Timer C cancels a call that rings longer than it may; each 18x starts it again", () => {
      const { bench, anna, bert, received } = calling();
      bench.setNumber(Setting.TimerC, 181);
      bert.answer(received, "180 Ringing");
      bench.advance(180_000);
      bert.answer(received, "180 Ringing");
      bench.advance(180_999);
      assert.deepEqual(bert.take(), []);
      anna.take();
      bench.advance(1);
      const cancel = bert.takeOne();
      assert.equal(cancel.method, "CANCEL");
      bert.answer(cancel, "200 OK");
      bench.advance(32_000);
      assert.equal(anna.takeOne().status, 408, "the phone took the CANCEL and still never ended its INVITE");
      isClean(bench);
    });

    it("a phone that says something while the caller waits for the answer to its CANCEL is not asked twice", () => {
      const { bench, anna, bert, invite, received } = calling();
      bert.answer(received, "180 Ringing");
      anna.takeOne();
      anna.send(cancelOf(invite));
      anna.takeOne();
      assert.equal(bert.takeOne().method, "CANCEL");
      bert.answer(received, "180 Ringing");
      assert.deepEqual(bert.take(), []);
      bench.advance(500);
      assert.equal(bert.takeOne().method, "CANCEL", "until the CANCEL is answered it is repeated");
      isClean(bench);
    });
  });
}

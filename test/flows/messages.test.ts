// Texts between lines, digits by INFO, and messages that wait: from one telephone to the log and the ear of another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { callTones } from "../../host/phone/call-tones.ts";
import { keysIn } from "../support/key-tones.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";

const LATER = 150_000;

function isOver(virtual: VirtualBox): void {
  virtual.clock.advance(LATER);
  assert.deepEqual(virtual.leftOver(), []);
}

for (const build of BUILDS) {
  test(`RFC 3428: a text sent on one line stands in the log of the other, whatever it holds (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 601 });
    virtual.box.orderLine(1, "message", "102 grüße: \u001b[2J\u0007 \u009b31m 你好");
    virtual.until(() => virtual.reported(1, Report.MessageSent).length === 1, 5000, "the answer");
    assert.deepEqual(virtual.logged("line 2").slice(-1), ["info: message from 101: grüße:  [2J   31m 你好"]);
    virtual.box.orderLine(1, "message", "199 hello");
    virtual.until(() => virtual.reported(1, Report.MessageFailed).length === 1, 5000, "the answer");
    assert.deepEqual(virtual.logged("line 1").slice(-1), ["warn: message not delivered to 199: 404 Not Found"]);
    isOver(virtual);
  });

  test(`a line that sends its digits by INFO: the other end hears each as its tones (${build})`, async () => {
    const keys = (line: number) => (line === 1 ? 'dtmf = "info"' : "");
    const virtual = await VirtualBox.startRegistered({ build, seed: 602, keys });
    await virtual.connect(1, 2);
    await virtual.dial(1, "159#");
    await virtual.pass(1000);
    const digits = virtual.reported(2, Report.DigitReceived).map(({ text }) => text);
    assert.equal(digits.join(""), "159#");
    const heard = keysIn(virtual.phone(2).heard.samples()).filter(({ length }) => length > 20);
    assert.equal(heard.map(({ key }) => key).join(""), "159#");
    for (const { key, length } of heard) assert.ok(length >= 120 && length <= 180, `${key} for ${length} ms`);
    virtual.phone(1).hang();
    virtual.phone(2).hang();
    isOver(virtual);
  });
}

test("RFC 3842: the registrar says that messages wait: dial tone stutters, the console shows them; then none do", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 603, phones: 1, hasServer: true });
  assert.equal(virtual.box.lines()[0]?.messages, null);
  const contact = virtual.box.server()?.bindings[0]?.contact ?? "";
  const notify = async (branch: string, body: string) => {
    const text = [
      `NOTIFY ${contact} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bK${branch}`,
      "From: <sip:pbx@127.0.0.1>;tag=1",
      "To: <sip:101@127.0.0.1>",
      `Call-ID: ${branch}`,
      "CSeq: 1 NOTIFY",
      "Event: message-summary",
      "Content-Type: application/simple-message-summary",
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n");
    const socket = await virtual.network.open("pbx", "127.0.0.1", 5999, 4096, () => {});
    socket.send(Buffer.from(text), "127.0.0.1", 5070);
    await virtual.pass(100);
    await socket.close();
  };
  await notify("n1", "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/0)\r\n");
  assert.deepEqual(virtual.box.lines()[0]?.messages, { areWaiting: true, new: 2, old: 8 });
  assert.deepEqual(virtual.logged("line 1").slice(-1), ["info: messages waiting: 2 new, 8 old"]);
  virtual.phone(1).lift();
  await virtual.pass(1000);
  const stutter = virtual.phone(1).heard.samples().subarray(-7000, -4000);
  const isSilentSomewhere = Array.from({ length: 30 }, (_, at) => stutter.subarray(at * 100, at * 100 + 100)).some(
    (part) => part.every((sample) => Math.abs(sample) < 50),
  );
  assert.ok(isSilentSomewhere, "a stutter has pauses");
  await virtual.run(virtual.phone(1).waitForTone(callTones("US").dial, 20_000, "dial tone"), 21_000);
  virtual.phone(1).hang();
  await virtual.pass(1000);
  await notify("n2", "Messages-Waiting: no\r\n");
  assert.deepEqual(virtual.box.lines()[0]?.messages, { areWaiting: false, new: 0, old: 0 });
  await virtual.lift(1);
  virtual.phone(1).hang();
  isOver(virtual);
});

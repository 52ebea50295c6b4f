// Lines whose registrar is a sips URI: RFC 5630. Everything of theirs goes by TLS, and says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BUILDS, type Build, VirtualBox } from "../support/virtual-box.ts";

const HERE = "127.0.0.1";
const TLS = 'tls_port = 5061\n[tls]\ncertificate = "/tipring/server.pem"\nkey = "/tipring/server.key"';

async function start(build: Build): Promise<{ virtual: VirtualBox; texts: string[] }> {
  const texts: string[] = [];
  const virtual = await VirtualBox.start({ build, seed: 71, phones: 3, registrar: `sips:${HERE}:5061`, server: TLS });
  virtual.network.streams.onWrite = ({ bytes }) => texts.push(Buffer.from(bytes).toString("latin1"));
  virtual.network.onSend = ({ from }) => assert.ok(!/:50[67]0$/.test(from), "a datagram of SIP");
  virtual.until(() => virtual.areAllRegistered, 10_000, "the registration of every line");
  return { virtual, texts };
}

for (const build of BUILDS) {
  test(`a line registers and calls by sips: contacts, addresses and routes say so, all goes by TLS (${build})`, async () => {
    const { virtual, texts } = await start(build);
    for (const { contact } of virtual.box.server()?.bindings ?? [])
      assert.match(contact, /^sips:\d+-[0-9a-f]+@127\.0\.0\.1/);
    texts.length = 0;
    await virtual.connect(1, 2);
    await virtual.pass(500);
    virtual.phone(2).hang();
    virtual.until(() => virtual.state(1) === "disconnected", 2000, "the end at the caller");
    virtual.phone(1).hang();
    const requests = texts.filter((text) => /^(?:INVITE|ACK|BYE) /.test(text));
    assert.ok(requests.some((text) => text.startsWith("INVITE ")) && requests.some((text) => text.startsWith("BYE ")));
    for (const text of texts) assert.doesNotMatch(text, /[ <]sip:/, text);
    assert.ok(requests.every((text) => /^\w+ sips:\S+ SIP\/2\.0\r\nVia: SIP\/2\.0\/TLS /.test(text)));
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
    await virtual.stop();
  });

  test(`RFC 5589: a call by sips is handed on by sips (${build})`, async () => {
    const { virtual, texts } = await start(build);
    await virtual.connect(1, 2);
    virtual.box.orderLine(1, "transfer", "103");
    await virtual.rings(3);
    virtual.phone(3).lift();
    virtual.until(() => virtual.isTalking(2) && virtual.isTalking(3), 5000, "the answer");
    assert.ok(texts.some((text) => text.includes(`Refer-To: <sips:103@${HERE}>`)));
    for (const line of [1, 2, 3]) virtual.phone(line).hang();
    virtual.clock.advance(150_000);
    assert.deepEqual(virtual.leftOver(), []);
    await virtual.stop();
  });
}

test("a line by sips and one by sip call each other as far as RFC 5630 lets them", async () => {
  const home = await VirtualBox.startRegistered({ seed: 72, phones: 1, guests: 1, server: TLS });
  const away = await VirtualBox.start({ beside: home, phones: 1, registrar: `sips:${HERE}:5061` });
  home.until(() => away.areAllRegistered, 10_000, "the registration of the other box");
  for (const [from, to, number] of [
    [home, away, "201"],
    [away, home, "101"],
  ] as const) {
    await from.call(1, number);
    // RFC 5630 §5.3: who has no sips contact is not reached by a sips address
    if (from === away) await from.hears(1, "congestion");
    else {
      await to.rings(1);
      to.phone(1).lift();
      home.until(() => home.isTalking(1) && away.isTalking(1), 5000, "the answer");
      home.clock.advance(40_000);
      assert.ok(home.isTalking(1) && away.isTalking(1));
      to.phone(1).hang();
      home.until(() => from.state(1) === "disconnected", 3000, "the end");
    }
    for (const box of [home, away]) box.phone(1).hang();
    home.clock.advance(100_000);
    for (const box of [home, away]) assert.deepEqual(box.leftOver(), []);
  }
});

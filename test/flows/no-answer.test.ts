// Calls that nobody answers: what the caller hears, what the other phone does, what the log says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { BUILDS, VirtualBox } from "../support/virtual-box.ts";

const HOWLER_HZ = [1400, 2060, 2450, 2600];

async function hangsUp(virtual: VirtualBox, ...lines: number[]): Promise<void> {
  for (const line of lines) virtual.phone(line).hang();
  virtual.until(() => lines.every((line) => virtual.state(line) === "idle"), 3000, "everybody on-hook");
  virtual.clock.advance(100_000);
  assert.deepEqual(virtual.leftOver(), []);
}

for (const build of BUILDS) {
  test(`a phone whose handset is lifted is busy: busy tone (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 21 });
    await virtual.lift(2);
    await virtual.call(1, "102");
    await virtual.hears(1, "busy");
    assert.ok(
      virtual.logged("line 1").includes("warn: call failed: 102: 486 Busy Here"),
      `${virtual.logged("line 1")}`,
    );
    assert.equal(virtual.phone(2).bell.bursts.length, 0);
    await hangsUp(virtual, 1, 2);
  });

  test(`a phone that talks is busy, and its talk goes on (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 22, phones: 3 });
    await virtual.connect(1, 2);
    for (const taken of ["101", "102"]) {
      await virtual.call(3, taken);
      await virtual.hears(3, "busy");
      virtual.phone(3).hang();
      await virtual.pass(2000);
      assert.ok(virtual.isTalking(1) && virtual.isTalking(2));
    }
    await hangsUp(virtual, 1, 2);
  });

  test(`nobody answers: after ring_timeout the phone is quiet and the caller hears congestion tone (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 23, keys: () => "ring_timeout = 10" });
    await virtual.call(1, "102");
    await virtual.rings(2);
    virtual.until(() => virtual.state(2) === "idle", 20_000, "the end of the ringing");
    assert.equal(virtual.clock.now() - virtual.phone(2).bell.bursts[0]!.from, 10_000);
    await virtual.hears(1, "congestion");
    assert.ok(!virtual.phone(2).isRinging);
    assert.ok(virtual.logged("line 1").includes("warn: call failed: 102: 480 Temporarily Unavailable"));
    await hangsUp(virtual, 1);
  });

  test(`an extension that is nobody's: congestion tone, and the log says 404 (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 24 });
    await virtual.call(1, "199");
    await virtual.hears(1, "congestion");
    assert.ok(
      virtual.logged("line 1").includes("warn: call failed: 199: 404 Not Found"),
      `${virtual.logged("line 1")}`,
    );
    await hangsUp(virtual, 1);
  });

  test(`a phone left off-hook: dial tone, congestion, the howler, silence; hung up it works again (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({ build, seed: 25, keys: () => "first_digit_timeout = 8" });
    const phone = virtual.phone(1);
    await virtual.lift(1);
    const lifted = virtual.clock.now();
    await virtual.hears(1, "congestion");
    assert.ok(virtual.clock.now() - lifted < 10_000);
    virtual.until(() => virtual.state(1) === "howler", 40_000, "the howler");
    await virtual.pass(2000);
    for (const level of phone.hears(HOWLER_HZ, 1000)) assert.ok(level > -25, `${level} dBm0`);
    assert.ok(virtual.logged("line 1").includes("warn: left off-hook: howler"));
    virtual.until(() => virtual.state(1) === "parked", 70_000, "the end of the howler");
    await virtual.pass(2000);
    for (const level of phone.hears([...HOWLER_HZ, 350, 440, 480, 620], 1000)) assert.ok(level < -60, `${level} dBm0`);
    assert.equal(virtual.reported(1, Report.CallStarted).length, 0);

    phone.hang();
    virtual.until(() => virtual.state(1) === "idle", 3000, "on-hook");
    await virtual.connect(1, 2);
    await hangsUp(virtual, 1, 2);
  });

  test(`a number that the dial plan refuses: congestion tone at that digit, and nothing is sent (${build})`, async () => {
    const virtual = await VirtualBox.startRegistered({
      ...{ build, seed: 26 },
      keys: () => "long_digit_timeout = 4",
    });
    virtual.box.config.set(["line", "1", "dial_plan", "(10[12]|6xx)"]);
    await virtual.run(virtual.box.config.commit());
    await virtual.pass(1000);
    const sent = virtual.network.traffic("127.0.0.1:5070").sent;

    await virtual.call(1, "103");
    await virtual.hears(1, "congestion");
    virtual.phone(1).hang();
    await virtual.pass(2000);

    // an unfinished number is none either
    await virtual.call(1, "10");
    const dialled = virtual.clock.now();
    virtual.until(() => virtual.state(1) === "congestion", 10_000, "congestion tone");
    assert.ok(Math.abs(virtual.clock.now() - dialled - 4000) < 200, `${virtual.clock.now() - dialled} ms`);
    assert.equal(virtual.network.traffic("127.0.0.1:5070").sent, sent);
    virtual.phone(1).hang();
    await virtual.pass(2000);

    await virtual.connect(1, 2);
    await hangsUp(virtual, 1, 2);
  });
}

test("calling one's own number: busy tone", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 27 });
  await virtual.call(1, "101");
  await virtual.hears(1, "busy");
  assert.equal(virtual.phone(1).bell.bursts.length, 0);
  await hangsUp(virtual, 1);
});

test("the caller hangs up while it rings: the phone is quiet at once, and lifted it has dial tone", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 28 });
  const sip: string[] = [];
  virtual.box.onSip(({ summary }) => sip.push(summary));
  await virtual.call(1, "102");
  await virtual.rings(2);
  await virtual.hears(1, "ringback");
  virtual.phone(1).hang();
  virtual.until(() => virtual.state(1) === "idle", 3000, "the caller on-hook");
  virtual.until(() => virtual.state(2) === "idle", 100, "the end of the ringing");
  assert.ok(!virtual.phone(2).isRinging);
  await virtual.pass(1000);
  assert.ok(
    sip.some((summary) => summary.startsWith("CANCEL")) && sip.some((summary) => summary.startsWith("487")),
    `${sip}`,
  );
  assert.ok(!sip.some((summary) => summary.startsWith("BYE")));
  await virtual.lift(2);
  await hangsUp(virtual, 2);
});

test("RFC 3261 §9.1: hung up before anything came back, the call is cancelled once something has", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 29 });
  const sip: string[] = [];
  virtual.box.onSip(({ from, summary }) => {
    sip.push(`${from}: ${summary}`);
    // from the INVITE with credentials on so slow that the hook has made up its mind before the first answer is here
    if (sip.filter((line) => line.startsWith("phone1") && line.includes(": INVITE")).length === 2)
      virtual.network.wire = { delay: 900, jitter: 0, loss: 0, duplicates: 0, reordering: 0, heldFor: 0 };
  });
  await virtual.call(1, "102");
  virtual.phone(1).hang();
  virtual.until(() => virtual.state(1) === "idle", 2000, "on-hook");
  assert.ok(!sip.some((line) => line.includes(": 100")), "nothing has come back yet");
  await virtual.pass(20_000);
  const cancel = sip.findIndex((line) => line.includes(": CANCEL"));
  assert.ok(cancel > sip.findIndex((line) => line.startsWith("server: 100")) && cancel >= 0, sip.join("\n"));
  assert.deepEqual([virtual.state(1), virtual.state(2)], ["idle", "idle"]);
  await hangsUp(virtual, 1);
});

test("hung up before the server has asked for a password, nobody's phone rings", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 31 });
  virtual.network.wire = { delay: 900, jitter: 0, loss: 0, duplicates: 0, reordering: 0, heldFor: 0 };
  await virtual.call(1, "102");
  virtual.phone(1).hang();
  await virtual.pass(20_000);
  assert.equal(virtual.phone(2).bell.bursts.length, 0);
  await hangsUp(virtual, 1);
});

test("a caller who changes his mind while dialling has called nobody", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 30 });
  for (const mode of ["dtmf", "pulse"] as const) {
    virtual.phone(1).mode = mode;
    await virtual.lift(1);
    const dialled = virtual.phone(1).dial("102");
    await virtual.pass(250);
    virtual.phone(1).hang();
    assert.equal(await virtual.run(dialled), false);
    await virtual.pass(3000);
  }
  assert.equal(virtual.reported(1, Report.CallStarted).length, 0);
  assert.equal(virtual.phone(2).bell.bursts.length, 0);
  await hangsUp(virtual, 1);
});

test("seven people who redial a busy number without a pause hear busy tone each time: the tables hold", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 32, phones: 7 });
  const lines = [1, 2, 3, 4, 5, 6, 7];
  for (let round = 0; round < 12; round++) {
    for (const line of lines) virtual.phone(line).lift();
    await virtual.pass(700);
    await virtual.run(Promise.all(lines.map((line) => virtual.phone(line).dial(`${101 + (line % 7)}`))));
    await virtual.pass(300);
    for (const line of lines) {
      assert.equal(
        virtual.state(line),
        "busy",
        `round ${round}, line ${line}: ${virtual.logged(`line ${line}`).at(-1)}`,
      );
      virtual.phone(line).hang();
    }
    await virtual.pass(1700);
  }
  await hangsUp(virtual);
});

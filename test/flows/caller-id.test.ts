// Who calls, as the called telephone shows it: by every scheme, at the right moment, and never in anybody's ear.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CALLER_ID_SCHEMES } from "../../host/adapter-abi.ts";
import type { ShownCall } from "../../host/phone/display-message.ts";
import { VirtualBox } from "../support/virtual-box.ts";

/** Of the virtual clock's first day, in the box's time zone. */
const DAY = "0101";
const KEYS = 'country = "SE"\ncaller_id = ';
const BETWEEN_RINGS: readonly string[] = ["bellcore", "bellcore-single", "etsi-during-ringing", "dtmf-brazil"];
/** ETSI EN 300 659-1 §6: from the message to the next ring. */
const GUARD = 200;

async function called(scheme: string, keys = ""): Promise<VirtualBox> {
  const line = (number: number) =>
    number === 1 ? 'country = "SE"\ndisplay = "Åsa Öberg"' : `${KEYS}"${scheme}"\n${keys}`;
  const virtual = await VirtualBox.startRegistered({ seed: 701, keys: line, system: 'time_zone = "Asia/Kathmandu"' });
  await virtual.call(1, "102");
  return virtual;
}

function isTold(virtual: VirtualBox, limit = 8000): number {
  virtual.until(() => virtual.phone(2).display.calls.length > 0, limit, "the caller on the display");
  return virtual.clock.now();
}

for (const scheme of CALLER_ID_SCHEMES.filter((name) => name !== "none")) {
  const isBetween = BETWEEN_RINGS.includes(scheme);
  test(`${scheme}: the phone shows who calls ${isBetween ? "after its first ring" : "before it rings"}, and can be answered`, async () => {
    const virtual = await called(scheme);
    const phone = virtual.phone(2);
    const at = isTold(virtual);
    const before = phone.bell.bursts.filter(({ to }) => to <= at);
    // A short ring wakes displays of one scheme.
    const pulses = scheme === "etsi-ring-pulse" ? 1 : 0;
    assert.equal(before.length, isBetween ? 1 : pulses);
    assert.equal(phone.isRinging, false);
    virtual.until(() => phone.isRinging, 8000, "a ring after it");
    const guard = phone.bell.bursts.at(-1)!.from - at;
    assert.ok(guard >= GUARD, `a ring ${guard} ms after the message`);

    const { time, ...who } = phone.display.last as ShownCall;
    const hasName = !scheme.startsWith("dtmf") && scheme !== "ntt" && scheme !== "bellcore-single";
    assert.deepEqual(who, hasName ? { number: "101", name: "Asa Oberg" } : { number: "101" });
    // 00:00 UTC, and a little for the call to be dialled, is 05:45 in Nepal.
    if (time !== undefined) assert.match(time, new RegExp(`^${DAY}054[5-9]$`));
    assert.equal(phone.isPolarityReversed, false, "the line is as it was");
    assert.equal(virtual.box.adapter.soundClock.isActive(1), false, "no sound goes to a phone that rings");

    phone.lift();
    virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 500, "the answer");
    phone.hang();
    virtual.phone(1).hang();
    virtual.clock.advance(100_000);
    assert.deepEqual(virtual.leftOver(), []);
  });
}

for (const [scheme, after] of [
  ["bellcore", 1900],
  ["etsi-reversal", 600],
  ["dtmf-denmark", 700],
] as const) {
  test(`${scheme}: a phone that is lifted while it is being told hears none of it`, async () => {
    const virtual = await called(scheme);
    virtual.until(() => virtual.state(2) === "ringing", 2000, "the call");
    await virtual.pass(after);
    const phone = virtual.phone(2);
    assert.ok(virtual.box.adapter.soundClock.isActive(1), "it is being told");
    phone.lift();
    virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 500, "the answer");
    assert.equal(phone.isPolarityReversed, false);
    await virtual.pass(400);
    for (const level of phone.hears([1200, 1300, 2100, 2200, 1209, 1336, 1477, 697, 770, 852, 941], 300))
      assert.ok(level < -45, `${level} dBm0`);
    assert.deepEqual(phone.display.calls, []);
  });
}

test("a caller who gives up while the phone is being told: it is quiet at once, and the next call is told whole", async () => {
  const virtual = await called("etsi-reversal");
  virtual.until(() => virtual.phone(2).isPolarityReversed, 2000, "the reversal");
  await virtual.pass(300);
  virtual.phone(1).hang();
  virtual.until(() => virtual.state(2) === "idle", 2000, "the end");
  assert.equal(virtual.phone(2).isPolarityReversed, false);
  assert.equal(virtual.box.adapter.soundClock.isActive(1), false);
  await virtual.pass(5000);
  assert.deepEqual(virtual.phone(2).bell.bursts, []);
  await virtual.call(1, "102");
  isTold(virtual);
  assert.equal(virtual.phone(2).display.last?.number, "101");
});

test("NTT: somebody who lifts a phone while its display holds the loop is connected when the display has been told", async () => {
  const virtual = await called("ntt");
  const phone = virtual.phone(2);
  virtual.until(() => phone.isLoopClosed, 5000, "the display's answer");
  phone.lift();
  virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), 8000, "the answer");
});

test("letters: a display that has those of ISO 8859-1 shows them", async () => {
  const virtual = await called("etsi-dual-tone", 'caller_id_letters = "latin1"');
  isTold(virtual);
  assert.equal(virtual.phone(2).display.last?.name, "Åsa Öberg");
});

test("none: the phone rings at once and shows nothing", async () => {
  const virtual = await called("none");
  await virtual.rings(2, 1000);
  await virtual.pass(12_000);
  assert.deepEqual(virtual.phone(2).display.calls, []);
});

// One SIP message of a story is lost, doubled or late: each in its turn, in every story. Nobody at a telephone may notice more than a
// moment's delay, and nothing is left over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualBox } from "../support/virtual-box.ts";
import { GOOD_WIRE, type Wire } from "../support/virtual-network.ts";

const SIP_PORTS = [":5060", ":5070"];
const FAULTS: Record<string, Wire> = {
  lost: { ...GOOD_WIRE, loss: 1 },
  doubled: { ...GOOD_WIRE, duplicates: 1 },
  // later than the first retransmission and than what was sent after it
  "late by 700 ms": { ...GOOD_WIRE, delay: 700, reordering: 1 },
  "late by 5 s": { ...GOOD_WIRE, delay: 5000, reordering: 1 },
};
/** A lost message comes again after T1, 2*T1: RFC 3261 §17.1.1.2. */
const PATIENCE = 6000;

type Story = (virtual: VirtualBox, when: string) => Promise<void>;

const isIdle = (virtual: VirtualBox) => [1, 2].every((line) => virtual.state(line) === "idle");

async function talk(virtual: VirtualBox, when: string): Promise<void> {
  await virtual.call(1, "102");
  await virtual.rings(2, PATIENCE);
  await virtual.pass(500);
  virtual.phone(2).lift();
  virtual.until(() => virtual.isTalking(1) && virtual.isTalking(2), PATIENCE, `talk, ${when}`);
  // longer than a 2xx is repeated: a call whose ACK got lost for good would end
  virtual.clock.advance(34_000);
  assert.ok(virtual.isTalking(1) && virtual.isTalking(2), `they still talk, ${when}`);
}

const STORIES: Record<string, Story> = {
  "a call that the caller ends": async (virtual, when) => {
    await talk(virtual, when);
    virtual.phone(1).hang();
    virtual.until(() => virtual.state(2) === "disconnected", PATIENCE, `the end at the called, ${when}`);
    virtual.phone(2).hang();
  },
  "a call that the called ends": async (virtual, when) => {
    await talk(virtual, when);
    virtual.phone(2).hang();
    virtual.until(() => virtual.state(1) === "disconnected", PATIENCE, `the end at the caller, ${when}`);
    virtual.phone(1).hang();
  },
  "a call that is given up": async (virtual, when) => {
    await virtual.call(1, "102");
    await virtual.rings(2, PATIENCE);
    virtual.phone(1).hang();
    virtual.until(() => virtual.state(2) === "idle", PATIENCE, `the end of the ringing, ${when}`);
  },
  "a call to a busy phone": async (virtual, when) => {
    await virtual.lift(2);
    await virtual.call(1, "102");
    virtual.until(() => virtual.state(1) === "busy", PATIENCE, `busy tone, ${when}`);
    for (const line of [1, 2]) virtual.phone(line).hang();
  },
  "a call to nobody": async (virtual, when) => {
    await virtual.call(1, "199");
    virtual.until(() => virtual.state(1) === "congestion", PATIENCE, `congestion tone, ${when}`);
    virtual.phone(1).hang();
  },
};

/** Tells the story with its message number `place`, from 0, treated so. Returns how many messages it had. */
async function tell(virtual: VirtualBox, story: Story, place: number, fault: Wire, when: string): Promise<number> {
  let messages = 0;
  virtual.network.wire = (from, _, bytes) => {
    if (!SIP_PORTS.some((port) => from.endsWith(port)) || bytes.length < 20) return GOOD_WIRE;
    return messages++ === place ? fault : GOOD_WIRE;
  };
  await story(virtual, when);
  virtual.until(() => isIdle(virtual), 4000, `both on-hook, ${when}`);
  virtual.clock.advance(100_000);
  // a line may be at its next REGISTER just now
  virtual.until(() => virtual.leftOver().length === 0, 40_000, `the end of ${virtual.leftOver()}, ${when}`);
  return messages;
}

for (const [title, story] of Object.entries(STORIES)) {
  test(`${title}: any one message may be lost, doubled or late`, async () => {
    const virtual = await VirtualBox.startRegistered({ seed: 91 });
    const plain = await tell(virtual, story, -1, GOOD_WIRE, "nothing wrong");
    assert.ok(plain >= 6, `${plain} messages`);
    for (const [name, fault] of Object.entries(FAULTS)) {
      for (let place = 0; place < plain; place++) {
        await tell(virtual, story, place, fault, `message ${place} of ${plain} ${name}`);
      }
    }
    assert.ok(virtual.areAllRegistered);
  });
}

test("a registration: any one message may be lost, doubled or late", async () => {
  let plain = Number.POSITIVE_INFINITY;
  for (const [name, fault] of Object.entries(FAULTS)) {
    for (let place = -1; place < plain; place++) {
      let messages = 0;
      const wire = (from: string, _: string, bytes: Uint8Array) => {
        if (!SIP_PORTS.some((port) => from.endsWith(port)) || bytes.length < 20) return GOOD_WIRE;
        return messages++ === place ? fault : GOOD_WIRE;
      };
      const virtual = await VirtualBox.start({ seed: 92, wire });
      virtual.until(() => virtual.areAllRegistered, PATIENCE, `registration, message ${place} ${name}`);
      virtual.clock.advance(100_000);
      if (place < 0) plain = messages;
      assert.deepEqual(virtual.leftOver(), [], `message ${place} ${name}`);
      assert.equal(virtual.box.server()?.bindings.length, 3);
    }
  }
  assert.equal(plain, 12, "REGISTER, 401, REGISTER, 200 for three lines");
});

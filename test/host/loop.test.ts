// The loop between a core and the world: one input, its actions, then the next; one timer; a core that fails is told once and left alone.
// The core here is a stand-in that does what a test tells it to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Action, type Core, CorePanicError } from "../../host/core.ts";
import { Loop } from "../../host/loop.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Notes what it is told; orders what it was given to order. */
class StandInCore {
  readonly log: string[];
  nextTimeout = NEVER;
  /** Orders that the next drain hands out. */
  orders: number[] = [];
  /** What a timeout does. */
  onTimeout: (now: number) => void = () => {};

  constructor(log: string[]) {
    this.log = log;
  }

  handleDatagram(
    bytes: Uint8Array,
    length: number,
    address: string,
    port: number,
    transport: number,
    now: number,
  ): void {
    this.log.push(`datagram ${bytes.length} ${length} ${address} ${port} ${transport} at ${now}`);
  }
  handleRtp(line: number, _bytes: Uint8Array, length: number, address: string, port: number, now: number): void {
    this.log.push(`rtp ${line} ${length} ${address} ${port} at ${now}`);
  }
  handleRtcp(line: number, _bytes: Uint8Array, length: number, address: string, port: number, now: number): void {
    this.log.push(`rtcp ${line} ${length} ${address} ${port} at ${now}`);
  }
  handleFrame(line: number, now: number): void {
    this.log.push(`frame ${line} at ${now}`);
  }
  handleTimeout(now: number): void {
    this.log.push(`timeout at ${now}`);
    this.onTimeout(now);
  }
  drain(carryOut: (action: Action) => void): void {
    for (let kind = this.orders.shift(); kind !== undefined; kind = this.orders.shift())
      carryOut({ kind } as unknown as Action);
  }
}

/** Counts what is set and cleared. */
class CountingClock extends VirtualClock {
  set = 0;
  override setTimeout(callback: () => void, delay: number): unknown {
    this.set++;
    return super.setTimeout(callback, delay);
  }
}

function bench(
  carryOut: (kind: number) => void = () => {},
  catchUp: () => void = () => {},
  toldUpTo: (now: number) => number = (now) => now,
) {
  const log: string[] = [];
  const core = new StandInCore(log);
  const clock = new CountingClock();
  const panics: string[] = [];
  const loop = new Loop(
    core as unknown as Core,
    clock,
    ({ kind }) => {
      log.push(`action ${kind}`);
      carryOut(kind);
    },
    (error) => panics.push(error.message),
    catchUp,
    toldUpTo,
  );
  return { log, core, clock, loop, panics };
}

test("each kind of input goes in with the time, and its actions are carried out at once", () => {
  const { log, core, clock, loop } = bench();
  clock.advance(10);
  core.orders = [1, 2];
  loop.datagram(new Uint8Array(5), "192.0.2.1", 5060, 1);
  loop.rtp(3, new Uint8Array(172), "192.0.2.2", 4000);
  loop.rtcp(3, new Uint8Array(60), "192.0.2.2", 4001);
  loop.frame(2, 9.5);
  assert.deepEqual(log, [
    "datagram 5 5 192.0.2.1 5060 1 at 10",
    "action 1",
    "action 2",
    "rtp 3 172 192.0.2.2 4000 at 10",
    "rtcp 3 60 192.0.2.2 4001 at 10",
    "frame 2 at 9.5",
  ]);
});

test("an input that comes up inside an action waits until all actions of the first are carried out", () => {
  const { log, core, loop } = bench((kind) => {
    if (kind === 1) {
      loop.give(() => {
        log.push("phone answers");
        core.orders.push(3);
      });
    }
    if (kind === 3) loop.give(() => log.push("phone hangs up"));
  });
  core.orders = [1, 2];
  loop.give(() => log.push("call comes"));
  assert.deepEqual(log, ["call comes", "action 1", "action 2", "phone answers", "action 3", "phone hangs up"]);
});

test("each timeout is an input of its own, with its own actions", () => {
  const { log, core, clock, loop } = bench();
  const due = [100, 100, 250];
  core.onTimeout = () => {
    core.orders.push(due.length);
    core.nextTimeout = due.shift() ?? NEVER;
  };
  core.nextTimeout = due.shift()!;
  loop.give(() => {});
  clock.advance(1000);
  assert.deepEqual(log, ["timeout at 100", "action 2", "timeout at 100", "action 1", "timeout at 250", "action 0"]);
  assert.equal(clock.pending, 0);
});

test("one timer is armed, and armed anew only for another time", () => {
  const { core, clock, loop } = bench();
  core.nextTimeout = 500;
  for (let round = 0; round < 20; round++) loop.give(() => {});
  assert.deepEqual([clock.set, clock.pending], [1, 1]);
  core.nextTimeout = 300;
  loop.give(() => {});
  assert.deepEqual([clock.set, clock.pending], [2, 1]);
  core.nextTimeout = NEVER;
  loop.give(() => {});
  assert.deepEqual([clock.set, clock.pending], [2, 0]);
});

test("a timer that fires early, as Node's may, is armed again for the same time", () => {
  const { log, core, clock, loop } = bench();
  const setTimeout = clock.setTimeout.bind(clock);
  clock.setTimeout = (callback, delay) => setTimeout(callback, clock.set === 0 ? delay - 0.5 : delay);
  core.onTimeout = () => {
    core.nextTimeout = NEVER;
  };
  core.nextTimeout = 20;
  loop.give(() => {});
  clock.advance(19.9);
  assert.deepEqual(log, []);
  assert.equal(clock.set, 2);
  clock.advance(1);
  assert.deepEqual(log, ["timeout at 20"]);
});

test("what is due when an input comes is done in the same turn", () => {
  const { log, core, clock, loop } = bench();
  clock.advance(50);
  core.nextTimeout = 40;
  core.onTimeout = () => {
    core.nextTimeout = NEVER;
  };
  loop.give(() => log.push("input"));
  assert.deepEqual(log, ["input", "timeout at 50"]);
});

test("what has happened and was not told yet goes in before time passes in the core", () => {
  const late = ["first edge", "second edge"];
  const { log, core, clock, loop } = bench(undefined, () => {
    for (const edge of late.splice(0)) loop.give(() => log.push(edge));
  });
  clock.advance(50);
  core.nextTimeout = 40;
  core.onTimeout = () => {
    core.nextTimeout = NEVER;
  };
  loop.frame(1, 50);
  assert.deepEqual(log, ["frame 1 at 50", "first edge", "second edge", "timeout at 50"]);
});

test("what is due waits until everything that was before it has been told; what was due sooner does not", () => {
  let toldUpTo = 30;
  const { log, core, clock, loop } = bench(
    undefined,
    () => {},
    () => toldUpTo,
  );
  const due = [20, 40, NEVER];
  core.nextTimeout = due.shift()!;
  core.onTimeout = () => {
    core.nextTimeout = due.shift()!;
  };
  clock.stall(50);
  loop.give(() => log.push("input"));
  assert.deepEqual(log, ["input", "timeout at 30"]);
  clock.advance(20);
  assert.equal(log.length, 2);
  assert.ok(clock.set <= 6, `it does not ask all the time, but ${clock.set} times in 20 ms`);
  toldUpTo = NEVER;
  clock.advance(10);
  assert.deepEqual(log.slice(2), ["timeout at 75"]);
  assert.equal(clock.pending, 0);
});

test("a core that fails is told once; after that the loop takes nothing, and no timer is left", () => {
  const { log, core, clock, loop, panics } = bench();
  core.nextTimeout = 100;
  loop.give(() => {});
  loop.give(() => {
    throw new CorePanicError("line 7");
  });
  assert.deepEqual(panics, ["line 7"]);
  assert.equal(clock.pending, 0);
  loop.datagram(new Uint8Array(1), "192.0.2.1", 5060, 1);
  loop.rtp(0, new Uint8Array(1), "192.0.2.1", 5060);
  loop.rtcp(0, new Uint8Array(1), "192.0.2.1", 5060);
  loop.frame(0, 0);
  loop.give(() => log.push("given"));
  clock.advance(1000);
  assert.deepEqual(log, []);
  assert.equal(panics.length, 1);
});

test("a core that fails at any input or timeout is told, with what waited thrown away", () => {
  const inputs: [string, (loop: Loop) => void][] = [
    ["handleDatagram", (loop) => loop.datagram(new Uint8Array(1), "192.0.2.1", 5060, 1)],
    ["handleRtp", (loop) => loop.rtp(0, new Uint8Array(1), "192.0.2.1", 5060)],
    ["handleRtcp", (loop) => loop.rtcp(0, new Uint8Array(1), "192.0.2.1", 5060)],
    ["handleFrame", (loop) => loop.frame(0, 0)],
  ];
  for (const [name, give] of inputs) {
    const { core, loop, panics } = bench();
    Object.assign(core, {
      [name]: () => {
        throw new CorePanicError(name);
      },
    });
    give(loop);
    assert.deepEqual(panics, [name]);
  }
  const { core, clock, loop, panics } = bench();
  core.nextTimeout = 10;
  core.onTimeout = () => {
    throw new CorePanicError("timeout");
  };
  loop.give(() => {});
  clock.advance(10);
  assert.deepEqual(panics, ["timeout"]);
});

test("an error that is not the core's is not swallowed", () => {
  const { loop, panics } = bench();
  assert.throws(() => {
    loop.give(() => {
      throw new TypeError("a bug of the host");
    });
  }, TypeError);
  assert.deepEqual(panics, []);
});

test("a loop that has been stopped takes nothing", () => {
  const { log, core, clock, loop } = bench();
  core.nextTimeout = 10;
  loop.give(() => {});
  loop.stop();
  loop.give(() => log.push("given"));
  clock.advance(100);
  assert.deepEqual(log, []);
  assert.equal(clock.pending, 0);
});

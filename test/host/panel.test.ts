// Lamps and the reset button, on virtual time.

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { loadBoard } from "../../host/config/board.ts";
import { forgetSettings } from "../../host/config/factory.ts";
import type { Board } from "../../host/config/types.ts";
import type { Libc } from "../../host/gpio/libc.ts";
import { ChipInfo, Ioctl, LineConfig, LineFlag, LineRequest, LineValues } from "../../host/gpio/uapi.ts";
import { Button, LONG_PRESS, SHORT_PRESS } from "../../host/panel/button.ts";
import { FrontPanel, type PanelBox, type PanelPins } from "../../host/panel/front-panel.ts";
import { Blinker, type Lamp, type Pattern } from "../../host/panel/lamp.ts";
import { openPanelPins } from "../../host/panel/pins.ts";
import { VirtualBox } from "../support/virtual-box.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** Remembers when it went on and off. */
class TestLamp implements Lamp {
  readonly changes: [at: number, isLit: boolean][] = [];
  isLit = false;
  isClosed = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  light(isLit: boolean): void {
    this.isLit = isLit;
    this.changes.push([this.#clock.now(), isLit]);
  }

  close(): void {
    this.light(false);
    this.isClosed = true;
  }

  /** How long it was lit, dark, lit… since the first change, ms. */
  get lengths(): number[] {
    return this.changes.slice(1).map(([at], index) => at - this.changes[index]![0]);
  }
}

describe("a lamp", () => {
  const cases: readonly (readonly [Pattern, number, number[]])[] = [
    ["ready", 6000, [100, 1900, 100, 1900, 100, 1900]],
    ["ringing", 600, [100, 100, 100, 100, 100, 100]],
    ["offHook", 2000, [500, 500, 500, 500]],
    ["fault", 2000, [100, 150, 100, 150, 100, 1400]],
    ["registered", 60_000, []],
  ];
  for (const [pattern, duration, lengths] of cases)
    test(`${pattern}: ${lengths.length === 0 ? "lit for good" : `${lengths.join(", ")} ms`}`, () => {
      const clock = new VirtualClock();
      const lamp = new TestLamp(clock);
      const blinker = new Blinker(clock, lamp, assert.fail);
      blinker.show(pattern);
      clock.advance(duration);
      assert.deepEqual(lamp.lengths, lengths);
      assert.equal(lamp.changes[0]?.[1], true);
      blinker.close();
      assert.equal(clock.pending, 0);
      assert.equal(lamp.isLit, false);
    });

  test("the same pattern again goes on where it is; another begins at once", () => {
    const clock = new VirtualClock();
    const lamp = new TestLamp(clock);
    const blinker = new Blinker(clock, lamp, assert.fail);
    for (let look = 0; look < 10; look++) {
      blinker.show("offHook");
      clock.advance(200);
    }
    assert.deepEqual(lamp.lengths, [500, 500, 500, 500]);
    blinker.show("ringing");
    clock.advance(100);
    assert.deepEqual(lamp.changes.at(-1), [2100, false]);
  });
});

test("a lamp that fails is told once, and harms nobody", () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const fail = () => {
    throw new Error("ENODEV");
  };
  const blinker = new Blinker(clock, { light: fail, close: fail }, ({ message }) => told.push(message));
  blinker.show("ringing");
  clock.advance(5000);
  blinker.close();
  assert.deepEqual(told, ["ENODEV"]);
});

describe("the reset button", () => {
  /** Times of pressing and releasing, one after the other, from 1000 ms on; what came of it. */
  function press(...times: number[]): [at: number, what: string][] {
    const clock = new VirtualClock();
    const happened: [number, string][] = [];
    const isPressed = () => times.filter((at) => at <= clock.now()).length % 2 === 1;
    const button = new Button(clock, isPressed, {
      restart: () => happened.push([clock.now(), "restart"]),
      reset: () => happened.push([clock.now(), "reset"]),
    });
    clock.advance(60_000);
    button.close();
    assert.equal(clock.pending, 0);
    return happened;
  }
  const whats = (...times: number[]) => press(...times).map(([, what]) => what);

  test("a short press restarts, when it is let go", () => {
    const [happened, ...more] = press(1000, 1300);
    assert.deepEqual(more, []);
    assert.equal(happened?.[1], "restart");
    assert.ok(happened[0] >= 1300 && happened[0] <= 1400, `${happened[0]}`);
  });

  test("ten seconds bring the factory settings back, while it is still held, and nothing else when it is let go", () => {
    const [happened, ...more] = press(1000, 30_000);
    assert.deepEqual(more, []);
    assert.equal(happened?.[1], "reset");
    assert.ok(happened[0] >= 1000 + LONG_PRESS && happened[0] <= 1100 + LONG_PRESS, `${happened[0]}`);
  });

  test("between the two nothing happens", () => {
    assert.deepEqual(whats(1000, 1200 + SHORT_PRESS), []);
    assert.deepEqual(whats(1000, 900 + LONG_PRESS), []);
  });

  test("bounce is no press, and a press that bounces is one", () => {
    assert.deepEqual(whats(1000, 1005, 1010, 1012), []);
    assert.deepEqual(whats(1000, 1003, 1006, 1009, 1012, 1400, 1403, 1406), ["restart"]);
  });

  test("a program that is held up does not take a short press for a long one", () => {
    for (const [letGo, expected] of [
      [1200, []],
      [30_000, ["reset"]],
    ] as const) {
      const clock = new VirtualClock();
      const happened: string[] = [];
      const isPressed = () => clock.now() >= 1000 && clock.now() < letGo;
      const button = new Button(clock, isPressed, {
        restart: () => happened.push("restart"),
        reset: () => happened.push("reset"),
      });
      clock.advance(1100);
      clock.stall(12_000);
      clock.advance(9000);
      assert.deepEqual(happened, [], "what it did meanwhile is not known");
      clock.advance(20_000);
      assert.deepEqual(happened, expected, `let go at ${letGo}`);
      button.close();
    }
  });

  test("a button that is stuck from the start on does nothing until it was let go", () => {
    assert.deepEqual(whats(0, 50_000), []);
    assert.deepEqual(whats(0, 20_000, 30_000, 30_200), ["restart"]);
  });
});

/** A board with a lamp for the box and one for each line, and a button. */
function panelBoard(): Board {
  return {
    ...loadBoard("simulator"),
    leds: [
      { driver: "gpio", shows: "box", pin: 5, activeLow: false },
      { driver: "gpio", shows: "line 1", pin: 6, activeLow: false },
      { driver: "gpio", shows: "line 2", pin: 7, activeLow: false },
    ],
    button: { pin: 8, activeLow: true },
  };
}

class TestPins implements PanelPins {
  readonly lamps = new Map<number, TestLamp>();
  isPressed = false;
  isBroken = false;
  isClosed = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  lamp(pin: number): Lamp {
    const lamp = new TestLamp(this.#clock);
    this.lamps.set(pin, lamp);
    return lamp;
  }

  button(): () => boolean {
    return () => {
      if (this.isBroken) throw new Error("ENODEV");
      return this.isPressed;
    };
  }

  close(): void {
    this.isClosed = true;
  }
}

async function openPanel(board: Board, box: PanelBox, clock: VirtualClock, leds?: string) {
  const pins = new TestPins(clock);
  const happened: string[] = [];
  const panel = await FrontPanel.open(board, box, {
    clock,
    openPins: async () => pins,
    actions: { restart: () => happened.push("restart"), reset: () => happened.push("reset") },
    warn: (message) => happened.push(message),
    ...(leds === undefined ? {} : { leds }),
  });
  return { panel, pins, happened };
}

/** How often the lamp went on in the last `duration` ms. */
const flashes = (lamp: TestLamp, now: number, duration: number): number =>
  lamp.changes.filter(([at, isLit]) => isLit && at > now - duration).length;

describe("a front panel", () => {
  test("shows a call between two lines: registered, off the hook, ringing, talking", async () => {
    const virtual = await VirtualBox.startRegistered();
    const { panel, pins } = await openPanel(panelBoard(), virtual.box, virtual.clock);
    const [box, one, two] = [5, 6, 7].map((pin) => pins.lamps.get(pin) as TestLamp);
    const count = async (lamp: TestLamp | undefined) => {
      await virtual.pass(3000);
      return flashes(lamp as TestLamp, virtual.clock.now(), 2000);
    };
    assert.equal(await count(one), 0, "steady while it is registered");
    assert.equal(one?.isLit, true);
    await virtual.call(1, "102");
    await virtual.rings(2);
    await virtual.pass(1000);
    assert.equal(flashes(two as TestLamp, virtual.clock.now(), 800), 4, "line 2 rings");
    assert.equal(flashes(box as TestLamp, virtual.clock.now(), 800), 4, "so the box does");
    virtual.phone(2).lift();
    assert.equal(await count(two), 2, "off the hook");
    assert.equal(await count(one), 2);
    assert.equal(await count(box), 2);
    panel.close();
    assert.ok([box, one, two].every((lamp) => lamp?.isClosed && !lamp.isLit) && pins.isClosed);
    await virtual.stop();
  });

  const line = { line: 1, state: "idle", hook: "on", registered: false };
  const boxWith = (isRunning: boolean, lastAnswer?: string) =>
    ({
      isRunning,
      lines: () => (isRunning ? [line] : []),
      registrations: () => [{ state: lastAnswer === undefined ? "not wanted" : "not registered", lastAnswer }],
    }) as unknown as PanelBox;

  const cases: readonly (readonly [title: string, box: PanelBox, flashes: number])[] = [
    ["a line that nobody wants registered is ready", boxWith(true), 1],
    ["a line that waits for the registrar's first answer is no fault yet", boxWith(true, ""), 1],
    ["a registrar that refuses is a fault", boxWith(true, "403"), 3],
    ["an adapter that does not run is a fault", boxWith(false), 3],
  ];
  for (const [title, box, count] of cases)
    test(title, async () => {
      const clock = new VirtualClock();
      const { panel, pins } = await openPanel(panelBoard(), box, clock);
      clock.advance(3999);
      assert.equal(flashes(pins.lamps.get(5) as TestLamp, clock.now(), 2000), count);
      panel.close();
      assert.equal(clock.pending, 0);
    });

  test("a button that cannot be looked at any more is told once, and does nothing", async () => {
    const clock = new VirtualClock();
    const { panel, pins, happened } = await openPanel(panelBoard(), boxWith(true), clock);
    pins.isPressed = true;
    clock.advance(5000);
    pins.isBroken = true;
    clock.advance(20_000);
    assert.deepEqual(happened, ["the button does nothing from now on: ENODEV"]);
    panel.close();
  });

  test("the lamps tell that the button was held long enough", async () => {
    const clock = new VirtualClock();
    const { panel, pins, happened } = await openPanel(panelBoard(), boxWith(true), clock);
    pins.isPressed = true;
    clock.advance(LONG_PRESS + 1100);
    assert.deepEqual(happened, ["reset"]);
    assert.ok(flashes(pins.lamps.get(5) as TestLamp, clock.now(), 1000) >= 9);
    panel.close();
  });

  test("a lamp of the kernel's is taken from its trigger and lit; one that is not there is told, and harms nothing", async (t) => {
    const root = mkdtempSync(join(tmpdir(), "tipring-leds-"));
    t.after(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, "ACT"));
    writeFileSync(join(root, "ACT/trigger"), "mmc0");
    writeFileSync(join(root, "ACT/brightness"), "0");
    const clock = new VirtualClock();
    const board = (led: string): Board => ({
      ...loadBoard("simulator"),
      leds: [{ driver: "sysfs", shows: "box", led }],
    });
    const { panel, happened } = await openPanel(board("ACT"), boxWith(true), clock, root);
    assert.equal(readFileSync(join(root, "ACT/trigger"), "utf8"), "none");
    assert.equal(readFileSync(join(root, "ACT/brightness"), "utf8"), "255");
    panel.close();
    assert.equal(readFileSync(join(root, "ACT/brightness"), "utf8")[0], "0");
    assert.deepEqual(happened, []);
    const lost = await openPanel(board("PWR"), boxWith(true), clock, root);
    assert.deepEqual(lost.happened, ['lamp 1 cannot be used: lamp "PWR" is not there (allowed: ACT)']);
    lost.panel.close();
  });
});

describe("lamps and a button at pins", () => {
  /** A chip of eight lines, without a kernel. */
  class Chip implements Libc {
    readonly levels = new Map<number, number>();
    readonly flags = new Map<number, number>();
    readonly #lines = new Map<number, number>();

    readonly #folder: string;

    constructor(folder: string) {
      this.#folder = folder;
    }

    ioctl(fd: number, request: number, bytes: Uint8Array): void {
      const data = new DataView(bytes.buffer);
      if (request === Ioctl.GET_CHIPINFO) {
        bytes.set(Buffer.from("test-chip"), ChipInfo.label);
        data.setUint32(ChipInfo.lines, 8, true);
      } else if (request === Ioctl.GET_LINE) {
        const line = data.getUint32(LineRequest.offsets, true);
        // A descriptor that can be closed, as the kernel's can.
        const file = openSync(join(this.#folder, "gpiochip0"), "r");
        this.#lines.set(file, line);
        this.flags.set(line, data.getUint32(LineRequest.config + LineConfig.flags, true));
        data.setInt32(LineRequest.fd, file, true);
      } else if (request === Ioctl.LINE_SET_VALUES)
        this.levels.set(this.#lines.get(fd)!, data.getUint32(LineValues.bits, true));
      else data.setUint32(LineValues.bits, this.levels.get(this.#lines.get(fd)!) ?? 0, true);
    }

    poll = () => false;
    read = () => 0;
    eventDescriptor = () => 0;
  }

  test("a lamp's and a button's level, both ways round", async (t: TestContext) => {
    const folder = mkdtempSync(join(tmpdir(), "tipring-pins-"));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "gpiochip0"), "");
    const chip = new Chip(folder);
    const pins = await openPanelPins({ ...panelBoard(), gpioChip: "test-chip" }, chip, folder);
    for (const [pin, activeLow] of [
      [1, false],
      [2, true],
    ] as const) {
      const lamp = pins.lamp(pin, activeLow);
      lamp.light(true);
      assert.equal(chip.levels.get(pin), activeLow ? 0 : 1);
      lamp.close();
      assert.equal(chip.levels.get(pin), activeLow ? 1 : 0, "dark when closed");
      const isPressed = pins.button(pin + 2, activeLow);
      chip.levels.set(pin + 2, activeLow ? 0 : 1);
      assert.equal(isPressed(), true);
      chip.levels.set(pin + 2, activeLow ? 1 : 0);
      assert.equal(isPressed(), false);
    }
    assert.equal(chip.flags.get(3), LineFlag.INPUT | LineFlag.BIAS_PULL_DOWN);
    assert.equal(chip.flags.get(4), LineFlag.INPUT | LineFlag.BIAS_PULL_UP);
    pins.close();
  });
});

test("factory settings: the configuration and all that is kept beside it is gone, other files are not", async (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), "tipring-factory-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "tipring.toml.history"));
  for (const name of ["tipring.toml", "tipring.toml.locations", "tipring.toml.history/000001-tipring.toml", "slots.0"])
    writeFileSync(join(folder, name), "x");
  await forgetSettings(join(folder, "tipring.toml"));
  assert.deepEqual(readdirSync(folder), ["slots.0"]);
  assert.ok(existsSync(folder));
});

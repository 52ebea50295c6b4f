// The thread that watches GPIO pins, at work: koffi, the kernel's structures, real time; the pins are in memory
// (test/peers/gpio-kernel.c).

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../host/clock.ts";
import { GpioChip, LineLevels } from "../../host/gpio/chip.ts";
import { type GpioLineOptions, GpioLines } from "../../host/gpio/gpio-lines.ts";
import { type Libc, loadLibc } from "../../host/gpio/libc.ts";
import { monotonicOrigin } from "../../host/gpio/monotonic.ts";
import { LineFlag } from "../../host/gpio/uapi.ts";
import { GpioPort } from "../../host/phone/gpio.ts";
import { SilentSound } from "../../host/sound/silent.ts";
import { LINE_CIRCUIT } from "../support/copper.ts";
import { within } from "../support/deadline.ts";
import { watchWorkers } from "../support/ended-workers.ts";
import { buildPeer, isPeerMissing } from "../support/peers.ts";

const CHIP = "pins-in-memory";
const [RM, FR, SHK, PD, OTHER] = [3, 4, 5, 6, 9];
const HIGH = 100;
const LINE: GpioLineOptions = {
  card: LINE_CIRCUIT,
  pins: { ringMode: RM, forwardReverse: FR, hook: SHK, powerDown: PD },
};
const SECOND: GpioLineOptions = { card: LINE_CIRCUIT, pins: { ringMode: 10, forwardReverse: 11, hook: 12 } };
/** A busy machine runs a thread late, ms. */
const PATIENCE = 5000;
/** Edges that are closer together are bounce, ms. */
const APART = 12;

interface Pins {
  move(line: number, high: number, lost: number): void;
  isPending(line: number): number;
  delayReading(microseconds: number): void;
  break(line: number): void;
  level(line: number): number;
  flags(line: number): number;
  change(index: number): number;
  changeTime(index: number): number;
  unplug(line: number): void;
  reset(): void;
}

interface Report {
  kind: "open" | "closed" | "lost";
  at: number;
}

const skip = isPeerMissing("gpio");

describe("lines at GPIO pins", { skip }, async () => {
  if (skip) return;
  const library = buildPeer("gpio-kernel", "gpio", ["-shared", "-fPIC"]);
  const { default: koffi } = await import("koffi");
  const functions = koffi.load(library);
  const pins: Pins = {
    move: functions.func("void pin_move(int line, int high, int lost)"),
    isPending: functions.func("int pin_is_pending(int line)"),
    delayReading: functions.func("void pin_delay_reading(int microseconds)"),
    break: functions.func("void pin_break(int line)"),
    level: functions.func("int pin_level(int line)"),
    flags: functions.func("double pin_flags(int line)"),
    change: functions.func("int pin_change(int index)"),
    changeTime: functions.func("double pin_change_time(int index)"),
    unplug: functions.func("void pin_unplug(int line)"),
    reset: functions.func("void pin_reset(void)"),
  };
  const folder = mkdtempSync(join(tmpdir(), "tipring-pins-"));
  const devices = join(folder, "dev");
  mkdirSync(devices);
  writeFileSync(join(devices, "gpiochip0"), "");
  const sound = new SilentSound("silence", 2, { clock: systemClock });
  const failures: string[] = [];
  const workers = watchWorkers();
  let lines: GpioLines | undefined;

  beforeEach(() => pins.reset());
  afterEach(async () => {
    await lines?.close();
    lines = undefined;
    assert.deepEqual(failures, []);
  });
  after(() => rmSync(folder, { recursive: true }));

  async function open(options: GpioLineOptions[], chip = CHIP): Promise<GpioLines> {
    const onFailure = ({ message }: Error) => failures.push(message);
    const pwmRoot = join(folder, "pwm");
    lines = await GpioLines.open({ chip, lines: options, clock: systemClock, onFailure, library, devices, pwmRoot });
    return lines;
  }

  function port(wires: GpioLines, line = 0): { port: GpioPort; reports: Report[]; next: () => Promise<Report> } {
    const gpio = new GpioPort({ wires, line, sound: sound.line(line), clock: systemClock });
    const reports: Report[] = [];
    let seen = 0;
    const waiting: (() => void)[] = [];
    const put = (report: Report) => {
      reports.push(report);
      waiting.shift()?.();
    };
    gpio.start({
      loop: (closed, at) => put({ kind: closed ? "closed" : "open", at }),
      loss: (at) => put({ kind: "lost", at }),
    });
    const next = async (): Promise<Report> => {
      if (seen === reports.length)
        await within(new Promise<void>((resolve) => waiting.push(resolve)), PATIENCE, "a report");
      return reports[seen++] as Report;
    };
    return { port: gpio, reports, next };
  }

  const until = async (condition: () => boolean, what: string): Promise<void> => {
    for (const end = performance.now() + PATIENCE; !condition(); await pause(2))
      assert.ok(performance.now() < end, `no ${what}`);
  };
  const changes = (): { change: number; at: number }[] => {
    const found: { change: number; at: number }[] = [];
    for (let index = 0; pins.change(index) >= 0; index++)
      found.push({ change: pins.change(index), at: pins.changeTime(index) });
    return found;
  };

  test("pins are at rest from the first moment on; PD is one that is never driven high", async () => {
    await open([LINE, SECOND]);
    assert.deepEqual([pins.level(RM), pins.level(FR), pins.level(PD)], [0, 1, 1]);
    assert.equal(pins.flags(PD), LineFlag.OUTPUT | LineFlag.OPEN_DRAIN);
    assert.equal(pins.flags(RM), LineFlag.OUTPUT);
    assert.equal(pins.flags(SHK), LineFlag.INPUT | LineFlag.EDGE_RISING | LineFlag.EDGE_FALLING);
    assert.ok(
      changes().every(({ change }) => change !== RM + HIGH),
      "RM was never active",
    );
  });

  test("edges come with the kernel's times on the host's clock, in order, from both lines", async () => {
    const wires = await open([LINE, SECOND]);
    const [one, other] = [port(wires, 0), port(wires, 1)];
    for (let edge = 1; edge <= 20; edge++) {
      const isClosed = edge % 2;
      for (const [line, { next }] of [
        [SHK, one],
        [12, other],
      ] as const) {
        const before = systemClock.now();
        pins.move(line, isClosed, 0);
        const later = systemClock.now();
        const { kind, at } = await next();
        assert.equal(kind, isClosed ? "closed" : "open");
        assert.ok(at >= before - 0.01 && at <= later + 0.01, `${before} ${at} ${later}`);
      }
      await pause(APART);
    }
    pins.move(SHK, 1, 3);
    const told = [await one.next(), await one.next(), await one.next()];
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ["lost", "lost", "closed"],
    );
  });

  test("catchUp() tells at once what the thread may not have seen yet", async () => {
    const wires = await open([LINE]);
    const { port: phone, reports, next } = port(wires);
    pins.move(SHK, 1, 0);
    await next();
    for (let edge = 2; edge <= 200; edge++) {
      pins.move(SHK, edge % 2, 0);
      phone.catchUp();
      assert.equal(reports.filter(({ kind }) => kind !== "lost").length, edge);
    }
  });

  test("catchUp() waits for a thread that was held up between reading an edge and telling it", async () => {
    const wires = await open([LINE]);
    const { port: phone, reports, next } = port(wires);
    pins.move(SHK, 1, 0);
    await next();
    pins.delayReading(20_000);
    for (let edge = 2; edge <= 10; edge++) {
      pins.move(SHK, edge % 2, 0);
      while (pins.isPending(SHK));
      phone.catchUp();
      assert.equal(reports.filter(({ kind }) => kind !== "lost").length, edge);
    }
  });

  test("while the thread is held up it is known that edges may come yet", async () => {
    const wires = await open([LINE]);
    const { port: phone, next } = port(wires);
    const behind = () => {
      const now = systemClock.now();
      return now - phone.toldUpTo(now);
    };
    pins.move(SHK, 1, 0);
    await next();
    await until(() => behind() === 0, "look");
    pins.delayReading(900_000);
    pins.move(SHK, 0, 0);
    await until(() => behind() > 100, "doubt");
    assert.equal((await next()).kind, "open");
    pins.delayReading(0);
    await until(() => behind() === 0, "certainty");
  });

  test("a handset that is off at the start is told of", async () => {
    const wires = await open([LINE]);
    pins.move(SHK, 1, 0);
    await pause(30);
    assert.equal((await port(wires).next()).kind, "closed");
    assert.equal((await port(wires).next()).kind, "closed", "and to a port that takes over");
  });

  test("rings at 25 Hz by the thread's own beat, and stops for a lifted handset", async () => {
    const wires = await open([LINE]);
    const { port: phone, next } = port(wires);
    phone.setRing(true, 25);
    await until(() => changes().filter(({ change }) => change % HIGH === FR).length > 20, "ringing");
    pins.move(SHK, 1, 0);
    assert.equal((await next()).kind, "closed");
    await until(() => pins.level(RM) === 0 && pins.level(FR) === 1, "rest");
    const all = changes();
    const start = all.findIndex(({ change }) => change === RM + HIGH);
    const rest = all.findIndex(({ change }, index) => index > start && change === RM);
    const beats = all.slice(start, rest).filter(({ change }) => change % HIGH === FR);
    const halves = beats.slice(1).map(({ at }, index) => at - (beats[index]?.at ?? 0));
    const half = halves.sort((one, two) => one - two)[halves.length >> 1] as number;
    assert.ok(half > 10 && half < 60, `${half} ms for half a cycle of 20 ms`);
    assert.ok(all.slice(rest + 1).length <= 1, "F/R once more at the most, to its rest");
    phone.setRing(false, 0);
    phone.setPolarity(true);
    await until(() => pins.level(FR) === 0, "reversal");
    phone.setLoopCurrent(false);
    await until(() => pins.level(PD) === 0, "power down");
    pins.move(SHK, 0, 0);
    await pause(50);
    phone.setLoopCurrent(true);
    assert.equal((await next()).kind, "open", "told once there is current again");
    assert.equal(pins.level(PD), 1);
  });

  test("a PWM toggles F/R where the board has one, which is no GPIO line then", async () => {
    const pwm = join(folder, "pwm", "pwmchip0", "pwm1");
    mkdirSync(pwm, { recursive: true });
    for (const name of ["period", "duty_cycle", "enable"]) writeFileSync(join(pwm, name), "0");
    const wires = await open([{ ...LINE, pwm: { chip: "pwmchip0", channel: 1 } }]);
    const has = (name: string) => Number(readFileSync(join(pwm, name), "utf8"));
    assert.deepEqual([has("enable"), has("duty_cycle")], [1, has("period")]);
    const { port: phone } = port(wires);
    phone.setRing(true, 25);
    await until(() => has("duty_cycle") === 20e6 && has("period") === 40e6 && pins.level(RM) === 1, "ringing");
    phone.setRing(false, 0);
    await until(() => has("duty_cycle") === 40e6 && pins.level(RM) === 0, "rest");
    assert.ok(changes().every(({ change }) => change % HIGH !== FR));
  });

  test("the end: pins at rest, every descriptor closed, the thread gone", async () => {
    const open_ = () => readdirSync("/proc/self/fd").length;
    const before = open_();
    for (let round = 0; round < 3; round++) {
      pins.reset();
      const wires = await open([LINE]);
      port(wires).port.setRing(true, 20);
      await until(() => pins.level(RM) === 1, "ringing");
      await wires.close();
      assert.deepEqual([pins.level(RM), pins.level(FR), pins.level(PD)], [0, 1, 1]);
    }
    // the thread's own go when Node has cleaned up after it; the pins' other ends are the test's
    await until(() => open_() <= before + 2, `end of ${open_() - before} descriptors`);
  });

  for (const way of ["exit", "throw"])
    test(`a program that ends while it rings (${way}) leaves the pins at rest`, () => {
      const child = join(import.meta.dirname, "../support/gpio-exit-child.js");
      const { stdout, stderr } = spawnSync(process.execPath, [child, library, devices, way], {
        encoding: "utf8",
        timeout: PATIENCE,
      });
      assert.equal(stdout, "RM 0 F/R 1 PD 1\n", stderr);
    });

  test("a circuit that fails is told; the others are put to rest", async () => {
    const wires = await open([LINE, SECOND]);
    const [one, other] = [port(wires, 0), port(wires, 1)];
    one.port.setRing(true, 20);
    other.port.setRing(true, 20);
    await until(() => pins.level(RM) === 1 && pins.level(10) === 1, "ringing");
    pins.break(FR);
    await until(() => failures.length > 0, "failure");
    assert.deepEqual([pins.level(RM), pins.level(10), pins.level(11)], [0, 0, 1]);
    assert.match(failures.pop() as string, /^the thread that watches the GPIO pins has ended: ioctl: ENODEV$/);
  });

  test("a thread that ends by itself is told of once, whatever ended it; its pins are at rest when it can see to that", async () => {
    const trouble = async (): Promise<string> => {
      await until(() => failures.length > 0, "word of the thread's end");
      await lines?.close();
      assert.equal(failures.length, 1);
      return failures.pop() as string;
    };
    const said = "the thread that watches the GPIO pins has ended: ";
    let { port: phone } = port(await open([LINE]));
    phone.setRing(true, 20);
    await until(() => pins.level(RM) === 1, "ringing");
    pins.unplug(SHK);
    assert.equal(await trouble(), `${said}a pin is gone`);
    assert.deepEqual([pins.level(RM), pins.level(FR), pins.level(PD)], [0, 1, 1]);
    phone.setRing(true, 20);
    phone.catchUp();

    pins.reset();
    ({ port: phone } = port(await open([LINE])));
    phone.setRing(true, 20);
    await until(() => pins.level(RM) === 1, "ringing");
    await workers.at(-1)?.terminate();
    assert.equal(await trouble(), `${said}exit code 1`);
  });

  test("what can't be had is named: the chip, the line, its owner, the PWM", async () => {
    const message = (options: GpioLineOptions, chip?: string) =>
      open([options], chip).then(
        () => "opened",
        (error: Error) => error.message,
      );
    assert.equal(
      await message(LINE, "pinctrl-bcm2835"),
      `there is no GPIO chip "pinctrl-bcm2835": this machine has "${CHIP}"`,
    );
    assert.equal(
      await message({ ...LINE, pins: { ...LINE.pins, hook: 16 } }),
      `GPIO chip "${CHIP}" has no line 16: it has 0 to 15`,
    );
    pins.reset();
    const libc = await loadLibc(library);
    GpioChip.find(libc, CHIP, devices).requestOutputs([OTHER], 0);
    assert.equal(
      await message({ ...LINE, pins: { ...LINE.pins, ringMode: OTHER } }),
      `GPIO chip "${CHIP}", line ${OTHER} and ${FR}: line ${OTHER} is in use by "somebody"`,
    );
    pins.reset();
    assert.match(await message({ ...LINE, pwm: { chip: "pwmchip7", channel: 0 } }), /^PWM channel 0 of pwmchip7: /);
  });

  test("a call through koffi keeps no memory", async () => {
    const libc: Libc = await loadLibc(library);
    const levels = new LineLevels(libc, GpioChip.find(libc, CHIP, devices).requestOutputs([OTHER], 0));
    const calls = (count: number) => {
      for (let call = 0; call < count; call++) levels.set(0, 1);
    };
    calls(50_000);
    const before = process.memoryUsage.rss();
    calls(300_000);
    const grown = process.memoryUsage.rss() - before;
    assert.ok(grown < 4e6, `${grown} bytes in 300,000 calls`);
  });

  test("the kernel's clock and Node's differ by a constant, known to a microsecond or so", () => {
    const origins = Array.from({ length: 50 }, () => monotonicOrigin(() => performance.now()));
    const spread = Math.max(...origins) - Math.min(...origins);
    assert.ok(spread < 0.05, `${spread} ms`);
  });
});

// People at eight rotary phones, through the GPIO driver's logic, the port, the adapter and its module, on virtual time: contacts
// bounce, lightning strikes, interrupts are late, swallowed or merged, the program is held up until the kernel's buffer runs over, and
// sometimes the whole machine stands still with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Adapter } from "../../host/adapter.ts";
import { Report } from "../../host/adapter-abi.ts";
import { parseConfig } from "../../host/config/check.ts";
import { BLIND, Patience } from "../../host/gpio/patience.ts";
import { LineReport, type LineReportKind, ReportQueue } from "../../host/gpio/report-queue.ts";
import { SlicLine } from "../../host/gpio/slic-line.ts";
import { Log } from "../../host/log.ts";
import type { OpenUdp } from "../../host/net/udp.ts";
import { GpioPort, type LineWires } from "../../host/phone/gpio.ts";
import { SilentSound } from "../../host/sound/silent.ts";
import { KernelLine, LINE_CIRCUIT, RotaryUser, type Session } from "../support/copper.ts";
import { Dice } from "../support/dice.ts";
import { builtModule } from "../support/virtual-box.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const EDGES = 100_000;
const LINES = 8;
const line = (_: unknown, index: number): string =>
  `[[line]]\nuser = "${index}"\npassword = "-"\nregistrar = "192.0.2.1"\nregister = false\ndial_plan = "${"x".repeat(20)}"\n`;
const CONFIG = `[sip]\nbind = "192.0.2.2"\n[server]\nenabled = false\n${Array.from({ length: LINES }, line).join("")}`;
/** Of a dial, and how late a thread wakes up, ms. */
const LONGEST_BREAK = 90;
const LATE = 2;
/** A program that was held up runs for so long at least, ms. */
const AWAKE = 5;
const SIGNS: Record<number, string> = { [Report.OffHook]: "L", [Report.OnHook]: "H", [Report.Flash]: "F" };

interface Trouble {
  /** In one of so many pauses lightning strikes. */
  lightning: number;
  /** One interrupt of so many never comes. */
  swallowed: number;
  /** How often and for how long at most the whole machine is held up, ms. */
  everyStall: number;
  stall: number;
  /** Of so many stalls that are not short one takes the kernel with it, which then serves no interrupt either. */
  stillstand: number;
  capacity: number;
}

interface Stall {
  from: number;
  to: number;
  isStillstand: boolean;
}

/** The thread of host/gpio and the queue between the threads, in one thread. */
class Wires implements LineWires {
  readonly losses: number[][] = [];
  readonly #clock: VirtualClock;
  readonly #dice: Dice;
  readonly #kernel: readonly KernelLine[];
  readonly #queue = new ReportQueue();
  readonly #patience = new Patience();
  readonly #lines: SlicLine[];
  readonly #listeners: ((kind: LineReportKind, at: number) => void)[] = [];
  #isTold = false;

  constructor(clock: VirtualClock, dice: Dice, kernel: readonly KernelLine[]) {
    this.#clock = clock;
    this.#dice = dice;
    this.#kernel = kernel;
    this.#lines = kernel.map((pins, line) => {
      const losses: number[] = [];
      this.losses.push(losses);
      const isHookHigh = () => pins.isClosed(clock.now());
      return new SlicLine(
        LINE_CIRCUIT,
        { isHookHigh, setRingMode() {}, setForwardReverse() {} },
        (kind, at) => {
          if (kind === LineReport.Lost) losses.push(at);
          return this.#queue.put(line, kind, at);
        },
        () => clock.now(),
      );
    });
    kernel.forEach((_, line) => {
      this.#watch(line);
    });
  }

  listen(line: number, listener: (kind: LineReportKind, at: number) => void): void {
    this.#listeners[line] = listener;
  }

  order(): void {}

  catchUp(): void {
    this.#lines.forEach((_, line) => {
      this.#read(line);
    });
    this.#deliver();
  }

  toldUpTo(now: number): number {
    return this.#patience.toldUpTo(Math.min(...this.#lines.map(({ followedTo }) => followedTo)), now);
  }

  /** The thread sleeps until an edge of the line comes or something is due, and is a little late then. */
  #watch(line: number): void {
    const pins = this.#kernel[line] as KernelLine;
    const until = Math.min(pins.nextAt, (this.#lines[line] as SlicLine).nextTimeout);
    const late = this.#dice.between(0, 0.5);
    this.#clock.setTimeout(
      () => {
        this.#read(line);
        this.#announce();
        this.#watch(line);
      },
      until - this.#clock.now() + late,
    );
  }

  #read(line: number): void {
    const slic = this.#lines[line] as SlicLine;
    const now = this.#clock.now();
    for (const { isClosed, at, sequence } of (this.#kernel[line] as KernelLine).read(now))
      slic.handleEdge(isClosed, at, sequence);
    slic.handleTimeout(now);
  }

  #announce(): void {
    if (this.#isTold || this.#queue.isEmpty) return;
    this.#isTold = true;
    this.#clock.setTimeout(
      () => {
        this.#isTold = false;
        this.#deliver();
      },
      this.#dice.between(0, 2),
    );
  }

  #deliver(): void {
    this.#queue.take((line, kind, at) => this.#listeners[line]?.(kind, at));
  }
}

const nowhere: OpenUdp = async (_what, _address, port) => ({ port, send() {}, probe() {}, close: async () => {} });

interface Expected {
  made: RegExp;
  /** Deeds that a loss itself has touched, without those that follow in the same number. */
  touched: number;
}

/**
 * What the core has made of a session has to match that: what a loss touched may be missing, and digits after it, for a number of which
 * one is missing is not called; nothing else may be there.
 */
function pattern({ deeds }: Session, losses: readonly number[], stills: readonly Stall[]): Expected {
  let isNumberTouched = false;
  let touched = 0;
  const signs = deeds.map(({ sign, from, to }) => {
    const isTouched =
      losses.some((at) => at >= from - 250 && at <= to + 250) ||
      stills.some((still) => still.to >= from - 250 && still.from <= to + 250);
    isNumberTouched ||= isTouched;
    if (isTouched) touched++;
    return isTouched || (isNumberTouched && sign !== "F") ? `${sign}?` : sign;
  });
  return { made: new RegExp(`^L${signs.join("")}H$`), touched };
}

function stallsUntil(end: number, dice: Dice, { everyStall, stall, stillstand }: Trouble): Stall[] {
  const stalls = [{ from: 0, to: 0, isStillstand: false }];
  for (let at = 0; at < end; at = (stalls.at(-1) as Stall).to) {
    const from = at + AWAKE + dice.between(0, everyStall);
    const length = dice.between(0, stall);
    stalls.push({ from, to: from + length, isStillstand: length > BLIND && dice.bits() % stillstand === 0 });
  }
  return stalls;
}

interface Outcome {
  edges: number;
  deeds: number;
  touched: number;
  lost: number;
  wrong: string[];
}

async function run(seed: number, edges: number, trouble: Trouble): Promise<Outcome> {
  const dice = new Dice(seed);
  const clock = new VirtualClock();
  const users = Array.from({ length: LINES }, () => new RotaryUser(dice.bits(), edges / LINES, trouble.lightning));
  const end = Math.max(...users.map((user) => user.edges.at(-1) as number)) + 5000;
  const stalls = stallsUntil(end, dice, trouble);
  const isWatched = (at: number) => !stalls.some(({ from, to }) => from < at + LONGEST_BREAK && at < to + LATE);
  const stills = stalls.filter(({ isStillstand }) => isStillstand);
  const servedAt = (at: number) => stills.find(({ from, to }) => from <= at && at < to)?.to ?? at;
  const kernel = users.map(({ edges, strikes }) => {
    const isStruck = (at: number) => strikes.some((strike) => strike <= at && at < strike + LONGEST_BREAK);
    return new KernelLine(dice.bits(), edges, trouble, (at) => isWatched(at) && !isStruck(at), servedAt);
  });
  const wires = new Wires(clock, dice, kernel);
  const silence = new SilentSound("silence", LINES, { clock });
  const heard = users.map(() => "");
  const adapter = await Adapter.start({
    config: parseConfig(CONFIG, "edges"),
    clock,
    log: new Log(clock),
    wasm: builtModule("adapter", "release"),
    ports: users.map((_, line) => new GpioPort({ wires, line, sound: silence.line(line), clock })),
    openUdp: nowhere,
    soundClock: () => ({ start() {}, stop() {}, isActive: () => false, lateness: silence.clock(() => {}).lateness }),
    seed: () => dice.coreSeed(),
    onReport: (line, report, text) => {
      if (line >= 0) heard[line] += report === Report.Digit ? text : (SIGNS[report] ?? "");
    },
  });
  for (const { from, to } of stalls) {
    clock.advance(from - clock.now());
    clock.stall(to - from);
  }
  clock.advance(5000);
  const outcome: Outcome = { edges: 0, deeds: 0, touched: 0, lost: 0, wrong: [] };
  users.forEach((user, line) => {
    const known = [...(kernel[line] as KernelLine).lostAt, ...(wires.losses[line] as number[])];
    outcome.edges += user.edges.length;
    outcome.lost += (kernel[line] as KernelLine).lostAt.length;
    const made = (heard[line] as string).split(/(?<=H)/);
    user.sessions.forEach((session, index) => {
      const expected = pattern(
        session,
        known.filter((at) => at > session.liftedAt - 10 && at < session.hungAt + 2000),
        stills,
      );
      outcome.deeds += session.deeds.length;
      outcome.touched += expected.touched;
      if (!expected.made.test(made[index] ?? ""))
        outcome.wrong.push(
          `line ${line}, at ${session.liftedAt.toFixed(1)}: ${made[index]} for ${expected.made.source}`,
        );
    });
    if (made.length !== user.sessions.length) outcome.wrong.push(`line ${line}: ${made.length} sessions`);
    if (adapter.lines()[line]?.state !== "idle") outcome.wrong.push(`line ${line} is stuck`);
  });
  const stopped = adapter.stop();
  clock.advance(5000);
  await stopped;
  return outcome;
}

const NEVER = 2 ** 32;
const CALM: Trouble = {
  lightning: NEVER,
  swallowed: NEVER,
  everyStall: 2000,
  stall: 5,
  stillstand: NEVER,
  capacity: 512,
};
const BUSY: Trouble = { ...CALM, lightning: 8, stall: 300 };
const ROUGH: Trouble = { lightning: 8, swallowed: 300, everyStall: 6000, stall: 600, stillstand: 3, capacity: 24 };

test(`${EDGES / 4} edges with bounce and jitter: every digit and flash is heard`, async () => {
  const seed = Date.now() % 2 ** 31;
  const { edges, deeds, touched, lost, wrong } = await run(seed, EDGES / 4, CALM);
  assert.deepEqual(wrong, [], `seed ${seed}`);
  assert.ok(edges >= EDGES / 4 && deeds > 500, `seed ${seed}: ${edges} edges, ${deeds} digits`);
  assert.equal(touched + lost, 0, `seed ${seed}`);
});

test("the same while the program is held up now and then, and lightning strikes: as good as all, and no false one", async (context) => {
  const seed = Date.now() % 2 ** 31;
  const { deeds, touched, lost, wrong } = await run(seed, EDGES / 4, BUSY);
  context.diagnostic(`${deeds} digits and flashes, ${touched} touched`);
  assert.deepEqual(wrong, [], `seed ${seed}`);
  assert.equal(lost, 0, `seed ${seed}`);
  assert.ok(touched < deeds / 8, `seed ${seed}: ${touched} of ${deeds} touched`);
});

test(`${EDGES} edges of which some are lost: no false digit, no stuck hook`, async (context) => {
  const seed = Date.now() % 2 ** 31;
  const { edges, deeds, touched, lost, wrong } = await run(seed, EDGES, ROUGH);
  context.diagnostic(`${edges} edges, ${lost} lost; ${deeds} digits and flashes, ${touched} touched`);
  assert.deepEqual(wrong, [], `seed ${seed}`);
  assert.ok(edges >= EDGES && lost > 200, `seed ${seed}: ${edges} edges, ${lost} lost`);
  assert.ok(touched < deeds / 2, `seed ${seed}: ${touched} of ${deeds} touched`);
});

// A line circuit at pins that only remember, on a clock that is moved by hand.

import { packOrder } from "../../host/gpio/report-queue.ts";
import { type SlicCard, SlicLine } from "../../host/gpio/slic-line.ts";
import { LINE_CIRCUIT } from "./copper.ts";

const IDLE = { isRinging: false, frequency: 20, isReversed: false, isFed: true };
const NAMES = ["open", "closed", "lost"];

interface Change {
  at: number;
  pin: "RM" | "F/R" | "PD" | "PWM";
  value: number;
}

/** The circuit, its pins and its thread. */
export class SlicBench {
  now = 0;
  isHookHigh: boolean;
  isFull = false;
  /** How long the thread is held up while it looks at the pin. */
  lookTakes = 0;
  readonly changes: Change[] = [];
  readonly told: string[] = [];
  readonly levels = { RM: -1, "F/R": -1, PD: 1, PWM: 0 };
  readonly line: SlicLine;
  #sequence = 0;

  constructor(card: Partial<SlicCard> = {}, hasPwm = false) {
    const all = { ...LINE_CIRCUIT, ...card };
    this.isHookHigh = all.offHookLevel === "low";
    const pins = {
      isHookHigh: () => this.isHookHigh,
      setRingMode: (isHigh: boolean) => this.#set("RM", isHigh ? 1 : 0),
      setForwardReverse: (isHigh: boolean) => this.#set("F/R", isHigh ? 1 : 0),
      setPowerDown: (isLow: boolean) => this.#set("PD", isLow ? 0 : 1),
      ...(hasPwm ? { toggleForwardReverse: (frequency: number) => this.#set("PWM", frequency) } : {}),
    };
    this.line = new SlicLine(
      all,
      pins,
      (kind, at) => {
        if (this.isFull) return false;
        this.told.push(`${NAMES[kind]} ${at}`);
        return true;
      },
      () => this.now + this.lookTakes,
    );
  }

  #set(pin: Change["pin"], value: number): void {
    if (this.levels[pin] === value) return;
    this.levels[pin] = value;
    this.changes.push({ at: this.now, pin, value });
  }

  pass(until: number): void {
    for (; this.line.nextTimeout <= until; this.line.handleTimeout(this.now))
      this.now = Math.max(this.now, this.line.nextTimeout);
    this.now = until;
  }

  order(order: Partial<typeof IDLE>, at: number): void {
    this.pass(at);
    this.line.handleOrder(packOrder({ ...IDLE, ...order }), at);
  }

  edge(isHigh: boolean, at: number, lost = 0): void {
    this.pass(at);
    this.isHookHigh = isHigh;
    this.#sequence += 1 + lost;
    this.line.handleEdge(isHigh, at, this.#sequence);
  }

  times(pin: Change["pin"], value: number): number[] {
    return this.changes.filter((change) => change.pin === pin && change.value === value).map(({ at }) => at);
  }
}

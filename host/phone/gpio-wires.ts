// The line circuits of a board at its GPIO pins, all watched by one thread for as long as the box runs.

import type { Clock } from "../clock.ts";
import { lineCard } from "../config/board.ts";
import type { Board, BoardPwm, GpioBoardLine } from "../config/types.ts";
import { GpioLines } from "../gpio/gpio-lines.ts";
import { IDLE_ORDER } from "../gpio/report-queue.ts";
import type { Sound } from "../sound/sound.ts";
import { GpioPort, type LineWires } from "./gpio.ts";

export interface BoardWires extends LineWires {
  close(): Promise<void>;
}

export interface WiresOptions {
  /** The system's: it is held against the kernel's. */
  clock: Clock;
  /** The circuits are out of reach for good: only a new start helps. */
  onFailure: (error: Error) => void;
}

/** Undefined for a board without such lines. Throws an Error that names the pin or the chip which can't be had. */
export async function openWires(board: Board, options: WiresOptions): Promise<BoardWires | undefined> {
  const lines = gpioLines(board);
  if (lines.length === 0) return undefined;
  return GpioLines.open({
    ...options,
    chip: board.gpioChip ?? "",
    lines: lines.map((line) => ({ card: lineCard(line), pins: line.pins, pwm: pwmOf(board.pwm, line) })),
  });
}

/** The port of a line. `wires` is undefined when they could not be had: then nothing ever happens on it. */
export function gpioPort(
  board: Board,
  line: GpioBoardLine,
  { wires = NO_WIRES, sound, clock }: { wires?: LineWires | undefined; sound: Sound; clock: Clock },
): GpioPort {
  const number = gpioLines(board).indexOf(line);
  return new GpioPort({
    wires,
    line: number,
    sound: sound.line(line.channel),
    clock,
    onClose: () => wires.order(number, IDLE_ORDER),
  });
}

const NO_WIRES: LineWires = { listen() {}, order() {}, catchUp() {}, toldUpTo: (now) => now };

const gpioLines = ({ lines }: Board): GpioBoardLine[] => lines.filter((line) => line.driver === "gpio");

const pwmOf = (pwm: readonly BoardPwm[] | undefined, { pins }: GpioBoardLine): BoardPwm | undefined =>
  pwm?.find(({ pin }) => pin === pins.forwardReverse);

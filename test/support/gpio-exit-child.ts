// A program that rings a line at its pins and then ends in one way or another. Says what the pins are when it is gone.
//   gpio-exit-child.js LIBRARY FOLDER (exit | throw)

import koffi from "koffi";
import { systemClock } from "../../host/clock.ts";
import { GpioLines } from "../../host/gpio/gpio-lines.ts";
import { packOrder } from "../../host/gpio/report-queue.ts";
import { LINE_CIRCUIT } from "./copper.ts";

const [library = "", devices = "", way] = process.argv.slice(2);
const [RM, FR, SHK, PD] = [3, 4, 5, 6];
const level: (line: number) => number = koffi.load(library).func("int pin_level(int line)");

const lines = await GpioLines.open({
  chip: "pins-in-memory",
  lines: [{ card: LINE_CIRCUIT, pins: { ringMode: RM, forwardReverse: FR, hook: SHK, powerDown: PD } }],
  clock: systemClock,
  onFailure: (error) => {
    throw error;
  },
  library,
  devices,
});
process.on("exit", () => console.log(`RM ${level(RM)} F/R ${level(FR)} PD ${level(PD)}`));
lines.order(0, packOrder({ isRinging: true, frequency: 20, isReversed: false, isFed: true }));
setInterval(() => {
  if (level(RM) === 0) return;
  if (way === "exit") process.exit(0);
  throw new Error("a fault of the program");
}, 1);

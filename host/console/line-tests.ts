// The line tests that measure and draw: level, echo, loop-back, pulses. `test line N tone` and `ring` are the core's.

import type { Box, LineInstruments } from "../status.ts";
import { type Command, CommandError, LINE } from "./command.ts";
import { judgePulses } from "./pulse-chart.ts";

const LEVEL_MS = 2000;
const ECHO_MS = 2000;
const LOOP_BACK_MS = 10_000;
/** ITU-T G.168 asks for 6 dB; a line that balances well has twice that and more. */
const LEAST_LOSS = 6;
const GOOD_LOSS = 14;

const showLevel = (dbm0: number) => (Number.isFinite(dbm0) ? `${dbm0.toFixed(1)} dBm0` : "nothing at all");

function lossText(loss: number): string {
  if (!Number.isFinite(loss) || loss > 60) return "echo return loss: no echo is heard";
  const verdict =
    loss < LEAST_LOSS
      ? "poor: the card's impedance does not fit this phone"
      : loss < GOOD_LOSS
        ? "as usual; the canceller takes the rest"
        : "good";
  return `echo return loss: ${loss.toFixed(1)} dB, ${verdict}`;
}

async function measure(
  box: Box,
  line: number,
  work: (instruments: LineInstruments) => Promise<string>,
): Promise<string> {
  try {
    return await work(box.instruments(line));
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export const LINE_TEST_COMMANDS: readonly Command[] = [
  {
    path: ["test", "line", LINE, "level"],
    help: "measure for two seconds how loud the phone speaks and hears",
    run: ({ box }, [line]) =>
      measure(box, Number(line), async (instruments) => {
        const { fromPhone, toPhone } = await instruments.level(LEVEL_MS);
        return `from the phone ${showLevel(fromPhone)}, to the phone ${showLevel(toPhone)}`;
      }),
  },
  {
    path: ["test", "line", LINE, "echo"],
    help: "send noise to the phone for two seconds and measure what comes back",
    run: ({ box }, [line]) =>
      measure(box, Number(line), async (instruments) => lossText(await instruments.echoLoss(ECHO_MS))),
  },
  {
    path: ["test", "line", LINE, "loopback"],
    help: "let the phone hear itself for ten seconds",
    run: ({ box }, [line]) =>
      measure(box, Number(line), async (instruments) => {
        await instruments.loopBack(LOOP_BACK_MS);
        return "the loop-back is over";
      }),
  },
  {
    path: ["test", "line", LINE, "pulses"],
    help: "draw the last 20 edges of the loop, and judge the rotary dial",
    run: ({ box }, [line]) => measure(box, Number(line), async ({ edges }) => judgePulses(edges).text),
  },
];

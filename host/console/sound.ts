// The board's sound: how it fares, and how long it takes out to an ear and back.

import type { Box, SoundTest } from "../status.ts";
import { type Command, CommandError, type Report, wholeNumber } from "./command.ts";
import { drawFacts } from "./table.ts";

const CHANNEL = wholeNumber("CHANNEL", "channel of the sound card; 0 is the left one", 0, 1);

export const SOUND_COMMANDS: readonly Command[] = [
  {
    path: ["show", "sound"],
    help: "the sound card: frames, delay, and what went wrong",
    isShow: true,
    run: ({ box }) => sound(box),
  },
  {
    path: ["test", "sound", CHANNEL],
    help: "measure for three seconds how long sound takes to the ear and back",
    run: async ({ box }, [channel]) => {
      try {
        return roundTripText(await box.testSound(Number(channel)));
      } catch (error) {
        throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
  },
];

function sound(box: Box): Report {
  const value = box.sound();
  const { p50, p99, max } = value.lateness;
  const milliseconds = (duration: number) => `${duration.toFixed(1)} ms`;
  return {
    value,
    text: drawFacts([
      ["driver", value.driver],
      ["channels", value.channels],
      ["frames", `${value.frames}, ${value.skipped} given up`],
      ["frames came late", `${milliseconds(p50)} (median), ${milliseconds(p99)} (99 %), ${milliseconds(max)} (most)`],
      ["on the way to the ear", milliseconds(value.delay)],
      ["answers too late", value.late],
      ["card ran over or dry", value.xruns],
      ["card was lost", value.losses],
      ["its thread was started anew", value.threadEnds],
      ["its thread's priority", value.isRealTime ? "real-time" : "usual"],
    ]),
  };
}

/** What a test came to, in a line. */
export function roundTripText({ bursts, heard, least, most, loss, xruns, late }: SoundTest): string {
  const wrong = `${xruns} xruns, ${late} answers too late`;
  if (heard === 0) return `round trip: nothing came back of ${bursts} bursts; ${wrong}`;
  return `round trip: ${least.toFixed(1)} to ${most.toFixed(1)} ms, ${loss.toFixed(1)} dB softer, ${heard} of ${bursts} bursts came back; ${wrong}`;
}

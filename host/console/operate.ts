// The commands that make the box do something now: monitor, line tests, the simulated telephones.

import { entryText } from "../log.ts";
import { type SimulatedTelephone, TONE_NAMES, type ToneName } from "../status.ts";
import { type Argument, type Command, CommandError, LINE, type Session, wholeNumber } from "./command.ts";
import { Ladder } from "./ladder.ts";
import { telephone } from "./telephones.ts";

const WAIT_SECONDS_MAX = 3600;
const DIGITS: Argument = {
  name: "DIGITS",
  help: "what to dial: 0-9 * # A-D",
  check: (word) =>
    /^[0-9*#A-D]{1,64}$/i.test(word)
      ? undefined
      : `"${word}" cannot be dialled; allowed: 1 to 64 of 0-9, *, # and A-D, e.g. phone 1 dial 102`,
};
const NUMBER: Argument = {
  name: "NUMBER",
  help: "whom to reach: a number or a name",
  check: (word) =>
    /^[\w*#+.-]{1,64}$/.test(word)
      ? undefined
      : `"${word}" is no number; allowed: 1 to 64 letters, digits and * # + . - _, e.g. line 1 transfer 102`,
};
const TONE: Argument = {
  name: "TONE",
  help: "which tone of the line's country",
  complete: () => TONE_NAMES.map((word) => ({ word, help: "" })),
  check: (word) =>
    TONE_NAMES.some((tone) => tone === word) ? undefined : `"${word}" is no tone; allowed: ${TONE_NAMES.join(", ")}`,
};
const RING = wholeNumber("RING", "which ring, as in distinctive_ring", 1, 10);
const TEXT_SIZE = 900;
const TEXT: Argument = {
  name: "TEXT",
  help: "what to say",
  isRest: true,
};

export const OPERATE_COMMANDS: readonly Command[] = [
  {
    path: ["monitor", "sip"],
    help: "SIP messages as a ladder, until a key is pressed",
    run: (session) => monitorSip(session, true),
  },
  {
    path: ["monitor", "sip", "on"],
    help: "SIP messages as a ladder, above what you type",
    run: (session) => monitorSip(session, false),
  },
  {
    path: ["monitor", "log"],
    help: "log lines as they come, until a key is pressed",
    run: (session) => monitorLog(session, true),
  },
  {
    path: ["monitor", "log", "on"],
    help: "log lines as they come, above what you type",
    run: (session) => monitorLog(session, false),
  },
  {
    path: ["monitor", "stop"],
    help: "end the monitor",
    run: (session) => (session.unwatch() ? "" : "nothing was monitored"),
  },
  ...(["tone", "ring", "stop"] as const).map(
    (test): Command => ({
      path: ["test", "line", LINE, test],
      help: { tone: "play a test tone to the phone", ring: "ring the phone", stop: "end the test" }[test],
      run: ({ box }, [line]) => {
        if (test === "stop") box.instruments(Number(line)).stopTest();
        order(() => box.testLine(Number(line), test));
        return "";
      },
    }),
  ),
  {
    path: ["test", "line", LINE, "tone", TONE],
    help: "play one of its tones to the phone",
    run: ({ box }, [line, tone]) => {
      order(() => box.testLine(Number(line), "tone", tone as ToneName));
      return "";
    },
  },
  {
    path: ["test", "line", LINE, "ring", RING],
    help: "ring the phone with one of the distinctive rings",
    run: ({ box }, [line, ring]) => {
      order(() => box.testLine(Number(line), "ring", Number(ring)));
      return "";
    },
  },
  {
    path: ["line", LINE, "transfer", NUMBER],
    help: "send the other end of the call to a number",
    run: ({ box }, [line, number]) => {
      order(() => box.orderLine(Number(line), "transfer", number!));
      return "";
    },
  },
  {
    path: ["line", LINE, "connect", LINE],
    help: "connect the other ends of two lines' calls",
    run: ({ box }, [line, other]) => {
      order(() => box.orderLine(Number(line), "connect", other!));
      return "";
    },
  },
  {
    path: ["line", LINE, "message", NUMBER, TEXT],
    help: "send a text to a number",
    run: ({ box }, [line, number, ...words]) => {
      const text = words.join(" ");
      if (Buffer.byteLength(text) > TEXT_SIZE) throw new CommandError(`a text has at most ${TEXT_SIZE} bytes`);
      order(() => box.orderLine(Number(line), "message", `${number} ${text}`));
      return "";
    },
  },
  phoneCommand(["lift"], "lift the handset", (phone) => phone.lift()),
  phoneCommand(["hang"], "put the handset back", (phone) => phone.hang()),
  phoneCommand(["flash"], "press the cradle for a moment", (phone) => phone.flash()),
  phoneCommand(["dial", DIGITS], "dial", (phone, digits) => phone.dial(digits!.toUpperCase())),
  ...(["dtmf", "pulse"] as const).map((mode) =>
    phoneCommand(["mode", mode], mode === "dtmf" ? "dial with tones" : "dial with a rotary dial", (phone) => {
      phone.mode = mode;
    }),
  ),
  phoneCommand(
    ["echo", wholeNumber("HYBRID", "whose echo the line has; 0 for none", 0, 8)],
    "give the line an echo",
    (phone, hybrid) => {
      phone.echo = Number(hybrid);
    },
  ),
  {
    path: ["wait", wholeNumber("SECONDS", "how long", 1, WAIT_SECONDS_MAX)],
    help: "let time pass, in a script; ^C ends it",
    run: async (session, [seconds]) => {
      await wait(session, Number(seconds) * 1000);
      return "";
    },
  },
];

function phoneCommand(
  path: Command["path"],
  help: string,
  run: (phone: SimulatedTelephone, value: string | undefined) => void,
): Command {
  return {
    path: ["phone", LINE, ...path],
    help,
    run: ({ box }, [line, value]) => {
      const phone = telephone(box, Number(line));
      order(() => run(phone, value));
      return "";
    },
  };
}

/** What the box refuses is the user's to know, not a fault of the console. */
function order(give: () => void): void {
  try {
    give();
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function monitorSip(session: Session, untilKey: boolean): string {
  const ladder = new Ladder();
  const stop = session.box.onSip(({ time, from, to, summary }) => {
    session.notice(ladder.add({ time, from, to, label: summary }));
  });
  return watch(session, stop, "SIP messages", untilKey);
}

function monitorLog(session: Session, untilKey: boolean): string {
  const stop = session.box.log.onLine((line) => session.notice(entryText(line)));
  return watch(session, stop, "log lines", untilKey);
}

function watch(session: Session, stop: () => void, what: string, untilKey: boolean): string {
  const isEndedByKey = untilKey && session.hasKeys;
  session.watch(stop, isEndedByKey);
  return `${what}; ${isEndedByKey ? "any key" : "monitor stop"} ends`;
}

function wait({ box, signal }: Session, duration: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      box.clock.clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = box.clock.setTimeout(finish, duration);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}

// The commands for updates: where a new system comes from, which slot runs, and the way back.

import type { Box, UpdateAccess, UpdateProgress } from "../status.ts";
import { type Argument, type Command, CommandError, type Report, type Session } from "./command.ts";
import { drawFacts, drawTable } from "./table.ts";

/** A line of progress every so many percent, or bytes while nobody knows the whole. */
const STEP_PERCENT = 10;
const STEP_BYTES = 4_000_000;

const SOURCE: Argument = {
  name: "SOURCE",
  help: "https://HOST/PATH, or the path of a file",
  check: (word) =>
    /^(?:https:\/\/|\/|\.\.?\/)./.test(word)
      ? undefined
      : `"${word}" is no place of an update; allowed: https://HOST/PATH, or a path such as /tmp/tipring.update`,
};

const KEY: Argument = {
  name: "KEY",
  help: "a public key, 32 bytes in base64",
};

const FORCED = "force";

export const UPDATE_COMMANDS: readonly Command[] = [
  ...[
    ["show", "update"],
    ["update", "status"],
  ].map(
    (path): Command => ({
      path,
      help: "which system slot runs, and what is in the other",
      isShow: true,
      run: ({ box }) => status(box),
    }),
  ),
  ...[false, true].flatMap((isForced): Command[] => {
    const end = isForced ? [FORCED] : [];
    const also = isForced ? ", be it older" : "";
    return [
      {
        path: ["update", "from", SOURCE, ...end],
        help: `write a new system to the other slot${also}`,
        run: (session, [source]) => install(session, source, isForced),
      },
      {
        path: ["update", "xmodem", ...end],
        help: `take a new system over this serial line${also}`,
        run: (session) => receive(session, isForced),
      },
      {
        path: ["update", "now", ...end],
        help: `take it from where update.url says${also}`,
        run: (session) => install(session, undefined, isForced),
      },
    ];
  }),
  {
    path: ["update", "confirm"],
    help: "keep the system that runs on trial",
    run: ({ box }) => order(() => access(box).confirm()),
  },
  {
    path: ["update", "return"],
    help: "start the other system next",
    run: ({ box }) => order(() => access(box).return()),
  },
  {
    path: ["update", "key", KEY],
    help: "take updates by this key as well",
    run: trust,
  },
  {
    path: ["update", "key", "none"],
    help: "take no updates by the key that was put here any more",
    run: ({ box }) => order(() => access(box).distrust()),
  },
  {
    path: ["restart"],
    help: "start the machine anew; calls end",
    run: ({ box }) => order(() => access(box).restart()),
  },
];

function access(box: Box): UpdateAccess {
  if (!box.update)
    throw new CommandError(
      "this system has no slots: it was not started from an image, and is updated like any program",
    );
  return box.update;
}

/** What is refused, and what went wrong, is the user's to know. */
async function order<T>(give: () => Promise<T>): Promise<T> {
  try {
    return await give();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function install(session: Session, place: string | undefined, isForced: boolean): Promise<string> {
  const update = access(session.box);
  return order(() => update.install(update.open(place, session.signal, teller(session)), isForced));
}

function receive(session: Session, isForced: boolean): Promise<string> {
  const update = access(session.box);
  return order(() => {
    session.notice("send the file now: XMODEM (CRC or 1K) or YMODEM, as with sx -k FILE; ^C ends this");
    return session.withLine((line) => update.install(update.receive(line), isForced));
  });
}

async function trust(session: Session, [key]: readonly string[]): Promise<string> {
  const update = access(session.box);
  const fingerprint = await order(async () => update.fingerprint(key!));
  session.notice(`Whoever has the secret half of ${fingerprint} can then replace the whole system of this box.`);
  const answer = await session.ask({
    prompt: "Take updates by this key: yes or no [no]: ",
    help: "yes when the key is yours, or of somebody whom you trust with this box and its passwords",
    words: ["yes", "no"],
  });
  return answer?.trim() === "yes" ? order(() => update.trust(key!)) : "nothing was changed";
}

function teller(session: Session): (progress: UpdateProgress) => void {
  let next = 0;
  return (progress) => {
    const step = progress.size === null ? STEP_BYTES : (progress.size * STEP_PERCENT) / 100;
    if (progress.bytes < next) return;
    next = (Math.floor(progress.bytes / step) + 1) * step;
    session.notice(progressText(progress));
  };
}

function progressText({ bytes, size }: UpdateProgress): string {
  const megabytes = `${(bytes / 1e6).toFixed(1)} MB`;
  return size === null
    ? megabytes
    : `${megabytes} of ${(size / 1e6).toFixed(1)}, ${Math.floor((bytes * 100) / size)} %`;
}

async function status(box: Box): Promise<Report> {
  const value = await order(() => access(box).status());
  const rows = value.slots.map(({ slot, version, size, state }) => [
    slot,
    version,
    `${(size / 1e6).toFixed(1)} MB`,
    state,
  ]);
  const facts = drawFacts([
    ["runs", `slot ${value.runs}${value.isOnTrial ? ", on trial: update confirm keeps it" : ""}`],
    ["starts next", `slot ${value.startsNext}`],
    ...(value.keys.length === 0 ? [["updates by", "nobody; update key KEY puts a key"] as const] : []),
    ...value.keys.map(({ of, fingerprint, problem }) => [`${of}'s key`, fingerprint ?? problem!] as const),
    ...(value.progress === null ? [] : [["being written", progressText(value.progress)] as const]),
  ]);
  const table = drawTable(["Slot", "Version", "Size", "State"], rows);
  return { value, text: [facts, "", table, ...(value.returned === null ? [] : [value.returned])].join("\n") };
}

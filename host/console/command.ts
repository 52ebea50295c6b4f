// What a command is: a path of keywords and arguments, a sentence of help, and what it does.

import type { Box, ByteLink } from "../status.ts";

/** The user's mistake, told to the user: what was wrong and what is allowed. */
export class CommandError extends Error {}

/** A word that may come next. */
export interface Candidate {
  word: string;
  help: string;
  /** Stands for a value, and is not typed as it is: `LINE`. */
  isName?: boolean;
}

/** A value that the user gives. One object is shared by all commands that take it at the same place. */
export interface Argument {
  /** As shown in help: `LINE`, `DIGITS`. */
  readonly name: string;
  readonly help: string;
  /** Takes every word to the end of the line. */
  readonly isRest?: boolean;
  /** What may stand here; without it, or when it is empty, anything. `before` are the rest's own earlier words. */
  complete?(box: Box, before: readonly string[]): readonly Candidate[];
  /** Says what is wrong with the word, and what is allowed; undefined when it is fine. */
  check?(word: string, box: Box): string | undefined;
}

export type Step = string | Argument;

/** What a command says: text, and for a `show` the value that `| json` prints. */
export interface Report {
  value: unknown;
  text: string;
}

/** What a command wants to be told while it runs. */
export interface Question {
  /** What stands left of the answer: `Country [US]: `. */
  readonly prompt: string;
  /** The answer to `?`. */
  readonly help: string;
  /** What Tab may complete. */
  readonly words: readonly string[];
}

/** Where a command runs: one log-in on a terminal, or one script. */
export interface Session {
  readonly box: Box;
  /** There is a keyboard: a script has none. */
  readonly hasKeys: boolean;
  /** Aborted by ^C and by the end of the session. */
  readonly signal: AbortSignal;
  /** Prints now, above the line that is being typed. */
  notice(text: string): void;
  /** Keeps something running until it is stopped: by the next key, or by `monitor stop`. One at a time. */
  watch(stop: () => void, untilKey: boolean): void;
  /** Stops what `watch` started; false when nothing was running. */
  unwatch(): boolean;
  /** The next line that is typed; undefined when ^C or the end of the session comes instead. */
  ask(question: Question): Promise<string | undefined>;
  /** Gives `work` the bytes of the line that this session is on, until it is done. Throws a CommandError where there is none. */
  withLine(work: (line: ByteLink) => Promise<string>): Promise<string>;
  /** Ends the session after this command. */
  leave(): void;
}

export interface Command {
  readonly path: readonly Step[];
  readonly help: string;
  /** May be followed by `| json` and `| include TEXT`. */
  readonly isShow?: boolean;
  /** `values` holds what was given for each argument, in order. */
  run(session: Session, values: readonly string[]): string | Report | Promise<string | Report>;
}

export function isArgument(step: Step | undefined): step is Argument {
  return typeof step === "object";
}

/** As written in help: `phone LINE dial DIGITS`. */
export function showPath(path: readonly Step[]): string {
  return path.map((step) => (typeof step === "string" ? step : step.isRest ? `${step.name}...` : step.name)).join(" ");
}

/** A line of this box, counted from 1. */
export const LINE: Argument = {
  name: "LINE",
  help: "number of a line",
  complete: (box) => box.lines().map((line) => ({ word: String(line.line), help: line.displayName || line.user })),
  check: (word, box) => {
    const lines = box.lines().map((line) => String(line.line));
    return lines.includes(word) ? undefined : `"${word}" is not a line of this box; allowed: ${lines.join(", ")}`;
  },
};

export function wholeNumber(name: string, help: string, from: number, to: number): Argument {
  return {
    name,
    help: `${help}, ${from} to ${to}`,
    check: (word) =>
      /^\d{1,9}$/.test(word) && Number(word) >= from && Number(word) <= to
        ? undefined
        : `"${word}" is not allowed for ${name}; allowed: a whole number from ${from} to ${to}`,
  };
}

// One log-in, whatever it comes over: runs lines, one at a time, and keeps what `monitor` started.

import type { Box, ByteLink } from "../status.ts";
import { CommandError, type Question, type Session } from "./command.ts";
import { interpreter } from "./commands.ts";

/** Puts a question to whoever types, and gives the line that was typed. Aborted by the signal, it never answers. */
export type Asker = (question: Question, signal: AbortSignal) => Promise<string>;

/** Longer lines are refused: nothing that a person types is. */
export const LINE_LENGTH_MAX = 1000;

export const LINE_TOO_LONG = `error: the line is too long; allowed: ${LINE_LENGTH_MAX} characters. Nothing was done.`;

/** Gives `work` the bytes of the line that the session is on, until it is done. */
export type LendLine = (signal: AbortSignal, work: (line: ByteLink) => Promise<string>) => Promise<string>;

export class ConsoleSession implements Session {
  readonly box: Box;
  readonly hasKeys: boolean;
  readonly notice: (text: string) => void;
  readonly #asker: Asker | undefined;
  readonly #lendLine: LendLine | undefined;
  #abort = new AbortController();
  #stopWatch: (() => void) | undefined;
  #isWatchedUntilKey = false;
  #isLeaving = false;

  /** Without an asker nobody is there to answer a question. */
  constructor(box: Box, hasKeys: boolean, notice: (text: string) => void, asker?: Asker, lendLine?: LendLine) {
    this.box = box;
    this.hasKeys = hasKeys;
    this.notice = notice;
    this.#asker = asker;
    this.#lendLine = lendLine;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something prints until the next key. */
  get isWatchedUntilKey(): boolean {
    return this.#isWatchedUntilKey;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** What the line answers, errors included. Never rejects. */
  async run(line: string): Promise<string> {
    if (line.length > LINE_LENGTH_MAX) return LINE_TOO_LONG;
    if (this.#abort.signal.aborted) this.#abort = new AbortController();
    try {
      return await interpreter.execute(this, line);
    } catch (error) {
      if (error instanceof CommandError) return `error: ${error.message}`;
      return `error: "${line.trim()}" failed inside tipring: ${error instanceof Error ? error.stack : String(error)}`;
    }
  }

  ask(question: Question): Promise<string | undefined> {
    const { signal } = this;
    const asker = this.#asker;
    if (asker === undefined || signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const abort = () => resolve(undefined);
      signal.addEventListener("abort", abort);
      asker(question, signal).then((answer) => {
        signal.removeEventListener("abort", abort);
        resolve(answer);
      });
    });
  }

  withLine(work: (line: ByteLink) => Promise<string>): Promise<string> {
    if (!this.#lendLine) throw new CommandError("there is no serial line here that a file could come over");
    return this.#lendLine(this.signal, work);
  }

  /** Ends the command that runs. */
  interrupt(): void {
    this.#abort.abort();
  }

  watch(stop: () => void, untilKey: boolean): void {
    this.unwatch();
    this.#stopWatch = stop;
    this.#isWatchedUntilKey = untilKey;
  }

  unwatch(): boolean {
    const stop = this.#stopWatch;
    this.#stopWatch = undefined;
    this.#isWatchedUntilKey = false;
    stop?.();
    return stop !== undefined;
  }

  leave(): void {
    this.#isLeaving = true;
  }

  /** Ends everything that the session started. */
  end(): void {
    this.interrupt();
    this.unwatch();
  }
}

/** Text from the network must not steer a terminal. */
export function withoutControls(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, ".");
}

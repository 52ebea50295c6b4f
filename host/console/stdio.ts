// The console in the terminal that tipring was started in, or on whatever its standard input is connected to.

import type { Readable, Writable } from "node:stream";
import type { Box } from "../status.ts";
import { Script } from "./script.ts";
import { Terminal } from "./terminal.ts";

export interface ConsoleHandle {
  /** Prints above the line that is being typed. */
  notice(text: string): void;
  /** Gives the terminal back. Safe to call twice. */
  close(): void;
}

export interface StdioOptions {
  input?: Readable & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  output?: Writable & { isTTY?: boolean };
  /** ^D, `exit`, or the end of input: for the program to end. */
  onEnd(): void;
}

/** On a terminal: editing, banner and prompt at once. On a pipe, and on a dumb terminal: line by line. */
export function startStdioConsole(box: Box, options: StdioOptions): ConsoleHandle {
  const { input = process.stdin, output = process.stdout, onEnd } = options;
  const isTerminal = input.isTTY === true && output.isTTY === true && process.env.TERM !== "dumb";
  output.on("error", ignore); // a reader that has gone, as in `tipring | head`, takes nothing but its answers with it
  let isEnded = false;
  const close = () => {
    isEnded = true;
    handle.close();
    if (isTerminal) input.setRawMode?.(false);
    input.off("end", end);
    input.pause();
    output.off("error", ignore);
  };
  const end = () => {
    if (isEnded) return;
    close();
    onEnd();
  };
  if (isTerminal) {
    input.setRawMode?.(true);
    input.on("end", end);
  }
  const handle: ConsoleHandle = isTerminal
    ? new Terminal(box, input, output, { greeting: "at once", onLeave: end })
    : new Script(box, input, output, end);
  return { notice: (text) => handle.notice(text), close };
}

function ignore(): void {}

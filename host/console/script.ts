// The console without a terminal: commands come line by line through a pipe, answers go out plainly. No banner, prompt or echo.

import type { Readable, Writable } from "node:stream";
import type { Box } from "../status.ts";
import { KeyReader } from "./keys.ts";
import { ConsoleSession, LINE_LENGTH_MAX, withoutControls } from "./session.ts";

const LINES_WAITING_MAX = 1000;

export class Script {
  readonly #session: ConsoleSession;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #onEnd: () => void;
  readonly #keys = new KeyReader();
  readonly #lines: string[] = [];
  #line = "";
  /** Takes the next line: a command has asked for it. */
  #answer: ((line: string) => void) | undefined;
  #isRunning = false;
  #isAtEnd = false;
  #isClosed = false;

  /** `onEnd` is called once: at the end of input when all lines have run, or after `exit`. */
  constructor(box: Box, input: Readable, output: Writable, onEnd: () => void) {
    this.#session = new ConsoleSession(
      box,
      false,
      (text) => this.notice(text),
      ({ prompt }) => this.#ask(prompt),
    );
    this.#input = input;
    this.#output = output;
    this.#onEnd = onEnd;
    input.on("data", this.#onData);
    input.on("end", this.#onInputEnd);
  }

  notice(text: string): void {
    if (!this.#isClosed && this.#output.writable) this.#output.write(`${withoutControls(text)}\n`);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.off("data", this.#onData);
    this.#input.off("end", this.#onInputEnd);
    this.#session.end();
  }

  readonly #onData = (chunk: Buffer | string) => {
    for (const key of this.#keys.read(typeof chunk === "string" ? Buffer.from(chunk) : chunk)) {
      if (key === "\r") this.#lines.push(this.#line);
      if (key === "\r") this.#line = "";
      // One more than allowed is kept, so that the line is refused and not cut.
      else if ((key >= " " || key === "\t") && this.#line.length <= LINE_LENGTH_MAX) this.#line += key;
    }
    if (this.#lines.length > LINES_WAITING_MAX) this.#input.pause();
    this.#runNext();
  };

  readonly #onInputEnd = () => {
    if (this.#line !== "") this.#lines.push(this.#line);
    this.#isAtEnd = true;
    this.#runNext();
  };

  #ask(prompt: string): Promise<string> {
    this.notice(prompt.trimEnd());
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#runNext();
    });
  }

  #runNext(): void {
    if (this.#answer) {
      this.#giveAnswer(this.#answer);
      return;
    }
    if (this.#isRunning || this.#isClosed) return;
    const line = this.#lines.shift();
    if (line === undefined) {
      if (this.#input.isPaused()) this.#input.resume();
      if (this.#isAtEnd) this.#end();
      return;
    }
    this.#isRunning = true;
    this.#session.run(line).then((answer) => {
      this.#isRunning = false;
      if (answer !== "") this.notice(answer);
      if (this.#session.isLeaving) this.#end();
      else this.#runNext();
    });
  }

  #giveAnswer(answer: (line: string) => void): void {
    const line = this.#lines.shift();
    if (line === undefined && !this.#isAtEnd) return;
    this.#answer = undefined;
    if (line === undefined) this.#session.interrupt();
    else answer(line);
  }

  #end(): void {
    if (this.#isClosed) return;
    this.close();
    this.#onEnd();
  }
}

// One end of a line of text into the machine: a serial port, a shell, QEMU's monitor. Types, and waits for what is said.

import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { within } from "../support/deadline.ts";

const POLL = 20;
const TAIL = 3000;

export class TextLine {
  /** All that came. */
  heard = "";
  readonly #name: string;
  readonly #socket: Socket;
  #mark = 0;
  #wake = () => {};
  #giveUp = (_reason: Error) => {};

  private constructor(name: string, socket: Socket) {
    this.#name = name;
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      this.heard += text;
      this.#wake();
    });
    socket.on("error", () => {}); // the machine was switched off
  }

  /** Connects to a socket that QEMU opens in a moment, unless it is gone. */
  static async open(name: string, path: string, limit: number, isGone: () => boolean): Promise<TextLine> {
    // QEMU has the socket's file before it listens there
    for (const end = performance.now() + limit; ; await new Promise((resolve) => setTimeout(resolve, POLL))) {
      const socket = existsSync(path) ? await connected(path) : undefined;
      if (socket) return new TextLine(name, socket);
      if (isGone() || performance.now() > end) throw new Error(`QEMU does not open its ${name}`);
    }
  }

  type(text: string): void {
    this.#socket.write(text);
  }

  /** Resolves when that has come since the last match. */
  async sees(what: string | RegExp, limit: number): Promise<RegExpExecArray> {
    const pattern = typeof what === "string" ? new RegExp(what.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : what;
    let seen = (_match: RegExpExecArray) => {};
    const found = new Promise<RegExpExecArray>((resolve, reject) => {
      seen = resolve;
      this.#giveUp = reject;
    });
    this.#wake = () => {
      const match = pattern.exec(this.heard.slice(this.#mark));
      if (!match) return;
      this.#wake = () => {};
      this.#mark += match.index + match[0].length;
      seen(match);
    };
    this.#wake();
    return within(found, limit, () => `${pattern} on the ${this.#name}, which ended in\n${this.tail()}`);
  }

  /** The last of what came, for failures. */
  tail(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor is of no use in a report
    return this.heard.replace(/\x1b\[[\d;]*[A-Za-z]/g, "").slice(-TAIL);
  }

  /** Whoever waits for something is told at once that it does not come. */
  close(): void {
    this.#socket.destroy();
    this.#giveUp(new Error(`the ${this.#name} was closed`));
  }
}

/** Undefined when nobody listens there. */
function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket)).once("error", () => resolve(undefined));
  });
}

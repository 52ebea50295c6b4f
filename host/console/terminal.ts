// The console on a terminal: log-in by Enter, line editing, history, Tab, `?`, and output that comes while a line is typed.

import type { Readable, Writable } from "node:stream";
import type { Box } from "../status.ts";
import type { Question } from "./command.ts";
import { interpreter } from "./commands.ts";
import { Editor, type EditorOptions } from "./editor.ts";
import { KeyReader } from "./keys.ts";
import { RawLine } from "./raw-line.ts";
import { ConsoleSession, LINE_LENGTH_MAX, LINE_TOO_LONG, withoutControls } from "./session.ts";
import { isFresh, SETUP } from "./setup.ts";
import { splitWords } from "./words.ts";

const CLEAR_LINE = "\x03";
const LOG_OUT = "\x04";
const SUSPEND = "\x1a";
const ENTER = "\r";
/** Keys that only end a monitor; any other is the beginning of the next command. */
const ENDS_MONITOR = new Set([ENTER, CLEAR_LINE, SUSPEND, " ", "q"]);
/** Keys waiting for a command to end. Beyond that the far end has to wait. */
const KEYS_WAITING_MAX = 16384;
/** A question that waits for its answer, and the line that is typed for it. */
interface Asked {
  readonly question: Question;
  readonly editor: Editor;
}

/** Bytes not yet taken by a slow or absent far end. Beyond that, what nobody asked for is left out. */
const OUTPUT_WAITING_MAX = 65536;

export interface TerminalOptions {
  /** On a serial line somebody may be listening who is no person: be silent until Enter. */
  greeting: "at once" | "on Enter";
  /** After ^D or `exit`. Without it the terminal waits for the next Enter. */
  onLeave?(): void;
}

export class Terminal {
  readonly #box: Box;
  readonly #input: Readable;
  readonly #output: Writable & { columns?: number };
  readonly #options: TerminalOptions;
  readonly #keys = new KeyReader();
  readonly #waiting: string[] = [];
  #session: ConsoleSession | undefined;
  #editor: Editor | undefined;
  #asked: Asked | undefined;
  /** Has the line instead of keys and text. */
  #rawLine: RawLine | undefined;
  #isRunning = false;
  #isTooLong = false;
  #leftOut = 0;
  #isClosed = false;

  /** Input and output may be the same Duplex. */
  constructor(box: Box, input: Readable, output: Writable, options: TerminalOptions) {
    this.#box = box;
    this.#input = input;
    this.#output = output;
    this.#options = options;
    input.on("data", this.#onData);
    output.on("resize", this.#onResize);
    output.on("drain", this.#onDrain);
    if (options.greeting === "at once") this.#logIn();
  }

  /** Prints above the line that is being typed. Nothing when nobody is logged in. */
  notice(text: string): void {
    if (!this.#session) return;
    if (this.#rawLine || this.#output.writableLength > OUTPUT_WAITING_MAX) {
      this.#leftOut++;
      return;
    }
    const isPrompting = this.#isPrompting;
    if (isPrompting) this.#typed!.erase();
    if (this.#leftOut > 0) this.#say(`[${this.#leftOut} messages left out: the line was busy]`);
    this.#leftOut = 0;
    this.#say(text);
    if (isPrompting) this.#prompt();
  }

  /** Lets go of the streams without ending them. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.off("data", this.#onData);
    this.#output.off("resize", this.#onResize);
    this.#output.off("drain", this.#onDrain);
    this.#waiting.length = 0;
    this.#logOut();
  }

  readonly #onData = (chunk: Buffer | string) => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (this.#rawLine) return this.#rawLine.give(bytes);
    const keys = this.#keys.read(bytes);
    if (this.#isRunning && keys.includes(CLEAR_LINE)) {
      this.#waiting.length = 0;
      keys.splice(0, keys.lastIndexOf(CLEAR_LINE) + 1);
      if (this.#asked) this.#say("^C");
      this.#session?.interrupt();
    }
    for (const key of keys) this.#waiting.push(key);
    if (this.#waiting.length > KEYS_WAITING_MAX) this.#input.pause();
    this.#handleWaiting();
  };

  readonly #onResize = () => {
    if (this.#isPrompting) this.#typed!.redraw();
  };

  readonly #onDrain = () => this.#handleWaiting();

  /** Where keys go: the answer to a question, else the next command. */
  get #typed(): Editor | undefined {
    return this.#asked?.editor ?? this.#editor;
  }

  get #isBusy(): boolean {
    return this.#isRunning && this.#asked === undefined;
  }

  get #isPrompting(): boolean {
    return this.#editor !== undefined && !this.#isBusy && !this.#session!.isWatchedUntilKey;
  }

  get #isBlocked(): boolean {
    return this.#isBusy || this.#output.writableLength > OUTPUT_WAITING_MAX;
  }

  #handleWaiting(): void {
    let at = 0;
    while (at < this.#waiting.length && !this.#isBlocked) this.#handleKey(this.#waiting[at++]!);
    this.#waiting.splice(0, at);
    if (this.#waiting.length === 0 && this.#input.isPaused()) this.#input.resume();
  }

  #handleKey(key: string): void {
    const session = this.#session;
    const editor = this.#typed;
    if (!session || !editor) {
      if (key === ENTER) this.#logIn();
      return;
    }
    if (session.isWatchedUntilKey) {
      session.unwatch();
      this.#prompt();
      if (ENDS_MONITOR.has(key)) return;
    }
    if (key === CLEAR_LINE) this.#abandonLine("^C");
    else if (key === SUSPEND)
      editor.bell(); // a telephone must not stop because of a slip of the finger
    else if (key === LOG_OUT && editor.text === "") this.#leave();
    else if (key === "?" && this.#isHelpKey(editor)) this.#help();
    else if (key === ENTER && (this.#isTooLong || editor.text.length > LINE_LENGTH_MAX))
      this.#abandonLine(LINE_TOO_LONG);
    else if (isPrintable(key) && editor.text.length >= LINE_LENGTH_MAX) {
      if (!this.#isTooLong) editor.bell();
      this.#isTooLong = true;
    } else editor.press(key);
  }

  /** Lends the line's bytes to `work`; then keys and text have it again. */
  readonly #lendLine = async (signal: AbortSignal, work: (line: RawLine) => Promise<string>): Promise<string> => {
    this.#rawLine = new RawLine(this.#box.clock, (bytes) => this.#writeRaw(bytes), signal);
    this.#waiting.length = 0;
    try {
      return await work(this.#rawLine);
    } finally {
      this.#rawLine = undefined;
    }
  };

  #logIn(): void {
    const { name, version, board } = this.#box.version();
    this.#session = new ConsoleSession(
      this.#box,
      true,
      (text) => this.notice(text),
      (question, signal) => this.#ask(question, signal),
      this.#lendLine,
    );
    this.#editor = this.#newEditor(
      (line) => interpreter.complete(this.#box, line),
      (line) => this.#run(line),
    );
    this.#say(`\n${name} ${version} on board ${board}\n? for help`);
    if (isFresh(this.#box)) this.#run(SETUP);
    else this.#prompt();
  }

  #newEditor(complete: EditorOptions["complete"], line: EditorOptions["line"]): Editor {
    return new Editor({
      columns: () => this.#output.columns || 80,
      write: (text) => this.#write(text),
      complete,
      line,
    });
  }

  /** The answer has an editor of its own: it is no command, and its history keeps no password. */
  #ask(question: Question, signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      const end = () => {
        editor.close();
        if (this.#asked?.editor === editor) this.#asked = undefined;
        signal.removeEventListener("abort", end);
      };
      const editor = this.#newEditor(
        (line) => [question.words.filter((word) => word.startsWith(line)), line],
        (line) => {
          end();
          resolve(line);
        },
      );
      this.#asked = { question, editor };
      signal.addEventListener("abort", end);
      this.#prompt();
      queueMicrotask(() => this.#handleWaiting());
    });
  }

  /** In an answer it may be part of a password, unless it comes first. */
  #isHelpKey(editor: Editor): boolean {
    return this.#asked ? editor.text === "" : !splitWords(editor.textBefore).isOpen;
  }

  #leave(): void {
    this.#say("logged out");
    this.#logOut();
    if (!this.#isClosed) this.#options.onLeave?.();
  }

  #logOut(): void {
    this.#session?.end();
    this.#editor?.close();
    this.#session = undefined;
    this.#editor = undefined;
    this.#isTooLong = false;
  }

  #run(line: string): void {
    const session = this.#session!;
    this.#isRunning = true;
    session.run(line).then((answer) => {
      this.#isRunning = false;
      if (session !== this.#session) return this.#handleWaiting();
      if (answer !== "") this.#say(answer);
      if (session.isLeaving) this.#leave();
      else if (!session.isWatchedUntilKey) this.#prompt();
      this.#handleWaiting();
    });
  }

  #help(): void {
    const editor = this.#typed!;
    const { text, textBefore } = editor;
    editor.erase();
    this.#say(`${this.#promptText}${text}?`);
    this.#say(this.#asked?.question.help ?? interpreter.help(this.#box, textBefore));
    this.#prompt();
  }

  #abandonLine(why: string): void {
    const editor = this.#typed!;
    editor.clear();
    editor.erase();
    this.#say(why);
    this.#isTooLong = false;
    this.#prompt();
  }

  /** A star tells that `commit` has something to do. */
  get #promptText(): string {
    if (this.#asked) return this.#asked.question.prompt;
    return `${this.#box.version().hostname}${this.#box.config.isChanged ? "*" : ""}> `;
  }

  #prompt(): void {
    this.#typed!.draw(this.#promptText);
  }

  #say(text: string): void {
    this.#write(`${withoutControls(text)}\n`);
  }

  #write(text: string): void {
    this.#writeRaw(text.replace(/\r?\n/g, "\r\n"));
  }

  #writeRaw(bytes: string | Uint8Array): void {
    if (this.#output.writable) this.#output.write(bytes);
  }
}

function isPrintable(key: string): boolean {
  return key >= " " && key !== "\x7f" && !key.startsWith("\x1b");
}

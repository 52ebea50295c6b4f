// The line editor of one log-in: node:readline behind a small Duplex, fed with keys and never with raw bytes.

import { createInterface, type Interface } from "node:readline";
import { Duplex } from "node:stream";

const HISTORY_LINES = 100;
const BELL = "\x07";

export interface EditorOptions {
  columns(): number;
  write(text: string): void;
  complete(line: string): [string[], string];
  /** Enter was pressed. */
  line(text: string): void;
}

/** What readline takes for its terminal. */
class Screen extends Duplex {
  readonly #options: EditorOptions;

  constructor(options: EditorOptions) {
    super({ decodeStrings: false });
    this.#options = options;
  }

  get columns(): number {
    return this.#options.columns();
  }

  override _read(): void {}

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#options.write(chunk.toString());
    done();
  }
}

export class Editor {
  readonly #screen: Screen;
  readonly #readline: Interface;

  constructor(options: EditorOptions) {
    this.#screen = new Screen(options);
    this.#readline = withoutDumbTerminal(() =>
      createInterface({
        input: this.#screen,
        output: this.#screen,
        terminal: true,
        historySize: HISTORY_LINES,
        removeHistoryDuplicates: true,
        completer: (line: string) => options.complete(line),
      }),
    );
    this.#readline.on("line", (line) => options.line(line));
  }

  get text(): string {
    return this.#readline.line;
  }

  /** What stands left of the cursor. */
  get textBefore(): string {
    return this.#readline.line.slice(0, this.#readline.cursor);
  }

  /** Handled before this returns: readline sees the key at once, not when a stream gets round to it. */
  press(key: string): void {
    this.#screen.emit("data", Buffer.from(key));
  }

  bell(): void {
    this.#screen.write(BELL);
  }

  /** Shows the prompt and what is being typed, on the row where the cursor is. */
  draw(prompt: string): void {
    this.#readline.setPrompt(prompt);
    // Else readline goes up to where it last drew, and wipes what was printed since.
    (this.#readline as unknown as { prevRows: number }).prevRows = 0;
    this.redraw();
  }

  /** Draws again where it stands, as after a change of width. Readline's own prompt() gives up when TERM is dumb. */
  redraw(): void {
    this.#screen.emit("resize");
  }

  /** Takes prompt and text off the screen; they are kept. */
  erase(): void {
    const { rows } = this.#readline.getCursorPos();
    this.#screen.write(`${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J`);
  }

  /** Throws away what was typed. */
  clear(): void {
    this.#readline.write(null, { ctrl: true, name: "e" });
    this.#readline.write(null, { ctrl: true, name: "u" });
  }

  close(): void {
    this.#readline.close();
    this.#screen.destroy();
  }
}

/** TERM speaks of the terminal that the program was started in, not of the one at the end of the wire; readline asks it once. */
function withoutDumbTerminal<T>(make: () => T): T {
  const { TERM } = process.env;
  if (TERM !== "dumb") return make();
  delete process.env.TERM;
  try {
    return make();
  } finally {
    process.env.TERM = TERM;
  }
}

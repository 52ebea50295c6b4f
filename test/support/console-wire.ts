// Someone at the far end of a console: types bytes, watches a screen.

import { Duplex } from "node:stream";
import { within } from "./deadline.ts";
import { Screen } from "./screen.ts";

const LIMIT = 5000;

export class ConsoleWire extends Duplex {
  columns: number | undefined;
  /** All that came, byte for byte. */
  raw = "";
  /** What comes is text; without it no screen is drawn. */
  isText = true;
  #screen: Screen;
  #mark = 0;
  #wake: (() => void)[] = [];

  constructor(columns?: number) {
    super();
    this.columns = columns;
    this.#screen = new Screen(columns);
  }

  get screen(): Screen {
    return this.#screen;
  }

  type(bytes: string | Uint8Array): this {
    this.push(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    return this;
  }

  /** Resolves when `text` has come since the last call of this. */
  async sees(text: string): Promise<void> {
    const arrived = async () => {
      for (let at = -1; at < 0; ) {
        at = this.raw.indexOf(text, this.#mark);
        if (at < 0) await new Promise<void>((resolve) => this.#wake.push(resolve));
        else this.#mark = at + text.length;
      }
    };
    await within(arrived(), LIMIT, () => `${JSON.stringify(text)} in ${JSON.stringify(this.raw.slice(this.#mark))}`);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = chunk.toString();
    this.raw += text;
    if (this.isText) this.#screen.write(text);
    for (const wake of this.#wake.splice(0)) wake();
    done();
  }
}

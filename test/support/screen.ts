// What a person sees: a terminal's screen that understands the few escape sequences of a line editor. Rows are never scrolled off.

const TAB_COLUMNS = 8;

export class Screen {
  readonly columns: number;
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #escape = "";
  bells = 0;

  constructor(columns = 80) {
    this.columns = columns;
  }

  /** Everything from the first row to the last, without trailing blanks. */
  get text(): string {
    return this.#rows
      .map((cells) =>
        Array.from(cells, (cell) => cell ?? " ")
          .join("")
          .trimEnd(),
      )
      .join("\n");
  }

  /** The row that the cursor is in. */
  get line(): string {
    return this.text.split("\n")[this.#row] ?? "";
  }

  get cursorColumn(): number {
    return this.#column;
  }

  write(text: string): void {
    for (const character of text) this.#put(character);
  }

  #put(character: string): void {
    if (this.#escape !== "") {
      this.#escape += character;
      if (character >= "@" && character !== "[") this.#obey();
    } else if (character === "\x1b") this.#escape = character;
    else if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#goTo(this.#row + 1);
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character === "\t") this.#column += TAB_COLUMNS - (this.#column % TAB_COLUMNS);
    else if (character === "\x07") this.bells++;
    else if (character < " " || character === "\x7f") throw new Error(`control character ${JSON.stringify(character)}`);
    else {
      if (this.#column === this.columns) {
        this.#column = 0;
        this.#goTo(this.#row + 1);
      }
      this.#rows[this.#row]![this.#column++] = character;
    }
  }

  #goTo(row: number): void {
    this.#row = Math.max(0, row);
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }

  #obey(): void {
    const [, digits, command] = /^\[([\d;]*)([A-Za-z])$/.exec(this.#escape.slice(1)) ?? [];
    const number = Number(digits || "1");
    this.#column = Math.min(this.#column, this.columns - 1);
    if (command === "A") this.#goTo(this.#row - number);
    else if (command === "B") this.#goTo(this.#row + number);
    else if (command === "C") this.#column = Math.min(this.columns - 1, this.#column + number);
    else if (command === "D") this.#column = Math.max(0, this.#column - number);
    else if (command === "G") this.#column = number - 1;
    else if (command === "J" || command === "K") {
      this.#rows[this.#row]!.length = Math.min(this.#column, this.#rows[this.#row]!.length);
      if (command === "J") this.#rows.length = this.#row + 1;
    } else if (command === "H") {
      this.#goTo(0);
      this.#column = 0;
    } else throw new Error(`escape sequence ${JSON.stringify(this.#escape)} is not known to the test's screen`);
    this.#escape = "";
  }
}

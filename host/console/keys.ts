// From bytes off a serial line to keys: characters, control keys and whole escape sequences. Line noise is left out here.

const ESCAPE = "\x1b";
/** Longer is noise. */
const ESCAPE_MAX = 8;
/** The sequences that a line editor knows: arrows, home, end, delete, with or without a modifier; Alt and a letter. Without ESC. */
const KNOWN_SEQUENCE = /^(?:\[(?:(?:1;[2-8])?[A-H]|[1-8](?:;[2-8])?~)|O[A-H]|[bdfy])$/;
const CONTROL_KEYS = "\x01\x02\x03\x04\x05\x06\b\t\x0b\f\r\x0e\x10\x14\x15\x17\x19\x1a\x7f";
/** Control and format characters, what is not assigned, and what a decoder puts in place of broken bytes. */
const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}\ufffd]/u;

export class KeyReader {
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #escape = "";
  #isAfterReturn = false;

  /** The keys that these bytes complete. Enter is always "\r", however the far end spells it. */
  read(bytes: Uint8Array): string[] {
    const keys: string[] = [];
    for (const character of this.#decoder.decode(bytes, { stream: true })) this.#take(character, keys);
    return keys.map((key, index) => (key === "\t" && !isTyped(keys, index) ? " " : key));
  }

  #take(character: string, keys: string[]): void {
    const isSecondHalf = character === "\n" && this.#isAfterReturn;
    this.#isAfterReturn = character === "\r";
    if (isSecondHalf) return;
    if (character === ESCAPE) this.#escape = ESCAPE;
    else if (this.#escape !== "" && character >= " ") this.#continue(character, keys);
    else {
      this.#escape = ""; // a control key is never part of a sequence: what was begun was noise
      const key = character === "\n" ? "\r" : character;
      if (key < " " || key === "\x7f" ? CONTROL_KEYS.includes(key) : !NOT_PRINTABLE.test(key)) keys.push(key);
    }
  }

  #continue(character: string, keys: string[]): void {
    this.#escape += character;
    const isIntroducer = this.#escape.length === 2 && (character === "[" || character === "O");
    const isFinal = this.#escape[1] !== "[" || (character >= "@" && character <= "~");
    if (isIntroducer || (!isFinal && this.#escape.length < ESCAPE_MAX)) return;
    if (KNOWN_SEQUENCE.test(this.#escape.slice(1))) keys.push(this.#escape);
    this.#escape = "";
  }
}

/** A Tab with more behind it was pasted, and is a blank there. */
function isTyped(keys: readonly string[], index: number): boolean {
  return keys.slice(index).every((key) => key === "\t");
}

// A command line split into words: blanks separate, "…" keeps blanks together, \ keeps the next character, | stands alone.

export interface Word {
  text: string;
  /** Quoted or escaped: a value, never a keyword and never a pipe. */
  isQuoted: boolean;
}

export interface Words {
  words: Word[];
  /** The line ends inside quotes. */
  isOpen: boolean;
  /** The line ends in the middle of a word, which is the last of `words`. */
  isPartial: boolean;
}

export function splitWords(line: string): Words {
  const words: Word[] = [];
  let word: Word | undefined;
  let isOpen = false;
  const grow = (character: string, isQuoted: boolean) => {
    if (!word) {
      word = { text: "", isQuoted: false };
      words.push(word);
    }
    word.text += character;
    if (isQuoted) word.isQuoted = true;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === "\\" && at + 1 < line.length) grow(line[++at]!, true);
    else if (character === '"') {
      isOpen = !isOpen;
      grow("", true);
    } else if (isOpen) grow(character, true);
    else if (character === " " || character === "\t") word = undefined;
    else if (character === "|") {
      word = undefined;
      words.push({ text: "|", isQuoted: false });
    } else grow(character, false);
  }
  return { words, isOpen, isPartial: word !== undefined };
}

/** The word as it must be typed. */
export function quoteWord(text: string): string {
  return /^[^\s"\\|?#]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

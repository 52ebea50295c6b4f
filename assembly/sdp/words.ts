// The line of a session description that is being read, word by word. RFC 8866 §9.

import { indexOfByte, isBlank } from "../base/bytes";
import { equals, equalsIgnoreCase } from "../base/literal";

const COLON: u8 = 0x3a;

let here: usize = 0;
let end: usize = 0;
/** The word found last. */
export let wordAt: usize = 0;
export let wordLength: i32 = 0;

/** Begins a line's value, which ends at `valueEnd`. Blanks at its end do not count. */
export function startWords(at: usize, valueEnd: usize): void {
  here = at;
  end = valueEnd;
  while (end > here && isBlank(load<u8>(end - 1))) end--;
}

/** Moves to the next word. False when there is none. */
export function nextWord(): bool {
  while (here < end && isBlank(load<u8>(here))) here++;
  wordAt = here;
  while (here < end && !isBlank(load<u8>(here))) here++;
  wordLength = <i32>(here - wordAt);
  return wordLength > 0;
}

/** Takes an attribute's name as the word; the words of its value, which follows a colon, come next. RFC 8866 §5.13. */
export function nextName(): void {
  const colon = indexOfByte(here, <i32>(end - here), COLON);
  wordAt = here;
  wordLength = colon < 0 ? <i32>(end - here) : colon;
  here = colon < 0 ? end : here + <usize>colon + 1;
}

@inline export function isWord(text: string): bool { return equals(wordAt, wordLength, text); }

/** `text` must be lower case. */
@inline export function isWordIgnoreCase(text: string): bool { return equalsIgnoreCase(wordAt, wordLength, text); }

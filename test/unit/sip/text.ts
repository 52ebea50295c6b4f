// Text in, views out: what the specs of the message layer share.

import { setupCharacters } from "../../../assembly/sip/characters";
import { setupHeaders } from "../../../assembly/sip/header";
import { MESSAGE_SIZE, Message, messageAt } from "../../../assembly/sip/message";
import { parseMessage } from "../../../assembly/sip/parser";

const SIZE: i32 = 66_000;
const buffer = memory.data(66_032, 16);

export const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));
/** Where put() put it. */
export const at: usize = buffer;

/** Puts the text at `at`, everything behind it `filler`; returns its length. */
export function put(text: string, filler: u8 = 0x41): i32 {
  memory.fill(buffer, filler, SIZE);
  return <i32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, buffer);
}

export function span(start: usize, length: i32): string { return String.UTF8.decodeUnsafe(start, length); }

/** Parses `text` into `message`. */
export function parse(text: string): bool {
  setupCharacters();
  setupHeaders();
  return parseMessage(message, buffer, put(text));
}

// Short texts for reports: they must stay in place until the host has read them, so they stand in a ring of their own.

import { Writer } from "../sip/writer";

const NOTE_SIZE: i32 = 512;
/** More than one input can cause. */
const NOTES: i32 = 32;

const writer: Writer = changetype<Writer>(memory.data(16, 16));
let ring: usize = 0;
let next: i32 = 0;

export const NOTES_SIZE: i32 = NOTE_SIZE * NOTES;

export function setupNotes(at: usize): void {
  ring = at;
  next = 0;
}

/** A writer over the place of the next text. */
export function note(): Writer {
  next = (next + 1) & (NOTES - 1);
  return writer.beginAt(ring + <usize>(next * NOTE_SIZE), NOTE_SIZE);
}

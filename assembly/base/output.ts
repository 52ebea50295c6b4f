// Text written into a place of bounded size. What does not fit is not written, and the whole then counts as nothing:
// so a writer is one plain list of puts, with one question at the end.

import { copyBytes } from "./bytes";
import { writeDecimal } from "./decimal";
import { writeText } from "./literal";

/** Bytes of an Output. */
export const OUTPUT_SIZE: i32 = 16;

@unmanaged
export class Output {
  /** Where the next byte goes. */
  at: usize = 0;
  private end: usize = 0;
  private isFull: bool = false;

  start(at: usize, end: usize): Output {
    this.at = at;
    this.end = end;
    this.isFull = at > end;
    return this;
  }

  /** True when `lengthBytes` more fit. False spoils the whole. */
  private makeRoom(lengthBytes: i32): bool {
    if (this.isFull || lengthBytes < 0 || this.end - this.at < <usize>lengthBytes) {
      this.isFull = true;
      return false;
    }
    return true;
  }

  byte(value: u8): void {
    if (this.makeRoom(1)) store<u8>(this.at++, value);
  }

  /** An ASCII literal. */
  text(value: string): void {
    if (this.makeRoom(value.length)) this.at = writeText(this.at, value);
  }

  bytes(at: usize, length: i32): void {
    if (!this.makeRoom(length)) return;
    copyBytes(this.at, at, length);
    this.at += <usize>length;
  }

  decimal(value: u64): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest /= 10) digits++;
    if (this.makeRoom(digits)) this.at = writeDecimal(this.at, value);
  }

  /** Makes the whole count as nothing: what was to be written cannot be said. */
  refuse(): void { this.isFull = true; }

  /** The address after the text, 0 when it did not fit. */
  finish(): usize { return this.isFull ? 0 : this.at; }
}

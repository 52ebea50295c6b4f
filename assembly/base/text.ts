// A text of bounded length that outlives the datagram it came from. Stands inside larger records, so it is a view, not an object.

import { copyBytes, sameSpan } from "./bytes";

/** Bytes a Text of `capacity` takes: its header and its bytes, 4-aligned. */
@inline export function textSize(capacity: i32): i32 { return (4 + capacity + 3) & ~3; }

@unmanaged
export class Text {
  length: u16 = 0;
  capacity: u16 = 0;

  @inline get at(): usize { return changetype<usize>(this) + offsetof<Text>(); }
  @inline get isEmpty(): bool { return this.length == 0; }

  /** Gives the text its capacity and empties it. */
  setup(capacity: i32): Text {
    this.capacity = <u16>capacity;
    this.length = 0;
    return this;
  }

  clear(): void { this.length = 0; }

  /** False, and unchanged, when it does not fit. */
  set(at: usize, length: i32): bool {
    if (length < 0 || length > <i32>this.capacity) return false;
    copyBytes(this.at, at, length);
    this.length = <u16>length;
    return true;
  }

  append(byte: u8): bool {
    if (this.length >= this.capacity) return false;
    store<u8>(this.at + <usize>this.length, byte);
    this.length++;
    return true;
  }

  equals(at: usize, length: i32): bool { return sameSpan(this.at, this.length, at, length); }

  /** Copies the text out, returns the address after it. */
  @inline write(target: usize): usize {
    copyBytes(target, this.at, this.length);
    return target + <usize>this.length;
  }
}

@inline export function textAt(address: usize): Text { return changetype<Text>(address); }

// The block that a hash works on: collects a message's bytes and pads its end. FIPS 180-4 §5.1, RFC 1321 §3.1 and §3.2.

import { copyBytes } from "./bytes";

/** The block's bytes stand behind the record. Block sizes are powers of two, the same in every call. */
@unmanaged
export class MessageBlock {
  lengthBytes: u64 = 0;

  @inline get bytes(): usize { return changetype<usize>(this) + offsetof<MessageBlock>(); }

  /** Takes what fits of the span, at least one byte, and says how much that was. After it the block may be full. */
  put(at: usize, length: i32, size: i32): i32 {
    const filled = <i32>(this.lengthBytes & <u64>(size - 1));
    const part = min(length, size - filled);
    copyBytes(this.bytes + <usize>filled, at, part);
    this.lengthBytes += <u64>part;
    return part;
  }

  @inline isFull(size: i32): bool { return (this.lengthBytes & <u64>(size - 1)) == 0; }

  /** Ends the message: a one bit, then zeros. True when the `lengthSize` bytes of its length need a block of their own: see clear(). */
  pad(size: i32, lengthSize: i32): bool {
    const filled = <i32>(this.lengthBytes & <u64>(size - 1));
    store<u8>(this.bytes + <usize>filled, 0x80);
    memory.fill(this.bytes + <usize>filled + 1, 0, <usize>(size - 1 - filled));
    return filled >= size - lengthSize;
  }

  clear(size: i32): void { memory.fill(this.bytes, 0, <usize>size); }

  /** The message's length in bits, as the last eight bytes. */
  @inline putLength(bits: u64, size: i32): void { store<u64>(this.bytes + <usize>size - 8, bits); }
}

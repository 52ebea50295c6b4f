// Which sequence numbers of late have come: RFC 3550 §A.1. They wrap.

/** Sequence numbers this far back are no reordering. */
const WINDOW: i32 = 64;

export const SEQUENCE_WINDOW_SIZE: i32 = 16;

@unmanaged
export class SequenceWindow {
  /** Bit n: the packet n before the highest sequence number has come. */
  private seen: u64 = 0;
  highest: u16 = 0;

  /** Nothing has come, and `sequence` will be the first. */
  reset(sequence: u16): void {
    if (<i32>offsetof<SequenceWindow>() > SEQUENCE_WINDOW_SIZE) ERROR("it is 16 bytes long");
    this.seen = 0;
    this.highest = sequence - 1;
  }

  /** Notes a sequence number. False when it came before. */
  put(sequence: u16): bool {
    const step = <i32><i16>(sequence - this.highest);
    if (step > 0) {
      this.seen = step < WINDOW ? this.seen << step | 1 : 1;
      this.highest = sequence;
      return true;
    }
    if (-step >= WINDOW) return true;
    const bit: u64 = (<u64>1) << -step;
    if (this.seen & bit) return false;
    this.seen |= bit;
    return true;
  }
}

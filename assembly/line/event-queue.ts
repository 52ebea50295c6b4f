// What a line tells the call layer, in the order in which it happened. One input may bring about more than one event.

/** Digit and Dialled: see Line.digit and Line.number. */
export const enum LineEvent { None, OffHook, Answered, Digit, Dialled, Flash, OnHook }

/** Far more than one input brings about. */
const CAPACITY: u32 = 8;

@unmanaged
export class EventQueue {
  private readAt: u32 = 0;
  private writeAt: u32 = 0;
  private entries: u64 = 0; // CAPACITY times an event in the low half of a byte pair, its digit in the high half
  private moreEntries: u64 = 0;

  reset(): void {
    this.readAt = 0;
    this.writeAt = 0;
  }

  /** `digit` in ASCII. The eldest gives way to the ninth: an owner that does not take them wants none. */
  put(event: LineEvent, digit: i32 = 0): void {
    if (this.writeAt - this.readAt == CAPACITY) this.readAt++;
    store<u16>(this.entry(this.writeAt++), <u16>(digit << 8 | event));
  }

  @inline get isEmpty(): bool { return this.readAt == this.writeAt; }

  /** The eldest event, its digit in the high byte. */
  take(): i32 { return load<u16>(this.entry(this.readAt++)); }

  @inline private entry(number: u32): usize {
    return changetype<usize>(this) + offsetof<EventQueue>("entries") + (<usize>(number % CAPACITY) << 1);
  }
}

export const EVENT_QUEUE_SIZE: i32 = <i32>offsetof<EventQueue>();

// Which packets of one source have come: the index of a packet beyond its 16-bit number, and no packet twice.
// RFC 3711 §3.3.1 and §3.3.2.

/** RFC 3711 §3.3.2: at least 64. */
const WINDOW: u64 = 128;
const INDEX_MASK: u64 = 0xffff_ffff_ffff;

export const PACKET_WINDOW_SIZE: i32 = 32;

@unmanaged
export class PacketWindow {
  /** The highest index so far. */
  private highest: u64 = 0;
  /** Bit n: the packet n before the highest has come; n - 64 in the second. */
  private seen: u64 = 0;
  private seenBefore: u64 = 0;
  private hasPackets: bool = false;

  reset(): void {
    if (<i32>offsetof<PacketWindow>() > PACKET_WINDOW_SIZE) ERROR("PACKET_WINDOW_SIZE is too small");
    memory.fill(changetype<usize>(this), 0, PACKET_WINDOW_SIZE);
  }

  /** The key has changed: packets count on, and none with the new key has come. */
  forget(): void {
    this.seen = 0;
    this.seenBefore = 0;
  }

  /** The index of a packet by its 16-bit number: the one that is nearest to the highest. */
  indexOf(sequence: u16): u64 {
    if (!this.hasPackets) return sequence;
    return (this.highest + <u64><i64><i16>(sequence - <u16>this.highest)) & INDEX_MASK;
  }

  /** It has not come yet, as far as is remembered. */
  isFresh(index: u64): bool {
    if (!this.hasPackets || index > this.highest) return true;
    const age = this.highest - index;
    if (age >= WINDOW) return false;
    const bits = age < 64 ? this.seen : this.seenBefore;
    return (bits >> (age & 63) & 1) == 0;
  }

  /** It is genuine. */
  put(index: u64): void {
    if (!this.hasPackets || index > this.highest) this.moveTo(index);
    const age = this.highest - index;
    if (age < 64) this.seen |= <u64>1 << age;
    else if (age < WINDOW) this.seenBefore |= <u64>1 << (age & 63);
  }

  private moveTo(index: u64): void {
    const step = index - this.highest;
    if (!this.hasPackets || step >= WINDOW) {
      this.forget();
    } else if (step >= 64) {
      this.seenBefore = this.seen << (step & 63);
      this.seen = 0;
    } else {
      this.seenBefore = this.seenBefore << step | this.seen >> (64 - step);
      this.seen <<= step;
    }
    this.highest = index;
    this.hasPackets = true;
  }
}

// Takes out the constant that a sound card adds to silence: a codec spends its finest steps about zero, so an offset
// turns silence into noise, and meters and detectors see power that nobody hears.
// What is taken away is a whole number of steps, so sound without an offset passes bit for bit.

/** Frames that the estimate goes over, once there are that many: 2.5 s. */
const MEMORY: i32 = 128;

export const DC_REMOVAL_SIZE: i32 = 16;

@unmanaged
export class DcRemoval {
  /** In 16-bit steps. */
  private offset: f64 = 0;
  private weight: i32 = 0;

  reset(): void {
    this.offset = 0;
    this.weight = 1;
  }

  /** One frame, in place. `samples` is a multiple of 8. */
  handleFrame(pcm: usize, samples: i32): void {
    const end = pcm + (<usize>samples << 1);
    let sums = i32x4.splat(0);
    for (let at = pcm; at < end; at += 16) sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(v128.load(at)));
    const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) +
      i32x4.extract_lane(sums, 3);
    this.offset += (<f64>sum / <f64>samples - this.offset) / <f64>this.weight;
    this.weight = min(this.weight + 1, MEMORY);
    const steps = <i32>nearest(this.offset);
    if (steps == 0) return;
    const offsets = i16x8.splat(<i16>steps);
    for (let at = pcm; at < end; at += 16) v128.store(at, i16x8.sub_sat_s(v128.load(at), offsets));
  }
}

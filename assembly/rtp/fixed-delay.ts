// Takes sound out of the jitter buffer without ever moving it in time, and leaves silence where some is missing: for fax
// machines and modems, which bear no other line. Read ITU-T V.152 on voiceband data over IP.

import { FRAME_SAMPLES } from "../limits";
import { JitterBuffer, MISSING } from "./jitter-buffer";

/** By what the delay grows once, frames: clocks drift apart while a fax lasts. */
const SPARE: i32 = 2;

@unmanaged
export class FixedDelay {
  /** Frames of silence still to come, and one; 0, as it begins, while the delay is not fixed. */
  private frames: i32 = 0;

  get isFixed(): bool { return this.frames != 0; }

  fix(): void {
    if (this.frames == 0) this.frames = SPARE + 1;
  }

  /** FRAME_SAMPLES samples. Always fills them. */
  take(buffer: JitterBuffer, pcm: usize, now: f64): void {
    if (this.frames == 0 || !buffer.isPlaying) {
      buffer.take(pcm, now);
      return;
    }
    memory.fill(pcm, 0, FRAME_SAMPLES << 1);
    if (this.frames > 1) {
      this.frames--;
      return;
    }
    for (let end = pcm + (FRAME_SAMPLES << 1); pcm < end; pcm += 2, buffer.position++) {
      const at = buffer.slot(buffer.position), sample = load<i16>(at);
      if (sample == MISSING) continue;
      store<i16>(pcm, sample);
      store<i16>(at, MISSING);
    }
  }
}

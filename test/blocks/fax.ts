// The fax detector of the adapter, as a module of its own for tests that listen for hours.

import { FAX_DETECTOR_SIZE, FaxDetector, FaxSignal } from "../../assembly/audio/fax-detector";
import { FRAME_SAMPLES } from "../../assembly/limits";

export { panicLine } from "../../assembly/abi/panic";
export { FaxSignal } from "../../assembly/audio/fax-detector";

/** Ten seconds. */
const SAMPLES: i32 = 80000;

const detector = changetype<FaxDetector>(memory.data(FAX_DETECTOR_SIZE, 16));
const pcm: usize = memory.data(SAMPLES * 2, 16);
const found: usize = memory.data(1024, 16);

/** 16-bit samples, SAMPLES of them. */
export function pcmPointer(): usize { return pcm; }
export function pcmSamples(): i32 { return SAMPLES; }
/** i32 pairs: the sample behind the frame that a signal was told in, and the FaxSignal. */
export function foundPointer(): usize { return found; }

export function reset(): void { detector.reset(); }

/** Hears whole frames of the pcm. Pairs written at `found`. */
export function hear(samples: i32): i32 {
  let count = 0;
  for (let at = 0; at + FRAME_SAMPLES <= samples; at += FRAME_SAMPLES) {
    const signal = detector.put(pcm + (<usize>at << 1));
    if (signal == FaxSignal.None || count == 128) continue;
    store<i32>(found + (<usize>count << 3), at + FRAME_SAMPLES);
    store<i32>(found + (<usize>count << 3), signal, 4);
    count++;
  }
  return count;
}

// The DTMF generator and detector of the adapter, as a module of their own for tests that listen for hours.

import { DTMF_DETECTOR_SIZE, DtmfDetector } from "../../assembly/audio/dtmf-detector";
import { DTMF_GENERATOR_SIZE, DtmfGenerator } from "../../assembly/audio/dtmf-generator";

export { panicLine } from "../../assembly/abi/panic";

const FRAME: i32 = 160;
/** Ten seconds. */
const SAMPLES: i32 = 80000;

const detector = changetype<DtmfDetector>(memory.data(DTMF_DETECTOR_SIZE, 16));
const generator = changetype<DtmfGenerator>(memory.data(DTMF_GENERATOR_SIZE, 16));
const pcm: usize = memory.data(SAMPLES * 2, 16);
const found: usize = memory.data(1024, 16);

/** 16-bit samples, SAMPLES of them. */
export function pcmPointer(): usize { return pcm; }
export function pcmSamples(): i32 { return SAMPLES; }
/** i32 pairs: the sample behind a digit's confirmation, and its ASCII. */
export function foundPointer(): usize { return found; }

export function resetDetector(hasDialTone: bool): void {
  detector.reset();
  detector.hasDialTone = hasDialTone;
}

/** Frames that were to be muted since the block was made. */
let active = 0;
export function activeFrames(): i32 { return active; }

/** Hears `samples` of the pcm in frames. Pairs written at `found`. */
export function hear(samples: i32): i32 {
  let count = 0;
  for (let at = 0; at < samples; at += FRAME) {
    const digit = detector.put(pcm + (<usize>at << 1), min(FRAME, samples - at));
    if (detector.isActive) active++;
    if (digit == 0 || count == 128) continue;
    store<i32>(found + (<usize>count << 3), at + FRAME);
    store<i32>(found + (<usize>count << 3), digit, 4);
    count++;
  }
  return count;
}

/** Makes `samples` of the digit from `pcm` on, its end fading in the last 3 ms of them. False when it is none. */
export function make(ascii: i32, lowDbm0: f64, highDbm0: f64, samples: i32): bool {
  const edge = 24;
  memory.fill(pcm, 0, <usize>samples << 1);
  generator.reset();
  if (!generator.start(ascii, lowDbm0, highDbm0)) return false;
  generator.mix(pcm, samples - edge);
  generator.stop();
  generator.mix(pcm + (<usize>(samples - edge) << 1), edge);
  return true;
}

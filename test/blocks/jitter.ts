// The jitter buffer of the adapter with all that makes its sound, as a module of its own for tests that listen for hours.

import { Law, encodeFrame } from "../../assembly/audio/g711";
import { JITTER_BUFFER_SIZE, JitterBuffer, JitterResult } from "../../assembly/rtp/jitter-buffer";

export { panicLine } from "../../assembly/abi/panic";

const FRAME: i32 = 160;
const MOST: i32 = 480;

const buffer = changetype<JitterBuffer>(memory.data(JITTER_BUFFER_SIZE, 16));
const pcm: usize = memory.data(MOST * 2, 16);
const coded: usize = memory.data(MOST, 16);

/** 16-bit samples: what is sent, and then what is heard. */
export function pcmPointer(): usize { return pcm; }

export function reset(): void { buffer.reset(); }

/** A packet of the first `samples` of the pcm, in A-law. */
export function send(sequence: i32, timestamp: u32, samples: i32, now: f64): JitterResult {
  encodeFrame(Law.A, coded, pcm, samples);
  return buffer.put(<u16>sequence, timestamp, Law.A, coded, samples, now);
}

/** A frame into the pcm. */
export function hear(now: f64): void { buffer.take(pcm, now); }

export function frameSamples(): i32 { return FRAME; }
export function delayMs(): f64 { return <f64>buffer.delaySamples / 8; }
export function late(): u32 { return buffer.late; }
export function concealedSamples(): u32 { return buffer.concealedSamples; }

// A network before a jitter buffer: packets on their way, given in the order of their arrival, and the sound that they carry. For
// specs.

import { Law, decodeSample, encodeSample } from "../../../assembly/audio/g711";
import { JITTER_BUFFER_SIZE, JitterBuffer, JitterResult } from "../../../assembly/rtp/jitter-buffer";

export const buffer = changetype<JitterBuffer>(memory.data(JITTER_BUFFER_SIZE, 16));
export const payload = memory.data(2048, 16);
export const pcm = memory.data(320, 16);

// The wire: packets on their way, in order of sending.
export const MOST: i32 = 8192;
export const arrivals = memory.data(MOST * 8, 16);
export const sequences = memory.data(MOST * 4, 16);
export let sent = 0;

export let state: u32 = 1;
export function seed(value: u32): void { state = value * 2654435761 + 1; }
export function random(): f64 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return <f64>state / 4294967296.0;
}

export let firstSequence: u32 = 0;
export let firstTimestamp: u32 = 0;
export let packetMs: i32 = 20;
export let amplitude: f64 = 8000;

/**
 * The sound at RTP time `index` of the stream: 125 Hz, so a whole number of periods in 8 ms and every pitch match is
 * exact.
 */
export function soundAt(index: i32): i16 { return <i16>(amplitude * Math.sin(2 * Math.PI * 125 * <f64>index / 8000)); }

export function codedSoundAt(index: i32): i16 { return decodeSample(Law.A, encodeSample(Law.A, soundAt(index))); }

export function begin(sequence: u32, timestamp: u32, lengthMs: i32 = 20): void {
  firstSequence = sequence;
  firstTimestamp = timestamp;
  packetMs = lengthMs;
  amplitude = 8000;
  sent = 0;
  buffer.reset();
}

/** Packet `index` will arrive at `at`. */
export function send(index: i32, at: f64): void {
  store<f64>(arrivals + (<usize>sent << 3), at);
  store<i32>(sequences + (<usize>sent << 2), index);
  sent++;
}

export function give(index: i32, now: f64): JitterResult {
  const samples = packetMs * 8;
  const start = index * samples;
  for (let at = 0; at < samples; at++) store<u8>(payload + <usize>at, encodeSample(Law.A, soundAt(start + at)));
  return buffer.put(<u16>(firstSequence + index), firstTimestamp + <u32>start, Law.A, payload, samples, now);
}

export let frames = 0;
export let exact = 0;
export let silentFrames = 0;

/** Gives what arrives until `end`, in the order of arrival, and takes a frame each 20 ms. */
export function run(from: f64, end: f64): void {
  frames = 0;
  exact = 0;
  silentFrames = 0;
  let before = from - 20;
  for (let now = from; now < end; now += 20) {
    for (;;) { // the earliest that has not been given yet
      let best = -1;
      let soonest = now;
      for (let index = 0; index < sent; index++) {
        const at = load<f64>(arrivals + (<usize>index << 3));
        if (at > before - 100000 && at <= soonest) {
          if (best >= 0 && at == soonest) continue;
          soonest = at;
          best = index;
        }
      }
      if (best < 0) break;
      store<f64>(arrivals + (<usize>best << 3), -1000000);
      give(load<i32>(sequences + (<usize>best << 2)), soonest);
    }
    before = now;
    buffer.take(pcm, now);
    frames++;
    judge();
  }
}

/** Whether the frame is a piece of the sound, untouched: some phase of it fits to the bit. */
export function judge(): void {
  let most = 0;
  for (let at: usize = 0; at < 320; at += 2) most = max(most, abs(<i32>load<i16>(pcm + at)));
  if (most == 0) silentFrames++;
  for (let phase = 0; phase < 64; phase++) {
    let at = 0;
    while (at < 160 && load<i16>(pcm + (<usize>at << 1)) == codedSoundAt(phase + at)) at++;
    if (at == 160) {
      exact++;
      return;
    }
  }
}

/** The sound from now on; 0 is silence. */
export function setAmplitude(peak: f64): void { amplitude = peak; }

/** What was sent before is of no interest any more. */
export function clearWire(): void { sent = 0; }

/** RTP numbers of packet 0 from now on. */
export function renumber(sequence: u32, timestamp: u32): void {
  firstSequence = sequence;
  firstTimestamp = timestamp;
}

// Plays a tone: up to four sines, keyed by a cadence of up to eight segments, sample by sample. ITU-T E.180 says what
// tones are.
//
// A tone is a flat table of i32 in static memory, and stays there while it plays:
//   [0]          componentCount   1 to 4
//   [1] … [8]    four pairs       frequency in Hz, level in tenths of dBm0 (-170 is -17 dBm0); unused pairs are 0, 0
//   [9]          segmentCount     1 to 8
//   [10]         repeatCount      how often the whole list of segments is played; 0 is for ever
//   [11] …       segmentCount triples:
//                  on ms          sounding time; -1 sounds until stopped
//                  off ms         silence after it
//                  components     bits 0-3: which of them sound; bits 8 and up: how many more times it is played
// US dial tone:    2, 350,-170, 440,-170, 0,0, 0,0,  1, 0,  -1, 0, 3
// US busy tone:    2, 480,-210, 620,-210, 0,0, 0,0,  1, 0,  500, 500, 3
// US stutter tone: 2, 350,-170, 440,-170, 0,0, 0,0,  2, 1,  100, 100, 3 | 2 << 8,  -1, 0, 3
// A pause alone:   a segment with on 0.
// On times are measured between the half-height points of the 3 ms edges.

import { OSCILLATOR_BANK_SIZE, OSCILLATORS, OscillatorBank } from "./oscillator";

export const MAX_TONE_SEGMENTS: i32 = 8;
/** Words of a tone with `segments` segments. */
@inline export function toneWords(segments: i32): i32 { return 11 + segments * 3; }

const SAMPLES_PER_MS: i32 = 8;
const SEGMENT_COUNT: i32 = 9, REPEAT_COUNT: i32 = 10, SEGMENTS: i32 = 11;
const FOREVER: i32 = i32.MAX_VALUE;

export const TONE_PLAYER_SIZE: i32 = OSCILLATOR_BANK_SIZE + 32;

@unmanaged
export class TonePlayer {
  private spec: usize = 0;
  private segment: i32 = 0;
  /** Times left to play this segment, this one included. */
  private turns: i32 = 0;
  /** Rounds of the list left, this one included. */
  private rounds: i32 = 0;
  private isOn: bool = false;
  /** Samples left of the sound or the silence. */
  private left: i32 = 0;

  @inline private get bank(): OscillatorBank { return changetype<OscillatorBank>(changetype<usize>(this) + 32); }
  @inline private word(index: i32): i32 { return load<i32>(this.spec + (<usize>index << 2)); }
  @inline private segmentWord(field: i32): i32 { return this.word(SEGMENTS + this.segment * 3 + field); }

  /** True until the cadence ends or stop(). The last 3 ms fade out after it. */
  @inline get isPlaying(): bool { return this.spec != 0; }

  reset(): void {
    if (offsetof<TonePlayer>() > 32) ERROR("the oscillators follow at 32");
    memory.fill(changetype<usize>(this), 0, TONE_PLAYER_SIZE);
    this.bank.reset();
  }

  /** Plays the tone at `specAddress` from its beginning, instead of whatever was playing. */
  start(specAddress: usize): void {
    this.reset();
    this.spec = specAddress;
    const components = min(this.word(0), OSCILLATORS);
    for (let index = 0; index < components; index++) {
      this.bank.set(index, <f64>this.word(1 + index * 2), <f64>this.word(2 + index * 2) / 10);
    }
    this.rounds = this.word(REPEAT_COUNT);
    this.startSegment(0);
  }

  /** Fades out. */
  stop(): void {
    this.spec = 0;
    this.bank.key(0);
  }

  /** Adds the tone to `samples` 16-bit samples, saturating. */
  mix(target: usize, samples: i32): void {
    while (samples > 0) {
      if (this.spec != 0 && this.left == 0) this.advance();
      const count = this.spec == 0 ? samples : min(samples, this.left);
      this.bank.mix(target, count);
      if (this.spec != 0 && this.left != FOREVER) this.left -= count;
      target += <usize>count << 1;
      samples -= count;
    }
  }

  private startSegment(segment: i32): void {
    this.segment = segment;
    this.turns = 1 + (this.segmentWord(2) >> 8);
    this.startSound();
  }

  private startSound(): void {
    const on = this.segmentWord(0);
    this.isOn = true;
    this.left = on < 0 ? FOREVER : on * SAMPLES_PER_MS;
    if (on != 0) this.bank.key(this.segmentWord(2));
  }

  /** To the next stretch that lasts. A list without any length is over, or it would be walked for ever. */
  private advance(): void {
    for (let steps = 0; this.left == 0 && steps <= MAX_TONE_SEGMENTS * 2; steps++) {
      if (this.isOn) {
        this.isOn = false;
        this.left = this.segmentWord(1) * SAMPLES_PER_MS;
        if (this.left > 0) this.bank.key(0);
      } else if (--this.turns > 0) {
        this.startSound();
      } else if (this.segment + 1 < this.word(SEGMENT_COUNT)) {
        this.startSegment(this.segment + 1);
      } else if (this.rounds == 1) {
        this.stop();
        return;
      } else {
        if (this.rounds > 1) this.rounds--;
        this.startSegment(0);
      }
    }
    if (this.left <= 0) this.stop();
  }
}

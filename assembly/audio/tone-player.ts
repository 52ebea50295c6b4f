// Plays a tone: up to four sines, keyed by a cadence of up to eight segments in two sections, sample by sample. ITU-T E.180
// says what tones are.
//
// A tone is TONE_WORDS of i32, of which the player keeps a copy:
//   [0]           components, 1 to 4
//   [1] … [8]     for each its frequency in Hz and its level in tenths of dBm0 (-170 is -17 dBm0); unused ones are 0, 0
//   [9], [10]     segments of the first section, and of the second, which follows it; 8 in all
//   [11], [12]    how long each section lasts, ms, its segments by turns; 0 for ever
//   [13] …        segments:
//                   on ms          sounding time; STEADY_ON sounds until something else happens
//                   off ms         silence after it
//                   components     bits 0-3: which of them sound
// US dial tone:    2, 350,-170, 440,-170, 0,0, 0,0,  1,0,   0,0,  -1,0,3
// US busy tone:    2, 480,-210, 620,-210, 0,0, 0,0,  1,0,   0,0,  500,500,3
// US stutter tone: 2, 350,-170, 440,-170, 0,0, 0,0,  1,1, 600,0,  100,100,3,  -1,0,3
// On times are measured between the half-height points of the 3 ms edges.

import { OSCILLATOR_BANK_SIZE, OSCILLATORS, OscillatorBank } from "./oscillator";

export const MAX_TONE_SEGMENTS: i32 = 8;
export const STEADY_ON: i32 = -1;
export const FIRST_COUNT: i32 = 9, FIRST_DURATION: i32 = 11, SEGMENTS: i32 = 13;
export const SEGMENT_WORDS: i32 = 3;
export const TONE_WORDS: i32 = SEGMENTS + MAX_TONE_SEGMENTS * SEGMENT_WORDS;

const SAMPLES_PER_MS: i32 = 8;
const FOREVER: i32 = i32.MAX_VALUE;
const HEAD: usize = 32;
const SPEC: usize = HEAD + <usize>OSCILLATOR_BANK_SIZE;

export const TONE_PLAYER_SIZE: i32 = <i32>SPEC + (TONE_WORDS << 2);

@unmanaged
export class TonePlayer {
  private section: i32 = 0;
  private segment: i32 = 0;
  /** Samples left of the section. */
  private sectionLeft: i32 = 0;
  /** Samples left of the sound or the silence. */
  private left: i32 = 0;
  private isOn: bool = false;
  /** True until the cadence ends or stop(). The last 3 ms fade out after it. */
  isPlaying: bool = false;

  @inline private get bank(): OscillatorBank { return changetype<OscillatorBank>(changetype<usize>(this) + HEAD); }
  @inline private word(index: i32): i32 { return load<i32>(changetype<usize>(this) + (<usize>index << 2), SPEC); }
  @inline private segmentWord(field: i32): i32 { return this.word(SEGMENTS + this.segment * SEGMENT_WORDS + field); }

  reset(): void {
    if (offsetof<TonePlayer>() > HEAD) ERROR("the oscillators follow at HEAD");
    memory.fill(changetype<usize>(this), 0, TONE_PLAYER_SIZE);
    this.bank.reset();
  }

  /** Plays the tone at `specAddress` from its beginning, instead of whatever was playing. */
  start(specAddress: usize): void {
    this.reset();
    memory.copy(changetype<usize>(this) + SPEC, specAddress, TONE_WORDS << 2);
    const components = min(this.word(0), OSCILLATORS);
    for (let index = 0; index < components; index++) {
      this.bank.set(index, <f64>this.word(1 + index * 2), <f64>this.word(2 + index * 2) / 10);
    }
    this.isPlaying = true;
    this.startSection(0);
  }

  /** Fades out. */
  stop(): void {
    this.isPlaying = false;
    this.bank.key(0);
  }

  /** Adds the tone to `samples` 16-bit samples, saturating. */
  mix(target: usize, samples: i32): void {
    while (samples > 0) {
      if (this.isPlaying && (this.left == 0 || this.sectionLeft == 0)) this.advance();
      const count = this.isPlaying ? min(samples, min(this.left, this.sectionLeft)) : samples;
      this.bank.mix(target, count);
      if (this.left != FOREVER) this.left -= count;
      if (this.sectionLeft != FOREVER) this.sectionLeft -= count;
      target += <usize>count << 1;
      samples -= count;
    }
  }

  private startSection(section: i32): void {
    const duration = this.word(FIRST_DURATION + section);
    this.section = section;
    this.sectionLeft = duration == 0 ? FOREVER : duration * SAMPLES_PER_MS;
    this.startSegment(section == 0 ? 0 : this.word(FIRST_COUNT));
  }

  private startSegment(segment: i32): void {
    this.segment = segment;
    const on = this.segmentWord(0);
    this.isOn = true;
    this.left = on < 0 ? FOREVER : on * SAMPLES_PER_MS;
    if (on != 0) this.bank.key(this.segmentWord(2));
  }

  /** To the next stretch that lasts. A list without any length is over, or it would be walked for ever. */
  private advance(): void {
    for (let steps = 0; steps <= MAX_TONE_SEGMENTS * 2; steps++) {
      const first = this.word(FIRST_COUNT);
      const end = this.section == 0 ? first : first + this.word(FIRST_COUNT + 1);
      if (this.sectionLeft == 0) {
        if (this.section != 0 || this.word(FIRST_COUNT + 1) == 0) break;
        this.startSection(1);
      } else if (this.isOn) {
        this.isOn = false;
        this.left = this.segmentWord(1) * SAMPLES_PER_MS;
        if (this.left > 0) this.bank.key(0);
      } else {
        this.startSegment(this.segment + 1 < end ? this.segment + 1 : this.section == 0 ? 0 : first);
      }
      if (this.left > 0) return;
    }
    this.stop();
  }
}

// Tones measured on the samples: frequency, level, cadence, edges.

import { frameLevelDbm0 } from "../../../assembly/audio/level";
import { TONE_PLAYER_SIZE, TONE_WORDS, TonePlayer } from "../../../assembly/audio/tone-player";
import { DTMF_GENERATOR_SIZE, DtmfGenerator } from "../../../assembly/audio/dtmf-generator";
import { SECOND, levelOf, pcm } from "./signals";

const player = changetype<TonePlayer>(memory.data(TONE_PLAYER_SIZE, 16));
const generator = changetype<DtmfGenerator>(memory.data(DTMF_GENERATOR_SIZE, 16));
/** A tone as the player takes it; what is left out behind is not looked at. */
const dial = memory.data<i32>([2, 350, -170, 440, -170, 0, 0, 0, 0, 1, 0, 0, 0, -1, 0, 3], 16);
const busy = memory.data<i32>([2, 480, -210, 620, -210, 0, 0, 0, 0, 1, 0, 0, 0, 500, 500, 3], 16);
const confirmation = memory.data<i32>([2, 350, -170, 440, -170, 0, 0, 0, 0, 1, 0, 600, 0, 100, 100, 3], 16);
const stutter = memory.data<i32>([2, 350, -170, 440, -170, 0, 0, 0, 0, 1, 1, 600, 0, 100, 100, 3, -1, 0, 3], 16);
const information = memory.data<i32>([
  3, 950, -130, 1400, -130, 1800, -130, 0, 0, 3, 0, 0, 0, 330, 0, 1, 330, 0, 2, 330, 1000, 4,
], 16);
const empty = memory.data<i32>([1, 400, -130, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1], 16);
/** 350 ms of 100 on, 50 off, cut in the middle of the third; then 120 ms of the other tone, then nothing. */
const sections = memory.data<i32>([2, 400, -130, 800, -130, 0, 0, 0, 0, 1, 1, 350, 120, 100, 50, 1, 50, 10, 2], 16);
/** The player copies a whole tone, whatever of it is used. */
memory.data(TONE_WORDS << 2);

/** Plays `samples` samples in 20 ms frames. */
function play(spec: usize, samples: i32): void {
  memory.fill(pcm, 0, samples << 1);
  player.start(spec);
  for (let at = 0; at < samples; at += 160) player.mix(pcm + (<usize>at << 1), min(160, samples - at));
}

function sample(at: i32): i32 { return load<i16>(pcm + (<usize>at << 1)); }

function isSounding(at: i32): bool {
  let loudest = 0;
  for (let index = at; index < at + 16; index++) loudest = max(loudest, abs(sample(index)));
  return loudest > 200;
}

function isNear(value: f64, wanted: f64, tolerance: f64): bool { return Math.abs(value - wanted) <= tolerance; }

describe("TonePlayer", () => {
  it("E.180: US dial tone is 350 and 440 Hz at -17 dBm0 each, and nothing else", () => {
    play(dial, SECOND * 2);
    expect(isNear(levelOf(pcm, 800, 8000, 350), -17, 0.05)).toBeTruthy();
    expect(isNear(levelOf(pcm, 800, 8000, 440), -17, 0.05)).toBeTruthy();
    expect(levelOf(pcm, 800, 8000, 700) < -75).toBeTruthy();
    expect(levelOf(pcm, 800, 8000, 1050) < -75).toBeTruthy();
    expect(isNear(frameLevelDbm0(pcm + 1600, 8000), -17 + 3.01, 0.05)).toBeTruthy();
    expect(player.isPlaying).toBeTruthy();
  });

  it("phases do not drift: after 20 s the frequency still correlates", () => {
    play(dial, SECOND * 20);
    expect(isNear(levelOf(pcm, 800, SECOND * 19, 350), -17, 0.05)).toBeTruthy();
  });

  it("US busy tone keeps its cadence to the sample, for ever", () => {
    play(busy, SECOND * 10);
    for (let second = 0; second < 10; second++) {
      const start = second * SECOND;
      expect(isSounding(start + 24)).toBeTruthy();
      expect(isSounding(start + 4000 - 40)).toBeTruthy();
      let sounds = 0;
      for (let at = start + 4024; at < start + SECOND; at++) if (sample(at) != 0) sounds++;
      expect(sounds).toBe(0);
    }
  });

  it("sections follow each other at their time, in the middle of a sound if need be, and the last one ends the tone", () => {
    play(sections, 800 * 6);
    expect(isNear(levelOf(pcm, 2400 + 40, 320, 400), -13, 0.3)).toBeTruthy();
    expect(levelOf(pcm, 2800 + 40, 320, 800)).toBeGreaterThan(-14);
    expect(levelOf(pcm, 2800 + 40, 320, 400)).toBeLessThan(-40);
    expect(isSounding(3200 + 40)).toBeFalsy();
    expect(isSounding(2800 + 480 + 40)).toBeTruthy();
    expect(isSounding(2800 + 960 + 40)).toBeFalsy();
    expect(player.isPlaying).toBeFalsy();
  });

  it("a section's duration ends the tone, and it says so", () => {
    play(confirmation, 800 * 6);
    expect(isSounding(3200 + 400)).toBeTruthy();
    player.mix(pcm, 160);
    expect(player.isPlaying).toBeFalsy();
    memory.fill(pcm, 0, 320);
    player.mix(pcm, 160);
    for (let at = 0; at < 160; at++) expect(sample(at)).toBe(0);
  });

  it("stutter tone: three bursts, then steady", () => {
    play(stutter, SECOND * 3);
    for (let burst = 0; burst < 3; burst++) {
      expect(isSounding(burst * 1600 + 400)).toBeTruthy();
      expect(isSounding(burst * 1600 + 1200)).toBeFalsy();
    }
    for (let at = 4840; at < SECOND * 3 - 40; at += 40) {
      expect(frameLevelDbm0(pcm + (<usize>at << 1), 40) > -60).toBeTruthy();
    }
  });

  it("E.180: special information tone is three frequencies one after the other", () => {
    play(information, SECOND * 2);
    expect(isNear(levelOf(pcm, 160, 2400, 950), -13, 0.1)).toBeTruthy();
    expect(levelOf(pcm, 160, 2400, 1400) < -50).toBeTruthy();
    expect(isNear(levelOf(pcm, 2640 + 160, 2400, 1400), -13, 0.1)).toBeTruthy();
    expect(isNear(levelOf(pcm, 5280 + 160, 2400, 1800), -13, 0.1)).toBeTruthy();
    expect(isSounding(7920 + 40)).toBeFalsy();
  });

  it("edges do not click: no step is larger than the tone's own steepest", () => {
    play(busy, SECOND * 2);
    let steepest = 0, atEdges = 0;
    for (let at = 1; at < SECOND * 2; at++) {
      const step = abs(sample(at) - sample(at - 1));
      if (at % 4000 < 32) atEdges = max(atEdges, step);
      else steepest = max(steepest, step);
    }
    expect(atEdges <= steepest).toBeTruthy();
  });

  it("the size of the frames changes nothing", () => {
    play(busy, SECOND);
    let wrong = 0;
    player.start(busy);
    const other = memory.data(16000, 16);
    memory.fill(other, 0, 16000);
    for (let at = 0, size = 1; at < 8000; at += size, size = 1 + size * 7 % 61) {
      player.mix(other + (<usize>at << 1), min(size, 8000 - at));
    }
    for (let at = 0; at < 8000; at++) if (load<i16>(other + (<usize>at << 1)) != sample(at)) wrong++;
    expect(wrong).toBe(0);
  });

  it("stop fades out within 3 ms", () => {
    play(dial, 1600);
    player.stop();
    expect(player.isPlaying).toBeFalsy();
    memory.fill(pcm, 0, 640);
    player.mix(pcm, 320);
    expect(sample(1) != 0 || sample(2) != 0).toBeTruthy();
    for (let at = 24; at < 320; at++) expect(sample(at)).toBe(0);
  });

  it("a cadence without any length is over at once", () => {
    play(empty, 160);
    expect(player.isPlaying).toBeFalsy();
  });

  it("adds to what is there, and saturates", () => {
    for (let at = 0; at < 1600; at++) store<i16>(pcm + (<usize>at << 1), 32000);
    player.start(dial);
    player.mix(pcm, 1600);
    let highest = 0, lowest = 32767;
    for (let at = 100; at < 1600; at++) {
      highest = max(highest, sample(at));
      lowest = min(lowest, sample(at));
    }
    expect(highest).toBe(32767);
    expect(lowest > 20000 && lowest < 32000).toBeTruthy();
  });
});

describe("DtmfGenerator", () => {
  it("Q.23: row and column, each at its level, until stopped", () => {
    generator.reset();
    expect(generator.start(0x37, -9, -7)).toBeTruthy();
    memory.fill(pcm, 0, 16000);
    generator.mix(pcm, 8000);
    expect(isNear(levelOf(pcm, 100, 4000, 852), -9, 0.1)).toBeTruthy();
    expect(isNear(levelOf(pcm, 100, 4000, 1209), -7, 0.1)).toBeTruthy();
    generator.stop();
    generator.mix(pcm, 160);
    expect(generator.isSilent).toBeTruthy();
    expect(generator.start(0x58, -9, -7)).toBeFalsy();
  });
});

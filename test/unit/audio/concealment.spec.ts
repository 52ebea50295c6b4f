// Lost sound is made up for without a click, and not for long. ITU-T G.711 Appendix I sets the times.

import { CONCEALMENT_SIZE, Concealment } from "../../../assembly/audio/concealment";
import { frameLevelDbm0 } from "../../../assembly/audio/level";
import { SECOND, addNoise, addSine, addVoice, finish, pcm, seed, silence } from "./signals";

const concealment = changetype<Concealment>(memory.data(CONCEALMENT_SIZE, 16));
const original = memory.data(160000, 16);

function sample(at: i32, source: usize = pcm): i32 { return load<i16>(source + (<usize>at << 1)); }
function place(at: i32): usize { return pcm + (<usize>at << 1); }

/** Plays what is in `pcm`, with the frames of [from, to) lost. */
function play(samples: i32, from: i32, to: i32, frame: i32 = 160): void {
  memory.copy(original, pcm, <usize>samples << 1);
  concealment.reset();
  for (let at = 0; at < samples; at += frame) {
    if (at >= from && at < to) concealment.conceal(place(at), frame);
    else concealment.handleSound(place(at), frame);
  }
}

function steepest(source: usize, from: i32, to: i32): i32 {
  let most = 0;
  for (let at = from; at < to; at++) most = max(most, abs(sample(at, source) - sample(at - 1, source)));
  return most;
}

describe("Concealment", () => {
  it("without loss, not a bit is changed", () => {
    silence();
    seed(1);
    addVoice(0, SECOND, -10);
    finish(SECOND);
    play(SECOND, 0, 0);
    expect(memory.compare(pcm, original, SECOND * 2)).toBe(0);
  });

  it("a periodic sound goes on as if nothing were lost: pitches from 67 to 200 Hz", () => {
    for (let period = 40; period <= 119; period++) {
      silence();
      const hz = <f64>SECOND / <f64>period;
      for (let harmonic = 1.0; harmonic <= 6; harmonic++) addSine(0, 3200, hz * harmonic, -14 - 2 * harmonic, harmonic);
      finish(3200);
      play(3200, 1600, 1680, 80);
      let worst = 0;
      for (let at = 1600; at < 1680; at++) worst = max(worst, abs(sample(at) - sample(at, original)));
      expect(worst).toBeLessThan(60);
    }
  });

  it("a silence of 75 hours, which is 2**31 samples, is silence, and sound after it is sound", () => {
    silence();
    addSine(0, 1600, 400, -10);
    finish(1600);
    play(1600, 800, 1600);
    store<i32>(changetype<usize>(concealment), i32.MAX_VALUE - 100, offsetof<Concealment>("made"));
    for (let frame = 0; frame < 10; frame++) expect(concealment.conceal(pcm, 160)).toBe(0);
    expect(frameLevelDbm0(pcm, 160)).toBeLessThan(-90);
    memory.copy(pcm, original, 3200);
    concealment.handleSound(pcm, 1600);
    expect(memory.compare(place(110), original + 220, (1600 - 110) * 2)).toBe(0);
  });

  it("no step at either seam is larger than the sound's own steepest, 40 voices", () => {
    for (let round: u32 = 0; round < 40; round++) {
      silence();
      seed(round);
      addVoice(0, 4000, -8);
      finish(4000);
      play(4000, 1600, 1920);
      const own = steepest(original, 1, 4000);
      expect(steepest(pcm, 1590, 1640) <= own + own / 4).toBeTruthy();
      expect(steepest(pcm, 1910, 2080) <= own + own / 4).toBeTruthy();
    }
  });

  it("where the sound grows from period to period, the seam is no step", () => {
    for (let period = 45; period < 115; period += 7) {
      silence();
      const hz = <f64>SECOND / <f64>period;
      for (let part = 0; part < 40; part++) addSine(part * 40, 1600 - part * 40, hz, -36 + <f64>part * 0.2);
      finish(1600);
      play(1760, 1600, 1760);
      const own = steepest(original, 1440, 1600);
      expect(steepest(pcm, 1598, 1640) <= own + own / 3).toBeTruthy("period " + period.toString());
    }
  });

  it("where the sound comes back as something else, the seam is no step", () => {
    for (let turn = 0; turn < 8; turn++) {
      silence();
      addSine(0, 1600, 300, -10);
      addSine(1760, 640, 300, -10, <f64>turn * Math.PI / 4);
      finish(2400);
      play(2400, 1600, 1760);
      const own = steepest(original, 1, 1600);
      expect(steepest(pcm, 1755, 1840) <= own + own / 4).toBeTruthy("turn " + turn.toString());
    }
  });

  it("Appendix I: 10 ms at full level, then down by a fifth each 10 ms, silent after 60 ms", () => {
    silence();
    addSine(0, 4800, 200, -10);
    finish(4800);
    play(4800, 1600, 3200);
    const before = frameLevelDbm0(place(1520), 80);
    expect(Math.abs(frameLevelDbm0(place(1600), 80) - before) < 0.3).toBeTruthy();
    for (let step = 1; step < 5; step++) {
      const wanted = before + 20 * Math.log10(1 - 0.2 * (<f64>step - 0.5));
      expect(Math.abs(frameLevelDbm0(place(1600 + step * 80), 80) - wanted) < 1).toBeTruthy();
    }
    let sounds = 0;
    for (let at = 1600 + 480; at < 3200; at++) if (sample(at) != 0) sounds++;
    expect(sounds).toBe(0);
  });

  it("after the loss the sound itself is back within 15 ms, to the bit", () => {
    silence();
    seed(3);
    addVoice(0, 4000, -8);
    finish(4000);
    play(4000, 1600, 1920);
    let wrong = 0;
    for (let at = 1920 + 120; at < 4000; at++) if (sample(at) != sample(at, original)) wrong++;
    expect(wrong).toBe(0);
  });

  it("made-up sound is never louder than what was lost, in noise and voices", () => {
    for (let round: u32 = 0; round < 20; round++) {
      silence();
      seed(100 + round);
      if (round & 1) addNoise(0, 4000, -20);
      else addVoice(0, 4000, -8);
      finish(4000);
      play(4000, 1600, 1920);
      const loudest = frameLevelDbm0(original + 2400, 400); // the 50 ms before
      expect(frameLevelDbm0(place(1600), 320) < loudest + 3).toBeTruthy();
    }
  });

  it("the size of the pieces changes nothing", () => {
    silence();
    seed(9);
    addVoice(0, 3200, -8);
    finish(3200);
    const wanted = memory.data(6400, 16);
    const input = memory.data(6400, 16);
    memory.copy(input, pcm, 6400);
    play(3200, 1600, 1920);
    memory.copy(wanted, pcm, 6400);
    memory.copy(pcm, input, 6400);
    play(3200, 1600, 1920, 32);
    expect(memory.compare(pcm, wanted, 1920 * 2)).toBe(0);
  });

  it("silence stays silent", () => {
    silence();
    finish(3200);
    play(3200, 160, 1600);
    let sounds = 0;
    for (let at = 0; at < 3200; at++) if (sample(at) != 0) sounds++;
    expect(sounds).toBe(0);
  });
});

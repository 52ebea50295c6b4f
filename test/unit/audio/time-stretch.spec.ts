// A frame of a little more or less sound than it lasts: what is left out or comes twice is not heard.

import { MOST_STRETCH, findStretch, stretch, stretchComing, stretchPlayed } from "../../../assembly/audio/time-stretch";
import { addNoise, addSine, addVoice, finish, pcm, seed, silence } from "./signals";

const out = memory.data(320, 16);

/** The sound of `pcm` from `at` on is to come. */
function set(at: i32): void {
  memory.copy(stretchPlayed, pcm + (<usize>(at - MOST_STRETCH) << 1), MOST_STRETCH << 1);
  memory.copy(stretchComing, pcm + (<usize>at << 1), 320 << 1);
}

function sample(source: usize, at: i32): i32 { return load<i16>(source + (<usize>at << 1)); }

/** The sharpest bend of what follows on the sample before `source`. */
function sharpest(source: usize, samples: i32, first: i32, second: i32): i32 {
  let most = 0;
  for (let at = 0; at < samples; at++) {
    const third = sample(source, at);
    most = max(most, abs(third - 2 * second + first));
    first = second;
    second = third;
  }
  return most;
}

describe("time stretch", () => {
  it("voices: the seams before, within and after the frame bend no sharper than the voice does", () => {
    let done = 0;
    for (let round: u32 = 0; round < 60; round++) {
      silence();
      seed(round);
      addVoice(0, 2000, -8);
      finish(2000);
      const own = sharpest(pcm + 1200, 800, sample(pcm, 598), sample(pcm, 599));
      for (let direction = -1; direction <= 1; direction += 2) {
        set(800);
        const shift = findStretch(direction, MOST_STRETCH, 160, 0.9);
        if (shift == 0) continue;
        done++;
        expect(shift * direction >= 20 && shift * direction <= MOST_STRETCH).toBeTruthy();
        stretch(out, shift);
        const seam = sharpest(out, 160, sample(pcm, 798), sample(pcm, 799));
        expect(seam <= own + own / 10).toBeTruthy("seed " + round.toString());
        expect(sample(out, 159)).toBe(sample(pcm, 800 + shift + 159));
        expect(sample(out, 158)).toBe(sample(pcm, 800 + shift + 158));
      }
    }
    expect(done > 40).toBeTruthy(done.toString());
  });

  it("a tone stays a tone: the level is kept within 0.5 dB", () => {
    for (let hz = 200; hz <= 3000; hz += 97) {
      silence();
      addSine(0, 2000, <f64>hz, -10);
      finish(2000);
      set(800);
      const shift = findStretch(1, MOST_STRETCH, 160, 0.9);
      expect(shift > 0).toBeTruthy(hz.toString());
      stretch(out, shift);
      let power = 0.0, own = 0.0;
      for (let at = 0; at < 160; at++) {
        power += <f64>(sample(out, at) * sample(out, at));
        own += <f64>(sample(pcm, 800 + at) * sample(pcm, 800 + at));
      }
      expect(Math.abs(10 * Math.log10(power / own)) < 0.5).toBeTruthy(hz.toString());
    }
  });

  it("loud noise is left alone unless it is urgent; silence gives what is wanted", () => {
    silence();
    seed(5);
    addNoise(0, 2000, -10);
    finish(2000);
    set(800);
    expect(findStretch(1, 160, 160, 0.9)).toBe(0);
    expect(findStretch(-1, 160, 160, 0.9)).toBe(0);
    expect(findStretch(1, 160, 160, 0) >= 20).toBeTruthy();
    silence();
    finish(2000);
    set(800);
    expect(findStretch(1, 160, 77, 0.9)).toBe(77);
    expect(findStretch(-1, 160, 33, 0.9)).toBe(-33);
  });

  it("less than a period of 400 Hz is not worth it", () => {
    silence();
    addSine(0, 2000, 1000, -10);
    finish(2000);
    set(800);
    expect(findStretch(1, 19, 19, 0)).toBe(0);
  });
});

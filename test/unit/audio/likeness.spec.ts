// The shift at which a sound is most like itself.

import { findLikeness, likeness, likenessPower, widen } from "../../../assembly/audio/likeness";
import { addNoise, addSine, amplitude, finish, pcm, seed, silence } from "./signals";

const wide = memory.data(4 * 800, 16);
/** Where the search begins, with 400 samples before and after it. */
const MIDDLE: i32 = 400;

function search(direction: i32, shortest: i32, longest: i32): i32 {
  finish(800);
  widen(wide, pcm, 800);
  return findLikeness(wide + (MIDDLE << 2), 120, direction, shortest, longest);
}

describe("findLikeness", () => {
  it("a pitch of any whole period from 30 to 120 samples is found, ahead and back", () => {
    for (let period = 30; period <= 120; period++) {
      for (let direction = -1; direction <= 1; direction += 2) {
        silence();
        for (let harmonic = 1.0; harmonic <= 8; harmonic++) addSine(0, 800, 8000 / <f64>period * harmonic, -20, harmonic);
        expect(search(direction, 20, 120) % period).toBe(0, "period " + period.toString());
        expect(likeness > 0.999).toBeTruthy();
      }
    }
  });

  it("the same wave twice as loud is less like: 2ab / (a² + b²) = 0.8", () => {
    silence();
    addSine(0, MIDDLE + 120, 400, -20);
    addSine(MIDDLE + 120, 280, 400, -20 + 20 * Math.log10(2), 2 * Math.PI * 400 * <f64>(MIDDLE + 120) / 8000);
    search(1, 120, 120);
    expect(Math.abs(<f64>likeness - 0.8) < 0.01).toBeTruthy(likeness.toString());
  });

  it("noise is not like itself, and its power is told", () => {
    silence();
    seed(3);
    addNoise(0, 800, -20);
    search(1, 20, 160);
    expect(likeness < 0.5).toBeTruthy(likeness.toString());
    const power = amplitude(-20) * amplitude(-20) / 2;
    expect(Math.abs(10 * Math.log10(<f64>likenessPower / power)) < 1.5).toBeTruthy();
  });

  it("silence is like nothing, and no division by it", () => {
    silence();
    expect(search(1, 20, 160)).toBe(20);
    expect(likeness).toBe(0);
    expect(likenessPower).toBe(0);
  });
});

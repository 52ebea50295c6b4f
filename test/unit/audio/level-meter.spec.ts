// The level meter: sines whose level is known, voice over noise, both ends of the scale.

import { energyOf, frameLevelDbm0, peakOf } from "../../../assembly/audio/level";
import { LEVEL_METER_SIZE, LevelMeter } from "../../../assembly/audio/level-meter";
import { amplitude, random, seed } from "./signals";

const meter = changetype<LevelMeter>(memory.data(LEVEL_METER_SIZE, 16));
const frame = memory.data(640, 16);

let phase: f64 = 0;

/** 20 ms of a sine and of noise, in dBm0; -100 for none. */
function play(frames: i32, sineDbm0: f64, noiseDbm0: f64, hertz: f64 = 431): void {
  const sine = sineDbm0 > -90 ? amplitude(sineDbm0) : 0;
  // noise between -a and a has a power of a*a/3, a sine half of its peak's square
  const noise = noiseDbm0 > -90 ? amplitude(noiseDbm0) * Math.sqrt(1.5) : 0;
  for (let count = 0; count < frames; count++) {
    for (let index = 0; index < 160; index++) {
      const value = sine * Math.sin(phase) + noise * (2 * random() - 1);
      store<i16>(frame + (<usize>index << 1), <i16>nearest(min(max(value, -32768.0), 32767.0)));
      phase += 2 * Math.PI * hertz / 8000;
    }
    meter.handleFrame(frame, 160);
  }
}

function isNear(value: f64, wanted: f64, tolerance: f64): bool { return Math.abs(value - wanted) <= tolerance; }

describe("levels of a frame", () => {
  it("energy and peak of any samples are exact, the lowest one included", () => {
    seed(5);
    for (let round = 0; round < 200; round++) {
      const samples = (round % 20 + 1) * 8;
      let energy: u64 = 0;
      let peak = 0;
      for (let index = 0; index < samples; index++) {
        const value = round < 4 ? -32768 : <i16>nearest((random() * 2 - 1) * 32767);
        store<i16>(frame + (<usize>index << 1), <i16>value);
        energy += <u64>(<i64>value * <i64>value);
        peak = max(peak, abs<i32>(value));
      }
      expect(energyOf(frame, samples)).toBe(energy);
      expect(peakOf(frame, samples)).toBe(peak);
      const shorter = energyOf(frame, samples - 1);
      const last = <i64>load<i16>(frame + (<usize>(samples - 1) << 1));
      expect(shorter + <u64>(last * last)).toBe(energy);
    }
  });

  it("ITU-T G.711 §7: a full-scale sine is +3.14 dBm0", () => {
    meter.reset();
    play(50, 3.14, -100);
    expect(isNear(frameLevelDbm0(frame, 160), 3.14, 0.05)).toBeTruthy();
    expect(isNear(meter.dbm0, 3.14, 0.05)).toBeTruthy();
    expect(isNear(meter.peakDbm0, 3.14, 0.05)).toBeTruthy();
  });
});

describe("LevelMeter", () => {
  it("shows the level of a sine and its peak, from +3 to -60 dBm0, within 0.1 dB", () => {
    for (let level = 3.0; level >= -60; level -= 3) {
      meter.reset();
      play(150, level, -100, 1004);
      expect(isNear(meter.dbm0, level, level < -50 ? 0.5 : 0.1)).toBeTruthy(level.toString() + " is " + meter.dbm0.toString());
      expect(isNear(meter.peakDbm0, level, level < -50 ? 1 : 0.2)).toBeTruthy(meter.peakDbm0.toString());
    }
  });

  it("RFC 3611 §4.7.4: tells the level of the voice from that of the noise between its words", () => {
    seed(7);
    for (let noise = -70.0; noise <= -40; noise += 10) {
      meter.reset();
      for (let word = 0; word < 20; word++) {
        play(40, -18, noise);
        play(30, -100, noise);
      }
      expect(isNear(meter.voiceDbm0, -18, 0.5)).toBeTruthy("voice " + meter.voiceDbm0.toString());
      expect(isNear(meter.noiseDbm0, noise, 1)).toBeTruthy("noise " + noise.toString() + " is " + meter.noiseDbm0.toString());
    }
  });

  it("silence has neither voice nor level, and a new call forgets the last one", () => {
    play(50, -10, -100);
    meter.reset();
    expect(meter.hasVoice).toBeFalsy();
    expect(meter.hasNoise).toBeFalsy();
    play(50, -100, -100);
    expect(meter.hasVoice).toBeFalsy();
    expect(meter.dbm0).toBe(-100);
    expect(meter.peakDbm0).toBe(-100);
  });

  it("a peak is remembered for a moment", () => {
    meter.reset();
    play(10, -6, -100);
    play(50, -100, -100);
    expect(isNear(meter.peakDbm0, -15, 0.5)).toBeTruthy(meter.peakDbm0.toString());
    expect(meter.dbm0 < -28).toBeTruthy();
  });
});

// Gains, the mix of two voices and what a sound card adds to silence: on every sample, against arithmetic in f64.

import { DC_REMOVAL_SIZE, DcRemoval } from "../../../assembly/audio/dc-removal";
import { MOST_GAIN_DB, UNITY, amplify, factorOfDb } from "../../../assembly/audio/gain";
import { mixFrame } from "../../../assembly/audio/mixer";

const frame = memory.data(65536 * 2, 16);
const other = memory.data(65536 * 2, 16);
const removal = changetype<DcRemoval>(memory.data(DC_REMOVAL_SIZE, 16));

function sampleAt(at: usize, index: i32): i32 { return load<i16>(at + (<usize>index << 1)); }

/** Every sample that there is. */
function fillAll(): void {
  for (let index = 0; index < 65536; index++) store<i16>(frame + (<usize>index << 1), <i16>(index - 32768));
}

function limited(value: f64): f64 { return min(max(value, -32768.0), 32767.0); }

describe("a gain", () => {
  it("of 0 dB changes nothing", () => {
    fillAll();
    expect(factorOfDb(0)).toBe(UNITY);
    amplify(frame, 65536, UNITY);
    let wrong = 0;
    for (let index = 0; index < 65536; index++) if (sampleAt(frame, index) != index - 32768) wrong++;
    expect(wrong).toBe(0);
  });

  it("multiplies all samples, rounds to the nearest step and is cut off at full scale", () => {
    for (let tenths = -240; tenths <= 180; tenths += 15) {
      const decibels = <f64>tenths / 10;
      fillAll();
      const factor = <f64>factorOfDb(decibels) / <f64>UNITY;
      expect(Math.abs(20 * Math.log10(factor) - decibels) < 0.02).toBeTruthy(decibels.toString());
      amplify(frame, 65536, factorOfDb(decibels));
      let worst = 0.0, sum = 0.0;
      for (let index = 0; index < 65536; index++) {
        const error = <f64>sampleAt(frame, index) - limited(<f64>(index - 32768) * factor);
        worst = max(worst, Math.abs(error));
        if (Math.abs(<f64>(index - 32768) * factor) < 32000) sum += error;
      }
      expect(worst <= 0.5).toBeTruthy(worst.toString());
      expect(Math.abs(sum / 65536) < 0.03).toBeTruthy("rounding adds an offset of " + (sum / 65536).toString());
    }
  });

  it("beyond what it has room for is the most that it has room for", () => {
    expect(factorOfDb(40)).toBe(factorOfDb(MOST_GAIN_DB));
    expect(factorOfDb(40) <= i16.MAX_VALUE).toBeTruthy();
  });
});

describe("a mix", () => {
  it("is the sum, cut off at full scale", () => {
    let wrong = 0;
    for (let shift = 0; shift < 65536; shift += 4093) {
      fillAll();
      for (let index = 0; index < 65536; index++) store<i16>(other + (<usize>index << 1), <i16>(index * 3 + shift));
      mixFrame(frame, other, 65536);
      for (let index = 0; index < 65536; index++) {
        const wanted = limited(<f64>(index - 32768) + <f64><i16>(index * 3 + shift));
        if (<f64>sampleAt(frame, index) != wanted) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });
});

let phase: f64 = 0;

/** 20 ms of a sine with an offset, through the removal. Returns the mean of what comes out. */
function pass(peak: f64, hertz: f64, offset: f64): f64 {
  for (let index = 0; index < 160; index++) {
    store<i16>(frame + (<usize>index << 1), <i16>nearest(limited(peak * Math.sin(phase) + offset)));
    phase += 2 * Math.PI * hertz / 8000;
  }
  memory.copy(other, frame, 320);
  removal.handleFrame(frame, 160);
  let sum = 0.0;
  for (let index = 0; index < 160; index++) sum += <f64>sampleAt(frame, index);
  return sum / 160;
}

function isUnchanged(): bool { return memory.compare(frame, other, 320) == 0; }

describe("the offset of a sound card", () => {
  it("sound without one passes bit for bit", () => {
    removal.reset();
    for (let count = 0; count < 500; count++) {
      pass(8000, 450, 0);
      expect(isUnchanged()).toBeTruthy();
    }
  });

  it("is gone from silence at once, and from sound within 3 s", () => {
    for (let offset = -3000.0; offset <= 3000; offset += 750) {
      removal.reset();
      for (let count = 0; count < 50; count++) expect(Math.abs(pass(0, 1000, offset)) <= 0.5).toBeTruthy();
      removal.reset();
      for (let count = 0; count < 150; count++) pass(6000, 431, offset);
      let mean = 0.0;
      for (let count = 0; count < 50; count++) mean += pass(6000, 431, offset) / 50;
      expect(Math.abs(mean) < 6).toBeTruthy(offset.toString() + " leaves " + mean.toString());
    }
  });

  it("a loud sound at full scale is cut off, and does not wrap round", () => {
    removal.reset();
    for (let count = 0; count < 300; count++) pass(20000, 1000, 2000);
    for (let index = 0; index < 160; index++) store<i16>(frame + (<usize>index << 1), -32768);
    removal.handleFrame(frame, 160);
    for (let index = 0; index < 160; index++) expect(sampleAt(frame, index)).toBe(-32768);
  });
});

// Noise for pauses: as the sender describes it (RFC 3389), or as it was in the background.

import { COMFORT_NOISE_SIZE, ComfortNoise } from "../../../assembly/audio/comfort-noise";
import { addNoise, addSine, addVoice, finish, pcm, random, seed, silence } from "./signals";

const noise = changetype<ComfortNoise>(memory.data(COMFORT_NOISE_SIZE, 16));
const payload = memory.data(32, 16);
const made = memory.data(4 * 16000, 16);
const COUNT: i32 = 16000;

function makeNoise(): void {
  for (let at = 0; at < COUNT; at++) store<f32>(made + (<usize>at << 2), noise.next());
}

/** Mean product of what was made with itself `lag` samples later. */
function product(lag: i32): f64 {
  let sum = 0.0;
  for (let at = lag; at < COUNT; at++) {
    sum += <f64>load<f32>(made + (<usize>at << 2)) * <f64>load<f32>(made + (<usize>(at - lag) << 2));
  }
  return sum / <f64>(COUNT - lag);
}

/** ITU-T G.711: a full-scale sine is +3.14 dBm0. */
function levelDbm0(): f64 { return 10 * Math.log10(max(product(0), 0.0001) / (32768.0 * 32768.0 / 2)) + 3.14; }

/** The first `samples` of the pcm, frame after frame. */
function hear(samples: i32): void {
  noise.reset();
  for (let at = 0; at < samples; at += 160) noise.handleSound(pcm + (<usize>at << 1), 160);
  noise.useBackground();
  makeNoise();
}

describe("ComfortNoise", () => {
  it("RFC 3389 §3.1: the level is that under a square wave of full scale, 30 to 70 dB", () => {
    for (let level = 30; level <= 70; level += 5) {
      noise.reset();
      store<u8>(payload, <u8>level);
      noise.usePayload(payload, 1);
      makeNoise();
      const found = 10 * Math.log10(product(0) / (32768.0 * 32768.0));
      expect(Math.abs(found + <f64>level) < 0.5).toBeTruthy(level.toString() + " " + found.toString());
      expect(Math.abs(product(1) / product(0)) < 0.03).toBeTruthy("white");
    }
  });

  it("RFC 3389 §3.2: a coefficient of -0.5 is noise that is half like itself a sample later, at the same level", () => {
    noise.reset();
    store<u8>(payload, 50);
    store<u8>(payload, 63, 1); // 258 * (63 - 127) / 32768 = -0.504
    noise.usePayload(payload, 2);
    makeNoise();
    expect(Math.abs(product(1) / product(0) - 0.504) < 0.03).toBeTruthy();
    expect(Math.abs(product(2) / product(0) - 0.254) < 0.04).toBeTruthy();
    expect(Math.abs(10 * Math.log10(product(0) / (32768.0 * 32768.0)) + 50) < 0.5).toBeTruthy();
  });

  it("any payload: finite, and no louder than it says by more than chance", () => {
    seed(8);
    for (let round = 0; round < 60; round++) {
      noise.reset();
      const length = 1 + <i32>(random() * 20);
      for (let at = 0; at < length; at++) store<u8>(payload + <usize>at, <u8>(random() * 256));
      noise.usePayload(payload, length);
      makeNoise();
      const most = 32768.0 * 32768.0 * Math.pow(10, <f64>(load<u8>(payload) & 127) / -10);
      expect(product(0) < most * 30).toBeTruthy("round " + round.toString());
    }
  });

  it("payloads that follow each other within milliseconds leave it finite, within 16 bits", () => {
    seed(9);
    noise.reset();
    let wrong = 0;
    for (let round = 0; round < 1000; round++) {
      store<u8>(payload, 0);
      for (let at: usize = 1; at < 9; at++) store<u8>(payload + at, random() < 0.5 ? 0 : 254);
      noise.usePayload(payload, 9);
      for (let at = 0; at < 40; at++) {
        const sample = noise.next();
        if (!(sample >= -32768 && sample <= 32767)) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  it("the background of a voice: its level within 2 dB, from -70 to -50 dBm0", () => {
    for (let level = -70.0; level <= -50; level += 5) {
      silence();
      seed(11);
      addVoice(0, 24000, -10);
      addNoise(0, 24000, level);
      finish(24000);
      hear(24000);
      expect(Math.abs(levelDbm0() - level) < 2).toBeTruthy(level.toString() + " " + levelDbm0().toString());
    }
  });

  it("the colour of the background is kept: noise of low frequencies", () => {
    seed(12);
    let value = 0.0;
    for (let at = 0; at < 16000; at++) {
      value = 0.8 * value + (random() - 0.5) * 100;
      store<i16>(pcm + (<usize>at << 1), <i16>value);
    }
    hear(16000);
    expect(Math.abs(product(1) / product(0) - 0.8) < 0.12).toBeTruthy((product(1) / product(0)).toString());
  });

  it("a tone is no background, nor is anything loud, nor silence, nor less than a fifth of a second", () => {
    silence();
    addSine(0, 16000, 440, -50);
    finish(16000);
    hear(16000);
    expect(product(0)).toBe(0);
    silence();
    seed(13);
    addNoise(0, 16000, -30);
    finish(16000);
    hear(16000);
    expect(product(0)).toBe(0);
    silence();
    finish(16000);
    hear(16000);
    expect(product(0)).toBe(0);
    silence();
    addNoise(0, 16000, -60);
    finish(16000);
    hear(1280);
    expect(product(0)).toBe(0);
  });

  it("a background that has become louder is known within three seconds, and one that has gone as well", () => {
    silence();
    seed(14);
    addNoise(0, 16000, -65);
    addNoise(16000, 24000, -52);
    finish(40000);
    hear(40000);
    expect(Math.abs(levelDbm0() + 52) < 2).toBeTruthy(levelDbm0().toString());
    silence();
    addNoise(0, 16000, -52);
    addNoise(16000, 800, -65);
    finish(16800);
    hear(16800);
    expect(Math.abs(levelDbm0() + 65) < 2).toBeTruthy(levelDbm0().toString());
  });
});

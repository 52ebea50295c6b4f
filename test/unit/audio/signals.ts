// Sound for the tests: sines, noise, and a level meter of one frequency. Written apart from the code under test.

export const SECOND: i32 = 8000;
/** Twenty seconds, as f32 while it is put together. */
export const LONGEST: i32 = SECOND * 20;

const mix = memory.data(640000, 16);
/** The finished sound, 16-bit. */
export const pcm = memory.data(320000, 16);

/** ITU-T G.711: a full-scale sine is +3.14 dBm0. */
export function amplitude(dbm0: f64): f64 { return 32768.0 * Math.exp((dbm0 - 3.14) * Math.LN10 / 20); }

export function silence(): void { memory.fill(mix, 0, LONGEST * 4); }

function add(at: i32, value: f64): void {
  const slot = mix + (<usize>at << 2);
  store<f32>(slot, load<f32>(slot) + <f32>value);
}

export function addSine(from: i32, samples: i32, hz: f64, dbm0: f64, phase: f64 = 0): void {
  const peak = amplitude(dbm0);
  for (let index = 0; index < samples; index++) {
    add(from + index, peak * Math.sin(2 * Math.PI * hz * <f64>index / <f64>SECOND + phase));
  }
}

let state: u32 = 1;
export function seed(value: u32): void { state = value * 2654435761 + 1; }
export function random(): f64 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return <f64>state / 4294967296.0;
}

/** White noise, nearly Gaussian, of that power. */
export function addNoise(from: i32, samples: i32, dbm0: f64): void {
  const deviation = amplitude(dbm0) / Math.SQRT2;
  for (let index = 0; index < samples; index++) {
    let sum = -6.0;
    for (let part = 0; part < 12; part++) sum += random();
    add(from + index, deviation * sum);
  }
}

/** Something like a voice: a gliding pitch with harmonics under three wandering formants, in syllables. */
export function addVoice(from: i32, samples: i32, dbm0: f64): void {
  let at = from;
  const end = from + samples;
  while (at < end) {
    const length = min(<i32>(800 + random() * 2400), end - at);
    const pitch = 80 + random() * 170, glide = (random() - 0.5) * 60;
    const first = 250 + random() * 600, second = 900 + random() * 1300, third = 2300 + random() * 700;
    let phase = 0.0;
    for (let index = 0; index < length; index++) {
      const part = <f64>index / <f64>length;
      const hz = pitch + glide * part;
      phase += 2 * Math.PI * hz / <f64>SECOND;
      let value = 0.0;
      for (let harmonic = 1; harmonic <= 15; harmonic++) {
        const f = hz * <f64>harmonic;
        if (f > 3400) break;
        const weight = peak(f, first, 90) + 0.6 * peak(f, second, 110) + 0.3 * peak(f, third, 140);
        value += weight * Math.sin(phase * <f64>harmonic + <f64>harmonic);
      }
      add(at + index, amplitude(dbm0) * value * Math.sin(Math.PI * part));
    }
    at += length + <i32>(random() * 1200);
  }
}

function peak(hz: f64, centre: f64, width: f64): f64 {
  const off = (hz - centre) / width;
  return 1 / (1 + off * off);
}

/** Rounds the mix to 16 bits. */
export function finish(samples: i32): void {
  for (let index = 0; index < samples; index++) {
    const value = min(max(<f64>load<f32>(mix + (<usize>index << 2)), -32768), 32767);
    store<i16>(pcm + (<usize>index << 1), <i16>Math.round(value));
  }
}

/** Level in dBm0 of one frequency in a stretch of `source`, by correlation. Whole periods are the caller's business. */
export function levelOf(source: usize, from: i32, samples: i32, hz: f64): f64 {
  let cosine = 0.0, sine = 0.0;
  for (let index = 0; index < samples; index++) {
    const value = <f64>load<i16>(source + (<usize>(from + index) << 1));
    const turn = 2 * Math.PI * hz * <f64>index / <f64>SECOND;
    cosine += value * Math.cos(turn);
    sine += value * Math.sin(turn);
  }
  const peak = 2 * Math.sqrt(cosine * cosine + sine * sine) / <f64>samples;
  return 20 * Math.log10(max(peak, 0.001) / 32768.0) + 3.14;
}

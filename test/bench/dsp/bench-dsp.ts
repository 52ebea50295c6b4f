// Blocks of the signal path, as a module: each work goes over a second of sound, frame by frame, so many times, and returns a sum that
// keeps it from being thought away. Compiled by dsp.mjs with the release options of the adapter.

export { panicLine } from "../../../assembly/abi/panic";

import { CONCEALMENT_SIZE, Concealment } from "../../../assembly/audio/concealment";
import { DC_REMOVAL_SIZE, DcRemoval } from "../../../assembly/audio/dc-removal";
import { DTMF_DETECTOR_SIZE, DtmfDetector } from "../../../assembly/audio/dtmf-detector";
import { ECHO_CANCELLER_SIZE, EchoCanceller } from "../../../assembly/audio/echo-canceller";
import { decodeFrame, encodeFrame, Law } from "../../../assembly/audio/g711";
import { amplify, factorOfDb } from "../../../assembly/audio/gain";
import { LEVEL_METER_SIZE, LevelMeter } from "../../../assembly/audio/level-meter";
import { mixFrame } from "../../../assembly/audio/mixer";
import { TONE_PLAYER_SIZE, TonePlayer } from "../../../assembly/audio/tone-player";
import { JITTER_BUFFER_SIZE, JitterBuffer } from "../../../assembly/rtp/jitter-buffer";

const SECOND: i32 = 8000;
const FRAME: i32 = 160;

/** A second each of speech, ten digits, noise and its echo, a voice and its echo. */
const sound = memory.data(SECOND * 12, 16);
const digits = sound + SECOND * 2;
const noise = sound + SECOND * 4;
const voice = sound + SECOND * 8;
const coded = memory.data(SECOND, 16);
const decoded = memory.data(SECOND * 2, 16);
const detector = changetype<DtmfDetector>(memory.data(DTMF_DETECTOR_SIZE, 16));
const player = changetype<TonePlayer>(memory.data(TONE_PLAYER_SIZE, 16));
const concealment = changetype<Concealment>(memory.data(CONCEALMENT_SIZE, 16));
const meter = changetype<LevelMeter>(memory.data(LEVEL_METER_SIZE, 16));
const removal = changetype<DcRemoval>(memory.data(DC_REMOVAL_SIZE, 16));
const canceller = changetype<EchoCanceller>(memory.data(ECHO_CANCELLER_SIZE, 16));
const buffer = changetype<JitterBuffer>(memory.data(JITTER_BUFFER_SIZE, 16));
/** 350 and 440 Hz, until it is stopped. */
const dialTone = memory.data<i32>([2, 350, -130, 440, -130, 0, 0, 0, 0, 1, 0, -1, 0, 3]);

let clock: f64 = 0;
let sequence: u32 = 0;

@inline function frameOf(sounds: usize, at: i32): usize { return sounds + (<usize>at << 1); }

export function soundPointer(): usize { return sound; }

export function setup(): void {
  detector.reset();
  player.reset();
  player.start(dialTone);
  concealment.reset();
  meter.reset();
  removal.reset();
  buffer.reset();
  canceller.setup();
  encodeFrame(Law.Mu, coded, sound, SECOND);
}

function encode(law: Law, passes: i32): i32 {
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) encodeFrame(law, coded + <usize>at, frameOf(sound, at), FRAME);
  }
  return load<u8>(coded, SECOND / 2);
}

function decode(law: Law, passes: i32): i32 {
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) decodeFrame(law, frameOf(decoded, at), coded + <usize>at, FRAME);
  }
  return load<i16>(decoded, SECOND);
}

export function encodeMu(passes: i32): i32 { return encode(Law.Mu, passes); }
export function encodeA(passes: i32): i32 { return encode(Law.A, passes); }
export function decodeMu(passes: i32): i32 { return decode(Law.Mu, passes); }
export function decodeA(passes: i32): i32 { return decode(Law.A, passes); }

function detect(sounds: usize, passes: i32): i32 {
  let found = 0;
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) if (detector.put(frameOf(sounds, at), FRAME) != 0) found++;
  }
  return found;
}

export function detectInSpeech(passes: i32): i32 { return detect(sound, passes); }
export function detectDigits(passes: i32): i32 { return detect(digits, passes); }

export function playTone(passes: i32): i32 {
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) {
      memory.fill(decoded, 0, FRAME << 1);
      player.mix(decoded, FRAME);
    }
  }
  return load<i16>(decoded, 14);
}

/** Every tenth frame is missing. */
export function conceal(passes: i32): i32 {
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) {
      if (at / FRAME % 10 == 9) {
        concealment.conceal(decoded, FRAME);
      } else {
        memory.copy(decoded, frameOf(sound, at), FRAME << 1);
        concealment.handleSound(decoded, FRAME);
      }
    }
  }
  return load<i16>(decoded, 14);
}

export function bufferJitter(passes: i32): i32 {
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) {
      clock += 20;
      buffer.put(<u16>sequence, sequence * <u32>FRAME, Law.Mu, coded + <usize>at, FRAME, clock);
      sequence++;
      buffer.take(decoded, clock + 5);
    }
  }
  return load<i16>(decoded, 14);
}

export function measureLevel(passes: i32): i32 {
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) meter.handleFrame(frameOf(sound, at), FRAME);
  }
  return <i32>meter.dbm0;
}

/** Offset out, -3 dB, another voice in. */
export function adjust(passes: i32): i32 {
  const factor = factorOfDb(-3);
  for (; passes > 0; passes--) {
    for (let at = 0; at < SECOND; at += FRAME) {
      memory.copy(decoded, frameOf(sound, at), FRAME << 1);
      removal.handleFrame(decoded, FRAME);
      amplify(decoded, FRAME, factor);
      mixFrame(decoded, frameOf(digits, at), FRAME);
    }
  }
  return load<i16>(decoded, 14);
}

/** Echo return loss enhancement of the second in `decoded`, in hundredths of a dB. */
function enhancement(echo: usize): i32 {
  let before: f64 = 1, left: f64 = 1;
  for (let at = 0; at < SECOND; at++) {
    const sample = <f64>load<i16>(frameOf(echo, at)), rest = <f64>load<i16>(frameOf(decoded, at));
    before += sample * sample;
    left += rest * rest;
  }
  return <i32>(1000 * Math.log10(before / left));
}

/** A second of `far`, and of its echo, which lies behind it. */
function cancel(far: usize): i32 {
  const echo = far + SECOND * 2;
  for (let at = 0; at < SECOND; at += FRAME) {
    memory.copy(frameOf(decoded, at), frameOf(echo, at), FRAME << 1);
    canceller.handleSound(frameOf(far, at));
    canceller.cancel(frameOf(decoded, at));
  }
  return enhancement(echo);
}

function cancelAll(far: usize, passes: i32): i32 {
  let sum = 0;
  for (; passes > 0; passes--) sum += cancel(far);
  return sum;
}

export function cancelNoise(passes: i32): i32 { return cancelAll(noise, passes); }
export function cancelVoice(passes: i32): i32 { return cancelAll(voice, passes); }

export function learnNoise(passes: i32): i32 {
  let sum = 0;
  for (; passes > 0; passes--) {
    canceller.setup();
    sum += cancel(noise);
  }
  return sum;
}

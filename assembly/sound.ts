// The module of the host's sound: a card's interleaved samples to the frames of the lines, and back; G.711. It imports nothing.

import { DECIMATOR_SIZE, Decimator, INTERPOLATOR_SIZE, Interpolator, RATIO, setupResampler, WIDE_SAMPLES } from "./audio/resampler";
import { reserve } from "./base/arena";
import { FRAME_SAMPLES, MAX_CARD_CHANNELS, SOUND_CHANNELS } from "./limits";

export { panicLine } from "./abi/panic";
/** For what carries the bytes of G.711 outside of RTP. */
export { decodeSample, encodeSample } from "./audio/g711";

const FRAME_SIZE: i32 = FRAME_SAMPLES * 2;

let cardIn: usize = 0;
let cardOut: usize = 0;
let fromPhones: usize = 0;
let toPhones: usize = 0;
let decimators: usize = 0;
let interpolators: usize = 0;
let channelsIn: usize = 1;
let channelsOut: usize = 1;
let isWide: bool = false;

/** Takes how many channels the card has each way, and whether it works at 48 kHz rather than at 8. Silence comes before. */
export function setup(capture: i32, playback: i32, wide: bool): void {
  if (cardIn == 0) {
    setupResampler();
    cardIn = reserve(WIDE_SAMPLES * MAX_CARD_CHANNELS * 2);
    cardOut = reserve(WIDE_SAMPLES * MAX_CARD_CHANNELS * 2);
    fromPhones = reserve(FRAME_SIZE * SOUND_CHANNELS);
    toPhones = reserve(FRAME_SIZE * SOUND_CHANNELS);
    decimators = reserve(DECIMATOR_SIZE * SOUND_CHANNELS);
    interpolators = reserve(INTERPOLATOR_SIZE * SOUND_CHANNELS);
  }
  assert(capture > 0 && capture <= MAX_CARD_CHANNELS && playback > 0 && playback <= MAX_CARD_CHANNELS);
  channelsIn = capture;
  channelsOut = playback;
  isWide = wide;
  memory.fill(cardOut, 0, WIDE_SAMPLES * MAX_CARD_CHANNELS * 2);
  reset();
}

/** Forgets the sound before: the card starts anew. */
export function reset(): void {
  for (let channel = 0; channel < SOUND_CHANNELS; channel++) {
    decimator(channel).reset();
    interpolator(channel).reset();
  }
}

/** Samples of a card's frame, of one channel: 20 ms. */
export function cardSamples(): i32 { return isWide ? WIDE_SAMPLES : FRAME_SAMPLES; }

/** Interleaved, 16 bits. */
export function cardInPointer(): usize { return cardIn; }
export function cardOutPointer(): usize { return cardOut; }
/** FRAME_SAMPLES of one channel. */
export function fromPhonePointer(channel: i32): usize { return fromPhones + <usize>(channel * FRAME_SIZE); }
export function toPhonePointer(channel: i32): usize { return toPhones + <usize>(channel * FRAME_SIZE); }

function decimator(channel: i32): Decimator { return changetype<Decimator>(decimators + <usize>(channel * DECIMATOR_SIZE)); }
function interpolator(channel: i32): Interpolator { return changetype<Interpolator>(interpolators + <usize>(channel * INTERPOLATOR_SIZE)); }

/** What the card captured becomes a frame of each line that it has a channel for. */
export function capture(): void {
  const lines = min(<i32>channelsIn, SOUND_CHANNELS);
  for (let channel = 0; channel < lines; channel++) {
    const target = isWide ? decimator(channel).input : fromPhonePointer(channel);
    const end = target + (<usize>cardSamples() << 1);
    let from = cardIn + (<usize>channel << 1);
    for (let at = target; at < end; at += 2, from += channelsIn << 1) store<i16>(at, load<i16>(from));
    if (isWide) decimator(channel).run(fromPhonePointer(channel));
  }
}

/** A frame of each line becomes what the card plays. Channels of the card without a line stay silent. */
export function play(): void {
  const lines = min(<i32>channelsOut, SOUND_CHANNELS);
  const stride = channelsOut << 1;
  for (let channel = 0; channel < lines; channel++) {
    let target = cardOut + (<usize>channel << 1);
    const source = toPhonePointer(channel);
    if (isWide) {
      memory.copy(interpolator(channel).input, source, FRAME_SIZE);
      interpolator(channel).run(target, stride);
    } else {
      for (let at: usize = 0; at < <usize>FRAME_SIZE; at += 2, target += stride) store<i16>(target, load<i16>(source + at));
    }
  }
}

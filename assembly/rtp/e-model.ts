// How good a call is by ITU-T G.107, the E-model: a rating of 0 to 100, and the opinion score (MOS) that follows from it.
// All parameters but those that the packets decide, delay and loss, stand at the default values of its table 3.

import { powerOfTen } from "../base/elementary";

/** G.107 §7.2, §7.3 with default values: noise floor, basic signal-to-noise ratio, simultaneous impairments. */
const SIGNAL_TO_NOISE: f64 = 94.7688;
const SIMULTANEOUS: f64 = 1.4136;
/** Loudness of talker echo, and weighted echo path loss. */
const TELR: f64 = 65;
const WEPL: f64 = 110;
const LOG10_OF_2: f64 = 0.3010299956639812;
/** ITU-T G.113 appendix I: how robust G.711 is against loss with and without concealment. Its Ie is 0. */
const ROBUSTNESS: f64 = 25.1;
const ROBUSTNESS_UNCONCEALED: f64 = 4.3;

/** §7.5: what loss takes away. `lost` is a share; `burstRatio` 1 when it strikes at random, more when it comes in bursts. */
export function lossImpairment(lost: f64, burstRatio: f64, isConcealed: bool): f64 {
  const percent = lost * 100;
  return 95 * percent / (percent / max(burstRatio, 1) + (isConcealed ? ROBUSTNESS : ROBUSTNESS_UNCONCEALED));
}

/**
 * §7.4: what a delay of so many ms one way takes away, and the echoes that it makes audible. The terms with e to the
 * minus delay are left out: from 5 ms on they are less than 0.01, and the shortest packet lasts 10 ms.
 */
export function delayImpairment(delay: f64): f64 {
  const loudness = TELR - 40 * Math.log10((1 + delay / 10) / (1 + delay / 150));
  const talker = (SIGNAL_TO_NOISE - 80 - 2.5 * (loudness - 14)) / 2;
  const talkerEcho = delay < 1 ? 0 : talker + Math.sqrt(talker * talker + 100) - 1;
  const listener = (SIGNAL_TO_NOISE - 10.5 * (WEPL + 7) * Math.sqrt(Math.sqrt(1 / (2 * delay + 1)))) / 2;
  const listenerEcho = listener + Math.sqrt(listener * listener + 169);
  if (delay <= 100) return talkerEcho + listenerEcho;
  const octaves = Math.log10(delay / 100) / LOG10_OF_2;
  const third = octaves / 3;
  const tooLong = sixthRoot(octaves) - 3 * sixthRoot(third) + 2;
  return talkerEcho + listenerEcho + 25 * tooLong;
}

/** Sixth root of 1 + x^6. */
function sixthRoot(x: f64): f64 {
  const cube = x * x * x;
  return powerOfTen(Math.log10(1 + cube * cube) / 6);
}

/** §7.1: the rating; 93.2 without loss and delay. */
export function ratingOf(delay: f64, lost: f64, burstRatio: f64, isConcealed: bool): f64 {
  const rating = SIGNAL_TO_NOISE - SIMULTANEOUS - delayImpairment(delay) - lossImpairment(lost, burstRatio, isConcealed);
  return min(max(rating, 0), 100);
}

/** Annex B: the opinion score of a rating, 1 to 4.5. */
export function opinionOf(rating: f64): f64 {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

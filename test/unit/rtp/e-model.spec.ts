// ITU-T G.107 from its formulas, with every parameter of table 3 and none of them folded into a constant.

import { delayImpairment, lossImpairment, opinionOf, ratingOf } from "../../../assembly/rtp/e-model";

// Table 3, default values
const SLR = 8.0, RLR = 2.0, STMR = 15.0, LSTR = 18.0, DS = 3.0, TELR = 65.0, WEPL = 110.0, QDU = 1.0;
const NC = -70.0, NFOR = -64.0, PS = 35.0, PR = 35.0;

function power(decibels: f64): f64 { return Math.pow(10, decibels / 10); }
function decibels(value: f64): f64 { return 10 * Math.log10(value); }

/** §7.2: the noise floor, all sources together, at the 0 dBr point. */
function noise(): f64 {
  const olr = SLR + RLR;
  const nos = PS - SLR - DS - 100 + 0.004 * Math.pow(PS - olr - DS - 14, 2);
  const pre = PR + decibels(1 + power(10 - LSTR));
  const nor = RLR - 121 + pre + 0.008 * Math.pow(pre - 35, 2);
  return decibels(power(NC) + power(nos) + power(nor) + power(NFOR + RLR));
}

function signalToNoise(): f64 { return 15 - 1.5 * (SLR + noise()); }

/** §7.3 */
function simultaneous(): f64 {
  const xolr = SLR + RLR + 0.2 * (64 + noise() - RLR);
  const iolr = 20 * (Math.pow(1 + Math.pow(xolr / 8, 8), 1.0 / 8) - xolr / 8);
  const stmro = -10 * Math.log10(power(-STMR) + power(-TELR));
  const ist = 12 * Math.pow(1 + Math.pow((stmro - 13) / 6, 8), 1.0 / 8) -
    28 * Math.pow(1 + Math.pow((stmro + 1) / 19.4, 35), 1.0 / 35) -
    13 * Math.pow(1 + Math.pow((stmro - 3) / 33, 13), 1.0 / 13) + 29;
  const q = 37 - 15 * Math.log10(QDU);
  const g = 1.07 + 0.258 * q + 0.0602 * q * q;
  const y = (signalToNoise() - 100) / 15 + 46 / 8.4 - g / 9;
  const z = 46.0 / 30 - g / 40;
  return iolr + ist + 15 * Math.log10(1 + Math.pow(10, y) + Math.pow(10, z));
}

/** §7.4 */
function delayed(t: f64): f64 {
  const terv = TELR - 40 * Math.log10((1 + t / 10) / (1 + t / 150)) + 6 * Math.exp(-0.3 * t * t);
  const re = 80 + 2.5 * (terv - 14);
  const roe = -1.5 * (noise() - RLR);
  const idte = ((roe - re) / 2 + Math.sqrt(Math.pow(roe - re, 2) / 4 + 100) - 1) * (1 - Math.exp(-t));
  const rle = 10.5 * (WEPL + 7) * Math.pow(2 * t + 1, -0.25);
  const idle = (signalToNoise() - rle) / 2 + Math.sqrt(Math.pow(signalToNoise() - rle, 2) / 4 + 169);
  if (t <= 100) return idte + idle;
  const x = Math.log(t / 100) / Math.log(2);
  return idte + idle +
    25 * (Math.pow(1 + Math.pow(x, 6), 1.0 / 6) - 3 * Math.pow(1 + Math.pow(x / 3, 6), 1.0 / 6) + 2);
}

function isNear(value: f64, wanted: f64, tolerance: f64): bool { return Math.abs(value - wanted) <= tolerance; }

describe("ITU-T G.107", () => {
  it("§7.1: without loss and delay the rating is 93.2", () => {
    expect(isNear(ratingOf(0, 0, 1, true), 93.2, 0.01)).toBeTruthy();
    expect(isNear(ratingOf(0, 0, 1, true), signalToNoise() - simultaneous() - delayed(0), 0.001)).toBeTruthy();
  });

  it("§7.4: what a delay takes away, from a packet's to a second", () => {
    for (let delay = 10.0; delay <= 1000; delay += 7) {
      expect(isNear(delayImpairment(delay), delayed(delay), 0.002)).toBeTruthy(delay.toString());
    }
  });

  it("§7.5, G.113 appendix I: G.711 with concealment has Bpl 25.1, without 4.3, Ie 0", () => {
    for (let percent = 0.0; percent <= 20; percent += 0.5) {
      for (let ratio = 1.0; ratio <= 4; ratio++) {
        expect(isNear(lossImpairment(percent / 100, ratio, true), 95 * percent / (percent / ratio + 25.1), 1e-9)).toBeTruthy();
        expect(isNear(lossImpairment(percent / 100, ratio, false), 95 * percent / (percent / ratio + 4.3), 1e-9)).toBeTruthy();
      }
    }
  });

  it("§7.1: the rating is what is left, never below 0", () => {
    const whole = signalToNoise() - simultaneous();
    for (let delay = 20.0; delay <= 600; delay += 29) {
      for (let percent = 0.0; percent <= 60; percent += 3) {
        const wanted = max(0, whole - delayed(delay) - 95 * percent / (percent / 1.5 + 25.1));
        expect(isNear(ratingOf(delay, percent / 100, 1.5, true), wanted, 0.003)).toBeTruthy();
      }
    }
  });

  it("annex B: opinion scores of ratings, as its table of categories has them", () => {
    // table B.1: lower limits of R and the MOS there
    expect(isNear(opinionOf(90), 4.34, 0.01)).toBeTruthy();
    expect(isNear(opinionOf(80), 4.03, 0.01)).toBeTruthy();
    expect(isNear(opinionOf(70), 3.60, 0.01)).toBeTruthy();
    expect(isNear(opinionOf(60), 3.10, 0.01)).toBeTruthy();
    expect(isNear(opinionOf(50), 2.58, 0.01)).toBeTruthy();
    expect(opinionOf(0)).toBe(1);
    expect(opinionOf(-5)).toBe(1);
    expect(opinionOf(100)).toBe(4.5);
    expect(isNear(opinionOf(93.2), 4.41, 0.005)).toBeTruthy();
    for (let rating = 0.0; rating < 100; rating++) expect(opinionOf(rating) >= 1 && opinionOf(rating) <= 4.5).toBeTruthy();
  });
});

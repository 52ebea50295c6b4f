// Sines, angles and powers of ten, against the library's.

import { angleOf, cosine, powerOfTen, sine } from "../../../assembly/base/elementary";

describe("sine and cosine", () => {
  it("are the library's, to 1e-12 in fifty turns either way", () => {
    let worst = 0.0;
    for (let step = -100000; step <= 100000; step++) {
      const angle = <f64>step * 0.00314;
      worst = max(worst, Math.abs(sine(angle) - Math.sin(angle)));
      worst = max(worst, Math.abs(cosine(angle) - Math.cos(angle)));
    }
    expect(worst < 1e-12).toBeTruthy(worst.toString());
  });
});

describe("powerOfTen", () => {
  it("is the library's, to 1 in 1e13", () => {
    let worst = 0.0;
    for (let step = -60000; step <= 60000; step++) {
      const exponent = <f64>step / 1000;
      worst = max(worst, Math.abs(powerOfTen(exponent) / Math.pow(10, exponent) - 1));
    }
    expect(worst < 1e-13).toBeTruthy(worst.toString());
  });

  it("is exact where it can be, and cut off at both ends", () => {
    expect(powerOfTen(0)).toBe(1);
    expect(Math.abs(powerOfTen(3) - 1000) < 1e-10).toBeTruthy();
    expect(powerOfTen(-400) > 0 && powerOfTen(-400) < 1e-300).toBeTruthy();
    expect(powerOfTen(400) > 1e300 && isFinite(powerOfTen(400))).toBeTruthy();
  });
});

describe("angleOf", () => {
  it("is the library's, to 1e-7, all around and at any distance; half a turn where there is none", () => {
    for (let step = -3141; step <= 3141; step++) {
      const angle = <f64>step / 1000;
      for (let size = 1e-3; size < 1e12; size *= 1000) {
        const y = size * Math.sin(angle), x = size * Math.cos(angle);
        expect(Math.abs(angleOf(y, x) - Math.atan2(y, x)) < 1e-7).toBeTruthy();
      }
    }
    expect(angleOf(0, 0)).toBe(Math.PI);
    expect(angleOf(0, -1)).toBe(Math.PI);
  });
});

// Which sines a stretch of sound is made of, by least squares: exact for frequencies however close, over any length.

import { SAMPLE_RATE, sineLevelDbm0 } from "../../host/sound/level.ts";

export interface Fit {
  /** dBm0 of each frequency. */
  levels: number[];
  /** dBm0 of all that is none of them. */
  rest: number;
}

export function fitSines(samples: Int16Array, frequencies: readonly number[], from: number, to: number): Fit {
  const count = frequencies.length * 2;
  const basis = frequencies.flatMap((frequency) => {
    const step = (2 * Math.PI * frequency) / SAMPLE_RATE;
    return [
      Float64Array.from({ length: to - from }, (_, index) => Math.cos(step * index)),
      Float64Array.from({ length: to - from }, (_, index) => Math.sin(step * index)),
    ];
  });
  const rows = basis.map((row) => {
    const products = basis.map((other) => dot(row, other));
    let right = 0;
    for (let index = 0; index < row.length; index++) right += row[index]! * samples[from + index]!;
    return [...products, right];
  });
  for (let pivot = 0; pivot < count; pivot++) {
    for (let row = pivot + 1; row < count; row++) {
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!;
      for (let column = pivot; column <= count; column++) rows[row]![column]! -= factor * rows[pivot]![column]!;
    }
  }
  const solution = new Float64Array(count);
  for (let row = count - 1; row >= 0; row--) {
    let value = rows[row]![count]!;
    for (let column = row + 1; column < count; column++) value -= rows[row]![column]! * solution[column]!;
    solution[row] = value / rows[row]![row]!;
  }
  let squares = 0;
  for (let index = 0; index < to - from; index++) {
    let modelled = 0;
    for (let part = 0; part < count; part++) modelled += solution[part]! * basis[part]![index]!;
    squares += (samples[from + index]! - modelled) ** 2;
  }
  return {
    levels: frequencies.map((_, index) => sineLevelDbm0(Math.hypot(solution[index * 2]!, solution[index * 2 + 1]!))),
    rest: sineLevelDbm0(Math.sqrt((2 * squares) / (to - from))),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

// Sines, angles and powers of ten by their series, to the last bits of an f64. The library's are faster and need 10 KB of tables.

/** Beyond a quarter turn nothing is needed, and there x^19/19! is below 1e-13. */
const LAST_OF_SINE: f64 = 17;
const LAST_OF_POWER: f64 = 14;
const LAST_OF_TANGENT: f64 = 17;
const LN_2: f64 = 0.6931471805599453;
const LOG2_OF_10: f64 = 3.321928094887362;

export function sine(angle: f64): f64 {
  let x = angle - 2 * Math.PI * nearest(angle / (2 * Math.PI));
  if (abs(x) > Math.PI / 2) x = copysign(Math.PI, x) - x;
  const square = x * x;
  let sum = 1.0;
  for (let n = LAST_OF_SINE; n > 1; n -= 2) sum = 1 - sum * square / (n * (n - 1));
  return sum * x;
}

export function cosine(angle: f64): f64 { return sine(angle + Math.PI / 2); }

/** 10 to the power of `exponent`; what is too large or too small for an f64 is cut off. */
export function powerOfTen(exponent: f64): f64 {
  const turns = min(max(exponent * LOG2_OF_10, -1022.0), 1023.0);
  const whole = nearest(turns);
  const rest = (turns - whole) * LN_2;
  let sum = 1.0;
  for (let n = LAST_OF_POWER; n > 0; n--) sum = 1 + sum * rest / n;
  return sum * reinterpret<f64>(<i64>(whole + 1023) << 52);
}

/** The angle of a point, in radians from -π to π, to 1e-7: of an eighth of it, by the series of its tangent. */
export function angleOf(y: f64, x: f64): f64 {
  const aside = Math.sqrt(x * x + y * y) + x;
  if (!(aside > 0)) return Math.PI;
  let tangent = y / aside;
  for (let halving = 0; halving < 2; halving++) tangent /= 1 + Math.sqrt(1 + tangent * tangent);
  const square = tangent * tangent;
  let sum = 0.0;
  for (let n = LAST_OF_TANGENT; n >= 1; n -= 2) sum = 1 / n - square * sum;
  return 8 * sum * tangent;
}

// The time of day where the box stands, for those who show it. The core has no clock: the host says what its own showed
// at monotonic zero.

const MS_A_MINUTE: f64 = 60000;
const MINUTES_A_DAY: i32 = 1440;
/** Days of 400 years, and from 0000-03-01 to 1970-01-01. */
const ERA_DAYS: i32 = 146097;
const DAYS_TO_1970: i32 = 719468;

let atZero: f64 = 0;

/** Milliseconds since 1970, local time, at monotonic zero. */
export function setLocalClock(localAtZero: f64): void { atZero = localAtZero; }

/** Month, day, hour and minute as eight digits. */
export function writeLocalTime(at: usize, now: f64): void {
  // until the year 5000: what a host may say is bounded, and i32 holds it
  const minutes = <i32>min(max((atZero + now) / MS_A_MINUTE, 0), 1.6e9);
  const day = (minutes / MINUTES_A_DAY + DAYS_TO_1970) % ERA_DAYS;
  // Years that begin in March put the leap day last: day of such a year, then its month, five of them 153 days.
  const year = (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
  const yearDay = day - (year * 365 + year / 4 - year / 100);
  const month = (yearDay * 5 + 2) / 153;
  writePair(at, month < 10 ? month + 3 : month - 9);
  writePair(at + 2, yearDay - (month * 153 + 2) / 5 + 1);
  writePair(at + 4, minutes % MINUTES_A_DAY / 60);
  writePair(at + 6, minutes % 60);
}

function writePair(at: usize, value: i32): void {
  store<u8>(at, <u8>(0x30 + value / 10));
  store<u8>(at, <u8>(0x30 + value % 10), 1);
}

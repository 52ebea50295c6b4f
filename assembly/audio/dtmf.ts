// ITU-T Q.23: sixteen digits, each one of four low and one of four high frequencies.

/** Row by row; a column is a high frequency. */
const DIGITS: StaticArray<u8> = [
  0x31, 0x32, 0x33, 0x41, // 1 2 3 A
  0x34, 0x35, 0x36, 0x42, // 4 5 6 B
  0x37, 0x38, 0x39, 0x43, // 7 8 9 C
  0x2a, 0x30, 0x23, 0x44, // * 0 # D
];
const FREQUENCIES: StaticArray<f64> = [697, 770, 852, 941, 1209, 1336, 1477, 1633];

/** Hz; 0 to 3 are the rows, 4 to 7 the columns. */
@inline export function dtmfFrequency(index: i32): f64 { return unchecked(FREQUENCIES[index]); }

/** ASCII of a row and a column, each 0 to 3. */
@inline export function dtmfDigit(row: i32, column: i32): i32 { return unchecked(DIGITS[row * 4 + column]); }

/** row * 4 + column of an ASCII digit, -1 when it is none. Letters are upper case. */
export function dtmfIndex(ascii: i32): i32 {
  for (let index = 0; index < 16; index++) {
    if (<i32>unchecked(DIGITS[index]) == ascii) return index;
  }
  return -1;
}

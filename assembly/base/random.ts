// Randomness of one module. The seed comes from the operating system's generator, so a recorded run replays bit for bit.
// ChaCha20 (RFC 8439 §2.3) as a generator: tags, branches, nonces and SSRCs must not be guessed from those seen before.

const state: usize = memory.data(64, 16);
const block: usize = memory.data(64, 16);
let used: i32 = 64;

@inline function turn(word: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(word, bits), i32x4.shr_u(word, 32 - bits));
}

/** §2.3: columns and diagonals by turns; the rows are moved so that diagonals stand as columns, and moved back. */
function nextBlock(): void {
  let a = v128.load(state), b = v128.load(state, 16), c = v128.load(state, 32), d = v128.load(state, 48);
  for (let round = 0; round < 20; round++) {
    a = i32x4.add(a, b); d = turn(v128.xor(d, a), 16);
    c = i32x4.add(c, d); b = turn(v128.xor(b, c), 12);
    a = i32x4.add(a, b); d = turn(v128.xor(d, a), 8);
    c = i32x4.add(c, d); b = turn(v128.xor(b, c), 7);
    const one = v128.shuffle<i32>(b, b, 1, 2, 3, 0), three = v128.shuffle<i32>(b, b, 3, 0, 1, 2);
    c = v128.shuffle<i32>(c, c, 2, 3, 0, 1);
    const isColumns = (round & 1) == 0;
    const dOne = v128.shuffle<i32>(d, d, 1, 2, 3, 0), dThree = v128.shuffle<i32>(d, d, 3, 0, 1, 2);
    b = isColumns ? one : three;
    d = isColumns ? dThree : dOne;
  }
  v128.store(block, i32x4.add(a, v128.load(state)));
  v128.store(block, i32x4.add(b, v128.load(state, 16)), 16);
  v128.store(block, i32x4.add(c, v128.load(state, 32)), 32);
  v128.store(block, i32x4.add(d, v128.load(state, 48)), 48);
  store<u32>(state, load<u32>(state, 48) + 1, 48);
  used = 0;
}

/** Starts the stream over from 32 bytes at `seed`. */
export function seedRandom(seed: usize): void {
  store<u32>(state, 0x61707865); store<u32>(state, 0x3320646e, 4);
  store<u32>(state, 0x79622d32, 8); store<u32>(state, 0x6b206574, 12);
  memory.copy(state + 16, seed, 32);
  memory.fill(state + 48, 0, 16);
  used = 64;
}

export function random32(): u32 {
  if (used == 64) nextBlock();
  const value = load<u32>(block + <usize>used);
  used += 4;
  return value;
}

/** Uniform in [0, 1). */
export function randomUnit(): f64 { return <f64>random32() / 4294967296.0; }

/** Writes `digits` random lower-case hexadecimal digits: a tag, a branch, a Call-ID. */
export function writeRandomHex(at: usize, digits: i32): usize {
  let word: u32 = 0;
  for (let index = 0; index < digits; index++) {
    if ((index & 7) == 0) word = random32();
    const digit = word & 15;
    word >>= 4;
    store<u8>(at++, <u8>(digit < 10 ? 48 + digit : 87 + digit));
  }
  return at;
}

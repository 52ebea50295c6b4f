// Randomness of one module. The seed comes from the operating system's generator, so a recorded run replays bit for bit.
// ChaCha20 (RFC 8439 §2.3) as a generator: tags, branches, nonces and SSRCs must not be guessed from those seen before.

const state: usize = memory.data(64, 16);
const block: usize = memory.data(64, 16);
let used: i32 = 64;

@inline function quarter(a: i32, b: i32, c: i32, d: i32): void {
  const pa = block + (<usize>a << 2), pb = block + (<usize>b << 2), pc = block + (<usize>c << 2), pd = block + (<usize>d << 2);
  let va = load<u32>(pa), vb = load<u32>(pb), vc = load<u32>(pc), vd = load<u32>(pd);
  va += vb; vd = rotl<u32>(vd ^ va, 16);
  vc += vd; vb = rotl<u32>(vb ^ vc, 12);
  va += vb; vd = rotl<u32>(vd ^ va, 8);
  vc += vd; vb = rotl<u32>(vb ^ vc, 7);
  store<u32>(pa, va); store<u32>(pb, vb); store<u32>(pc, vc); store<u32>(pd, vd);
}

function nextBlock(): void {
  memory.copy(block, state, 64);
  for (let round = 0; round < 10; round++) {
    quarter(0, 4, 8, 12); quarter(1, 5, 9, 13); quarter(2, 6, 10, 14); quarter(3, 7, 11, 15);
    quarter(0, 5, 10, 15); quarter(1, 6, 11, 12); quarter(2, 7, 8, 13); quarter(3, 4, 9, 14);
  }
  for (let word: usize = 0; word < 64; word += 4) store<u32>(block + word, load<u32>(block + word) + load<u32>(state + word));
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

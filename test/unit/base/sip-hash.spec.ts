// SipHash-2-4 against the test vectors of its authors: key 00 to 0f, input 00, 01, 02… of each length.

import { setHashKey, sipHash } from "../../../assembly/base/sip-hash";

const input = memory.data(64, 16);

/** The paper's appendix A, and its reference code's vectors: the hash's bytes in the order in which they are printed. */
function expectHash(length: i32, bytes: u64): void {
  setHashKey(0x0706050403020100, 0x0f0e0d0c0b0a0908);
  for (let index = 0; index < 64; index++) store<u8>(input + <usize>index, <u8>index);
  expect(bswap<u64>(sipHash(input, length))).toBe(bytes);
}

describe("SipHash-2-4", () => {
  it("Aumasson and Bernstein, appendix A: fifteen bytes", () => expectHash(15, 0xe545be4961ca29a1));
  it("no bytes, one, seven, eight, nine: a word's worth and its neighbours", () => {
    expectHash(0, 0x310e0edd47db6f72);
    expectHash(1, 0xfd67dc93c539f874);
    expectHash(7, 0x37d1018bf50002ab);
    expectHash(8, 0x6224939a79f5f593);
    expectHash(9, 0xb0e4a90bdf82009e);
  });
});

// A pool hands out each record once, and says no when there is none.

import { Pool } from "../../../assembly/base/pool";
import { random32, seedRandom } from "../../../assembly/base/random";

const CAPACITY: i32 = 16;
const RECORD: i32 = 24;

const pool = changetype<Pool>(memory.data(64, 16));
const records = memory.data(CAPACITY * RECORD, 16);
const links = memory.data(CAPACITY << 2, 16);
const seed = memory.data(32, 16);

beforeEach(() => {
  pool.setup(records, RECORD, links, CAPACITY);
});

describe("Pool", () => {
  it("hands out every record once, then none", () => {
    let taken = 0;
    for (let times = 0; times < CAPACITY; times++) {
      const record = pool.take();
      const index = pool.indexOf(record);
      expect(record).toBe(records + <usize>(index * RECORD));
      expect(pool.at(index)).toBe(record);
      expect(taken & (1 << index)).toBe(0);
      taken |= 1 << index;
    }
    expect(taken).toBe(0xffff);
    expect(pool.used).toBe(CAPACITY);
    expect(pool.take()).toBe(0);
    expect(pool.used).toBe(CAPACITY);
  });

  it("hands out again what was given back, with its bytes as they were", () => {
    for (let times = 0; times < CAPACITY; times++) pool.take();
    const record = pool.at(5);
    store<u64>(record, 0x1234);
    pool.put(record);
    expect(pool.isUsed(5)).toBeFalsy();
    expect(pool.take()).toBe(record);
    expect(load<u64>(record)).toBe(0x1234);
    expect(pool.isUsed(5)).toBeTruthy();
    expect(pool.take()).toBe(0);
  });

  it("knows who is in use, after any number of turns (seed: 32 zero bytes)", () => {
    seedRandom(seed);
    let inUse = 0;
    for (let turn = 0; turn < 10000; turn++) {
      if ((random32() & 1) == 0) {
        const record = pool.take();
        expect(record == 0).toBe(inUse == 0xffff);
        if (record != 0) inUse |= 1 << pool.indexOf(record);
      } else {
        const index = <i32>(random32() & 15);
        if ((inUse & (1 << index)) != 0) pool.put(pool.at(index));
        inUse &= ~(1 << index);
      }
      expect(pool.used).toBe(popcnt<i32>(inUse));
    }
    for (let index = 0; index < CAPACITY; index++) expect(pool.isUsed(index)).toBe((inUse & (1 << index)) != 0);
  });

  it("starts over empty", () => {
    pool.take();
    pool.take();
    pool.reset();
    expect(pool.used).toBe(0);
    for (let index = 0; index < CAPACITY; index++) expect(pool.isUsed(index)).toBeFalsy();
  });

  it("is given a record back once only", () => {
    pool.put(pool.take());
    expect(() => pool.put(pool.at(0))).toThrow();
  });
});

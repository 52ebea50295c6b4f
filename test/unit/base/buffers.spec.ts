// Kept messages: which size a buffer has, and how long it rests after it was given back.

import { buffersSize, buffersUsed, putBuffer, setupBuffers, takeBuffer } from "../../../assembly/base/buffers";

const memoryAt: usize = memory.data(32768, 16);

describe("buffers", () => {
  beforeEach(() => { setupBuffers(memoryAt, 20, 2, 2, 1); });

  it("have the smallest size that is free, and none when all that would do are taken", () => {
    expect(buffersSize(20, 2, 2, 1)).toBeLessThanOrEqual(32768);
    const small = takeBuffer(1), medium = takeBuffer(513);
    expect(medium).not.toBe(0);
    expect(small).not.toBe(medium);
    takeBuffer(513);
    expect(takeBuffer(1024)).not.toBe(0, "one of 2048 does as well");
    expect(takeBuffer(4096)).not.toBe(0);
    expect(takeBuffer(4096)).toBe(0);
    expect(takeBuffer(4097)).toBe(0);
    expect(buffersUsed()).toBe(5);
  });

  it("rest after they are given back, so that a message that is still to be sent stays whole", () => {
    const first = takeBuffer(100);
    store<u64>(first, 0x1122334455667788);
    putBuffer(first);
    expect(buffersUsed()).toBe(0);
    for (let round = 0; round < 15; round++) {
      const next = takeBuffer(100);
      expect(next).not.toBe(first);
      putBuffer(next);
    }
    expect(load<u64>(first)).toBe(0x1122334455667788);
  });

  it("rest no longer when nothing else is free", () => {
    const only = takeBuffer(4096);
    putBuffer(only);
    expect(takeBuffer(4096)).toBe(only);
    expect(buffersUsed()).toBe(1);
  });

  it("come back all, however often they go", () => {
    for (let round = 0; round < 1000; round++) {
      const a = takeBuffer(512), b = takeBuffer(2000);
      expect(a != 0 && b != 0).toBe(true);
      putBuffer(b);
      putBuffer(a);
    }
    expect(buffersUsed()).toBe(0);
  });
});

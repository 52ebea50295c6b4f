// RFC 3611 §4.7.2: bursts and gaps, against its definitions applied to the whole list of packets at once.

import { LEAST_GAP, LOSS_RUNS_SIZE, LossRuns } from "../../../assembly/rtp/loss-runs";

const runs = changetype<LossRuns>(memory.data(LOSS_RUNS_SIZE, 16));

const MOST: i32 = 3000;
const GOOD: u8 = 0, LOST: u8 = 1, LATE: u8 = 2;
const fates = new StaticArray<u8>(MOST);
const isOfBurst = new StaticArray<bool>(MOST);

let state: u32 = 1;
function random(): f64 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return <f64>state / 4294967296.0;
}

/** Two-state loss: bad stretches in which half of the packets are no good. The first packet always comes. */
function fill(count: i32, intoBad: f64, intoGood: f64, alone: f64): void {
  let isBad = false;
  for (let index = 0; index < count; index++) {
    isBad = isBad ? random() >= intoGood : random() < intoBad;
    const isGood = isBad ? random() < 0.5 : random() >= alone;
    fates[index] = index == 0 || isGood ? GOOD : random() < 0.5 ? LOST : LATE;
  }
}

/** Gives the packets, some of them out of order, some twice. */
function give(first: u16, count: i32, disorder: f64): void {
  runs.reset();
  let held = -1;
  for (let index = 0; index < count; index++) {
    if (fates[index] == LOST) continue;
    if (index > 0 && held < 0 && random() < disorder) {
      held = index;
      continue;
    }
    runs.handlePacket(<u16>(first + index), fates[index] == LATE);
    if (random() < disorder) runs.handlePacket(<u16>(first + index), fates[index] == LATE);
    if (held >= 0 && index - held > 5) {
      runs.handlePacket(<u16>(first + held), fates[held] == LATE);
      held = -1;
    }
  }
  if (held >= 0) runs.handlePacket(<u16>(first + held), fates[held] == LATE);
}

let bursts = 0, burstPackets = 0, burstBad = 0, lost = 0, late = 0, lossRuns = 0, gaps = 0;

/**
 * (a) begins with a bad packet, (b) has nowhere Gmin good ones in a row, (c) ends with a bad one, and is the longest of
 * the kind. One bad packet with Gmin good ones on both sides belongs to the gap.
 */
function define(count: i32): void {
  bursts = burstPackets = burstBad = lost = late = lossRuns = gaps = 0;
  for (let index = 0; index < count; index++) isOfBurst[index] = false;
  for (let index = 0; index < count; index++) {
    if (fates[index] == LOST) lost++;
    if (fates[index] == LATE) late++;
    if (fates[index] != GOOD && (index == 0 || fates[index - 1] == GOOD)) lossRuns++;
  }
  for (let start = 0; start < count; start++) {
    if (fates[start] == GOOD) continue;
    let end = start;
    for (let index = start + 1; index < count && index - end <= LEAST_GAP; index++) if (fates[index] != GOOD) end = index;
    if (end > start) {
      bursts++;
      for (let index = start; index <= end; index++) {
        isOfBurst[index] = true;
        burstPackets++;
        if (fates[index] != GOOD) burstBad++;
      }
    }
    start = end;
  }
  for (let index = 0; index < count; index++) if (!isOfBurst[index] && (index == 0 || isOfBurst[index - 1])) gaps++;
}

function check(count: i32, what: string): void {
  define(count);
  const settled = runs.settled();
  expect(settled.expected).toBe(count, what);
  expect(settled.lost).toBe(lost, what);
  expect(settled.discarded).toBe(late, what);
  expect(settled.runs).toBe(lossRuns, what);
  expect(settled.bursts).toBe(bursts, what);
  expect(settled.burstPackets).toBe(burstPackets, what);
  expect(settled.burstBad).toBe(burstBad, what);
  expect(settled.gaps).toBe(gaps, what);
}

/** The last packet of a list must come, or nobody knows that it was expected. */
function lastThatCame(count: i32): i32 {
  while (fates[count - 1] == LOST) count--;
  return count;
}

describe("bursts and gaps", () => {
  it("RFC 3611 §4.7.2: as defined, for 300 streams with losses alone and in bursts, in and out of order", () => {
    for (let seed = 1; seed <= 300; seed++) {
      state = <u32>seed * 2654435761 + 1;
      const length = 20 + <i32>(random() * 2000);
      fill(length, random() * 0.02, 0.02 + random() * 0.3, random() * random() * 0.2);
      const count = lastThatCame(length);
      give(<u16>(random() * 65535), count, seed & 1 ? 0 : 0.05);
      check(count, "seed " + seed.toString());
    }
  });

  it("a report in the middle changes nothing", () => {
    state = 99;
    fill(1000, 0.02, 0.1, 0.02);
    const count = lastThatCame(1000);
    runs.reset();
    for (let index = 0; index < count; index++) {
      if (fates[index] != LOST) runs.handlePacket(<u16>index, fates[index] == LATE);
      runs.settled();
    }
    check(count, "with reports");
  });

  it("a loss with 16 good packets on both sides is alone, with 15 it makes a burst with its neighbour", () => {
    for (let between = 14; between <= 17; between++) {
      for (let index = 0; index < 200; index++) fates[index] = index == 50 || index == 51 + between ? LOST : GOOD;
      give(65500, 200, 0);
      check(200, between.toString());
      expect(runs.settled().bursts).toBe(between < 16 ? 1 : 0);
      expect(runs.settled().burstPackets).toBe(between < 16 ? between + 2 : 0);
    }
  });

  it("nothing came: nothing is expected", () => {
    runs.reset();
    expect(runs.settled().expected).toBe(0);
    expect(runs.settled().gaps).toBe(0);
  });

  it("other numbers: what was missing stays lost, the jump is no loss", () => {
    runs.reset();
    for (let index = 0; index < 100; index++) if (index != 90) runs.handlePacket(<u16>index, false);
    runs.restart();
    for (let index = 0; index < 100; index++) runs.handlePacket(<u16>(30000 + index), false);
    expect(runs.settled().expected).toBe(200);
    expect(runs.settled().lost).toBe(1);
  });
});

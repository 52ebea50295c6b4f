// RFC 3611 §4.7: the VoIP metrics report block, byte by byte, and the figures in it.

import { LEVEL_METER_SIZE, LevelMeter } from "../../../assembly/audio/level-meter";
import { LOSS_RUNS_SIZE, LossRuns } from "../../../assembly/rtp/loss-runs";
import { VOIP_METRICS_SIZE, VoipMetrics } from "../../../assembly/rtp/voip-metrics";

const runs = changetype<LossRuns>(memory.data(LOSS_RUNS_SIZE, 16));
const level = changetype<LevelMeter>(memory.data(LEVEL_METER_SIZE, 16));
const metrics = changetype<VoipMetrics>(memory.data(VOIP_METRICS_SIZE, 16));
const read = changetype<VoipMetrics>(memory.data(VOIP_METRICS_SIZE, 16));
const bytes = memory.data(128, 16);
const frame = memory.data(320, 16);

const US: u32 = 0x11223344;
const THEM: u32 = 0x99aabbcc;

function byteAt(at: i32): i32 { return load<u8>(bytes + <usize>at); }
function wordAt(at: i32): i32 { return byteAt(at) << 8 | byteAt(at + 1); }

/**
 * 1000 packets of 20 ms: a burst of 11 with 6 that are no good, 2 of them late, at 200; one lost alone at 600. Voice at
 * -20 dBm0, noise at -60.
 */
function measure(roundTrip: f64 = 80, remote: f64 = 60, isConcealed: bool = true): void {
  runs.reset();
  for (let index = 0; index < 1000; index++) {
    const isOfBurst = index >= 200 && index <= 210 && (index & 1) == 0;
    const isLate = index == 202 || index == 208;
    if (index == 600 || (isOfBurst && !isLate)) continue;
    runs.handlePacket(<u16>(index + 65000), isLate);
  }
  level.reset();
  for (let count = 0; count < 200; count++) {
    const peak = 32768.0 * Math.pow(10, ((count % 4 < 2 ? -20.0 : -60.0) - 3.14) / 20);
    for (let index = 0; index < 160; index++) {
      store<i16>(frame + (<usize>index << 1), <i16>nearest(peak * Math.sin(<f64>index * Math.PI / 10)));
    }
    level.handleFrame(frame, 160);
  }
  metrics.measure(runs.settled(), level, 20, 45, roundTrip, remote, isConcealed);
}

function isNear(value: f64, wanted: f64, tolerance: f64): bool { return Math.abs(value - wanted) <= tolerance; }

describe("VoIP metrics", () => {
  it("RFC 3611 §4.7.1, §4.7.2: rates, densities and durations", () => {
    measure();
    expect(isNear(metrics.lossRate, 0.005, 1e-9)).toBeTruthy();
    expect(isNear(metrics.discardRate, 0.002, 1e-9)).toBeTruthy();
    expect(isNear(metrics.burstDensity, 6.0 / 11, 1e-9)).toBeTruthy();
    expect(isNear(metrics.gapDensity, 1.0 / 989, 1e-9)).toBeTruthy();
    expect(isNear(metrics.burstMs, 220, 1e-9)).toBeTruthy();
    expect(isNear(metrics.gapMs, 989.0 * 20 / 2, 1e-9)).toBeTruthy();
  });

  it("RFC 3611 §4.7.3, §4.7.5: delays, rating and opinion scores", () => {
    measure();
    expect(metrics.roundTripMs).toBe(80);
    expect(metrics.endSystemMs).toBe(65);
    // one way: half of 80 + 65 + 60; 7 of 1000 in 7 runs of one, so the burst ratio is 0.993, which counts as 1
    const loss = 95 * 0.7 / (0.7 + 25.1);
    expect(isNear(metrics.rating, 90.618 - loss, 0.1)).toBeTruthy(metrics.rating.toString());
    const listening = 93.206 - loss;
    const mos = 1 + 0.035 * listening + listening * (listening - 60) * (100 - listening) * 7e-6;
    expect(isNear(metrics.listeningMos, mos, 0.001)).toBeTruthy();
    expect(metrics.conversationMos < metrics.listeningMos).toBeTruthy();
  });

  it("RFC 3611 §4.7: the bytes are those of the RFC's figure", () => {
    measure();
    memory.fill(bytes, 0xee, 128);
    const size = <i32>(metrics.write(bytes, US, THEM) - bytes);
    expect(size).toBe(44);
    expect(byteAt(0)).toBe(0x80);
    expect(byteAt(1)).toBe(207);
    expect(wordAt(2)).toBe(10);
    expect(bswap<u32>(load<u32>(bytes, 4))).toBe(US);
    expect(byteAt(8)).toBe(7);
    expect(wordAt(10)).toBe(8);
    expect(bswap<u32>(load<u32>(bytes, 12))).toBe(THEM);
    expect(byteAt(16)).toBe(1); // 0.005 of 256
    expect(byteAt(17)).toBe(0);
    expect(byteAt(18)).toBe(139); // 6/11 of 256
    expect(byteAt(19)).toBe(0);
    expect(wordAt(20)).toBe(220);
    expect(wordAt(22)).toBe(9890);
    expect(wordAt(24)).toBe(80);
    expect(wordAt(26)).toBe(65);
    expect(<i8>byteAt(28)).toBe(-20);
    expect(<i8>byteAt(29)).toBe(-60);
    expect(byteAt(30)).toBe(127); // no echo canceller has measured it
    expect(byteAt(31)).toBe(16);
    expect(byteAt(32)).toBe(88);
    expect(byteAt(33)).toBe(127);
    expect(byteAt(34)).toBe(44); // R 90.6
    expect(byteAt(35)).toBe(43); // R 88.1
    expect(byteAt(36) >> 6).toBe(2); // enhanced concealment
    expect(byteAt(36) >> 4 & 3).toBe(3); // adaptive
    expect(wordAt(38)).toBe(45);
    expect(wordAt(42) >= wordAt(40)).toBeTruthy();
    expect(byteAt(44)).toBe(0xee);
  });

  it("RFC 3611 §4.7.7: a buffer of one delay that conceals nothing says so; its delay is the longest, too", () => {
    measure(80, 60, false);
    metrics.write(bytes, US, THEM);
    expect(byteAt(36)).toBe(0x60); // disabled, non-adaptive, no rate
    expect(wordAt(38)).toBe(45);
    expect(wordAt(40)).toBe(45);
    expect(wordAt(42)).toBe(45);
  });

  it("what is written is read back, as far as its steps go", () => {
    measure();
    const size = <i32>(metrics.write(bytes, THEM, US) - bytes);
    expect(read.parse(bytes, size, US)).toBeTruthy();
    expect(isNear(read.lossRate, metrics.lossRate, 1.0 / 256)).toBeTruthy();
    expect(isNear(read.burstDensity, metrics.burstDensity, 1.0 / 256)).toBeTruthy();
    expect(read.burstMs).toBe(220);
    expect(read.endSystemMs).toBe(65);
    expect(read.signalDbm0).toBe(-20);
    expect(isNaN(read.echoReturnLoss)).toBeTruthy();
    expect(read.rating).toBe(88);
    expect(isNear(read.listeningMos, metrics.listeningMos, 0.051)).toBeTruthy();
    expect(read.jitterBufferMs).toBe(45);
  });

  it("nothing heard, nothing known: as unavailable as the RFC has words for it", () => {
    runs.reset();
    level.reset();
    metrics.measure(runs.settled(), level, 20, 45, -1, NaN, true);
    expect(isNaN(metrics.rating)).toBeTruthy();
    metrics.write(bytes, US, THEM);
    for (let at = 16; at < 28; at++) expect(byteAt(at)).toBe(0);
    for (let at = 28; at < 31; at++) expect(byteAt(at)).toBe(127);
    for (let at = 32; at < 36; at++) expect(byteAt(at)).toBe(127);
  });

  it("another's block, an unknown one before it, one cut short", () => {
    measure();
    // the block behind one of another type, with 8 bytes
    const size = <i32>(metrics.write(bytes + 12, THEM, US) - bytes);
    store<u32>(bytes, load<u32>(bytes, 12));
    store<u32>(bytes, bswap<u32>(THEM), 4);
    memory.copy(bytes + 16, bytes + 20, 36);
    store<u32>(bytes, bswap<u32>(0x04000001), 8);
    store<u32>(bytes, 0, 12);
    expect(read.parse(bytes, size - 4, US)).toBeTruthy();
    expect(read.burstMs).toBe(220);
    expect(read.parse(bytes, size - 4, THEM)).toBeFalsy();
    for (let cut = 8; cut < size - 4; cut++) expect(read.parse(bytes, cut, US)).toBeFalsy();
  });
});

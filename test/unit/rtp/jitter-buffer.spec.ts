// Packets through a simulated network that delays, loses, doubles, swaps and jumps; virtual time, seeded.

import { Law, encodeSample } from "../../../assembly/audio/g711";
import { frameLevelDbm0 } from "../../../assembly/audio/level";
import { JitterBuffer, JitterResult } from "../../../assembly/rtp/jitter-buffer";
import {
  begin, buffer, clearWire, exact, firstSequence, firstTimestamp, frames, give, payload, pcm, random, renumber, run,
  seed, send, setAmplitude, silentFrames,
} from "./packet-wire";

describe("JitterBuffer", () => {

  it("a perfect network: after the first wait every frame is exact; packets of 10 to 60 ms", () => {
    for (let length = 10; length <= 60; length += 10) {
      begin(7, 1000, length);
      for (let index = 0; index < 4000 / length; index++) send(index, 5 + index * length + length);
      run(7, 4000);
      expect(exact >= frames - 7).toBeTruthy("length " + length.toString());
      expect(buffer.concealedSamples).toBe(0);
      expect(buffer.late).toBe(0);
    }
  });

  it("odd packet lengths play without a hole: 24, 25, 27 and 35 ms", () => {
    const lengths = memory.data<i32>([24, 25, 27, 35]);
    for (let index: usize = 0; index < 4; index++) {
      const length = load<i32>(lengths + (index << 2));
      begin(7, 1000, length);
      for (let packet = 0; packet < 4000 / length; packet++) send(packet, 5 + packet * length + length);
      run(7, 3900);
      expect(buffer.concealedSamples).toBe(0);
      expect(buffer.late).toBe(0);
      expect(exact >= frames - 8).toBeTruthy("length " + length.toString());
    }
  });

  it("the delay settles near what the network needs: 30 ms after 10 s of none, of 20 and of 60 ms of jitter", () => {
    for (let spread = 0; spread <= 60; spread += 20) {
      seed(5 + spread);
      begin(7, 1000);
      setAmplitude(20); // quiet, so the delay may be changed at any time
      for (let index = 0; index < 1500; index++) send(index, 20 + index * 20 + random() * <f64>spread);
      run(7, 30000);
      const delay = <f64>buffer.delaySamples / 8;
      expect(delay >= <f64>spread * 0.9).toBeTruthy("spread " + spread.toString() + " delay " + delay.toString());
      expect(delay <= <f64>spread + 65).toBeTruthy("spread " + spread.toString() + " delay " + delay.toString());
      expect(<f64>buffer.late <= 1500.0 * 0.04).toBeTruthy("late " + buffer.late.toString());
    }
  });

  it("sequence numbers and timestamps wrap", () => {
    begin(65530, 0xfffffff0 - 160 * 20);
    for (let index = 0; index < 200; index++) send(index, 20 + index * 20);
    run(7, 4000);
    expect(exact >= frames - 4).toBeTruthy();
    expect(buffer.concealedSamples).toBe(0);
  });

  it("packets that overtake each other are put in order", () => {
    begin(7, 1000);
    for (let index = 0; index < 200; index += 2) {
      send(index + 1, 20 + index * 20 + 19);
      send(index, 20 + index * 20 + 21);
    }
    run(7, 4000);
    expect(exact >= frames - 5).toBeTruthy();
    expect(buffer.late).toBe(0);
    expect(buffer.duplicates).toBe(0);
  });

  it("the first packet may be overtaken too", () => {
    begin(7, 1000);
    expect(give(1, 20)).toBe(JitterResult.Stored);
    expect(give(0, 21)).toBe(JitterResult.Stored);
    for (let index = 2; index < 50; index++) send(index, 20 + index * 20);
    run(27, 900);
    expect(buffer.concealedSamples).toBe(0);
  });

  it("duplicates are counted and change nothing, played or not", () => {
    begin(7, 1000);
    for (let index = 0; index < 200; index++) {
      send(index, 20 + index * 20);
      send(index, 21 + index * 20);
      send(index, 300 + index * 20);
    }
    run(7, 4000);
    expect(exact >= frames - 4).toBeTruthy();
    expect(buffer.duplicates > 370).toBeTruthy();
    expect(buffer.late).toBe(0);
  });

  it("a packet that was overtaken and then comes twice is a duplicate too", () => {
    begin(7, 1000);
    expect(give(0, 20)).toBe(JitterResult.Stored);
    expect(give(2, 60)).toBe(JitterResult.Stored);
    expect(give(1, 61)).toBe(JitterResult.Stored);
    expect(give(1, 62)).toBe(JitterResult.Duplicate);
    expect(give(2, 63)).toBe(JitterResult.Duplicate);
    expect(give(0, 64)).toBe(JitterResult.Duplicate);
    expect(buffer.duplicates).toBe(3);
  });

  it("a lost packet is concealed, and the sound is exact again after it", () => {
    begin(7, 1000);
    for (let index = 0; index < 200; index++) if (index % 20 != 10) send(index, 20 + index * 20);
    run(7, 4000);
    expect(buffer.concealedSamples).toBe(160 * 10);
    expect(exact >= frames - 4 - 2 * 10).toBeTruthy();
  });

  it("5 % loss, doubles, swaps and jitter, 20 seeds: no hole longer than what was lost, nothing counted twice", () => {
    for (let round: u32 = 1; round <= 20; round++) {
      seed(round);
      begin(<u32>(random() * 65536), <u32>(random() * 4294967295.0));
      let lost = 0;
      for (let index = 0; index < 1000; index++) {
        if (random() < 0.05) {
          lost++;
          continue;
        }
        const at = 20 + index * 20 + random() * 30;
        send(index, at);
        if (random() < 0.05) send(index, at + random() * 40);
      }
      run(7, 20000);
      const text = "seed " + round.toString();
      const missing = lost + <i32>buffer.late;
      expect(<i32>buffer.concealedSamples <= (missing + 25) * 160).toBeTruthy(text + " missing " + missing.toString());
      expect(buffer.late < 40).toBeTruthy(text + " late " + buffer.late.toString());
    }
  });

  it("the network's delay grows by 100 ms at once: soon all is heard again, and stays so", () => {
    begin(7, 1000);
    for (let index = 0; index < 500; index++) send(index, 20 + index * 20 + (index < 100 ? 0 : 100));
    run(7, 2600);
    run(2607, 10000);
    expect(exact >= frames - 10).toBeTruthy("exact " + exact.toString() + " of " + frames.toString());
  });

  it("a path that has become longer is not taken for delay of ours for ever", () => {
    begin(7, 1000);
    setAmplitude(20);
    for (let index = 0; index < 1500; index++) send(index, 20 + index * 20 + (index < 100 ? 0 : 100));
    run(7, 30000);
    expect(buffer.delaySamples < 8 * 65).toBeTruthy("delay " + buffer.delaySamples.toString());
    expect(buffer.late).toBeLessThan(10);
  });

  it("and by 800 ms, more than the histogram spans", () => {
    begin(7, 1000);
    for (let index = 0; index < 500; index++) send(index, 20 + index * 20 + (index < 100 ? 0 : 800));
    run(7, 3400);
    run(3407, 10000);
    expect(exact >= frames - 20).toBeTruthy("exact " + exact.toString() + " of " + frames.toString());
  });

  it("a delay that has gone is given back in silence", () => {
    begin(7, 1000);
    setAmplitude(0);
    for (let index = 0; index < 1500; index++) {
      send(index, 20 + index * 20 + (index >= 100 && index < 200 ? (index & 1) * 120 : 0));
    }
    run(7, 30000);
    expect(buffer.delaySamples < 8 * 65).toBeTruthy("delay " + buffer.delaySamples.toString());
  });

  it("the sender's clock is 0.02 % fast or slow for five minutes: the delay stays in bounds", () => {
    for (let way = -1; way <= 1; way += 2) {
      seed(3);
      begin(7, 1000);
      setAmplitude(20);
      let most = 0, late: u32 = 0;
      for (let part = 0; part < 15; part++) {
        clearWire();
        for (let index = part * 1000; index < part * 1000 + 1000; index++) {
          send(index, 20 + <f64>index * 20 * (1 + <f64>way * 0.0002) + random() * 10);
        }
        run(7 + <f64>part * 20000, 7 + <f64>part * 20000 + 20000);
        most = max(most, buffer.delaySamples);
      }
      late = buffer.late;
      expect(most < 8 * 100).toBeTruthy("delay " + most.toString());
      expect(late < 15000 / 33).toBeTruthy("late " + late.toString());
    }
  });

  it("a sender whose clock is 0.5 % slow, for longer than the histogram is wide", () => {
    begin(7, 1000);
    setAmplitude(20);
    for (let part = 0; part < 6; part++) {
      clearWire();
      for (let index = part * 1000; index < part * 1000 + 1000; index++) send(index, 20 + <f64>index * 20.1);
      run(7 + <f64>part * 20100, 7 + <f64>part * 20100 + 20100);
    }
    expect(buffer.late < 60).toBeTruthy("late " + buffer.late.toString());
    expect(buffer.delaySamples < 8 * 100).toBeTruthy("delay " + buffer.delaySamples.toString());
  });

  it("the timestamps jump while the sequence goes on: a new beginning", () => {
    begin(7, 1000);
    for (let index = 0; index < 50; index++) send(index, 20 + index * 20);
    run(7, 1000);
    renumber(firstSequence, firstTimestamp + 3000000000);
    clearWire();
    for (let index = 50; index < 100; index++) send(index, 20 + index * 20);
    run(1007, 1990);
    expect(exact >= frames - 6).toBeTruthy("exact " + exact.toString());
  });

  it("one stray packet with a timestamp far off does no harm", () => {
    begin(7, 1000);
    for (let index = 0; index < 50; index++) send(index, 20 + index * 20);
    run(7, 500);
    expect(buffer.put(30000, 99999999, Law.A, payload, 160, 500)).toBe(JitterResult.Refused);
    run(507, 980);
    expect(buffer.concealedSamples).toBe(0);
  });

  it("a pause of the sender is silence and no damage: 5 s without packets, the clock running on", () => {
    begin(7, 1000);
    for (let index = 0; index < 50; index++) send(index, 20 + index * 20);
    for (let index = 300; index < 400; index++) send(index, 20 + index * 20);
    run(7, 6000);
    expect(buffer.concealedSamples).toBe(480);
    run(6007, 7990);
    expect(exact >= frames - 6).toBeTruthy("exact " + exact.toString());
  });

  it("RFC 3389: a described silence is heard as described, is no loss, and the voice after it is exact", () => {
    begin(7, 1000);
    setAmplitude(0);
    for (let index = 0; index < 50; index++) send(index, 20 + index * 20);
    run(7, 1020);
    store<u8>(payload, 55);
    expect(buffer.putNoise(57, 1000 + 50 * 160, payload, 1)).toBe(JitterResult.Stored);
    expect(buffer.putNoise(57, 1000 + 50 * 160, payload, 1)).toBe(JitterResult.Duplicate);
    run(1027, 1200);
    for (let now: f64 = 1207; now < 3000; now += 20) {
      buffer.take(pcm, now);
      // 0 dBov is 6.15 dBm0
      expect(Math.abs(frameLevelDbm0(pcm, 160) - (6.15 - 55)) < 1.5).toBeTruthy(now.toString());
    }
    expect(buffer.concealedSamples).toBe(0);
    renumber(7 - 99, firstTimestamp); // packet 150 is the one after the noise
    setAmplitude(8000);
    for (let index = 150; index < 250; index++) send(index, 20 + index * 20);
    run(3007, 5000);
    expect(exact >= frames - 5).toBeTruthy("exact " + exact.toString());
    expect(buffer.late).toBe(0);
  });

  it("a sender that begins with silence: it is heard as described; a description without a byte is refused", () => {
    begin(7, 1000);
    store<u8>(payload, 60);
    expect(buffer.putNoise(6, 1000, payload, 0)).toBe(JitterResult.Refused);
    expect(buffer.putNoise(6, 1000, payload, 1)).toBe(JitterResult.Stored);
    run(7, 500);
    expect(Math.abs(frameLevelDbm0(pcm, 160) - (6.15 - 60)) < 1.5).toBeTruthy();
    for (let index = 0; index < 100; index++) send(index, 520 + index * 20);
    run(507, 2500);
    expect(exact >= frames - 5).toBeTruthy("exact " + exact.toString());
    expect(buffer.concealedSamples).toBe(0);
  });

  it("a sender that falls silent without a word: its background goes on, at its level", () => {
    begin(7, 1000);
    seed(21);
    for (let index = 0; index < 100; index++) {
      for (let at = 0; at < 160; at++) store<u8>(payload + <usize>at, encodeSample(Law.A, <i16>((random() - 0.5) * 300)));
      buffer.put(<u16>index, <u32>(index * 160), Law.A, payload, 160, <f64>(index * 20));
      buffer.take(pcm, <f64>(index * 20 + 7));
    }
    const level = frameLevelDbm0(pcm, 160);
    for (let now: f64 = 2207; now < 4000; now += 20) {
      buffer.take(pcm, now);
      expect(Math.abs(frameLevelDbm0(pcm, 160) - level) < 3).toBeTruthy(now.toString());
    }
  });

  it("the way is blocked for 150 ms and what waited comes at once: all of it is heard, and soon without the delay", () => {
    begin(7, 1000);
    for (let index = 0; index < 500; index++) {
      const at = 20.0 + index * 20;
      send(index, at > 4000 && at < 4150 ? 4150 : at);
    }
    run(7, 4300);
    const longest = buffer.delaySamples;
    expect(longest > 8 * 100).toBeTruthy(longest.toString());
    run(4307, 9900);
    expect(buffer.late).toBe(0);
    expect(buffer.duplicates).toBe(0);
    expect(buffer.delaySamples < longest - 8 * 50).toBeTruthy(buffer.delaySamples.toString());
  });

  it("after each pause the delay is what the network needs, whatever the clocks did meanwhile", () => {
    begin(7, 1000);
    let late: u32 = 0;
    for (let spurt = 0; spurt < 20; spurt++) {
      clearWire();
      const first = spurt * 100;
      // 0.1 % fast: 2 ms in each round
      for (let index = first; index < first + 50; index++) send(index, 20.0 + <f64>index * 19.98);
      run(<f64>first * 20 + 7, <f64>first * 20 + 2000);
      late = buffer.late;
      if (spurt > 1) expect(buffer.delaySamples < 8 * 60).toBeTruthy(buffer.delaySamples.toString());
    }
    expect(late).toBe(0);
  });

  it("nothing ever came: silence", () => {
    begin(7, 1000);
    run(7, 1000);
    expect(silentFrames).toBe(frames);
    expect(buffer.concealedSamples).toBe(0);
  });

  it("packets of no length, or larger than the ring takes, are refused", () => {
    begin(7, 1000);
    expect(buffer.put(1, 1, Law.A, payload, 0, 0)).toBe(JitterResult.Refused);
    expect(buffer.put(1, 1, Law.A, payload, 4000, 0)).toBe(JitterResult.Refused);
  });

  it("timestamps that run away from the clock, and a clock from them by as much as 32 bits hold: a frame each time", () => {
    for (let step: u32 = 8000; step != 0; step = step == 8000 ? <u32>-8000 : 0) {
      buffer.reset();
      let timestamp: u32 = 0;
      for (let round = 0; round < 20000; round++) {
        timestamp += step;
        buffer.put(<u16>round, timestamp, Law.A, payload, 160, 100);
        if (round % 50 == 0) buffer.take(pcm, 100 + <f64>(round & 1023));
      }
      // and a clock that runs away from a timestamp
      for (let day = 0; day < 14; day++) {
        buffer.put(<u16>day, timestamp, Law.A, payload, 160, <f64>day * 43200000 + 44739242.6);
        buffer.take(pcm, <f64>day * 43200000 + 44739242.6);
      }
      expect(buffer.delaySamples >= 0).toBeTruthy();
    }
  });

  it("any sequence of any packets: the buffer always fills its frame, and never reaches beyond its memory", () => {
    seed(99);
    buffer.reset();
    for (let round = 0; round < 20000; round++) {
      const length = 1 + <i32>(random() * 2047);
      const wild = random() < 0.5;
      const sequence = <u16>(random() * (wild ? 65536 : 50));
      const timestamp = <u32>(random() * (wild ? 4294967295.0 : 9000));
      buffer.put(sequence, timestamp, round & 1, payload, length, <f64>round * 3);
      if (round % 7 == 0) buffer.take(pcm, <f64>round * 3);
    }
    for (let frame = 0; frame < 100; frame++) buffer.take(pcm, 60000.0 + <f64>frame * 20);
    expect(buffer.delaySamples >= 0).toBeTruthy();
  });
});

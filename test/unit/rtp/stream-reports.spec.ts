// What two streams report of each other: RFC 3550 §6, RFC 3611.

import { Action, ActionKind, pollAction } from "../../../assembly/abi/action";
import { Counter } from "../../../assembly/abi/counters";
import { Law } from "../../../assembly/audio/g711";
import { seedRandom } from "../../../assembly/base/random";
import { RtpStream } from "../../../assembly/rtp/stream";
import { NEVER } from "../../../assembly/time/timer-table";
import {
  EVENTS, a, b, begin, blocksOfReport, carry, control, counter, delayed, entropy, frame, heardByA, isNear, lose, loss,
  microphone, now, pass, placeA, placeB, say, setNow, typeOfNextReport, unset, writePacket,
} from "./two-streams";

describe("RtpStream: reports", () => {
  it("RFC 3550 §6.4: loss, jitter and round trip are measured and reported", () => {
    begin();
    lose(0.05);
    for (let index = 0; index < 3000; index++) frame(-10, -10);
    const sent = <f64>a.packetsSent;
    expect(isNear(<f64>b.lost / sent, 0.05, 0.02)).toBeTruthy();
    expect(a.packetsSent - b.packetsReceived - <u32>b.lost <= 1).toBeTruthy();
    expect(isNear(a.roundTripMs, 60, 1)).toBeTruthy("round trip " + a.roundTripMs.toString());
    expect(a.reports.remoteFractionLost > 0 && a.reports.remoteFractionLost < 60).toBeTruthy();
    const reports = <i32>counter(Counter.RtcpOut);
    expect(reports >= 16 && reports <= 40).toBeTruthy("reports " + reports.toString());
    expect(<i32>b.concealedSamples <= (b.lost + 10) * 160).toBeTruthy();
  });

  it("RFC 3611 §5.2: metrics go to whom has asked for them, and say what loss both sides see", () => {
    begin();
    a.reportsMetrics = true;
    lose(0.05);
    for (let index = 0; index < 3000; index++) frame(-10, -30);
    const said = b.reports.remote, known = a.measure();
    expect(isNaN(a.reports.remote.rating)).toBeTruthy("b was asked for nothing");
    expect(isNear(known.lossRate, 0.05, 0.02)).toBeTruthy();
    expect(isNear(<f64>a.lost / 3000, known.lossRate, 0.0005)).toBeTruthy();
    expect(isNear(said.lossRate, known.lossRate, 0.015)).toBeTruthy(said.lossRate.toString());
    expect(isNear(said.rating, known.rating, 8)).toBeTruthy(said.rating.toString());
    expect(isNear(said.signalDbm0, -30, 0.5)).toBeTruthy(said.signalDbm0.toString());
    expect(isNear(said.roundTripMs, 60, 1)).toBeTruthy(said.roundTripMs.toString());
    expect(known.burstDensity > known.gapDensity).toBeTruthy();
    expect(known.rating > 50 && known.rating < 80).toBeTruthy(known.rating.toString());
    expect(known.conversationMos < known.listeningMos).toBeTruthy();
  });

  it("RFC 3611 §4.7.4: the far end is told what comes back of its voice, as far as anybody knows", () => {
    begin();
    a.reportsMetrics = true;
    for (let index = 0; index < 1000; index++) frame(-10, -30);
    expect(isNaN(b.reports.remote.echoReturnLoss)).toBeTruthy("nobody knows");
    a.echoReturnLoss = 47;
    for (let index = 0; index < 1000; index++) frame(-10, -30);
    expect(b.reports.remote.echoReturnLoss).toBe(47);
  });

  it("a line that is passed through conceals nothing, and its metrics say so: the same loss is rated worse", () => {
    begin();
    a.reportsMetrics = true;
    lose(0.05);
    for (let index = 0; index < 2000; index++) frame(-10, -30);
    const concealed = a.measure().rating;
    a.passThrough();
    for (let index = 0; index < 20; index++) frame(-10, -30);
    const concealedSamples = a.concealedSamples;
    for (let index = 0; index < 500; index++) frame(-10, -30);
    // G.107: 5 % loss costs 40 where nothing is concealed (Bpl 4.3), 16 where it is (Bpl 25.1)
    const plain = a.measure().rating;
    expect(isNear(concealed - plain, 95 * 5 / (5 + 4.3) - 95 * 5 / (5 + 25.1), 8)).toBeTruthy((concealed - plain).toString());
    expect(a.concealedSamples).toBe(concealedSamples);
  });

  it("RFC 3611 §4.7.1: what comes too late is discarded, not lost", () => {
    begin();
    for (let index = 0; index < 100; index++) frame(-10, -10);
    for (let index = 0; index < 5; index++) {
      // b speaks, and its packet comes half a second later
      pass(20);
      b.sendFrame(microphone, now);
      const action = changetype<Action>(pollAction());
      const length = action.length;
      memory.copy(delayed, action.payload, length);
      for (let count = 0; count < 20; count++) frame(-10, -10);
      a.handlePacket(delayed, length, placeB, now);
    }
    const known = a.measure();
    expect(isNear(known.discardRate, 5.0 / 205, 0.002)).toBeTruthy(known.discardRate.toString());
    expect(known.lossRate).toBe(0);
    expect(a.late).toBe(5);
  });

  it("RFC 3550 §6.3: reports leave 5 s apart on average, at uneven times, the first one within 2.5 s of its mean", () => {
    let sum = 0.0, least = 1e9, most = 0.0;
    for (let round = 0; round < 8; round++) {
      begin();
      for (let skipped = 0; skipped < round; skipped++) seedRandom(entropy + <usize>skipped);
      a.start(Law.A, EVENTS, placeB, unset, unset, now);
      const start = now;
      let last = now;
      let count = 0;
      while (count <= 200) {
        setNow(a.nextTimeout);
        a.handleTimeout(now);
        if (pollAction() == 0) continue;
        if (count == 0) {
          // half of the mean, times 0.5 to 1.5, divided by e - 3/2; once more when it is thrown again
          expect(now - start >= 1026 && now - start <= 3079).toBeTruthy("first " + (now - start).toString());
        } else {
          sum += now - last;
          least = min(least, now - last);
          most = max(most, now - last);
        }
        last = now;
        count++;
      }
    }
    expect(isNear(sum / 1600, 5000, 150)).toBeTruthy("mean " + (sum / 1600).toString());
    expect(least >= 2052 && least < 2600).toBeTruthy("least " + least.toString());
    expect(most <= 6157 && most > 5900).toBeTruthy("most " + most.toString());
  });

  it("RFC 3550 §6.4: a sender report after sound, and once more; then a receiver report, with no block of who is silent", () => {
    begin();
    for (let index = 0; index < 10; index++) frame(-10, -10);
    expect(typeOfNextReport()).toBe(200);
    expect(blocksOfReport).toBe(1);
    expect(typeOfNextReport()).toBe(200);
    expect(blocksOfReport).toBe(0);
    expect(typeOfNextReport()).toBe(201);
    expect(blocksOfReport).toBe(0);
  });

  it("RFC 3550 §6.3.7: who has sent nothing says no goodbye", () => {
    begin();
    a.stop(now);
    expect(pollAction()).toBe(0);
  });

  it("RFC 3550 §6.6: after a goodbye the next source is heard from its first packet on", () => {
    begin();
    for (let index = 0; index < 50; index++) frame(-10, -10);
    b.stop(now);
    carry();
    b.start(Law.A, EVENTS, placeA, unset, unset, now);
    const before = a.packetsReceived;
    frame(-10, -10);
    expect(a.packetsReceived).toBe(before + 1);
    expect(a.lost).toBe(0);
  });

  it("RFC 3550 §6.6: stopping says goodbye, and nothing goes out or in after it", () => {
    begin();
    for (let index = 0; index < 10; index++) frame(-10, -10);
    a.stop(now);
    const action = changetype<Action>(pollAction());
    expect(action.kind).toBe(ActionKind.SendRtcp);
    expect(action.endpoint.port).toBe(40003);
    expect(control.parse(action.payload, action.length, 0)).toBeTruthy();
    expect(bswap<u32>(load<u32>(action.payload, 20))).toBe(10); // sender's packet count
    expect(load<u8>(action.payload + <usize>action.length - 7)).toBe(203); // BYE is the last packet
    expect(bswap<u32>(load<u32>(action.payload + <usize>action.length - 4))).toBe(control.ssrc);
    expect(a.isRunning).toBeFalsy();
    expect(a.nextTimeout).toBe(NEVER);
    const received = a.packetsReceived;
    frame(-10, -10);
    expect(a.packetsReceived).toBe(received);
    expect(a.packetsSent).toBe(10);
    expect(heardByA < -90).toBeTruthy();
    a.stop(now);
    expect(pollAction()).toBe(0);
  });

  it("RFC 3550 §A.8: transit times that differ by 10 ms from packet to packet are 10 ms of jitter", () => {
    begin();
    for (let index = 0; index < 200; index++) {
      setNow(1000 + <f64>index * 20 + (index & 1 ? 10 : 0));
      writePacket(placeB, index);
    }
    expect(isNear(a.jitterMs, 10, 0.5)).toBeTruthy("jitter " + a.jitterMs.toString());
  });

  it("RFC 3550 §A.1: sequence numbers wrap without a loss", () => {
    begin();
    for (let index = 65500; index < 65600; index++) if (index != 65550) writePacket(placeB, index);
    expect(a.lost).toBe(1);
    expect(a.packetsReceived).toBe(99);
  });
});

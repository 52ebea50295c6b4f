// Two streams on a virtual wire: sound, digits, reports, strangers, hold, new agreements.

import { Action, ActionKind, pollAction, resetActions } from "../../../assembly/abi/action";
import { Counter, counters, resetCounters } from "../../../assembly/abi/counters";
import { Endpoint, Family, Transport } from "../../../assembly/abi/endpoint";
import { DTMF_DETECTOR_SIZE, DtmfDetector } from "../../../assembly/audio/dtmf-detector";
import { Law } from "../../../assembly/audio/g711";
import { frameLevelDbm0 } from "../../../assembly/audio/level";
import { seedRandom } from "../../../assembly/base/random";
import { ControlPacket, CONTROL_PACKET_SIZE, writeReceiverReport } from "../../../assembly/rtp/rtcp";
import { RtpPacket } from "../../../assembly/rtp/packet";
import { RTP_STREAM_SIZE, RtpStream, rtpStreamAt } from "../../../assembly/rtp/stream";
import { NEVER } from "../../../assembly/time/timer-table";

const a = rtpStreamAt(memory.data(RTP_STREAM_SIZE, 16));
const b = rtpStreamAt(memory.data(RTP_STREAM_SIZE, 16));
const placeA = changetype<Endpoint>(memory.data(24, 8));
const placeB = changetype<Endpoint>(memory.data(24, 8));
const controlA = changetype<Endpoint>(memory.data(24, 8));
const controlB = changetype<Endpoint>(memory.data(24, 8));
const stranger = changetype<Endpoint>(memory.data(24, 8));
const unset = changetype<Endpoint>(memory.data(24, 8));
const parsed = changetype<RtpPacket>(memory.data(64, 16));
const control = changetype<ControlPacket>(memory.data(CONTROL_PACKET_SIZE, 16));
const entropy = memory.data(32, 16);
const wire = memory.data(1536, 16);
const delayed = memory.data(256, 16);
const microphone = memory.data(320, 16);
const ear = memory.data(320, 16);
const detector = changetype<DtmfDetector>(memory.data(DTMF_DETECTOR_SIZE, 16));

const EVENTS: i32 = 101;

function place(endpoint: Endpoint, host: u8, port: u16): Endpoint {
  endpoint.clear();
  store<u8>(endpoint.address, 192);
  store<u8>(endpoint.address + 2, 2);
  store<u8>(endpoint.address + 3, host);
  endpoint.port = port;
  endpoint.family = <u8>Family.V4;
  endpoint.transport = <u8>Transport.Udp;
  return endpoint;
}

let now: f64 = 0;
let loss: f64 = 0;
let phase: f64 = 0;
let packetsSeen = 0;
let silentPackets = 0;
let state: u32 = 1;
function random(): f64 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return <f64>state / 4294967296.0;
}

function counter(which: Counter): u32 { return load<u32>(counters + (<usize>which << 2)); }

function begin(): void {
  for (let index: usize = 0; index < 32; index++) store<u8>(entropy + index, <u8>(index * 7));
  seedRandom(entropy);
  resetActions();
  resetCounters();
  place(placeA, 1, 40000);
  place(placeB, 2, 40002);
  place(controlA, 1, 40001);
  place(controlB, 2, 40003);
  place(stranger, 66, 6666);
  unset.clear();
  now = 1000;
  loss = 0;
  state = 77;
  packetsSeen = 0;
  a.setup(0);
  b.setup(1);
  a.start(Law.A, EVENTS, placeB, unset, unset, now);
  b.start(Law.A, EVENTS, placeA, unset, unset, now);
}

/** Carries everything out that is waiting, as the host and the network would. */
function carry(): void {
  for (;;) {
    const at = pollAction();
    if (at == 0) return;
    const action = changetype<Action>(at);
    const from = action.line == 0 ? a : b;
    const to = action.line == 0 ? b : a;
    if (action.kind == ActionKind.SendRtp) {
      packetsSeen++;
      if (random() < loss) continue;
      memory.copy(wire, action.payload, action.length);
      const source = action.line == 0 ? placeA : placeB, target = action.line == 0 ? placeB : placeA;
      if (action.endpoint.port == target.port) to.handlePacket(wire, action.length, source, now);
    } else if (action.kind == ActionKind.SendRtcp) {
      memory.copy(wire, action.payload, action.length);
      to.handleControl(wire, action.length, action.line == 0 ? controlA : controlB, now + 30);
    }
    if (from == to) throw new Error("a stream talks to itself");
  }
}

function say(dbm0: f64): void {
  const peak = dbm0 < -90 ? 0 : 32768.0 * Math.exp((dbm0 - 3.14) * Math.LN10 / 20);
  for (let at = 0; at < 160; at++) {
    store<i16>(microphone + (<usize>at << 1), <i16>(peak * Math.sin(phase)));
    phase += 2 * Math.PI * 400 / 8000;
  }
}

/** Twenty milliseconds of both. */
function frame(levelA: f64, levelB: f64): void {
  now += 20;
  say(levelA);
  a.sendFrame(microphone, now);
  carry();
  say(levelB);
  b.sendFrame(microphone, now);
  carry();
  a.takeFrame(ear, now + 5);
  const levelHeardByA = frameLevelDbm0(ear, 160);
  b.takeFrame(ear, now + 5);
  heardByB = frameLevelDbm0(ear, 160);
  heardByA = levelHeardByA;
  if (a.nextTimeout <= now) a.handleTimeout(now);
  if (b.nextTimeout <= now) b.handleTimeout(now);
  carry();
}

let heardByA: f64 = 0;
let heardByB: f64 = 0;

function isNear(value: f64, wanted: f64, tolerance: f64): bool { return Math.abs(value - wanted) <= tolerance; }

/** The next packet of stream a, parsed. */
function nextOfA(level: f64): i32 {
  now += 20;
  say(level);
  a.sendFrame(microphone, now);
  const at = pollAction();
  if (at == 0) return -1;
  const action = changetype<Action>(at);
  parsed.parse(action.payload, action.length);
  return parsed.payloadType;
}

let blocksOfReport = 0;

/** Waits for the next report of a. */
function typeOfNextReport(): i32 {
  resetActions();
  for (;;) {
    now = a.nextTimeout;
    a.handleTimeout(now);
    const at = pollAction();
    if (at == 0) continue;
    const payload = changetype<Action>(at).payload;
    blocksOfReport = load<u8>(payload) & 31;
    return load<u8>(payload, 1);
  }
}

describe("RtpStream", () => {
  it("each hears the other, at the other's level, within 100 ms", () => {
    begin();
    for (let index = 0; index < 5; index++) frame(-10, -20);
    for (let index = 0; index < 100; index++) {
      frame(-10, -20);
      expect(isNear(heardByB, -10, 0.5)).toBeTruthy();
      expect(isNear(heardByA, -20, 0.5)).toBeTruthy();
    }
    expect(a.packetsSent).toBe(105);
    expect(b.packetsReceived).toBe(105);
    expect(b.lost).toBe(0);
    expect(b.late).toBe(0);
    expect(b.delayMs > 0 && b.delayMs < 80).toBeTruthy();
    expect(b.jitterMs < 1).toBeTruthy();
  });

  it("RFC 3264 §6.1: each side has its own numbers for the same formats", () => {
    begin();
    a.setPayloadTypes(96, 110, 98);
    b.setPayloadTypes(110, 96, EVENTS);
    b.updateRemote(Law.A, 98, placeA, unset, unset, now);
    b.setPayloadTypes(110, 96, EVENTS);
    expect(nextOfA(-10)).toBe(96);
    for (let index = 0; index < 20; index++) frame(-10, -20);
    expect(isNear(heardByB, -10, 0.5)).toBeTruthy();
    expect(isNear(heardByA, -20, 0.5)).toBeTruthy();
    b.sendDigit(53, now);
    let heard = 0;
    for (let index = 0; index < 20; index++) {
      frame(-99, -99);
      if (heardByA > -20) heard++;
    }
    expect(heard >= 4 && heard <= 8).toBeTruthy("frames " + heard.toString());
  });

  it("RFC 3550 §5.1: sequence by one, timestamp by 160 exactly, marker at the beginning only", () => {
    begin();
    expect(nextOfA(-10)).toBe(8);
    let sequence = parsed.sequence;
    let timestamp = parsed.timestamp;
    const ssrc = parsed.ssrc;
    expect(parsed.marker).toBeTruthy();
    for (let index = 0; index < 100; index++) {
      nextOfA(-10);
      expect(parsed.sequence).toBe(<u16>(sequence + 1));
      expect(parsed.timestamp).toBe(timestamp + 160);
      expect(parsed.ssrc).toBe(ssrc);
      expect(parsed.marker).toBeFalsy();
      expect(parsed.payloadLength).toBe(160);
      sequence = parsed.sequence;
      timestamp = parsed.timestamp;
    }
  });

  it("an outgoing payload stays in place for eight packets", () => {
    begin();
    let first: usize = 0;
    for (let index = 0; index < 9; index++) {
      now += 20;
      a.sendFrame(microphone, now);
      const payload = changetype<Action>(pollAction()).payload;
      if (index == 0) first = payload;
      else expect(payload == first).toBe(index == 8);
    }
  });

  it("RFC 4733: digits arrive once each, in order, over 10 % loss; the sound is muted meanwhile", () => {
    begin();
    loss = 0.1;
    const digits = "159D*0#442";
    for (let index = 0; index < 20; index++) frame(-10, -100);
    for (let index = 0; index < digits.length; index++) expect(a.sendDigit(digits.charCodeAt(index), now)).toBeTruthy();
    expect(a.sendDigit(0x78, now)).toBeFalsy();
    detector.reset();
    let heard = "";
    for (let index = 0; index < 200; index++) {
      frame(-10, -100);
      const digit = detector.put(ear, 160);
      if (digit != 0) heard += String.fromCharCode(digit);
    }
    expect(heard).toBe(digits);
    expect(a.isSendingDigits).toBeFalsy();
  });

  it("a digit is heard as a digit, and only while it lasts", () => {
    begin();
    for (let index = 0; index < 20; index++) frame(-100, -100);
    a.sendDigit(0x35, now);
    let heard = 0;
    for (let index = 0; index < 30; index++) {
      frame(-100, -100);
      if (heardByB > -20) heard++;
    }
    expect(heard >= 4 && heard <= 8).toBeTruthy("frames " + heard.toString());
    expect(heardByB < -60).toBeTruthy();
  });

  it("no telephone events agreed: the caller is told to sound the digit", () => {
    begin();
    a.start(Law.Mu, -1, placeB, unset, unset, now);
    expect(a.sendDigit(0x35, now)).toBeFalsy();
    expect(nextOfA(-10)).toBe(0);
  });

  it("RFC 4961: behind NAT the first source wins, and packets go there", () => {
    begin();
    store<u8>(placeB.address, 10); // 10.0.2.2
    a.updateRemote(Law.A, EVENTS, placeB, unset, unset, now);
    const elsewhere = place(changetype<Endpoint>(memory.data(24, 8)), 9, 5555);
    nextOfA(-10);
    writePacket(elsewhere, 0);
    expect(a.packetsReceived).toBe(0); // whom the agreement named gets the first word
    now += 200;
    writePacket(elsewhere, 0);
    expect(a.packetsReceived).toBe(1);
    now += 20;
    a.sendFrame(microphone, now);
    expect(changetype<Action>(pollAction()).endpoint.port).toBe(5555);
    writePacket(stranger, 1);
    expect(a.packetsReceived).toBe(1);
    expect(counter(Counter.RtpStranger)).toBe(2);
    writePacket(placeB, 1); // whom the agreement named may always come
    expect(a.packetsReceived).toBe(2);
    now += 20;
    a.sendFrame(microphone, now);
    expect(changetype<Action>(pollAction()).endpoint.port).toBe(40002);
    writePacket(elsewhere, 2);
    expect(a.packetsReceived).toBe(2);
  });

  it("what is left of the media server's last call does not keep this call's packets out", () => {
    begin();
    const lastCall = place(changetype<Endpoint>(memory.data(24, 8)), 2, 1234);
    for (let index = 0; index < 10; index++) writePacket(lastCall, index);
    expect(a.packetsReceived).toBe(0);
    now += 200;
    writePacket(lastCall, 10);
    expect(a.packetsReceived).toBe(1);
    for (let index = 0; index < 10; index++) writePacket(placeB, 500 + index);
    expect(counter(Counter.RtpStranger)).toBe(10);
    expect(a.packetsReceived).toBe(11); // not one of them is lost
    now += 20;
    a.sendFrame(microphone, now);
    expect(changetype<Action>(pollAction()).endpoint.port).toBe(40002);
    const before = a.packetsReceived;
    expect(before >= 10).toBeTruthy();
    for (let index = 1; index < 20; index++) writePacket(lastCall, index);
    expect(a.packetsReceived).toBe(before);
  });

  it("a stranger cannot take over an established stream, whatever it sends", () => {
    begin();
    for (let index = 0; index < 50; index++) frame(-10, -10);
    const before = a.packetsReceived;
    for (let index = 0; index < 100; index++) writePacket(stranger, index);
    expect(a.packetsReceived).toBe(before);
    expect(counter(Counter.RtpStranger)).toBe(100);
    const neighbour = place(changetype<Endpoint>(memory.data(24, 8)), 2, 1234);
    for (let index = 0; index < 100; index++) writePacket(neighbour, index);
    expect(a.packetsReceived).toBe(before);
  });

  it("garbage, and payload types nobody agreed on, do not open the stream", () => {
    begin();
    for (let length = 0; length < 12; length++) a.handlePacket(wire, length, stranger, now);
    expect(counter(Counter.RtpMalformed)).toBe(12);
    memory.fill(wire, 0, 200);
    store<u8>(wire, 0x80);
    store<u8>(wire, 96, 1);
    a.handlePacket(wire, 172, stranger, now);
    expect(counter(Counter.RtpStranger)).toBe(1);
    frame(-10, -10);
    expect(a.packetsReceived).toBe(1);
  });

  it("RFC 3550 §8: a new source at the same address is taken up after two packets", () => {
    begin();
    for (let index = 0; index < 50; index++) frame(-10, -10);
    b.start(Law.A, EVENTS, placeA, unset, unset, now);
    for (let index = 0; index < 20; index++) frame(-10, -15);
    expect(isNear(heardByA, -15, 0.5)).toBeTruthy();
    expect(a.lost).toBe(0);
  });

  it("RFC 3550 §6.4: loss, jitter and round trip are measured and reported", () => {
    begin();
    loss = 0.05;
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
    loss = 0.05;
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

  it("RFC 3611 §4.7.1: what comes too late is discarded, not lost", () => {
    begin();
    for (let index = 0; index < 100; index++) frame(-10, -10);
    for (let index = 0; index < 5; index++) {
      // b speaks, and its packet comes half a second later
      now += 20;
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
        now = a.nextTimeout;
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

  it("RFC 3264 §6.1: sendonly, recvonly, inactive; and on again with a marker, the clock having run on", () => {
    begin();
    for (let index = 0; index < 10; index++) frame(-10, -10);
    a.setDirection(true, false);
    for (let index = 0; index < 10; index++) frame(-10, -10);
    expect(heardByA < -90).toBeTruthy();
    expect(isNear(heardByB, -10, 0.5)).toBeTruthy();
    nextOfA(-10);
    const timestamp = parsed.timestamp;
    a.setDirection(false, true);
    for (let index = 0; index < 10; index++) frame(-10, -10);
    expect(isNear(heardByA, -10, 0.5)).toBeTruthy();
    expect(heardByB < -60).toBeTruthy();
    a.setDirection(true, true);
    nextOfA(-10);
    expect(parsed.marker).toBeTruthy();
    expect(parsed.timestamp).toBe(timestamp + 160 * 11);
  });

  it("RFC 3264 §8.4: 0.0.0.0 is hold: nothing is sent", () => {
    begin();
    const nowhere = changetype<Endpoint>(memory.data(24, 8));
    nowhere.family = <u8>Family.V4;
    nowhere.port = 40002;
    a.updateRemote(Law.A, EVENTS, nowhere, unset, unset, now);
    expect(nextOfA(-10)).toBe(-1);
  });

  it("a new agreement: numbers run on, another law, another address awaited anew", () => {
    begin();
    for (let index = 0; index < 20; index++) frame(-10, -10);
    nextOfA(-10);
    const sequence = parsed.sequence, ssrc = parsed.ssrc;
    const moved = place(changetype<Endpoint>(memory.data(24, 8)), 7, 7000);
    a.updateRemote(Law.Mu, EVENTS, moved, unset, unset, now);
    now += 20;
    a.sendFrame(microphone, now);
    const action = changetype<Action>(pollAction());
    expect(action.endpoint.port).toBe(7000);
    parsed.parse(action.payload, action.length);
    expect(parsed.payloadType).toBe(0);
    expect(parsed.marker).toBeTruthy();
    expect(parsed.sequence).toBe(<u16>(sequence + 1));
    expect(parsed.ssrc).toBe(ssrc);
    const before = a.packetsReceived;
    writePacket(moved, 0);
    writePacket(moved, 1);
    expect(a.packetsReceived).toBe(before + 2);
    writePacket(placeB, 0);
    expect(a.packetsReceived).toBe(before + 2);
  });

  it("who agreed on an address of the Internet sends from it: a stranger that comes first is none of it", () => {
    begin();
    for (let index = 0; index < 20; index++) writePacket(stranger, index);
    expect(a.packetsReceived).toBe(0);
    expect(counter(Counter.RtpStranger)).toBe(20);
    expect(nextOfA(-10)).toBe(8);
    writePacket(placeB, 0);
    expect(a.packetsReceived).toBe(1);
  });

  it("after a new agreement the other side may come from behind NAT once more", () => {
    begin();
    for (let index = 0; index < 20; index++) frame(-10, -10);
    const inside = place(changetype<Endpoint>(memory.data(24, 8)), 7, 7000);
    store<u8>(inside.address, 172);
    store<u8>(inside.address + 1, 31); // 172.31.2.7
    a.updateRemote(Law.A, EVENTS, inside, unset, unset, now);
    const elsewhere = place(changetype<Endpoint>(memory.data(24, 8)), 9, 5555);
    const before = counter(Counter.RtpStranger);
    now += 200;
    writePacket(elsewhere, 0);
    expect(counter(Counter.RtpStranger)).toBe(before);
    now += 20;
    a.sendFrame(microphone, now);
    expect(changetype<Action>(pollAction()).endpoint.port).toBe(5555);
  });

  it("in one private network nobody is behind NAT: a stranger that comes first is none of it", () => {
    begin();
    store<u8>(placeA.address, 10);
    store<u8>(placeB.address, 10);
    store<u8>(stranger.address, 10);
    a.updateRemote(Law.A, EVENTS, placeB, unset, placeA, now);
    now += 1000;
    for (let index = 0; index < 20; index++) writePacket(stranger, index);
    expect(a.packetsReceived).toBe(0);
    writePacket(placeB, 0);
    expect(a.packetsReceived).toBe(1);
    store<u8>(placeB.address, 192);
    store<u8>(placeB.address, 168, 1); // of another private network than we
    a.updateRemote(Law.A, EVENTS, placeB, unset, placeA, now);
    now += 200;
    for (let index = 0; index < 20; index++) writePacket(stranger, index);
    expect(a.packetsReceived).toBe(21);
  });

  it("what somebody else said before the agreed place speaks is not heard after it", () => {
    begin();
    const lastCall = place(changetype<Endpoint>(memory.data(24, 8)), 2, 1234);
    now += 200;
    for (let index = 0; index < 30; index++) writePacket(lastCall, index, 0x2a); // loud
    writePacket(placeB, 0);
    for (let index = 1; index < 6; index++) {
      a.takeFrame(ear, now);
      expect(frameLevelDbm0(ear, 160) < -60).toBeTruthy();
      now += 20;
      writePacket(placeB, index);
    }
  });

  it("RFC 4961: reports go back to where they come from, once; the agreed place stays better", () => {
    begin();
    for (let index = 0; index < 10; index++) frame(-10, -10);
    const translated = place(changetype<Endpoint>(memory.data(24, 8)), 2, 7777);
    const other = place(changetype<Endpoint>(memory.data(24, 8)), 2, 8888);
    writeReceiverReport(wire, ssrcOfB(), null);
    a.handleControl(wire, 8, translated, now);
    expect(controlOfA()).toBe(7777);
    a.handleControl(wire, 8, other, now);
    expect(counter(Counter.RtpStranger)).toBe(1);
    expect(controlOfA()).toBe(7777);
    a.handleControl(wire, 8, controlB, now);
    expect(controlOfA()).toBe(40003);
  });

  it("RFC 3550 §A.8: transit times that differ by 10 ms from packet to packet are 10 ms of jitter", () => {
    begin();
    for (let index = 0; index < 200; index++) {
      now = 1000 + <f64>index * 20 + (index & 1 ? 10 : 0);
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

  it("one packet of another source in between is not heard", () => {
    begin();
    for (let index = 0; index < 20; index++) frame(-100, -100);
    memory.fill(wire, 0x2a, 172);
    store<u32>(wire, 0xff00_0880);
    store<u32>(wire, 0, 4);
    store<u32>(wire, 0x5a5a5a5a, 8);
    const before = a.packetsReceived;
    a.handlePacket(wire, 172, placeB, now);
    expect(a.packetsReceived).toBe(before);
    for (let index = 0; index < 20; index++) {
      frame(-100, -100);
      expect(heardByA < -60).toBeTruthy();
    }
  });

  it("RFC 3389 §4: payload type 13 is how silence sounds, whatever was agreed", () => {
    begin();
    b.setDirection(false, true);
    for (let index = 0; index < 50; index++) {
      writePacket(placeB, index);
      frame(-100, -100);
    }
    store<u16>(wire, 0x0d80);
    store<u16>(wire, bswap<u16>(50), 2);
    store<u32>(wire, 0x01010101, 8);
    store<u32>(wire, bswap<u32>(50 * 160), 4);
    store<u8>(wire, 50, 12);
    a.handlePacket(wire, 13, placeB, now);
    expect(a.packetsReceived).toBe(51);
    for (let index = 0; index < 20; index++) frame(-100, -100);
    // 0 dBov is 6.15 dBm0
    expect(Math.abs(heardByA - (6.15 - 50)) < 2).toBeTruthy(heardByA.toString());
    expect(counter(Counter.RtpMalformed)).toBe(0);
  });

  it("the same agreement again keeps the place that packets came from", () => {
    begin();
    const elsewhere = place(changetype<Endpoint>(memory.data(24, 8)), 2, 5555);
    now += 200;
    writePacket(elsewhere, 0);
    a.updateRemote(Law.A, EVENTS, placeB, unset, unset, now);
    now += 20;
    a.sendFrame(microphone, now);
    expect(changetype<Action>(pollAction()).endpoint.port).toBe(5555);
  });

  it("control packets of strangers are counted and thrown away", () => {
    begin();
    a.handleControl(wire, 40, stranger, now);
    expect(counter(Counter.RtpStranger)).toBe(1);
    for (let length = 0; length < 64; length++) a.handleControl(wire, length, controlB, now);
    expect(a.roundTripMs).toBe(-1);
  });
});

/** A G.711 packet from `source` to stream a. */
function writePacket(source: Endpoint, index: i32, sample: u8 = 0xd5, ssrc: u32 = 0x01010101): void {
  memory.fill(wire, sample, 172);
  store<u32>(wire, 0);
  store<u8>(wire, 0x80);
  store<u8>(wire, 8, 1);
  store<u16>(wire, bswap<u16>(<u16>index), 2);
  store<u32>(wire, bswap<u32>(<u32>index * 160), 4);
  store<u32>(wire, ssrc, 8);
  a.handlePacket(wire, 172, source, now);
}

/** What the next packet of b says that it is from. */
function ssrcOfB(): u32 {
  resetActions();
  b.sendFrame(microphone, now);
  const action = changetype<Action>(pollAction());
  parsed.parse(action.payload, action.length);
  return parsed.ssrc;
}

/** The port that the next report of a goes to. */
function controlOfA(): i32 {
  resetActions();
  now += 10_000;
  a.handleTimeout(now);
  return changetype<Action>(pollAction()).endpoint.port;
}

// Two streams that talk to each other over a network that may lose their packets; virtual time, seeded. For specs.

import { Action, ActionKind, pollAction, resetActions } from "../../../assembly/abi/action";
import { Counter, counters, resetCounters } from "../../../assembly/abi/counters";
import { Endpoint, Family, Transport } from "../../../assembly/abi/endpoint";
import { DTMF_DETECTOR_SIZE, DtmfDetector } from "../../../assembly/audio/dtmf-detector";
import { Law } from "../../../assembly/audio/g711";
import { frameLevelDbm0 } from "../../../assembly/audio/level";
import { seedRandom } from "../../../assembly/base/random";
import { CONTROL_PACKET_SIZE, ControlPacket } from "../../../assembly/rtp/rtcp";
import { RtpPacket } from "../../../assembly/rtp/packet";
import { RTP_STREAM_SIZE, rtpStreamAt } from "../../../assembly/rtp/stream";

export const a = rtpStreamAt(memory.data(RTP_STREAM_SIZE, 16));
export const b = rtpStreamAt(memory.data(RTP_STREAM_SIZE, 16));
export const placeA = changetype<Endpoint>(memory.data(24, 8));
export const placeB = changetype<Endpoint>(memory.data(24, 8));
export const controlA = changetype<Endpoint>(memory.data(24, 8));
export const controlB = changetype<Endpoint>(memory.data(24, 8));
export const stranger = changetype<Endpoint>(memory.data(24, 8));
export const unset = changetype<Endpoint>(memory.data(24, 8));
export const parsed = changetype<RtpPacket>(memory.data(64, 16));
export const control = changetype<ControlPacket>(memory.data(CONTROL_PACKET_SIZE, 16));
export const entropy = memory.data(32, 16);
export const wire = memory.data(1536, 16);
export const delayed = memory.data(256, 16);
export const microphone = memory.data(320, 16);
export const ear = memory.data(320, 16);
export const detector = changetype<DtmfDetector>(memory.data(DTMF_DETECTOR_SIZE, 16));

export const EVENTS: i32 = 101;

export function place(endpoint: Endpoint, host: u8, port: u16): Endpoint {
  endpoint.clear();
  store<u8>(endpoint.address, 192);
  store<u8>(endpoint.address + 2, 2);
  store<u8>(endpoint.address + 3, host);
  endpoint.port = port;
  endpoint.family = <u8>Family.V4;
  endpoint.transport = <u8>Transport.Udp;
  return endpoint;
}

export let now: f64 = 0;
export let loss: f64 = 0;
export let phase: f64 = 0;
export let packetsSeen = 0;
export let silentPackets = 0;
export let state: u32 = 1;
export function random(): f64 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return <f64>state / 4294967296.0;
}

export function counter(which: Counter): u32 { return load<u32>(counters + (<usize>which << 2)); }

export function begin(): void {
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
export function carry(): void {
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

export function say(dbm0: f64): void {
  const peak = dbm0 < -90 ? 0 : 32768.0 * Math.exp((dbm0 - 3.14) * Math.LN10 / 20);
  for (let at = 0; at < 160; at++) {
    store<i16>(microphone + (<usize>at << 1), <i16>(peak * Math.sin(phase)));
    phase += 2 * Math.PI * 400 / 8000;
  }
}

/** Twenty milliseconds of both. */
export function frame(levelA: f64, levelB: f64): void {
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

export let heardByA: f64 = 0;
export let heardByB: f64 = 0;

export function isNear(value: f64, wanted: f64, tolerance: f64): bool { return Math.abs(value - wanted) <= tolerance; }

/** The next packet of stream a, parsed. */
export function nextOfA(level: f64): i32 {
  now += 20;
  say(level);
  a.sendFrame(microphone, now);
  const at = pollAction();
  if (at == 0) return -1;
  const action = changetype<Action>(at);
  parsed.parse(action.payload, action.length);
  return parsed.payloadType;
}

export let blocksOfReport = 0;

/** Waits for the next report of a. */
export function typeOfNextReport(): i32 {
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

/** A G.711 packet from `source` to stream a. */
export function writePacket(source: Endpoint, index: i32, sample: u8 = 0xd5, ssrc: u32 = 0x01010101): void {
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
export function ssrcOfB(): u32 {
  resetActions();
  b.sendFrame(microphone, now);
  const action = changetype<Action>(pollAction());
  parsed.parse(action.payload, action.length);
  return parsed.ssrc;
}

/** The port that the next report of a goes to. */
export function controlOfA(): i32 {
  resetActions();
  now += 10_000;
  a.handleTimeout(now);
  return changetype<Action>(pollAction()).endpoint.port;
}

export function pass(length: f64): void { now += length; }

export function setNow(time: f64): void { now = time; }

/** Share of the packets that the network loses from now on. */
export function lose(share: f64): void { loss = share; }

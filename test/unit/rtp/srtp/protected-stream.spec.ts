// Two streams with keys on a wire that changes, repeats and makes up packets. RFC 3711 §3, RFC 4961.

import { Action, ActionKind, pollAction, resetActions } from "../../../../assembly/abi/action";
import { Counter, counters, resetCounters } from "../../../../assembly/abi/counters";
import { Endpoint, Family, Transport } from "../../../../assembly/abi/endpoint";
import { Law } from "../../../../assembly/audio/g711";
import { frameLevelDbm0 } from "../../../../assembly/audio/level";
import { seedRandom } from "../../../../assembly/base/random";
import { RTP_STREAM_SIZE, rtpStreamAt } from "../../../../assembly/rtp/stream";
import { master } from "./vectors";

const a = rtpStreamAt(memory.data(RTP_STREAM_SIZE, 16));
const b = rtpStreamAt(memory.data(RTP_STREAM_SIZE, 16));
const placeA = changetype<Endpoint>(memory.data(24, 8));
const placeB = changetype<Endpoint>(memory.data(24, 8));
const elsewhere = changetype<Endpoint>(memory.data(24, 8));
const unset = changetype<Endpoint>(memory.data(24, 8));
const keyOfB = memory.data(32, 16);
const wire = memory.data(512, 16);
const kept = memory.data(512, 16);
const microphone = memory.data(320, 16);
const ear = memory.data(320, 16);
const entropy = memory.data(32, 16);

let now: f64 = 0;
let length: i32 = 0;

function place(endpoint: Endpoint, host: u8, port: u16): void {
  endpoint.clear();
  store<u8>(endpoint.address, 10);
  store<u8>(endpoint.address + 3, host);
  endpoint.port = port;
  endpoint.family = <u8>Family.V4;
  endpoint.transport = <u8>Transport.Udp;
}

function begin(tagSize: i32): void {
  seedRandom(entropy);
  resetActions();
  resetCounters();
  place(placeA, 1, 40000);
  place(placeB, 2, 40002);
  place(elsewhere, 9, 9000);
  memory.copy(keyOfB, master, 30);
  store<u8>(keyOfB, 1);
  now = 1000;
  a.setup(0);
  b.setup(1);
  a.start(Law.A, 101, placeB, unset, unset, now);
  b.start(Law.A, 101, placeA, unset, unset, now);
  a.protection.start(tagSize, master, keyOfB);
  b.protection.start(tagSize, keyOfB, master);
  for (let index: usize = 0; index < 160; index++) store<i16>(microphone + index * 2, index & 8 ? 9000 : -9000);
}

function counter(which: Counter): u32 { return load<u32>(counters + (<usize>which << 2)); }

/** The next packet of sound of a, on the wire. */
function send(): void {
  now += 20;
  a.sendFrame(microphone, now);
  const action = changetype<Action>(pollAction());
  length = action.length;
  memory.copy(wire, action.payload, length);
}

/** Where a packet of b goes now. */
function hostOfB(): i32 {
  resetActions();
  b.sendFrame(microphone, now);
  return load<u8>(changetype<Action>(pollAction()).endpoint.address + 3);
}

function level(): f64 {
  b.takeFrame(ear, now + 5);
  return frameLevelDbm0(ear, 160);
}

describe("a protected stream", () => {
  it("is heard, with either suite; its packets are longer by the tag", () => {
    for (let tagSize = 4; tagSize <= 10; tagSize += 6) {
      begin(tagSize);
      for (let index = 0; index < 50; index++) {
        send();
        expect(length).toBe(172 + tagSize);
        b.handlePacket(wire, length, placeA, now);
        level();
      }
      expect(level()).toBeGreaterThan(-12);
      expect(b.packetsReceived).toBe(50);
    }
  });

  it("digits are protected as well", () => {
    begin(10);
    a.sendDigit(53, now);
    send();
    expect(length).toBe(16 + 10);
    b.handlePacket(wire, length, placeA, now);
    expect(b.packetsReceived).toBe(1);
  });

  it("a plain packet, one with another key and one that was changed are not heard, and their sender is not followed", () => {
    begin(10);
    now += 1000; // whoever is at the agreed place has had the first word
    send();
    memory.copy(kept, wire, 512);
    b.handlePacket(wire, 172, elsewhere, now);
    memory.copy(wire, kept, 512);
    store<u8>(wire, load<u8>(wire, 100) ^ 1, 100);
    b.handlePacket(wire, length, elsewhere, now);
    a.protection.start(10, keyOfB, keyOfB);
    send();
    b.handlePacket(wire, length, elsewhere, now);
    expect(counter(Counter.SrtpForged)).toBe(3);
    expect(b.packetsReceived).toBe(0);
    expect(hostOfB()).toBe(1);
  });

  it("a genuine packet from behind NAT is followed; the same once more, from elsewhere, is not", () => {
    begin(10);
    now += 1000;
    send();
    memory.copy(kept, wire, 512);
    place(placeA, 7, 5555);
    b.handlePacket(wire, length, placeA, now);
    expect(hostOfB()).toBe(7);
    memory.copy(wire, kept, 512);
    b.handlePacket(wire, length, elsewhere, now);
    expect(counter(Counter.SrtpReplayed)).toBe(1);
    expect(hostOfB()).toBe(7);
  });

  it("RTCP is protected: reports are measured, changed and repeated ones are not", () => {
    begin(10);
    for (let index = 0; index < 10; index++) {
      send();
      b.handlePacket(wire, length, placeA, now);
    }
    resetActions();
    now += 10_000;
    a.handleTimeout(now);
    const action = changetype<Action>(pollAction());
    expect(action.kind).toBe(<i32>ActionKind.SendRtcp);
    length = action.length;
    memory.copy(wire, action.payload, length);
    memory.copy(kept, wire, 512);
    placeA.port = 40001;
    store<u8>(wire, load<u8>(wire, 20) ^ 4, 20);
    b.handleControl(wire, length, placeA, now);
    expect(counter(Counter.SrtpForged)).toBe(1);
    memory.copy(wire, kept, 512);
    b.handleControl(wire, length, placeA, now);
    expect(counter(Counter.RtpMalformed) + counter(Counter.RtpStranger)).toBe(0);
    memory.copy(wire, kept, 512);
    b.handleControl(wire, length, placeA, now);
    expect(counter(Counter.SrtpReplayed)).toBe(1);
  });

  it("stop() says goodbye protected and forgets the keys", () => {
    begin(10);
    a.sendFrame(microphone, now);
    resetActions();
    a.stop(now);
    length = changetype<Action>(pollAction()).length;
    let bits: u32 = 0;
    for (let at: usize = 0; at < 1024; at += 4) bits |= load<u32>(changetype<usize>(a.protection) + at);
    expect(bits).toBe(0);
    expect(length & 3).toBe(2); // ten bytes of tag
  });
});

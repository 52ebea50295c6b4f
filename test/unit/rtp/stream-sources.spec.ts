// Whose packets a stream takes, and where its own go: NAT, strangers, a source that changes. RFC 4961, RFC 3550 §8.

import { Action, pollAction } from "../../../assembly/abi/action";
import { Counter } from "../../../assembly/abi/counters";
import { Endpoint } from "../../../assembly/abi/endpoint";
import { Law } from "../../../assembly/audio/g711";
import { frameLevelDbm0 } from "../../../assembly/audio/level";
import { writeReceiverReport } from "../../../assembly/rtp/rtcp";
import { RtpStream } from "../../../assembly/rtp/stream";
import {
  EVENTS, a, b, begin, control, controlB, controlOfA, counter, ear, frame, heardByA, isNear, microphone, nextOfA, now,
  pass, place, placeA, placeB, ssrcOfB, stranger, unset, wire, writePacket,
} from "./two-streams";

describe("RtpStream: where packets come from", () => {
  it("RFC 4961: behind NAT the first source wins, and packets go there", () => {
    begin();
    store<u8>(placeB.address, 10); // 10.0.2.2
    a.updateRemote(Law.A, EVENTS, placeB, unset, unset, now);
    const elsewhere = place(changetype<Endpoint>(memory.data(24, 8)), 9, 5555);
    nextOfA(-10);
    writePacket(elsewhere, 0);
    expect(a.packetsReceived).toBe(0); // whom the agreement named gets the first word
    pass(200);
    writePacket(elsewhere, 0);
    expect(a.packetsReceived).toBe(1);
    pass(20);
    a.sendFrame(microphone, now);
    expect(changetype<Action>(pollAction()).endpoint.port).toBe(5555);
    writePacket(stranger, 1);
    expect(a.packetsReceived).toBe(1);
    expect(counter(Counter.RtpStranger)).toBe(2);
    writePacket(placeB, 1); // whom the agreement named may always come
    expect(a.packetsReceived).toBe(2);
    pass(20);
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
    pass(200);
    writePacket(lastCall, 10);
    expect(a.packetsReceived).toBe(1);
    for (let index = 0; index < 10; index++) writePacket(placeB, 500 + index);
    expect(counter(Counter.RtpStranger)).toBe(10);
    expect(a.packetsReceived).toBe(11); // not one of them is lost
    pass(20);
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
    pass(200);
    writePacket(elsewhere, 0);
    expect(counter(Counter.RtpStranger)).toBe(before);
    pass(20);
    a.sendFrame(microphone, now);
    expect(changetype<Action>(pollAction()).endpoint.port).toBe(5555);
  });

  it("in one private network nobody is behind NAT: a stranger that comes first is none of it", () => {
    begin();
    store<u8>(placeA.address, 10);
    store<u8>(placeB.address, 10);
    store<u8>(stranger.address, 10);
    a.updateRemote(Law.A, EVENTS, placeB, unset, placeA, now);
    pass(1000);
    for (let index = 0; index < 20; index++) writePacket(stranger, index);
    expect(a.packetsReceived).toBe(0);
    writePacket(placeB, 0);
    expect(a.packetsReceived).toBe(1);
    store<u8>(placeB.address, 192);
    store<u8>(placeB.address, 168, 1); // of another private network than we
    a.updateRemote(Law.A, EVENTS, placeB, unset, placeA, now);
    pass(200);
    for (let index = 0; index < 20; index++) writePacket(stranger, index);
    expect(a.packetsReceived).toBe(21);
  });

  it("what somebody else said before the agreed place speaks is not heard after it", () => {
    begin();
    const lastCall = place(changetype<Endpoint>(memory.data(24, 8)), 2, 1234);
    pass(200);
    for (let index = 0; index < 30; index++) writePacket(lastCall, index, 0x2a); // loud
    writePacket(placeB, 0);
    for (let index = 1; index < 6; index++) {
      a.takeFrame(ear, now);
      expect(frameLevelDbm0(ear, 160) < -60).toBeTruthy();
      pass(20);
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

  it("the same agreement again keeps the place that packets came from", () => {
    begin();
    const elsewhere = place(changetype<Endpoint>(memory.data(24, 8)), 2, 5555);
    pass(200);
    writePacket(elsewhere, 0);
    a.updateRemote(Law.A, EVENTS, placeB, unset, unset, now);
    pass(20);
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

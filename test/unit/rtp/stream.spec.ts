// Two streams on a virtual wire: sound, digits, hold, new agreements.

import { Action, pollAction } from "../../../assembly/abi/action";
import { Counter } from "../../../assembly/abi/counters";
import { Endpoint, Family } from "../../../assembly/abi/endpoint";
import { Law } from "../../../assembly/audio/g711";
import { RtpStream } from "../../../assembly/rtp/stream";
import {
  EVENTS, a, b, begin, counter, detector, ear, frame, heardByA, heardByB, isNear, lose, loss, microphone, nextOfA,
  now, parsed, pass, place, placeA, placeB, unset, wire, writePacket,
} from "./two-streams";

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
      pass(20);
      a.sendFrame(microphone, now);
      const payload = changetype<Action>(pollAction()).payload;
      if (index == 0) first = payload;
      else expect(payload == first).toBe(index == 8);
    }
  });

  it("RFC 4733: digits arrive once each, in order, over 10 % loss; the sound is muted meanwhile", () => {
    begin();
    lose(0.1);
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
    pass(20);
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
});

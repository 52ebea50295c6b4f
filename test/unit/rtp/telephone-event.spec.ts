// RFC 4733: digits out and in, over a wire that loses, doubles and swaps.

import {
  EventFrame, TELEPHONE_EVENT_RECEIVER_SIZE, TELEPHONE_EVENT_SENDER_SIZE, TelephoneEventReceiver, TelephoneEventSender,
  digitOfEvent, eventOfDigit,
} from "../../../assembly/rtp/telephone-event";

const sender = changetype<TelephoneEventSender>(memory.data(TELEPHONE_EVENT_SENDER_SIZE, 16));
const receiver = changetype<TelephoneEventReceiver>(memory.data(TELEPHONE_EVENT_RECEIVER_SIZE, 16));
const payload = memory.data(64, 16);
const KEYS: string = "0123456789*#ABCD";

let state: u32 = 1;
function random(): f64 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return <f64>state / 4294967296.0;
}

function duration(): i32 { return <i32>load<u8>(payload, 2) << 8 | load<u8>(payload, 3); }
function isEnd(): bool { return (load<u8>(payload, 1) & 0x80) != 0; }

function giveAt(at: usize, timestamp: u32, now: f64): i32 { return receiver.handlePayload(at, 4, timestamp, now); }

function set(event: i32, end: bool, length: i32): void {
  store<u8>(payload, <u8>event);
  store<u8>(payload, end ? 0x8a : 0x0a, 1);
  store<u8>(payload, <u8>(length >> 8), 2);
  store<u8>(payload, <u8>length, 3);
}

describe("TelephoneEventSender", () => {
  it("RFC 4733 table 3: codes of all digits, and of nothing else", () => {
    for (let event = 0; event < 16; event++) {
      expect(eventOfDigit(KEYS.charCodeAt(event))).toBe(event);
      expect(digitOfEvent(event)).toBe(KEYS.charCodeAt(event));
    }
    expect(eventOfDigit(0x45)).toBe(-1);
    expect(eventOfDigit(0x2f)).toBe(-1);
    expect(eventOfDigit(0x3a)).toBe(-1);
    expect(digitOfEvent(16)).toBe(0);
  });

  it("§2.5.1: marker once, one timestamp, duration grows by 160, three end packets", () => {
    sender.reset();
    expect(sender.handleFrame(1000)).toBe(EventFrame.Audio);
    expect(sender.put(0x35)).toBeTruthy();
    expect(sender.isBusy).toBeTruthy();
    let ends = 0;
    for (let frame = 0; frame < 7; frame++) {
      expect(sender.handleFrame(1160 + 160 * frame)).toBe(EventFrame.Event);
      sender.write(payload);
      expect(load<u8>(payload)).toBe(5);
      expect(load<u8>(payload, 1) & 0x3f).toBe(10);
      expect(sender.marker).toBe(frame == 0);
      expect(sender.timestamp).toBe(1160);
      expect(duration()).toBe(min((frame + 1) * 160, 800));
      if (isEnd()) ends++;
      expect(isEnd()).toBe(frame >= 4);
    }
    expect(ends).toBe(3);
    expect(sender.handleFrame(2280)).toBe(EventFrame.Silence);
    expect(sender.handleFrame(2440)).toBe(EventFrame.Silence);
    expect(sender.isBusy).toBeFalsy();
    expect(sender.handleFrame(2600)).toBe(EventFrame.Audio);
  });

  it("queued digits follow one another with a pause; a 33rd is refused", () => {
    sender.reset();
    for (let index = 0; index < 32; index++) expect(sender.put(KEYS.charCodeAt(index & 15))).toBeTruthy();
    expect(sender.put(0x31)).toBeFalsy();
    expect(sender.put(0x58)).toBeFalsy();
    let events = 0, silences = 0;
    let frame = 0;
    for (; sender.isBusy; frame++) {
      const kind = sender.handleFrame(frame * 160);
      if (kind == EventFrame.Event && sender.marker) {
        sender.write(payload);
        expect(load<u8>(payload)).toBe(<u8>(events & 15));
        events++;
      }
      if (kind == EventFrame.Silence) silences++;
    }
    expect(events).toBe(32);
    expect(silences).toBe(64);
    expect(frame).toBe(32 * 9);
  });

  it("a held key goes on until it is let go", () => {
    sender.reset();
    sender.put(0x30);
    sender.isHeld = true;
    for (let frame = 0; frame < 100; frame++) {
      sender.handleFrame(frame * 160);
      sender.write(payload);
      expect(isEnd()).toBeFalsy();
    }
    sender.isHeld = false;
    sender.handleFrame(100 * 160);
    sender.write(payload);
    expect(isEnd()).toBeTruthy();
    expect(duration()).toBe(101 * 160);
  });

  it("§2.5.1.3: beyond 65,535 the event goes on in a segment of its own, seamlessly", () => {
    sender.reset();
    receiver.reset();
    sender.put(0x30);
    sender.isHeld = true;
    const start: u32 = 0xffffff00; // the timestamp wraps as well
    let digits = 0, segments = 0;
    let segment = start;
    for (let frame = 0; frame < 1000; frame++) {
      if (frame == 990) sender.isHeld = false;
      if (sender.handleFrame(start + <u32>(frame * 160)) != EventFrame.Event) break;
      sender.write(payload);
      if (sender.timestamp != segment) {
        expect(sender.timestamp).toBe(segment + 65535);
        expect(sender.marker).toBeFalsy();
        segment = sender.timestamp;
        segments++;
      }
      if (frame < 990 && duration() != 65535) {
        expect(sender.timestamp + <u32>duration()).toBe(start + <u32>((frame + 1) * 160));
      }
      if (giveAt(payload, sender.timestamp, <f64>frame * 20) != 0) digits++;
      if (frame < 990) expect(receiver.soundingDigit(<f64>frame * 20)).toBe(0x30);
    }
    expect(segments).toBe(2);
    expect(digits).toBe(1);
  });
});

describe("TelephoneEventReceiver", () => {
  it("a digit is told at its first packet, and once", () => {
    receiver.reset();
    set(7, false, 160);
    expect(giveAt(payload, 5000, 0)).toBe(0x37);
    for (let packet = 2; packet < 6; packet++) {
      set(7, packet == 5, packet * 160);
      expect(giveAt(payload, 5000, packet * 20)).toBe(0);
      expect(giveAt(payload, 5000, packet * 20)).toBe(0);
    }
  });

  it("the same key twice is two digits, though every end packet was lost", () => {
    receiver.reset();
    set(7, false, 160);
    expect(giveAt(payload, 5000, 0)).toBe(0x37);
    set(7, false, 320);
    expect(giveAt(payload, 5000, 20)).toBe(0);
    set(7, false, 160);
    expect(giveAt(payload, 5000 + 1600, 200)).toBe(0x37);
  });

  it("only the last end packet came through: still a digit", () => {
    receiver.reset();
    set(11, true, 800);
    expect(giveAt(payload, 9000, 0)).toBe(0x23);
    expect(receiver.soundingDigit(50)).toBe(0x23);
    expect(receiver.soundingDigit(101)).toBe(0);
  });

  it("a late packet of the digit before is not a new digit", () => {
    receiver.reset();
    set(1, false, 160);
    expect(giveAt(payload, 1000, 0)).toBe(0x31);
    set(2, false, 160);
    expect(giveAt(payload, 3000, 200)).toBe(0x32);
    set(1, true, 800);
    expect(giveAt(payload, 1000, 210)).toBe(0);
    set(2, false, 320);
    expect(giveAt(payload, 3000, 220)).toBe(0);
  });

  it("a packet of the digit that overtakes its own end changes nothing", () => {
    receiver.reset();
    set(1, true, 800);
    expect(giveAt(payload, 1000, 100)).toBe(0x31);
    set(1, false, 640);
    expect(giveAt(payload, 1000, 101)).toBe(0);
    expect(receiver.soundingDigit(400)).toBe(0);
  });

  it("§2.5.1.3: a digit of 25 s is one digit, whichever packets of it are lost: those around a new segment, too", () => {
    for (let lost = 0; lost < 40; lost++) {
      receiver.reset();
      let digits = 0;
      for (let frame = 0; frame < 1250; frame++) {
        // the first ones with the marker, and a few wherever a segment ends or begins
        const isAtSeam = frame % 409 >= 405 || frame % 410 < 4;
        if (frame < lost % 6 || (isAtSeam && (frame * 7 + lost) % 3 == 0)) continue;
        const elapsed = (frame + 1) * 160, segment = (elapsed - 1) / 65535;
        set(3, frame >= 1247, elapsed - segment * 65535);
        if (giveAt(payload, 777 + <u32>(segment * 65535), <f64>frame * 20) != 0) digits++;
      }
      expect(digits).toBe(1);
    }
  });

  it("a sender that falls silent in a digit is not heard for ever", () => {
    receiver.reset();
    set(4, false, 160);
    giveAt(payload, 1000, 0);
    expect(receiver.soundingDigit(100)).toBe(0x34);
    expect(receiver.soundingDigit(121)).toBe(0);
  });

  it("events that are no digits, and payloads cut short, are nothing", () => {
    receiver.reset();
    for (let event = 16; event < 256; event++) {
      set(event, false, 160);
      expect(giveAt(payload, event * 1000, 0)).toBe(0);
    }
    set(1, false, 160);
    for (let length = 0; length < 4; length++) expect(receiver.handlePayload(payload, length, 77, 0)).toBe(0);
  });

  it("100 digits over a wire with 20 % loss, 10 % doubles and swaps: each once, or not at all; 50 seeds", () => {
    for (let seed: u32 = 1; seed <= 50; seed++) {
      state = seed * 2654435761;
      sender.reset();
      receiver.reset();
      let sent = 0, got = 0, wrong = 0;
      let lastGot = -1;
      const held = memory.data(16, 16);
      let hasHeld = false;
      let heldTimestamp: u32 = 0;
      for (let frame = 0; frame < 1000; frame++) {
        if (!sender.isBusy && sent < 100) sender.put(KEYS.charCodeAt(sent++ % 16));
        if (sender.handleFrame(<u32>(frame * 160)) != EventFrame.Event) continue;
        sender.write(payload);
        if (random() < 0.2) continue;
        const copies = random() < 0.1 ? 2 : 1;
        const swap = random() < 0.1 && !hasHeld;
        if (swap) {
          store<u32>(held, load<u32>(payload));
          heldTimestamp = sender.timestamp;
          hasHeld = true;
          continue;
        }
        for (let copy = 0; copy < copies; copy++) {
          const digit = giveAt(payload, sender.timestamp, frame * 20);
          if (digit == 0) continue;
          got++;
          const index = <i32>(sent - 1) % 16;
          if (digit != KEYS.charCodeAt(index) || lastGot == sent) wrong++;
          lastGot = sent;
        }
        if (hasHeld) {
          const digit = giveAt(held, heldTimestamp, frame * 20);
          if (digit != 0) {
            got++;
            if (lastGot == sent) wrong++;
            lastGot = sent;
          }
          hasHeld = false;
        }
      }
      expect(sent).toBe(100);
      expect(wrong).toBe(0, "seed " + seed.toString());
      expect(got >= 99).toBeTruthy("seed " + seed.toString());
    }
  });
});

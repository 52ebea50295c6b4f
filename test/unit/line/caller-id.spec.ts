// When a phone is told of its caller, measured on the samples and the switches of a line: ETSI EN 300 659-1 and -2, Telcordia
// GR-30, BT SIN 227. What it is told, SpanDSP reads in test/interop/caller-id-readers.test.ts.

import { Action, ActionKind, pollAction, resetActions } from "../../../assembly/abi/action";
import { DTMF_GENERATOR_SIZE, DtmfGenerator } from "../../../assembly/audio/dtmf-generator";
import { textAt } from "../../../assembly/base/text";
import { CallerIdScheme } from "../../../assembly/line/caller-id-scheme";
import { countryIndex } from "../../../assembly/line/country";
import { LineEvent } from "../../../assembly/line/event-queue";
import { LineState, lineAt } from "../../../assembly/line/line";

const FRAME: i32 = 160;
const FRAME_MS: f64 = 20;
const line = lineAt(memory.data(16384, 16));
const microphone = memory.data(FRAME * 2, 16);
const SAMPLES: i32 = 120000;
const ear = memory.data(SAMPLES * 2, 16);
const user = textAt(memory.data(64, 4)).setup(60);
const display = textAt(memory.data(64, 4)).setup(60);
const letters = memory.data(64, 16);
const key = changetype<DtmfGenerator>(memory.data(DTMF_GENERATOR_SIZE, 16));

/** Milliseconds since the call came, for each switch; -1 before. */
let now: f64 = 0;
let ringOnAt: f64 = -1;
let ringOffAt: f64 = -1;
let rings: i32 = 0;
let reversedAt: f64 = -1;
let restoredAt: f64 = -1;
let isAudioOn = false;
let events: i32 = 0;
let lastEvent: LineEvent = LineEvent.None;

/** From and to of the sounds heard, in ms. */
let soundFrom: StaticArray<f64> = new StaticArray<f64>(8);
let soundTo: StaticArray<f64> = new StaticArray<f64>(8);
let sounds: i32 = 0;

function drain(first: LineEvent): void {
  for (let address = pollAction(); address != 0; address = pollAction()) {
    const action = changetype<Action>(address);
    const on = action.code != 0;
    if (action.kind == ActionKind.SetAudio) isAudioOn = on;
    else if (action.kind == ActionKind.SetPolarity) {
      if (on) reversedAt = now;
      else restoredAt = now;
    } else if (action.kind == ActionKind.SetRing) {
      if (on) {
        ringOnAt = now;
        rings++;
      } else ringOffAt = now;
    }
  }
  for (let event = first; event != LineEvent.None; event = line.pollEvent()) {
    events++;
    lastEvent = event;
  }
}

/** One frame of time. */
function frame(): void {
  const end = now + FRAME_MS;
  const at = ear + (<usize>(now * 8) << 1);
  memory.fill(at, 0, FRAME * 2);
  if (isAudioOn) {
    drain(line.handleMicrophone(microphone, FRAME, now));
    line.mixTones(at, FRAME, now);
    drain(LineEvent.None);
  }
  while (line.nextTimeout() <= end) {
    now = line.nextTimeout();
    drain(line.handleTimeout(now));
  }
  now = end;
}

function wait(ms: f64): void { for (const until = now + ms; now < until;) frame(); }

function put(target: usize, text: string): i32 { return <i32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, target); }

function fresh(scheme: CallerIdScheme): void {
  resetActions();
  memory.fill(microphone, 0, FRAME * 2);
  line.setup(0);
  line.setCountry(countryIndex(letters, put(letters, "SE"))); // rings 1 s in 5
  line.setCallerId(scheme);
  user.set(letters, put(letters, "0701234567"));
  display.set(letters, put(letters, "Anna Berg"));
  line.callerId.setCaller(user, display, false);
  now = 0;
  ringOnAt = ringOffAt = reversedAt = restoredAt = -1;
  rings = events = 0;
  isAudioOn = false;
}

/** Rings, until it rings for the `count`th time. */
function ring(scheme: CallerIdScheme, count: i32): void {
  fresh(scheme);
  line.ring(now);
  drain(LineEvent.None);
  while (rings < count && now < 14000) frame();
  measure();
}

/** What was loud, and for how long: breaks of less than 20 ms are none. */
function measure(): void {
  sounds = 0;
  let quiet: i32 = 1000;
  for (let sample = 0; sample < <i32>(now * 8); sample++) {
    const isLoud = abs(<i32>load<i16>(ear + (<usize>sample << 1))) > 300;
    if (isLoud && quiet > 160 && sounds < 8) soundFrom[sounds++] = <f64>sample / 8;
    if (isLoud) soundTo[sounds - 1] = <f64>sample / 8;
    quiet = isLoud ? 0 : quiet + 1;
  }
}

/** Of the sound of that number, all of it, in dBm0: ITU-T G.711 table 5 has +3.14 for the loudest sine. */
function level(sound: i32): f64 {
  let squares: f64 = 0;
  const from = <i32>(soundFrom[sound] * 8), to = <i32>(soundTo[sound] * 8);
  for (let sample = from; sample < to; sample++) {
    const value = <f64>load<i16>(ear + (<usize>sample << 1));
    squares += value * value;
  }
  return 20 * Math.log10(Math.sqrt(2 * squares / <f64>(to - from)) / 32768) + 3.14;
}

function between(value: f64, least: f64, most: f64, what: string): void {
  expect(value >= least && value <= most).toBe(true, what + ": " + value.toString());
}

/** A call with all parameters, in ms: GR-30 §2.4.1, EN 300 659-1 §6.3. Time 10 bytes, number 12, name 11, type, length, sum. */
function messageTime(seizureBits: f64, markBits: f64, bytes: f64): f64 { return (seizureBits + markBits + bytes * 10) / 1.2; }

describe("a phone that is on-hook", () => {
  it("GR-30 §2.3: Bellcore's message is 0.5 to 1.5 s after the first ring, 200 ms before the second, at -13.5 dBm", () => {
    ring(CallerIdScheme.Bellcore, 2);
    expect(sounds).toBe(1);
    between(soundFrom[0] - 1000, 500, 1500, "begins");
    between(soundTo[0] - soundFrom[0], messageTime(300, 155, 36), messageTime(300, 205, 37), "lasts");
    between(level(0), -14.5, -12.5, "level");
    expect(ringOnAt).toBe(6000);
  });

  it("EN 300 659-1 §6.1.1: during ringing it is 0.5 to 2 s after the first ring", () => {
    ring(CallerIdScheme.EtsiDuringRinging, 2);
    expect(sounds).toBe(1);
    between(soundFrom[0] - 1000, 500, 2000, "begins");
    expect(ringOnAt).toBe(6000);
  });

  it("a pause that is too short for the message lasts longer", () => {
    fresh(CallerIdScheme.Bellcore);
    line.setCountry(countryIndex(letters, put(letters, "GB"))); // rings twice, then nothing for 2 s
    line.setCallerId(CallerIdScheme.Bellcore);
    line.ring(now);
    drain(LineEvent.None);
    while (rings < 3) frame();
    measure();
    expect(sounds).toBe(1);
    between(soundFrom[0], 1500, 2000, "begins");
    between(ringOnAt - soundTo[0], 200, 1500, "rings again");
  });

  it("EN 300 659-1 §6.1.2: after DT-AS of 90 to 110 ms, 45 to 500 ms of silence; it rings 200 to 500 ms after the message", () => {
    ring(CallerIdScheme.EtsiDualTone, 1);
    expect(sounds).toBe(2);
    between(soundTo[0] - soundFrom[0], 90, 110, "DT-AS");
    between(soundFrom[1] - soundTo[0], 45, 500, "silence");
    between(ringOnAt - soundTo[1], 200, 500, "ring");
    between(level(0), -13, -11, "two tones of -15 dBm");
    expect(reversedAt).toBe(-1);
  });

  it("EN 300 659-1 §6.1.2, SIN 227: after a reversal DT-AS waits for 100 ms; the line is as before when it rings", () => {
    for (let scheme = CallerIdScheme.EtsiReversal; scheme <= CallerIdScheme.Bt; scheme += 2) {
      ring(scheme, 1);
      expect(reversedAt).toBe(0);
      expect(sounds).toBe(2);
      between(soundFrom[0], 100, 500, "DT-AS begins");
      between(soundTo[0] - soundFrom[0], 88, 110, "DT-AS");
      between(soundFrom[1] - soundTo[0], 45, 500, "silence");
      between(ringOnAt - soundTo[1], 200, 500, "ring");
      expect(restoredAt).toBe(ringOnAt);
    }
  });

  it("SIN 227: 55 to 90 bits of mark, and the type of the call first", () => {
    ring(CallerIdScheme.Bt, 1);
    between(soundTo[1] - soundFrom[1], messageTime(96, 55, 39), messageTime(315, 90, 40), "lasts");
  });

  it("EN 300 659-1 §6.1.2: after a ring pulse of 200 to 300 ms, 500 to 800 ms of silence", () => {
    fresh(CallerIdScheme.EtsiRingPulse);
    line.ring(now);
    drain(LineEvent.None);
    expect(rings).toBe(1);
    while (ringOffAt < 0) frame();
    const pulse = ringOffAt;
    between(pulse, 200, 300, "pulse");
    while (rings < 2) frame();
    measure();
    expect(sounds).toBe(1);
    between(soundFrom[0] - pulse, 500, 800, "silence");
    between(ringOnAt - soundTo[0], 200, 500, "ring");
  });

  it("rings within 2 s though no frame of sound ever comes", () => {
    fresh(CallerIdScheme.EtsiReversal);
    line.ring(now);
    drain(LineEvent.None);
    isAudioOn = false;
    while (rings == 0 && now < 14000) frame();
    between(ringOnAt, 0, 2000, "ring");
    expect(restoredAt).toBe(ringOnAt);
  });

  it("is told of its mailbox when it has been left alone, without a ring", () => {
    fresh(CallerIdScheme.EtsiDuringRinging);
    line.showMailbox(true, 2, now);
    wait(8000);
    measure();
    expect(sounds).toBe(2);
    expect(rings).toBe(0);
    expect(isAudioOn).toBe(false);
  });

  it("whose handset is lifted is told of its mailbox when it is on-hook again", () => {
    fresh(CallerIdScheme.Bellcore);
    drain(line.handleLoop(true, now, now));
    wait(100);
    line.startSilence(now);
    line.showMailbox(true, 2, now);
    wait(5000);
    drain(line.handleLoop(false, now, now));
    wait(100);
    const before = now;
    wait(5000);
    measure();
    between(soundFrom[sounds - 1], before + 400, before + 5000, "message");
    expect(isAudioOn).toBe(false);
  });
});

describe("a phone that talks", () => {
  beforeEach(() => {
    fresh(CallerIdScheme.Bellcore);
    drain(line.handleLoop(true, now, now));
    wait(100);
    line.startTalking(now);
    wait(100);
    events = 0;
    line.announce(now);
    while (!line.isMuting) frame();
  });

  it("GR-30 §2.5: answers CAS with a D, and is told within 50 to 500 ms; nobody else hears either", () => {
    const begins = now;
    wait(80); // CAS of 75 to 85 ms
    wait(60);
    key.reset();
    key.start(0x44, -9, -7);
    for (let count = 0; count < 3; count++) {
      memory.fill(microphone, 0, FRAME * 2);
      key.mix(microphone, FRAME);
      frame();
      expect(line.isMuting).toBe(true);
      expect(line.hasDigit).toBe(false);
    }
    memory.fill(microphone, 0, FRAME * 2);
    const answered = now;
    while (line.isMuting && now < 10000) frame();
    expect(events).toBe(0);
    measure();
    const message = sounds - 1, alert = sounds - 2;
    between(soundTo[alert] - soundFrom[alert], 75, 85, "CAS");
    between(soundFrom[message] - answered, 50, 500, "silence");
    between(soundTo[message] - soundFrom[message], messageTime(0, 55, 36), messageTime(0, 105, 37), "80 bits of mark");
    between(now - begins, 0, 2000, "mutes");
    expect(line.state).toBe(LineState.Talking);
  });

  it("that does not answer is left alone after 500 ms", () => {
    const begins = now;
    while (line.isMuting && now < 10000) frame();
    between(now - begins, 300, 600, "mutes");
    measure();
    between(soundTo[sounds - 1] - soundFrom[sounds - 1], 75, 85, "CAS alone");
  });

  it("that hangs up is told nothing more", () => {
    drain(line.handleLoop(false, now, now));
    wait(2000);
    expect(line.isMuting).toBe(false);
    expect(isAudioOn).toBe(false);
    expect(lastEvent).toBe(LineEvent.OnHook);
  });
});

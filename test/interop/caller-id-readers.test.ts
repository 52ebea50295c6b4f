// Who calls, as SpanDSP reads it in our sound, with noise and a clock that is off; and what the simulated telephone's display
// reads in SpanDSP's sound. Seeds are printed with what failed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CallerDisplay } from "../../host/phone/caller-display.ts";
import type { ShownCall } from "../../host/phone/display-message.ts";
import { SeededRandom } from "../../host/random.ts";
import { FRAME_SAMPLES, sinePeak, soundLevelDbm0 } from "../../host/sound/level.ts";
import { CallerIdBlock, type Scheme } from "../support/caller-id-block.ts";
import { addNoise, withClock } from "../support/line-noise.ts";
import { isPeerMissing, runPeer, samplesOf } from "../support/peers.ts";

const skip = isPeerMissing("spandsp");
const CALLERS = 200;
/** Digits take longer, and are no modem's. */
const DIGIT_CALLERS = 40;
/** At the exchange, GR-30 §2.4.1; the noise is so much softer. */
const FSK_LEVEL = -13.5;
const NOISE = -20;
const CLOCKS = [-0.01, 0, 0.01];

/** In minutes. */
const A_CENTURY = 100 * 365 * 24 * 60;

type Standard = "class" | "clip" | "jclip" | "dtmf";

/** What each scheme is to SpanDSP, and how long a name it tells. */
const SCHEMES: readonly (readonly [Scheme, Standard, number])[] = [
  ["bellcore", "class", 15],
  ["bellcore-single", "class", 0],
  ["etsi-during-ringing", "clip", 30],
  ["etsi-dual-tone", "clip", 30],
  ["etsi-reversal", "clip", 30],
  ["etsi-ring-pulse", "clip", 30],
  ["bt", "clip", 30],
  ["ntt", "jclip", 0],
  ["dtmf-denmark", "dtmf", 0],
  ["dtmf-sweden", "dtmf", 0],
  ["dtmf-brazil", "dtmf", 0],
  ["dtmf-general", "dtmf", 0],
];

interface Expected {
  number: string;
  name: string;
  /** MMDDHHMM */
  time: string;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz .'-&0123456789";

function somebody(random: SeededRandom, nameLength: number): { at: number; caller: Expected } {
  const pick = (count: number) => random.bits() % count;
  const text = (length: number, from: string) => Array.from({ length }, () => from[pick(from.length)]).join("");
  const at = Date.UTC(2027, 0, 1) + pick(A_CENTURY) * 60_000;
  const [, month, day, hour, minute] = /^\d+-(..)-(..)T(..):(..)/.exec(new Date(at).toISOString())!;
  const name = nameLength === 0 ? "" : text(1, LETTERS.slice(0, 26)) + text(pick(nameLength), LETTERS);
  // SpanDSP does not undo the doubling of NTT's length 16.
  const digits = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17, 18, 20];
  return {
    at,
    caller: { number: text(digits[pick(digits.length)]!, "0123456789"), name, time: `${month}${day}${hour}${minute}` },
  };
}

function heard(sound: Int16Array, clock: number, random: SeededRandom): Int16Array {
  // A carrier that has gone has to be noticed before the next one comes.
  const padded = new Int16Array(sound.length + 4000);
  padded.set(sound, 2000);
  const result = clock === 0 ? padded : withClock(padded, clock);
  addNoise(result, sinePeak(FSK_LEVEL), NOISE, random);
  return result;
}

function joined(sounds: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(sounds.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sound of sounds) {
    all.set(sound, at);
    at += sound.length;
  }
  return all;
}

/** What SpanDSP reads: messages without their checksums. */
function readBySpandsp(standard: Standard, sound: Int16Array): Buffer[] {
  const lines = runPeer("spandsp-adsi", "spandsp", ["receive", standard], sound).toString("latin1").trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => Buffer.from(line, "hex"));
}

/** A message as ETSI EN 300 659-3 lays it out, made in the test. */
function expectedMessage(scheme: Scheme, { number, name, time }: Expected): Buffer {
  const field = (type: number, text: string) =>
    Buffer.concat([Buffer.of(type, text.length), Buffer.from(text, "latin1")]);
  const message = (type: number, content: Buffer) => Buffer.concat([Buffer.of(type, content.length), content]);
  switch (scheme) {
    case "bellcore-single":
      return message(4, Buffer.from(time + number));
    case "ntt": {
      const content = field(2, number);
      return Buffer.concat([Buffer.from("1001071002", "hex"), message(0x40, content), Buffer.from("1003", "hex")]);
    }
    case "dtmf-denmark":
      return Buffer.from(`A${number}#`);
    case "dtmf-sweden":
    case "dtmf-brazil":
      return Buffer.from(`A${number}C`);
    case "dtmf-general":
      return Buffer.from(`D${number}C`);
    default: {
      const fields = [field(1, time), field(2, number), field(7, name)];
      return message(0x80, Buffer.concat(scheme === "bt" ? [Buffer.of(0x11, 1, 1), ...fields] : fields));
    }
  }
}

for (const [scheme, standard, nameLength] of SCHEMES) {
  const count = standard === "dtmf" ? DIGIT_CALLERS : CALLERS;
  test(`SpanDSP reads ${count} callers told by ${scheme}, ${-NOISE} dB over the noise and with clocks 1 % off`, {
    skip,
  }, () => {
    const block = new CallerIdBlock();
    const random = new SeededRandom(4);
    const callers = Array.from({ length: count }, () => somebody(random, nameLength));
    const sounds = callers.map(({ at, caller: { number, name } }, index) =>
      heard(block.call(scheme, { user: number, display: name, time: at }), CLOCKS[index % CLOCKS.length]!, random),
    );
    const read = readBySpandsp(standard, joined(sounds)).map((bytes) => bytes.toString("latin1"));
    const expected = callers.map(({ caller }) => expectedMessage(scheme, caller).toString("latin1"));
    assert.deepEqual(read, expected, "seed 4");
  });
}

/** What a telephone's display shows of the sound. */
function shownOf(sound: Int16Array): CallerDisplay {
  const display = new CallerDisplay({ answer: () => {} });
  for (let at = 0; at + FRAME_SAMPLES <= sound.length; at += FRAME_SAMPLES)
    display.hearOnHook(sound.subarray(at, at + FRAME_SAMPLES));
  return display;
}

const padded = (sound: Int16Array) => joined([new Int16Array(800), sound, new Int16Array(800)]);

for (const [scheme, , nameLength] of SCHEMES) {
  test(`the simulated telephone shows callers told by ${scheme}, with noise and clocks 1 % off`, () => {
    const block = new CallerIdBlock();
    const random = new SeededRandom(5);
    for (let index = 0; index < 20; index++) {
      const { at, caller } = somebody(random, nameLength);
      const { number, name, time } = caller;
      const sound = block.call(scheme, { user: number, display: name, time: at });
      const display = shownOf(heard(sound, CLOCKS[index % CLOCKS.length]!, random));
      const hasTime = scheme !== "ntt" && !scheme.startsWith("dtmf");
      const expected: ShownCall = { ...(hasTime && { time }), number, ...(name !== "" && { name }) };
      assert.deepEqual(display.calls, [expected], `caller ${index}, seed 5`);
    }
  });
}

for (const [standard, message, shown] of [
  [
    "class",
    "80250108303131323039353902083536373839303132070f42617262617261204d617274696e73",
    { time: "01120959", number: "56789012", name: "Barbara Martins" },
  ],
  ["clip", "8013010831323234313830300401500704416e6e61", { time: "12241800", absence: "private", name: "Anna" }],
  ["class", "040f303330343035303635353531323334", { time: "03040506", number: "5551234" }],
  ["jclip", "400c020a30333132333435363738", { number: "0312345678" }],
] as const) {
  test(`the simulated telephone shows what SpanDSP sends by ${standard}: ${Object.values(shown).join(" ")}`, {
    skip,
  }, () => {
    const sound = samplesOf(runPeer("spandsp-adsi", "spandsp", ["send", standard, message]));
    assert.deepEqual(shownOf(padded(sound)).calls, [shown]);
  });
}

for (const [digits, shown] of [
  ["A5551234#", { number: "5551234" }],
  ["A0701234567C", { number: "0701234567" }],
  ["D88123456C", { number: "88123456" }],
  ["D1#", { absence: "private" }],
  ["B00C", { absence: "unavailable" }],
] as const) {
  test(`the simulated telephone shows what SpanDSP sends as the digits ${digits}`, { skip }, () => {
    const message = Buffer.from(digits).toString("hex");
    const sound = samplesOf(runPeer("spandsp-adsi", "spandsp", ["send", "dtmf", message]));
    assert.deepEqual(shownOf(padded(sound)).calls, [shown]);
  });
}

test("during a call the display answers the alerting tone, shows who waits, and the ear hears none of the message", () => {
  const block = new CallerIdBlock();
  for (const scheme of ["bellcore", "etsi-during-ringing", "bt"] as const) {
    let answers = 0;
    const display = new CallerDisplay({
      answer: () => {
        answers++;
      },
    });
    const sound = padded(block.waiting(scheme, { user: "5551234", display: "Anna Berg" }));
    let heardFrames = 0;
    for (let at = 0; at + FRAME_SAMPLES <= sound.length; at += FRAME_SAMPLES) {
      const frame = sound.subarray(at, at + FRAME_SAMPLES);
      const isCutOff = display.hearOffHook(frame);
      if (!isCutOff && soundLevelDbm0(frame) > -40) heardFrames++;
    }
    assert.equal(answers, 1, scheme);
    assert.equal(display.last?.number, "5551234");
    assert.equal(display.last?.name, "Anna Berg");
    // the tone, and what is left of it in the frame that ends it
    assert.ok(heardFrames <= 6, `${heardFrames} frames`);
  }
});

const FSK = SCHEMES.filter(([, standard]) => standard === "class" || standard === "clip");

for (const [scheme, standard] of FSK) {
  test(`SpanDSP reads a caller who waits during a call, told by ${scheme}: marks alone go before it`, { skip }, () => {
    const block = new CallerIdBlock();
    const caller = { number: "5551234", name: "Anna Berg", time: "07041530" };
    const sound = block.waiting(scheme, {
      user: caller.number,
      display: caller.name,
      time: Date.UTC(2027, 6, 4, 15, 30),
    });
    const read = readBySpandsp(standard, heard(sound, 0, new SeededRandom(6)));
    assert.deepEqual(read, [expectedMessage(scheme, caller)]);
  });

  test(`SpanDSP and the simulated telephone read of messages by ${scheme}`, { skip }, () => {
    const block = new CallerIdBlock();
    const isBell = standard === "class";
    const isSingle = scheme === "bellcore-single";
    const on = block.mailbox(scheme, true, 3);
    const off = block.mailbox(scheme, false, 0);
    const read = readBySpandsp(standard, joined([padded(on), padded(off)])).map((bytes) => bytes.toString("hex"));
    assert.deepEqual(
      read,
      isSingle ? ["0603424242", "06036f6f6f"] : [isBell ? "82030b01ff" : "82060b01ff130103", "82030b0100"],
    );
    assert.deepEqual(shownOf(padded(on)).mailbox, { areWaiting: true, ...(!isBell && { count: 3 }) });
    assert.deepEqual(shownOf(padded(off)).mailbox, { areWaiting: false });
  });
}

// Whole calls of a phone on a line card: the reference card in C, a program of its own on a pseudo-terminal, its clock a little fast;
// the box with its core, its server and a simulated phone on the other side. Judged on what each ear got.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { systemClock } from "../../host/clock.ts";
import { loadBoard } from "../../host/config/board.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { serialWire } from "../../host/phone/card-wire.ts";
import { SAMPLE_RATE, soundLevelDbm0, toneShare } from "../../host/sound/level.ts";
import { cardSkip, PtyCard } from "../support/line-card.ts";
import { LiveBox, PATIENCE } from "../support/live-box.ts";
import { rounded, SoundMaker } from "../support/sounds.ts";
import { longestTone, makeTone } from "../support/test-tone.ts";
import { TipringProgram } from "../support/tipring-program.ts";

const skip = cardSkip();
const LEVEL_DBM0 = -10;
const PASSWORDS = { 101: "of the phone on the card", 102: "of the other" };
/** The card's clock: more than a crystal is ever wrong. */
const PPM = 300;
/** Of the hybrid; and what the canceller and its suppressor are to add at least. */
const ECHO_LOSS_DB = 12;
const ECHO_TEST_DBM0 = -15;
const LEAST_CANCELLED_DB = 25;
const RING = /ring 0 on 200/;

async function start(t: TestContext): Promise<{ card: PtyCard; live: LiveBox }> {
  const card = await PtyCard.start(t, { ppm: PPM });
  const simulator = loadBoard("simulator");
  const socket = { driver: "serial", path: card.path, baud: 115_200, port: 0, sound: "mu-law" } as const;
  const live = await LiveBox.start(t, {
    users: PASSWORDS,
    lines: [
      { user: "101", password: PASSWORDS[101] },
      { user: "102", password: PASSWORDS[102] },
    ],
    board: { ...simulator, lines: [socket, ...simulator.lines.slice(1)] },
  });
  return { card, live };
}

/** Frames of the call, as long as a tone is to be heard. */
const listen = (duration: number): Promise<void> =>
  new Promise((resolve) => systemClock.setTimeout(() => resolve(), duration));

const heardBy = (ear: string): Int16Array => new Int16Array(new Uint8Array(readFileSync(ear)).buffer);

/** Lifts, and dials when there is dial tone. */
async function liftAndDial(card: PtyCard, live: LiveBox, digits: string): Promise<void> {
  const ear = join(card.folder, "dial-tone");
  card.tell(`record 0 ${ear}`);
  card.tell("hook 0 off");
  await live.report(1, Report.OffHook);
  await card.says(/sound 0 on/);
  const hasTone = () => toneShare(heardBy(ear).slice(-1600), [350, 440]) > 0.9;
  for (let waited = 0; !hasTone(); waited += 100) {
    assert.ok(waited < PATIENCE, "no dial tone");
    await listen(100);
  }
  await listen(300);
  card.tell(`dial 0 ${digits}`);
}

function assertTone(sound: Int16Array, frequency: number, shortest: number): void {
  const { lengthMs, levelDbm0 } = longestTone(sound, frequency);
  assert.ok(lengthMs >= shortest, `${lengthMs} ms of ${frequency} Hz without a break`);
  assert.ok(Math.abs(levelDbm0 - LEVEL_DBM0) < 0.5, `${levelDbm0.toFixed(2)} dBm0 of ${frequency} Hz`);
}

test("a phone on a line card dials with its rotary dial, talks and is rung; pulled out in mid-call it comes back", {
  skip,
}, async (t) => {
  const { card, live } = await start(t);
  const ear = join(card.folder, "ear");
  const other = live.phone(2);

  await liftAndDial(card, live, "102");
  card.tell(`record 0 ${ear}`);
  const { text } = await live.report(1, Report.CallStarted);
  assert.match(text, /102/);
  await live.answer(2);
  await live.report(1, Report.CallAnswered);

  // a busy machine breaks the sound of both programs now and then: they speak until both have heard enough
  card.tell(`tone 0 1004 ${LEVEL_DBM0}`);
  const isHeard = () =>
    [other.heard.samples(), heardBy(ear)].every((sound, at) => longestTone(sound, [1004, 600][at]!).lengthMs >= 400);
  for (let said = 0; said === 0 || (said < 20 && !isHeard()); said++) await other.play(makeTone(600, LEVEL_DBM0, 1000));
  card.tell("tone 0 0");
  assertTone(other.heard.samples(), 1004, 400);
  assertTone(heardBy(ear), 600, 400);

  await live.hang(2);
  await live.report(1, Report.CallEnded);
  await card.says(/current 0 dropped/);
  await card.says(/current 0 fed/);
  card.tell("hook 0 on");
  await live.report(1, Report.OnHook);

  // the other way round
  await live.dial(2, "101");
  await card.says(RING);
  card.tell("hook 0 off");
  await card.says(/ring 0 off/);
  await live.report(1, Report.OffHook);
  await card.says(/sound 0 on/);
  await live.report(1, Report.CallAnswered);
  await live.report(2, Report.CallAnswered);

  card.tell("unplug");
  await live.report(1, Report.OnHook);
  await live.isLeft(2);

  // its handset lies beside it still
  card.tell("plug");
  await live.report(1, Report.OffHook);
  await card.says(/sound 0 on/);
  card.tell("hook 0 on");
  await live.report(1, Report.OnHook);
  const logged = live.box.log
    .recent(200)
    .filter(({ area }) => area === "card")
    .map(({ message }) => message);
  assert.equal(logged[0], "line card answers");
  assert.equal(logged.at(-1), "line card answers");
  assert.ok(
    logged.some((message) => message.startsWith("line card lost:")),
    `${logged}`,
  );
});

test("the echo of a phone on a line card is cancelled before the far end hears it, and the box tells by how much", {
  skip,
}, async (t) => {
  const { card, live } = await start(t);
  const other = live.phone(2);
  card.tell(`echo 0 ${ECHO_LOSS_DB}`);
  await liftAndDial(card, live, "102");
  await live.report(1, Report.CallStarted);
  await live.answer(2);
  await live.report(1, Report.CallAnswered);

  // a busy machine makes sound late, and its way another one: a second is enough in which it does not
  const said = rounded(new SoundMaker(7).composite(SAMPLE_RATE, ECHO_TEST_DBM0));
  const cancelled: number[] = [];
  for (let turn = 0; turn < 20 && !(Math.max(...cancelled) >= LEAST_CANCELLED_DB); turn++) {
    const before = other.heard.length;
    await other.play(said);
    const heard = other.heard.samples().subarray(before);
    cancelled.push(ECHO_TEST_DBM0 - ECHO_LOSS_DB - soundLevelDbm0(heard, SAMPLE_RATE / 5));
  }
  const [line] = live.box.lines();
  const told = line!.echo;
  t.diagnostic(
    `echo at the far end softer by ${cancelled.map((db) => db.toFixed(1)).join(", ")} dB; told ${JSON.stringify(told)}, ` +
      `${line!.card!.soundDelay} ms out and back`,
  );
  assert.ok(Math.max(...cancelled) >= LEAST_CANCELLED_DB, `${cancelled}`);
  assert.ok(told && Math.abs(told.lossDb - ECHO_LOSS_DB) < 2 && told.enhancementDb! >= 15, JSON.stringify(told));
  assert.ok(line!.card!.soundDelay! < 150, `${line!.card!.soundDelay} ms`);

  // what its own user says goes through all the same
  card.tell(`tone 0 1004 ${LEVEL_DBM0}`);
  const before = other.heard.length;
  const isHeard = () => longestTone(other.heard.samples().subarray(before), 1004).lengthMs >= 300;
  for (let turn = 0; turn < 20 && !isHeard(); turn++) await other.play(said);
  assertTone(other.heard.samples().subarray(before), 1004, 300);
});

test("the program is held up for half a second in the middle of a digit: the digit is right", { skip }, async (t) => {
  const { card, live } = await start(t);
  await liftAndDial(card, live, "102");
  // the first digit is told while the pulses of the second one begin
  await live.report(1, Report.Digit, PATIENCE);
  await listen(250);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  const { text } = await live.report(1, Report.CallStarted);
  assert.match(text, /102/);
  await live.report(2, Report.CallIncoming);
  card.tell("hook 0 on");
  await live.report(1, Report.OnHook);
});

test("two programs at one line card: the second one is told why it has none, and gets it when the first one ends", {
  skip,
}, async (t) => {
  const card = await PtyCard.start(t);
  const open = serialWire(card.path, 115_200, systemClock);
  const events = { received: () => {}, lost: () => {} };
  const first = await open(events);
  await assert.rejects(open(events), /^Error: another program has it open$/);
  first.close();
  for (let waited = 0; ; waited += 50) {
    const second = await open(events).catch(() => undefined);
    second?.close();
    if (second) break;
    assert.ok(waited < PATIENCE);
    await listen(50);
  }
});

test("tipring run --board: a board with a socket on a line card", { skip }, async (t) => {
  const card = await PtyCard.start(t);
  const simulator = loadBoard("simulator");
  const board = join(card.folder, "my-board");
  const socket = { driver: "serial", path: card.device, baud: 115_200, port: 0, sound: "a-law" };
  mkdirSync(board);
  writeFileSync(join(board, "board.json"), JSON.stringify({ ...simulator, name: "my-board", lines: [socket] }));
  const config = join(card.folder, "tipring.toml");
  const sip = await freeUdpPorts(4);
  writeFileSync(
    config,
    `[sip]\nport = ${sip}\nrtp_port = ${sip + 2}\n[[line]]\nuser = "101"\nregister = false\nregistrar = "127.0.0.1:${sip + 1}"\n`,
    {
      mode: 0o600,
    },
  );
  const box = new TipringProgram(["run", "--headless", "--board", board, "--config", config]);
  try {
    await box.says(/info card: line card answers .*name="simulated line card"/);
    card.tell("hook 0 off");
    await box.says(/line 1: off-hook/);
    await card.says(/sound 0 on A-law/);
  } finally {
    await box.stop();
  }
});

// Talk-off: the digits that a detector finds in talk. Telcordia's and Mitel's tapes for it cannot be had; this is as much
// talk as Debian's packages can make, and what people have spoken for them. The files of what was taken for a digit stay.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../host/paths.ts";
import { isMissing } from "../support/programs.ts";
import { TalkOffListener } from "./listener.ts";
import { playRecordings, recordedVoices, speak } from "./speech.ts";

const skip = isMissing("espeak-ng") || isMissing("sox");
const FOLDER = join(projectRoot, "build/talk-off");

function judge(listener: TalkOffListener, leastHours: number, tell: (message: string) => void): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const [index, { digit, who, at, sound }] of listener.found.entries()) {
    const path = join(FOLDER, `${index}.raw`);
    writeFileSync(path, new Uint8Array(sound.buffer));
    tell(`${digit} at ${at.toFixed(2)} s of ${who}: ${path}`);
  }
  tell(`${listener.hours.toFixed(2)} hours heard, ${listener.found.length} false digits`);
  assert.ok(listener.hours >= leastHours, `only ${listener.hours} h of talk`);
  assert.equal(listener.found.length, 0);
}

test("no digit in twelve hours of talk: 144 voices in sixty languages, with noise and music", { skip }, (t) => {
  const listener = new TalkOffListener(1);
  for (let voice = 0; voice < 144; voice++) listener.hear(speak(voice, 4500));
  judge(listener, 10, (message) => t.diagnostic(message));
});

const recorded = recordedVoices();
const noRecordings = isMissing("sox") || (recorded.length === 0 && "no asterisk-core-sounds-*-wav is here");

test("no digit in what people have recorded, at their own pitch and at others", { skip: noRecordings }, (t) => {
  const listener = new TalkOffListener(2);
  for (const speed of [1, 0.85, 0.93, 1.08, 1.17])
    for (const folder of recorded) listener.hear(playRecordings(folder, speed));
  judge(listener, 0, (message) => t.diagnostic(message));
});

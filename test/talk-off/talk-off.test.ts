// A quarter of an hour of the talk that talk-off.long.ts has hours of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isMissing } from "../support/programs.ts";
import { TalkOffListener } from "./listener.ts";
import { speak } from "./speech.ts";

const skip = isMissing("espeak-ng") || isMissing("sox");

test("nobody's talk is taken for a digit: thirty voices, half a minute each", { skip }, (t) => {
  const listener = new TalkOffListener(33);
  for (let voice = 0; voice < 30; voice++) listener.hear(speak(voice, 400));
  t.diagnostic(`${(60 * listener.hours).toFixed(1)} minutes heard`);
  assert.ok(listener.hours > 0.2, `only ${listener.hours} h of talk`);
  assert.deepEqual(listener.found, []);
});

// The same as frames.test.ts for a million frames: five and a half hours of talk.

import { test } from "node:test";
import { checkFrames } from "../support/frames.ts";

test("a million frames of a call: time stamps advance by 160 exactly, and neither half allocates", () => {
  checkFrames(1_000_000);
});

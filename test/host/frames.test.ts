// Sound both ways, from the far end's packet to the phone's ear and back: no garbage, no memory, no step out of time.

import { test } from "node:test";
import { checkFrames } from "../support/frames.ts";

test("RFC 3550 §5.1: a hundred thousand frames of a call: time stamps advance by 160 exactly, and neither half allocates", () => {
  checkFrames(100_000);
});

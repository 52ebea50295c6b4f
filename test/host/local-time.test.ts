// What the clock on the wall shows, anywhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../host/config/check.ts";
import { isTimeZone, localClock, zoneOffset } from "../../host/local-time.ts";

const HOUR = 3_600_000;

test("a zone is ahead of UTC or behind it, by quarters of an hour, in summer by more", () => {
  const winter = Date.UTC(2027, 0, 15);
  const summer = Date.UTC(2027, 6, 15);
  assert.equal(zoneOffset(winter, "Europe/Berlin"), HOUR);
  assert.equal(zoneOffset(summer, "Europe/Berlin"), 2 * HOUR);
  assert.equal(zoneOffset(winter, "Asia/Kathmandu"), 5.75 * HOUR);
  assert.equal(zoneOffset(winter, "America/St_Johns"), -3.5 * HOUR);
  assert.equal(zoneOffset(winter, "UTC"), 0);
});

test("the machine's own zone, where none is set", () => {
  const now = Date.UTC(2027, 6, 15);
  assert.equal(zoneOffset(now, undefined), -60_000 * new Date(now).getTimezoneOffset());
});

test("the core is told what the clock showed at monotonic zero", () => {
  const clock = { now: () => 5000, wallClock: () => Date.UTC(2027, 0, 15) };
  assert.equal(localClock(clock, "Europe/Berlin"), Date.UTC(2027, 0, 15, 1) - 5000);
});

test("a zone that nobody knows is an error that says what is wanted", () => {
  assert.ok(isTimeZone("America/New_York"));
  assert.ok(!isTimeZone("Mars/Olympus"));
  assert.throws(
    () => parseConfig('[system]\ntime_zone = "Mars/Olympus"\n', "x.toml"),
    /time_zone.*"Mars\/Olympus" is no time zone; allowed: a name such as Europe\/Berlin or UTC/s,
  );
});

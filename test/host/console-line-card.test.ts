// What the console says of a line whose telephone is on a line card.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleSession } from "../../host/console/session.ts";
import type { CardStatus } from "../../host/status.ts";
import { ConsoleBox } from "../support/console-box.ts";

test("show line: a line on a line card tells how that fares, whether it answers or not", async () => {
  const box = new ConsoleBox();
  const session = new ConsoleSession(box, true, () => {});
  const [line] = box.lines();
  const counters = {
    ...{ damaged: 12, damagedAtCard: 3, lostEdges: 1, resent: 4, losses: 2, restarts: 1 },
    ...{ soundMissed: 5, soundMissedAtCard: 8, soundSkipped: 6, soundUnsent: 7 },
  };
  const card: CardStatus = {
    path: "/dev/ttyUSB0",
    baudRate: 115_200,
    port: 1,
    name: "simulated line card",
    isUp: true,
    failure: "",
    driftPpm: -60,
    soundDelay: 62.125,
    counters,
  };
  box.lines = () => [{ ...line!, driver: "serial", card }];
  assert.match(
    await session.run("show line 1"),
    new RegExp(
      [
        "driver +serial",
        "line card +simulated line card, port 1",
        "at +/dev/ttyUSB0, 115200 baud",
        "answers +yes",
        "clock +60 ppm slow",
        "lost, restarted +2 times, 1 times",
        "damaged frames +12 here, 3 at the card",
        "edges lost +1",
        "orders sent again +4",
        "sound out and back +62.1 ms",
        "sound missed +5 times here, 8 times at the card",
        "frames left out +6, 7 more could not be sent$",
      ].join("\n"),
    ),
  );
  assert.deepEqual(JSON.parse(await session.run("show line 1 | json")).card, card);
  const failure = "nothing comes: is a line card there, and at 115200 baud?";
  box.lines = () => [{ ...line!, driver: "serial", card: { ...card, name: "", isUp: false, failure } }];
  const gone = await session.run("show line 1");
  assert.match(
    gone,
    /line card +none has answered, port 1\n.*\nanswers +no\nwhy +nothing comes: is a line card there, and/,
  );
});

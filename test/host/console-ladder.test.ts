// The ladder that SIP messages are drawn as.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LADDER_COLUMNS, Ladder, type LadderEvent, MAX_PARTICIPANTS } from "../../host/console/ladder.ts";

/** The whole ladder of these participants. */
function drawLadder(events: readonly LadderEvent[], participants: readonly string[]): string {
  const ladder = new Ladder(participants);
  return events.map((event) => ladder.add(event)).join("\n");
}

// Drawn by hand. Lifelines are 28 apart, so 27 columns lie between neighbours: a head, the label, its two blanks, and equal dashes.
const CALL = `\
   time   phone1 101                    server                    phone2 102
 +0.000        |------- INVITE 102 ------->|                           |
 +0.002        |<-- 407 Proxy Authentica --|                           |
 +0.004        |                           |------- INVITE 102 ------->|
 +1.500        |                           |<--------- 200 OK ---------|
+12.345        |---------------------- BYE 102 ----------------------->|`;

test("a ladder has a lifeline for each participant and an arrow for each message", () => {
  const ladder = drawLadder(
    [
      { time: 5000, from: "phone1 101", to: "server", label: "INVITE 102" },
      { time: 5002, from: "server", to: "phone1 101", label: "407 Proxy Authentication Required" },
      { time: 5004.4, from: "server", to: "phone2 102", label: "INVITE 102" },
      { time: 6500, from: "phone2 102", to: "server", label: "200 OK" },
      { time: 17345, from: "phone1 101", to: "phone2 102", label: "BYE 102" },
    ],
    ["phone1 101", "server", "phone2 102"],
  );
  assert.equal(ladder, CALL);
});

test("a participant who comes later gets a new heading, and the clock goes on", () => {
  const ladder = new Ladder();
  const first = ladder.add({ time: 0, from: "a", to: "b", label: "OPTIONS" });
  const second = ladder.add({ time: 20, from: "b", to: "a", label: "200 OK" });
  const third = ladder.add({ time: 40, from: "a", to: "c", label: "OPTIONS" });
  assert.equal(first.split("\n").length, 2);
  assert.equal(second.split("\n").length, 1);
  assert.deepEqual(third.split("\n")[0]!.split(/ +/), ["", "time", "a", "b", "c"]);
  assert.ok(third.split("\n")[1]!.startsWith(" +0.040"), third);
});

test("whoever comes when all lifelines are taken shares the last one", () => {
  const ladder = new Ladder();
  for (let phone = 1; phone <= MAX_PARTICIPANTS + 3; phone++) {
    const shown = ladder.add({ time: phone, from: `p${phone}`, to: "p1", label: "REGISTER" });
    for (const line of shown.split("\n")) assert.ok(line.length <= LADDER_COLUMNS, line);
  }
  const shown = ladder.add({ time: 50, from: "p2", to: "p3", label: "ACK" });
  assert.equal(shown.split("|").length - 1, MAX_PARTICIPANTS);
  assert.match(ladder.add({ time: 99, from: "p7", to: "p8", label: "MESSAGE" }), /\|MESSAGE \* \|$/);
});

test("a message to itself is a star beside the lifeline", () => {
  const ladder = new Ladder(["a", "b"]);
  assert.match(ladder.add({ time: 0, from: "a", to: "a", label: "timer B" }), /\| \* timer B +\|$/);
  assert.match(ladder.add({ time: 0, from: "b", to: "b", label: "timer B" }), /\| +timer B \* \|$/);
});

test("no name or label from the network is wider than a line or holds more than plain ASCII", () => {
  const nasty = `\x1b[2J\r\n${"\u{1f4de}".repeat(9)}${"x".repeat(200)}`;
  for (const count of [1, 2, 3, 6, 9]) {
    const names = Array.from({ length: count }, (_, index) => `${index}${nasty}`);
    const events = names.flatMap((from) => names.map((to) => ({ time: 1e9, from, to, label: nasty })));
    for (const line of drawLadder([{ ...events[0]!, time: 0 }, ...events], names).split("\n")) {
      assert.match(line, /^[\x20-\x7e]{1,79}$/);
    }
  }
});

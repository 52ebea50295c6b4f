// Frames of sound through the driver of the line card, both ways, in a process whose young heap holds all that is made meanwhile: what the
// heap has grown by is what was allocated. Prints the bytes of a frame.

import type { Clock } from "../../host/clock.ts";
import { Log } from "../../host/log.ts";
import { FRAME_MAX, FrameKind, putHead, writeFrame } from "../../host/phone/card-frame.ts";
import { UP_BYTES } from "../../host/phone/card-sender.ts";
import { SerialCard } from "../../host/phone/serial-card.ts";
import { MemoryWire } from "./card-memory-wire.ts";

const ROUND = 10_000;
const ROUNDS = 5;

class StillClock implements Clock {
  readonly time = new Float64Array(1);
  now(): number {
    return this.time[0]!;
  }
  wallClock(): number {
    return Date.UTC(2027, 0, 1);
  }
  setTimeout(): unknown {
    return undefined;
  }
  clearTimeout(): void {}
}

const clock = new StillClock();
const wire = new MemoryWire();
const card = new SerialCard({
  clock,
  log: new Log(clock),
  path: "/dev/card",
  baudRate: 115_200,
  openWire: wire.open,
});
const port = card.port(0, { law: "mu-law" });
port.start({ loop: () => {} });
await new Promise((resolve) => setImmediate(resolve));
wire.welcome(1);
if (!card.isUp) throw new Error("the card is not up");

const content = new Uint8Array(FRAME_MAX);
const framed = new Uint8Array(FRAME_MAX + 2);
const frame = new Int16Array(160).map((_, index) => Math.round(8000 * Math.sin(index)));
const heard = new Int16Array(160);
const length = UP_BYTES + 80;
const said = framed.subarray(0, length + 4);
for (let index = UP_BYTES; index < length; index++) content[index] = (index * 89 + 40) & 0xff;
const at = new DataView(content.buffer);
let position = 0;

function run(frames: number): void {
  for (let count = 0; count < frames; count++) {
    for (let half = 0; half < 2; half++) {
      putHead(content, FrameKind.SoundUp, 0, wire.link, 0);
      at.setUint16(4, position & 0xffff, true);
      at.setUint16(6, (position - 400) & 0xffff, true);
      at.setUint16(8, 180 + (count & 31), true);
      content[10] = 80 * half;
      writeFrame(content, length, framed);
      wire.give(said);
      position += 80;
    }
    // in whole ms: else a compiler that does not inline this call boxes the number, which is none of the driver's doing
    port.readFrame(heard, Math.floor(clock.now()));
    port.writeFrame(frame);
    clock.time[0] = clock.time[0]! + 20.25;
  }
}

run(5 * ROUND);
const sentBefore = wire.writes;
const grown: number[] = new Array(ROUNDS).fill(0);
for (let round = 0; round < ROUNDS; round++) {
  const before = process.memoryUsage().heapUsed;
  run(ROUND);
  grown[round] = (process.memoryUsage().heapUsed - before) / ROUND;
}
const isHeard = heard.some((sample) => sample !== 0);
console.log(
  JSON.stringify({ allocated: grown.sort((a, b) => a - b)[ROUNDS >> 1], sent: wire.writes - sentBefore, isHeard }),
);
process.exit();

// Frames of sound through the driver of the line card, both ways, in a process whose young heap holds all that is made meanwhile: what the
// heap has grown by is what was allocated. Prints the bytes of a frame.

import type { Clock } from "../../host/clock.ts";
import { Log } from "../../host/log.ts";
import { FRAME_MAX, FrameKind, FrameReader, putHead, writeFrame } from "../../host/phone/card-frame.ts";
import { SOUND_BYTES } from "../../host/phone/card-sender.ts";
import type { CardWireEvents } from "../../host/phone/card-wire.ts";
import { SerialCard } from "../../host/phone/serial-card.ts";

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
const head = { link: 0, sent: 0 };
let events: CardWireEvents | undefined;
const greeting = new FrameReader((content) => {
  head.link = content[1]! | (content[2]! << 8);
});
let isGreeting = true;
const card = new SerialCard({
  clock,
  log: new Log(clock),
  path: "/dev/card",
  baudRate: 115_200,
  openWire: async (given) => {
    events = given;
    return {
      write: (bytes) => {
        head.sent++;
        if (isGreeting) greeting.read(bytes);
        return true;
      },
      close: () => {},
    };
  },
});
const port = card.port(0, { law: "mu-law" });
port.start({ loop: () => {} });
await new Promise((resolve) => setImmediate(resolve));

const content = new Uint8Array(FRAME_MAX);
const wire = new Uint8Array(FRAME_MAX + 2);
isGreeting = false;
content.set([0, 0, 0, 0, 1, 1, 1]);
putHead(content, FrameKind.Welcome, 0, head.link, 0);
events!.received(wire.subarray(0, writeFrame(content, 7, wire)));
if (!card.isUp) throw new Error("the card is not up");

const frame = new Int16Array(160).map((_, index) => Math.round(8000 * Math.sin(index)));
const heard = new Int16Array(160);
const said = wire.subarray(0, SOUND_BYTES + 4);
for (let index = 4; index < SOUND_BYTES; index++) content[index] = (index * 89 + 40) & 0xff;

function run(frames: number): void {
  for (let count = 0; count < frames; count++) {
    putHead(content, FrameKind.SoundUp, 0, head.link, count & 0xff);
    writeFrame(content, SOUND_BYTES, wire);
    events!.received(said);
    port.readFrame(heard, clock.now());
    port.writeFrame(frame);
    clock.time[0] = clock.time[0]! + 20.25;
  }
}

run(5 * ROUND);
head.sent = 0;
const grown: number[] = new Array(ROUNDS).fill(0);
for (let round = 0; round < ROUNDS; round++) {
  const before = process.memoryUsage().heapUsed;
  run(ROUND);
  grown[round] = (process.memoryUsage().heapUsed - before) / ROUND;
}
const isHeard = heard.some((sample) => sample !== 0);
console.log(JSON.stringify({ allocated: grown.sort((a, b) => a - b)[ROUNDS >> 1], sent: head.sent, isHeard }));
process.exit();

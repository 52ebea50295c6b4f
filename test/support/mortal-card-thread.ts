// In place of a card's thread: gives a few frames and ends in one of the ways that a thread can. Each start takes the first word of
// the file that is named as its device.

import { readFileSync, writeFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { AlsaWorkerData } from "../../host/sound/alsa-worker.ts";
import { CardRing, Wanted } from "../../host/sound/card-ring.ts";

const FRAMES = 5;
const { ring: memory, device } = workerData as AlsaWorkerData;
const ring = new CardRing(memory);

function give(): void {
  ring.waitWhile(Wanted.Sound, 20);
  ring.fromPhone(ring.captured + 1, 0).fill(1);
  if (ring.wanted === Wanted.Sound) ring.give(performance.now());
}

const [way, ...others] = readFileSync(device, "utf8").split(" ");
writeFileSync(device, others.join(" "));
ring.waitWhile(Wanted.Rest);
for (let frame = 0; frame < FRAMES; frame++) give();
switch (way) {
  case "throws":
    throw new Error("it was thrown");
  case "rejects":
    void Promise.reject(new Error("nobody caught it"));
    break;
  case "exits":
    process.exit(3);
    break;
  default:
    while (ring.wanted !== Wanted.End) give();
}

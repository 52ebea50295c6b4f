// What becomes of a batch that fails: it is run again with its cores recorded, and its last datagram is cut down to what it takes.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetCores, type Modules } from "../support/site.ts";
import type { Build } from "../support/virtual-box.ts";
import { Batch, newTally, type Tally, type Thrown } from "./batch.ts";

/** Sites that are built to cut one datagram down. */
const MOST_ATTEMPTS = 300;

interface Attempt {
  batch: Batch | undefined;
  error: Error | undefined;
}

function attempt(
  seed: number,
  build: Build | Modules,
  tally: Tally,
  act: (batch: Batch) => void,
  folder?: string,
): Attempt {
  let batch: Batch | undefined;
  try {
    batch = new Batch(seed, build, tally, folder);
    act(batch);
    return { batch, error: undefined };
  } catch (error) {
    forgetCores();
    return { batch, error: error as Error };
  }
}

/** Takes halves, quarters, single bytes away, as long as it still fails. */
export function cutDown(bytes: Uint8Array, fails: (bytes: Uint8Array) => boolean): Uint8Array {
  let rest = bytes;
  let attempts = 0;
  for (let size = rest.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at < rest.length && attempts++ < MOST_ATTEMPTS; ) {
      const fewer = new Uint8Array([...rest.subarray(0, at), ...rest.subarray(at + size)]);
      if (fails(fewer)) rest = fewer;
      else at += size;
    }
  return rest;
}

/** The datagram alone, thrown at phones in a call; undefined when it takes what came before it. */
function cutDatagram(seed: number, build: Build | Modules, { way, bytes }: Thrown): Uint8Array | undefined {
  const fails = (fewer: Uint8Array): boolean =>
    attempt(seed, build, newTally(), (batch) => {
      batch.keepCalls();
      batch.throw(way, fewer);
    }).error !== undefined;
  return fails(bytes) ? cutDown(bytes, fails) : undefined;
}

/** A batch has failed. The message says how to see it again. */
export class BatchError extends Error {
  /** Of each core, for `tipring replay`. */
  readonly recordings: readonly string[];
  /** What was thrown last, or what is left of it when it fails alone. */
  readonly datagram: Uint8Array;

  constructor(message: string, cause: Error, recordings: readonly string[], datagram: Uint8Array) {
    super(message, { cause });
    this.recordings = recordings;
    this.datagram = datagram;
  }
}

/** Runs what `act` does to a batch. Throws a BatchError. */
export function runBatch(seed: number, build: Build | Modules, tally: Tally, act: (batch: Batch) => void): void {
  const { batch, error } = attempt(seed, build, tally, act);
  if (!error) return;
  const folder = mkdtempSync(join(tmpdir(), `tipring-fuzz-${seed}-`));
  const recordings = attempt(seed, build, newTally(), act, folder).batch?.site.save() ?? [];
  const cut = batch?.last && cutDatagram(seed, build, batch.last);
  const datagram = cut ?? batch?.last?.bytes ?? new Uint8Array(0);
  const file = join(folder, "last.sip");
  writeFileSync(file, datagram);
  const { to, from, port } = batch?.last?.way ?? { to: "nobody", from: "nowhere", port: 0 };
  const message = [
    `seed ${seed}, datagram ${batch?.iteration}, to the ${to} from ${from}:${port}: ${error.message}`,
    `${file} ${cut ? "does it alone: keep it in test/vectors/fuzz-corpus" : "needs what came before it"}`,
    ...recordings.map((path) => `tipring replay ${path}`),
  ].join("\n");
  throw new BatchError(message, error, recordings, datagram);
}

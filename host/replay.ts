// Runs a recording through a fresh core and holds every action and every frame against what was recorded: same actions in the same
// order, bit for bit, or it says where the first difference is.

import { crc32 } from "node:zlib";
import { ActionKind, type Core, type CoreObserver, CorePanicError, type InputKind } from "./core.ts";
import { ENDPOINT_SIZE } from "./endpoint.ts";
import { MAGIC, RECORD_HEAD, RecordingEnd, RecordType } from "./recorder.ts";

export interface Recording {
  module: string;
  digest: string;
  wallClock: number;
  /** Offset of the first record. */
  start: number;
}

/** The file is no recording, is cut off, or was changed. The message says where. */
export class RecordingError extends Error {
  readonly code = "RECORDING";
}

export interface ReplayResult {
  inputs: number;
  actions: number;
  frames: number;
  /** Virtual milliseconds from the first to the last input. */
  duration: number;
  /** What differed first, undefined when nothing did. */
  difference: string | undefined;
}

export function readRecordingHead(file: Buffer): Recording {
  if (file.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new RecordingError(`not a recording: it does not begin with ${MAGIC}`);
  }
  const nameAt = MAGIC.length + 36;
  const nameLength = file.length < nameAt ? file.length : file.readUInt32LE(nameAt - 4);
  const start = nameAt + nameLength + 12;
  if (start > file.length || crc32(file.subarray(0, start - 4)) !== file.readUInt32LE(start - 4)) {
    throw new RecordingError("the head of the recording is cut off or damaged");
  }
  return {
    module: file.toString("utf8", nameAt, nameAt + nameLength),
    digest: file.toString("hex", MAGIC.length, MAGIC.length + 32),
    wallClock: file.readDoubleLE(start - 12),
    start,
  };
}

/** One record as views into the file. */
interface Entry {
  type: number;
  kind: number;
  index: number;
  now: number;
  value: number;
  body: Buffer;
  offset: number;
}

function* entries(file: Buffer, start: number): Generator<Entry> {
  let offset = start;
  for (let isAtEnd = false; !isAtEnd; ) {
    if (offset === file.length) throw new RecordingError(`the recording is cut off at byte ${offset}: it has no end`);
    const length = offset + 4 <= file.length ? file.readUInt32LE(offset) : 0;
    const end = offset + length;
    if (length < RECORD_HEAD || end + 4 > file.length)
      throw new RecordingError(`the recording is cut off or damaged at byte ${offset}`);
    if (crc32(file.subarray(offset, end)) !== file.readUInt32LE(end)) {
      throw new RecordingError(`the record at byte ${offset} was changed: its checksum does not match`);
    }
    yield {
      type: file[offset + 4] ?? 0,
      kind: file[offset + 5] ?? 0,
      index: file.readInt16LE(offset + 6),
      now: file.readDoubleLE(offset + 8),
      value: file.readDoubleLE(offset + 16),
      body: file.subarray(offset + RECORD_HEAD, end),
      offset,
    };
    isAtEnd = file[offset + 4] === RecordType.End;
    offset = end + 4;
  }
  if (offset < file.length)
    throw new RecordingError(`the recording ended before byte ${offset}, yet something follows`);
}

function describe(record: Uint8Array, payload: Uint8Array): string {
  const kind = Buffer.from(record).readInt32LE(0);
  const name = Object.entries(ActionKind).find(([, value]) => value === kind)?.[0] ?? `action ${kind}`;
  const firstLine = Buffer.from(payload).toString("latin1").split("\r\n")[0]?.slice(0, 60);
  return kind === ActionKind.SendSip || kind === ActionKind.Report ? `${name} "${firstLine}"` : name;
}

/** Collects what the core does until the records that say what it did are read. */
class Outcome implements CoreObserver {
  readonly actions: { record: Buffer; payload: Buffer }[] = [];
  readonly frames: number[] = [];
  input(): void {}
  action(record: Uint8Array, payload: Uint8Array): void {
    this.actions.push({ record: Buffer.from(record), payload: Buffer.from(payload) });
  }
  frame(samples: Uint8Array): void {
    this.frames.push(crc32(samples));
  }
}

/** Addresses inside an action are the same in every run of one build. */
function sameAction(actual: { record: Buffer; payload: Buffer }, body: Buffer): boolean {
  const size = actual.record.length;
  return actual.record.equals(body.subarray(0, size)) && actual.payload.equals(body.subarray(size));
}

/** `onAction` sees each recorded action, with the time of its input: for ladders. */
export function replay(
  file: Buffer,
  core: Core,
  onAction: (record: Buffer, payload: Buffer, now: number) => void = () => {},
): ReplayResult {
  const head = readRecordingHead(file);
  const result: ReplayResult = { inputs: 0, actions: 0, frames: 0, duration: 0, difference: undefined };
  if (head.digest !== core.digest) {
    result.difference = `the recording was made by another build of ${head.module} (${head.digest.slice(0, 12)}, this one is ${core.digest.slice(0, 12)})`;
    return result;
  }
  const outcome = new Outcome();
  core.observer = outcome;
  let input: Entry | undefined;
  let first: number | undefined;

  const where = () =>
    `input ${result.inputs} (kind ${input?.kind}, ${input?.now.toFixed(3)} ms, byte ${input?.offset})`;
  const leftOver = () => {
    const [action] = outcome.actions;
    if (action) return `after ${where()}: the core also did ${describe(action.record, action.payload)}`;
    return outcome.frames.length > 0 ? `after ${where()}: the core also gave a frame` : undefined;
  };

  for (const entry of entries(file, head.start)) {
    if (entry.type === RecordType.Input || entry.type === RecordType.InputFrom) {
      result.difference = leftOver();
      if (result.difference) return result;
      input = entry;
      result.inputs++;
      // configuration has no time of its own
      if (entry.now > 0) first ??= entry.now;
      result.duration = Math.max(result.duration, entry.now - (first ?? entry.now));
      const source = entry.type === RecordType.InputFrom ? entry.body.subarray(0, ENDPOINT_SIZE) : undefined;
      const payload = source ? entry.body.subarray(ENDPOINT_SIZE) : entry.body;
      try {
        core.input(entry.kind as InputKind, entry.now, entry.index, entry.value, source, payload, payload.length);
      } catch (error) {
        if (!(error instanceof CorePanicError)) throw error;
        result.difference = `${where()}: ${error.message}`;
        return result;
      }
      core.drain(() => {});
      continue;
    }
    // A recording that reached its limit may lack the last of what its last input caused.
    if (entry.type === RecordType.End) {
      if (entry.kind === RecordingEnd.Stopped) result.difference = leftOver();
      continue;
    }
    if (entry.type === RecordType.Frame) {
      result.frames++;
      if (outcome.frames.shift() === entry.value) continue;
      result.difference = `after ${where()}: frame ${result.frames} has other samples`;
      return result;
    }
    result.actions++;
    const actual = outcome.actions.shift();
    const size = entry.body.length >= 56 ? 56 : 0;
    const recorded = describe(entry.body.subarray(0, size), entry.body.subarray(size));
    onAction(entry.body.subarray(0, size), entry.body.subarray(size), input?.now ?? 0);
    if (actual && sameAction(actual, entry.body)) continue;
    result.difference = `after ${where()}: recorded ${recorded}, replayed ${actual ? describe(actual.record, actual.payload) : "nothing"}`;
    return result;
  }
  return result;
}

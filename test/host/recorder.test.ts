// Recordings: written whole or not at all, replayed bit for bit, and no change of a bit goes unseen. With the real adapter module.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32 } from "node:zlib";
import { EndpointSetting, NumberSetting, TextSetting } from "../../host/adapter-abi.ts";
import { ActionKind, Core, CorePanicError } from "../../host/core.ts";
import { addressOf, portOf } from "../../host/endpoint.ts";
import { writeRecords } from "../../host/net/dns-records.ts";
import type { DnsRecord } from "../../host/net/resolver.ts";
import { readModule } from "../../host/paths.ts";
import { SeededRandom } from "../../host/random.ts";
import { Recorder, type RecorderOptions, RecordingEnd, RecordType } from "../../host/recorder.ts";
import { RecordingError, readRecordingHead, replay } from "../../host/replay.ts";

const WALL_CLOCK = Date.UTC(2027, 0, 1);
const adapter = readModule("adapter");
const folder = mkdtempSync(join(tmpdir(), "tipring-recorder-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const freshPath = (): string => join(folder, `${++files}.tipring`);
const freshCore = (): Core => new Core(adapter, "adapter.wasm", 8);

/** A phone that is lifted, hears dial tone, makes noise, dials by pulses and is hung up. */
function play(core: Core): void {
  let now = 5000;
  const settle = () => core.drain(() => {});
  core.reset(
    Uint8Array.from({ length: 32 }, (_, index) => index),
    now,
  );
  core.configureText(TextSetting.Country, 0, "US");
  core.configureText(TextSetting.User, 0, "101");
  core.configureNumber(NumberSetting.LongDigitTimeout, 0, 4000);
  const wait = (duration: number) => {
    for (const end = now + duration; now < end; now += 20) {
      while (core.nextTimeout <= now) {
        core.handleTimeout(now);
        settle();
      }
      for (let index = 0; index < 160; index++) core.microphone(0)[index] = Math.round(3000 * Math.sin(index * now));
      core.handleFrame(0, now);
      settle();
    }
  };
  const loop = (closed: boolean) => {
    core.handleLoop(0, closed, now, now);
    settle();
  };
  loop(true);
  wait(400);
  for (let pulse = 0; pulse < 3; pulse++) {
    loop(false);
    wait(60);
    loop(true);
    wait(40);
  }
  wait(300);
  loop(false);
  wait(1000);
}

/** A recording kept in memory, and as it lies in its file. */
function record(options: RecorderOptions = {}): { recorder: Recorder; file: Buffer } {
  const core = freshCore();
  const recorder = new Recorder(core, "adapter", WALL_CLOCK, options);
  play(core);
  const path = options.path ?? freshPath();
  if (options.path === undefined) recorder.save(path);
  else recorder.close();
  return { recorder, file: readFileSync(path) };
}

/** What a replay says: "" when it is the same. */
function said(file: Buffer, core = freshCore()): string {
  try {
    return replay(file, core).difference ?? "";
  } catch (error) {
    if (error instanceof RecordingError) return error.message;
    throw error;
  }
}

function recordsOf(file: Buffer): number[] {
  const starts: number[] = [];
  for (let at = readRecordingHead(file).start; at < file.length; at += file.readUInt32LE(at) + 4) starts.push(at);
  return starts;
}

const whole = record().file;

test("a recording runs again, every action and every frame the same", () => {
  const result = replay(whole, freshCore());
  assert.equal(result.difference, undefined);
  assert.ok(result.inputs > 90 && result.actions > 2, JSON.stringify(result));
  assert.equal(result.frames, (400 + 3 * 100 + 300 + 1000) / 20);
  assert.equal(result.duration, 400 + 3 * 100 + 300 + 1000 - 20);
  const { module, wallClock, digest } = readRecordingHead(whole);
  assert.deepEqual([module, wallClock, digest], ["adapter", WALL_CLOCK, freshCore().digest]);
});

test("what the DNS has said stands in it as well: the same questions, and REGISTER to the same server", () => {
  const core = freshCore();
  const recorder = new Recorder(core, "adapter", WALL_CLOCK);
  core.reset(new Uint8Array(32).fill(7), 0);
  core.configureEndpoint(EndpointSetting.Signalling, 0, "192.0.2.9", 5070);
  for (const [setting, text] of [
    [TextSetting.User, "101"],
    [TextSetting.Domain, "example.test"],
    [TextSetting.RegistrarHost, "example.test"],
  ] as const)
    core.configureText(setting, 0, text);
  core.configureNumber(NumberSetting.Register, 0, 1);
  const questions: [code: number, type: number, name: string][] = [];
  const sent: string[] = [];
  const settle = () =>
    core.drain(({ kind, code, value, payload, endpoint }) => {
      if (kind === ActionKind.Resolve) questions.push([code, value, Buffer.from(payload).toString("latin1")]);
      if (kind === ActionKind.SendSip) sent.push(`${addressOf(endpoint, 0)}:${portOf(endpoint, 0)}`);
    });
  core.start(10);
  settle();
  const answers: DnsRecord[][] = [
    [], // NAPTR: the usual services
    [{ type: "SRV", ttl: 300, priority: 1, weight: 0, port: 5062, target: "a.example.test" }],
    [{ type: "A", ttl: 300, address: "192.0.2.77" }],
  ];
  for (const [index, records] of answers.entries()) {
    const now = 20 + index;
    core.handleResolved(questions[index]?.[0] ?? -1, writeRecords(records), now);
    settle();
    while (core.nextTimeout <= now) {
      core.handleTimeout(now);
      settle();
    }
  }
  assert.deepEqual(
    questions.slice(0, 3).map(([, type, name]) => `${type} ${name}`),
    ["35 example.test", "33 _sip._udp.example.test", "1 a.example.test"],
  );
  assert.deepEqual(sent, ["192.0.2.77:5062"]);
  const path = freshPath();
  recorder.save(path);
  const result = replay(readFileSync(path), freshCore());
  assert.equal(result.difference, undefined);
  assert.ok(result.inputs > 8 && result.actions >= 4, JSON.stringify(result));
});

test("a recording in memory and one in a file are the same bytes", () => {
  const path = freshPath();
  assert.ok(record({ path }).file.equals(whole));
});

test("passwords and voices stand in it: nobody but its owner may read it", () => {
  const [inMemory, inFile] = [freshPath(), freshPath()];
  new Recorder(freshCore(), "adapter", WALL_CLOCK).save(inMemory);
  record({ path: inFile });
  for (const path of [inMemory, inFile]) assert.equal(statSync(path).mode & 0o077, 0);
});

test("every flipped bit of the head is reported", () => {
  const { start } = readRecordingHead(whole);
  for (let bit = 0; bit < start * 8; bit++) {
    const changed = Buffer.from(whole);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.match(said(changed), /not a recording|head of the recording/, `bit ${bit}`);
  }
});

test("a flipped bit anywhere else is reported, with its place", () => {
  const random = new SeededRandom(20);
  const { start } = readRecordingHead(whole);
  for (let round = 0; round < 150; round++) {
    const at = start + (random.bits() % (whole.length - start));
    const changed = Buffer.from(whole);
    changed[at]! ^= 1 << (random.bits() & 7);
    assert.match(said(changed), /byte \d+/, `round ${round} of seed 20, byte ${at}`);
  }
});

test("a recording that is cut off anywhere is reported, between two records too", () => {
  const random = new SeededRandom(21);
  const starts = recordsOf(whole);
  const places = [0, 1, 7, 40, ...Array.from({ length: 60 }, () => random.bits() % whole.length)];
  for (let index = 0; index < starts.length; index += 5) places.push(starts[index]!);
  places.push(starts.at(-1)!);
  for (const length of places)
    assert.match(said(whole.subarray(0, length)), /cut off|not a recording/, `${length} bytes`);
});

test("what is put behind the end is reported", () => {
  assert.match(said(Buffer.concat([whole, Buffer.alloc(40)])), /ended before byte/);
});

test("a record left out is seen by what the core does", () => {
  const starts = recordsOf(whole);
  const isAction = (at: number) => whole[at + 4] === RecordType.Action;
  const actions = starts.filter(isAction);
  for (const at of [actions[0]!, actions.at(-1)!]) {
    const without = Buffer.concat([whole.subarray(0, at), whole.subarray(at + whole.readUInt32LE(at) + 4)]);
    assert.match(said(without), /input \d+ .*(also did|recorded)/);
  }
});

test("other samples than recorded are seen, though the record is whole", () => {
  const at = recordsOf(whole).find((start) => whole[start + 4] === RecordType.Frame)!;
  const changed = Buffer.from(whole);
  const end = at + changed.readUInt32LE(at);
  changed.writeDoubleLE(1, at + 16);
  changed.writeUInt32LE(crc32(changed.subarray(at, end)), end);
  assert.match(said(changed), /after input \d+ \(.*\): frame 1 has other samples/);
});

test("another build of the module is told from this one", () => {
  const core = new Core(readModule("server"), "server.wasm");
  assert.match(said(whole, core), /made by another build of adapter/);
});

test("a core that fails in the replay: the report names the input", () => {
  const core = freshCore();
  const input = core.input.bind(core);
  let inputs = 0;
  core.input = (...values) => {
    if (++inputs === 30) throw new CorePanicError("the core failed at source line 12: unreachable");
    return input(...values);
  };
  assert.match(said(whole, core), /^input 30 \(kind \d+, [\d.]+ ms, byte \d+\): the core failed at source line 12/);
});

test("a recording that reaches its limit stops there, and replays as far as it goes", () => {
  const random = new SeededRandom(22);
  for (let round = 0; round < 40; round++) {
    const limit = 600 + (random.bits() % (whole.length - 700));
    const { recorder, file } = record({ limit });
    const context = `limit ${limit} of seed 22`;
    assert.ok(recorder.isFull, context);
    assert.ok(file.length <= limit && file.length > limit - 1000, `${file.length} bytes, ${context}`);
    assert.equal(recorder.bytes, file.length);
    assert.equal(file[recordsOf(file).at(-1)! + 5], RecordingEnd.Limit);
    assert.equal(said(file), "", context);
  }
});

test("a file has its name only when it is whole; at the limit that is at once", () => {
  const [path, core] = [freshPath(), freshCore()];
  const recorder = new Recorder(core, "adapter", WALL_CLOCK, { path });
  play(core);
  assert.ok(!existsSync(path) && existsSync(`${path}.part`));
  recorder.close();
  assert.ok(existsSync(path) && !existsSync(`${path}.part`));
  play(core);
  recorder.close();
  assert.equal(statSync(path).size, recorder.bytes);
  assert.equal(said(readFileSync(path)), "");

  const [limited, second] = [freshPath(), freshCore()];
  new Recorder(second, "adapter", WALL_CLOCK, { path: limited, limit: 2000 });
  play(second);
  assert.equal(said(readFileSync(limited)), "");
});

test("a recording that is thrown away leaves no file, and takes nothing more", () => {
  const [path, core] = [freshPath(), freshCore()];
  const recorder = new Recorder(core, "adapter", WALL_CLOCK, { path });
  recorder.discard();
  play(core);
  recorder.close();
  recorder.discard();
  assert.ok(!existsSync(path) && !existsSync(`${path}.part`));
});

test("a full disk ends the recording, never the core; it is told once", { skip: !existsSync("/dev/full") }, () => {
  const [path, core] = [freshPath(), freshCore()];
  symlinkSync("/dev/full", `${path}.part`);
  const failures: string[] = [];
  const recorder = new Recorder(core, "adapter", WALL_CLOCK, {
    path,
    onFailure: ({ message }) => failures.push(message),
  });
  for (let round = 0; round < 30; round++) play(core); // more than the chunk that is kept
  assert.ok(recorder.isFull);
  assert.equal(failures.length, 1);
  assert.match(failures[0]!, /ENOSPC/);
  recorder.close();
  assert.ok(!existsSync(path));
});

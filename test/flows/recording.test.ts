// What a field failure leaves behind: a recording of both cores that runs again bit for bit, and tells when it was changed.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32 } from "node:zlib";
import { ActionKind, Core } from "../../host/core.ts";
import { SeededRandom } from "../../host/random.ts";
import { RECORD_HEAD, RecordType } from "../../host/recorder.ts";
import { RecordingError, readRecordingHead, replay } from "../../host/replay.ts";
import { BUILDS, type Build, builtModule, VirtualBox } from "../support/virtual-box.ts";
import { BAD_WIRE } from "../support/virtual-network.ts";

const LINES = 8;
const folder = mkdtempSync(join(tmpdir(), "tipring-"));
after(() => rmSync(folder, { recursive: true }));

const freshCore = (name: "adapter" | "server", build: Build): Core =>
  new Core(builtModule(name, build), `${name}.wasm`, name === "adapter" ? LINES : 0);

/** A call over a bad wire, with keys and a flash, another one that is cancelled; recorded from beginning to end. */
async function record(build: Build): Promise<Record<"adapter" | "server", Buffer>> {
  const recordings = join(folder, build);
  mkdirSync(recordings, { recursive: true });
  const virtual = await VirtualBox.startRegistered({ seed: 61, build, recordings, wire: BAD_WIRE });
  await virtual.connect(1, 2);
  await virtual.dial(1, "5#");
  await virtual.run(virtual.phone(2).flash(500));
  await virtual.pass(2000);
  virtual.phone(2).hang();
  await virtual.pass(3000);
  virtual.phone(1).hang();
  await virtual.pass(3000);
  virtual.phone(2).mode = "pulse";
  await virtual.call(2, "101");
  await virtual.rings(1, 30_000);
  virtual.phone(2).hang();
  await virtual.pass(5000);
  await virtual.stop();
  return {
    adapter: readFileSync(join(recordings, "adapter.tipring")),
    server: readFileSync(join(recordings, "server.tipring")),
  };
}

/** Where the records begin. */
function recordsOf(file: Buffer): number[] {
  const starts: number[] = [];
  for (let at = readRecordingHead(file).start; at < file.length; at += file.readUInt32LE(at) + 4) starts.push(at);
  return starts;
}

const outcome = (file: Buffer, core: Core): string => {
  try {
    return replay(file, core).difference ?? "";
  } catch (error) {
    if (error instanceof RecordingError) return error.message;
    throw error;
  }
};

for (const build of BUILDS) {
  test(`both recordings of two calls over a bad wire run again, every action and every frame the same (${build})`, async () => {
    const files = await record(build);
    for (const name of ["adapter", "server"] as const) {
      const core = freshCore(name, build);
      const before = core.memoryBytes;
      const result = replay(files[name], core);
      assert.equal(result.difference, undefined, name);
      assert.ok(result.inputs > 30 && result.actions > 30, JSON.stringify(result));
      if (name === "adapter") assert.ok(result.frames > 500, `${result.frames} frames`);
      assert.equal(core.memoryBytes, before);
    }
  });
}

test("the same seed makes the same recording, byte for byte; another build of the module is told from it", async () => {
  const [first, second] = [await record("release"), await record("release")];
  assert.ok(first.adapter.equals(second.adapter) && first.server.equals(second.server));
  assert.match(outcome(first.adapter, freshCore("adapter", "debug")), /another build of adapter/);
});

test("a byte that was changed anywhere behind the head is reported, and where", async () => {
  const { adapter } = await record("release");
  const random = new SeededRandom(62);
  const { start } = readRecordingHead(adapter);
  for (let round = 0; round < 60; round++) {
    const changed = Buffer.from(adapter);
    const at = start + (random.bits() % (adapter.length - start));
    changed[at]! ^= 1 << (random.bits() % 8);
    assert.match(outcome(changed, freshCore("adapter", "release")), /byte \d+/, `byte ${at}`);
  }
  for (let round = 0; round < 20; round++) {
    const cut = adapter.subarray(0, start + (random.bits() % (adapter.length - start)));
    const whole = recordsOf(adapter).includes(cut.length);
    if (!whole) assert.match(outcome(cut, freshCore("adapter", "release")), /cut off|damaged/, `cut at ${cut.length}`);
  }
});

test("a record that was changed together with its checksum is seen by what the core does", async () => {
  const { adapter } = await record("release");
  let tried = 0;
  for (const at of recordsOf(adapter)) {
    const isAction =
      adapter[at + 4] === RecordType.Action && adapter.readInt32LE(at + RECORD_HEAD) === ActionKind.SendSip;
    const isFrame = adapter[at + 4] === RecordType.Frame;
    if (!(isAction || isFrame) || tried >= 20 || (isFrame && tried % 2 === 0)) continue;
    tried++;
    const changed = Buffer.from(adapter);
    const end = at + changed.readUInt32LE(at);
    // the last byte of a message's text, or the checksum of a frame's samples
    if (isAction) changed[end - 1]! ^= 1;
    else changed.writeDoubleLE(changed.readDoubleLE(at + 16) + 1, at + 16);
    changed.writeUInt32LE(crc32(changed.subarray(at, end)), end);
    const said = outcome(changed, freshCore("adapter", "release"));
    assert.match(said, isAction ? /recorded SendSip .*replayed SendSip/ : /frame \d+ has other samples/, said);
  }
  assert.equal(tried, 20);
});

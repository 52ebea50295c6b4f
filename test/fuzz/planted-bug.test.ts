// A bug that was put into the core is found, cut down to the datagram that shows it, and its recording shows it again.

import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { Core } from "../../host/core.ts";
import { replay } from "../../host/replay.ts";
import { patchedModule } from "../support/patched-module.ts";
import { builtModule } from "../support/virtual-box.ts";
import { newTally } from "./batch.ts";
import { BatchError, runBatch } from "./failure.ts";

const BATCH = 1000;
const MOST_BATCHES = 20;

test("a core that was made to fail at a semicolon and a percent sign is found out, the datagram cut down, the failure replayed", async (context) => {
  const adapter = await patchedModule("adapter", [
    {
      file: "adapter.ts",
      from: "  handleSessionEvent(handleSip(",
      to: '  for (let at = 0; at + 2 < length; at++) {\n    assert(load<u16>(rxDatagram + <usize>at) != 0x253b, "planted");\n  }\n  handleSessionEvent(handleSip(',
    },
  ]);
  const modules = { adapter, server: builtModule("server", "debug") };
  let failure: BatchError | undefined;
  for (let seed = 1; seed <= MOST_BATCHES && !failure; seed++)
    try {
      runBatch(seed, modules, newTally(), (batch) => batch.run(BATCH));
    } catch (error) {
      assert.ok(error instanceof BatchError, String(error));
      failure = error;
    }
  assert.ok(failure, "not found");
  context.after(() => rmSync(dirname(failure.recordings[0] as string), { recursive: true }));
  assert.match(failure.message, /the core failed at source line \d+/);
  assert.equal(Buffer.from(failure.datagram).toString("latin1").slice(0, 2), ";%");
  assert.ok(failure.datagram.length <= 3, `${failure.datagram.length} bytes are left`);

  const differences = failure.recordings.map((path) => {
    const isServer = path.includes("server");
    const core = new Core(modules[isServer ? "server" : "adapter"], path, isServer ? 0 : 8);
    return replay(readFileSync(path), core).difference;
  });
  const reason = /the core failed at source line \d+/.exec(failure.message)?.[0] as string;
  assert.equal(differences.filter((difference) => difference?.includes(reason)).length, 1, `${differences}`);
  assert.equal(differences.filter((difference) => difference === undefined).length, 2, `${differences}`);
});

// Who is registered outlives a restart, a power cut and a damaged file. The real server module on virtual time, over files in memory.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseConfig } from "../../host/config/check.ts";
import { Core, CorePanicError } from "../../host/core.ts";
import { Log } from "../../host/log.ts";
import type { DatagramListener } from "../../host/net/udp.ts";
import { replay } from "../../host/replay.ts";
import { SipServer } from "../../host/server.ts";
import { authorize, parseChallenge } from "../support/digest-client.ts";
import { MemoryFiles } from "../support/memory-files.ts";
import { fieldOf, fieldsOf, parseSip, type SipMessage, writeSip } from "../support/sip-text.ts";
import { builtModule } from "../support/virtual-box.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const PATH = "/etc/tipring.toml.locations";
const USERS = ["101", "102", "103"];
const CONFIG = parseConfig(
  `[server]\nenabled = true\n${USERS.map((user) => `[[server.user]]\nname = "${user}"\npassword = "word-${user}"\n`).join("")}`,
  "test",
);
/** Longer than the file waits between two writes, ms. */
const WHILE = 10_000;

interface Options {
  clock?: VirtualClock;
  recording?: { path: string };
}

/** One run of a server, from its start to its end or the power cut. */
class Run {
  readonly clock: VirtualClock;
  readonly log: Log;
  readonly sent: { message: SipMessage; port: number }[] = [];
  server!: SipServer;
  #listener: DatagramListener = () => {};
  #serial = 0;

  private constructor(clock: VirtualClock) {
    this.clock = clock;
    this.log = new Log(clock);
  }

  static async start(files: MemoryFiles, { clock = new VirtualClock(), recording }: Options = {}): Promise<Run> {
    const run = new Run(clock);
    run.server = await SipServer.start({
      config: CONFIG,
      clock,
      log: run.log,
      wasm: builtModule("server", "release"),
      seed: () => new Uint8Array(32).fill(7),
      locations: { path: PATH, files },
      recording,
      openUdp: async (_what, _address, port, _largest, listener) => {
        run.#listener = listener;
        return {
          port,
          send: (bytes, _to, toPort) => {
            run.sent.push({ message: parseSip(Buffer.from(bytes).toString("latin1")), port: toPort });
          },
          probe: () => {},
          close: async () => {},
        };
      },
    });
    return run;
  }

  receive(port: number, text: string): void {
    this.#listener(Buffer.from(text, "latin1"), "127.0.0.1", port);
  }

  /** The phone of a user, at a port of its own, registers through the challenge. */
  register(user: string, expires: number, q = "1.0", extension: [string, string][] = []): SipMessage {
    const port = 6000 + Number(user);
    const request = (more: [string, string][]): string =>
      writeSip("REGISTER sip:127.0.0.1 SIP/2.0", [
        ["Via", `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${user}-${this.clock.now()}-${++this.#serial}`],
        ["From", `<sip:${user}@127.0.0.1>;tag=1`],
        ["To", `<sip:${user}@127.0.0.1>`],
        ["Call-ID", `call-of-${user}`],
        ["CSeq", `${this.#serial} REGISTER`],
        ["Contact", `<sip:${user}@127.0.0.1:${port}>;q=${q}`],
        ["Expires", `${expires}`],
        ...extension,
        ...more,
      ]);
    this.receive(port, request([]));
    const challenge = parseChallenge(fieldOf(this.take(port), "www-authenticate"));
    const credentials = authorize(challenge, user, `word-${user}`, "REGISTER", "sip:127.0.0.1");
    this.receive(port, request([["Authorization", credentials]]));
    return this.take(port);
  }

  take(port: number): SipMessage {
    const at = this.sent.findIndex((sent) => sent.port === port);
    assert.notEqual(at, -1, `something for port ${port}`);
    return (this.sent.splice(at, 1)[0] as { message: SipMessage }).message;
  }

  /** Seconds that each user's registration has left. */
  get left(): Record<string, number> {
    const { bindings } = this.server.status();
    return Object.fromEntries(
      bindings.map(({ addressOfRecord, expiresSeconds }) => [addressOfRecord.slice(4, 7), expiresSeconds]),
    );
  }

  get errors(): string[] {
    return this.log
      .recent(100)
      .filter(({ level }) => level === "error")
      .map(({ message }) => message);
  }

  /** Lets time pass, and the file be written. */
  async pass(duration: number): Promise<void> {
    this.clock.advance(duration);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the location service is kept across restarts", () => {
  test("a phone that registered before the restart is called after it, where it was, until it would have expired anyway", async () => {
    const files = new MemoryFiles({});
    const before = await Run.start(files);
    assert.equal(before.register("101", 600).status, 200);
    assert.equal(before.register("102", 60, "0.25").status, 200);
    await before.pass(20_000);
    await before.server.stop();

    // The machine is off for 50 s; its monotonic clock starts again from 0.
    const after = await Run.start(files, { clock: new VirtualClock(before.clock.wallClock() + 50_000) });
    assert.deepEqual(after.left, { "101": 530 }, "102's minute is over");
    after.receive(6101, optionsFor("101"));
    const refusal = parseChallenge(fieldOf(after.take(6101), "proxy-authenticate"));
    const uri = "sip:101@127.0.0.1";
    after.receive(6101, optionsFor("101", authorize(refusal, "103", "word-103", "OPTIONS", uri)));
    assert.equal(after.take(6101).startLine, "OPTIONS sip:101@127.0.0.1:6101 SIP/2.0");
    await after.pass(529_000);
    assert.deepEqual(after.left, { "101": 1 });
    await after.pass(1000);
    assert.deepEqual(after.left, {});
  });

  test("q is kept", async () => {
    const files = new MemoryFiles({});
    const before = await Run.start(files);
    before.register("102", 600, "0.25");
    await before.server.stop();
    const after = await Run.start(files);
    assert.match(fieldOf(after.register("102", 600, "0.3"), "contact"), /;q=0\.300$/);
    await after.server.stop();
    assert.match(await files.readFile(PATH), /"q":300,/);
  });

  test("RFC 3327: the proxies on the way to a phone are kept, and shown", async () => {
    const path = "<sip:token@127.0.0.1:6102;lr>, <sip:inner.example;lr>";
    const files = new MemoryFiles({});
    const before = await Run.start(files);
    const more: [string, string][] = [
      ["Supported", "path"],
      ["Path", path],
    ];
    assert.equal(before.register("102", 600, "1.0", more).status, 200);
    before.register("101", 600);
    await before.server.stop();
    const after = await Run.start(files);
    const shown = after.server.status().bindings.map((binding) => [binding.addressOfRecord.slice(4, 7), binding.path]);
    assert.deepEqual(Object.fromEntries(shown), { "101": undefined, "102": path });
    after.receive(6101, optionsFor("102"));
    const refusal = parseChallenge(fieldOf(after.take(6101), "proxy-authenticate"));
    const uri = "sip:102@127.0.0.1";
    after.receive(6101, optionsFor("102", authorize(refusal, "103", "word-103", "OPTIONS", uri)));
    assert.equal(fieldsOf(after.take(6102), "route").join(), path);
  });

  test("a clock that was set back makes no registration longer than the server allows", async () => {
    const files = new MemoryFiles({});
    const before = await Run.start(files, { clock: new VirtualClock(Date.UTC(2027, 5, 1)) });
    before.register("101", 3600);
    await before.server.stop();
    const after = await Run.start(files, { clock: new VirtualClock(Date.UTC(1970, 0, 1)) });
    assert.deepEqual(after.left, { "101": 3600 });
  });

  test("who has gone is not there after a restart", async () => {
    const files = new MemoryFiles({});
    const before = await Run.start(files);
    before.register("101", 600);
    await before.pass(WHILE);
    before.register("101", 0);
    await before.server.stop();
    assert.deepEqual((await Run.start(files)).left, {});
  });

  test("a hundred registrations in a minute are a few writes, none of them on the way of a call", async () => {
    const files = new MemoryFiles({});
    const run = await Run.start(files);
    run.register("101", 600);
    await run.pass(0);
    const stepsOfOne = files.steps;
    assert.ok(stepsOfOne > 0, "the first is written at once");
    await run.pass(WHILE);
    for (let count = 0; count < 100; count++) {
      run.register(USERS[count % 3] as string, 600);
      await run.pass(600);
    }
    assert.ok(files.steps <= 15 * stepsOfOne, `${files.steps} steps of writing`);
    assert.ok(files.steps >= 13 * stepsOfOne, `${files.steps} steps of writing`);
    const idle = files.steps;
    await run.pass(WHILE);
    await run.pass(300_000);
    assert.ok(files.steps <= idle + stepsOfOne, "nothing changes, nothing is written");
  });

  test("a core that has failed leaves its phones to the next one", async () => {
    const run = await Run.start(new MemoryFiles({}));
    run.register("101", 600);
    await run.pass(WHILE);
    run.server.core.input = () => {
      throw new CorePanicError("the core failed at source line 1: unreachable");
    };
    run.receive(6101, "x");
    assert.equal(run.server.failures, 1);
    assert.deepEqual(run.left, { "101": 590 });
  });

  test("what was taken back is in the recording, and the replay does the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tipring-locations-"));
    try {
      const files = new MemoryFiles({});
      const before = await Run.start(files);
      before.register("101", 600);
      await before.server.stop();
      const path = join(folder, "server.tipring");
      const after = await Run.start(files, { recording: { path } });
      after.receive(6103, optionsFor("101"));
      await after.pass(700_000);
      await after.server.stop();
      const result = replay(readFileSync(path), new Core(builtModule("server", "release"), "server.wasm"));
      assert.equal(result.difference, undefined);
      assert.ok(result.actions >= 2, "a challenge, and the end of the registration");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the file fails", () => {
  for (const [what, change] of Object.entries<(text: string) => string>({
    "a changed byte": (text) => text.replace("6101", "6102"),
    "a cut end": (text) => text.slice(0, -9),
    "no text at all": () => "",
    "another version": (text) => text.replace("locations 1", "locations 2"),
    "something else": () => "[server]\nport = 5060\n",
  })) {
    test(`${what}: it is named, set aside, and the server starts`, async () => {
      const files = new MemoryFiles({});
      const before = await Run.start(files);
      before.register("101", 600);
      await before.server.stop();
      const damaged = change(await files.readFile(PATH));
      files.put(PATH, damaged);

      const after = await Run.start(files);
      assert.deepEqual(after.left, {});
      assert.match(after.errors.join(), new RegExp(`${PATH} is damaged: .* kept as ${PATH}\\.damaged`));
      assert.equal(await files.readFile(`${PATH}.damaged`), damaged);
      assert.equal(after.register("101", 600).status, 200);
      await after.server.stop();
      assert.deepEqual((await Run.start(files)).left, { "101": 600 });
    });
  }

  test("a full disk is told once, and calls go on; once there is room the file is written", async () => {
    const files = new MemoryFiles({});
    const run = await Run.start(files);
    files.failAt = 1;
    for (let count = 0; count < 4; count++) {
      assert.equal(run.register("101", 600).status, 200);
      await run.pass(WHILE);
    }
    assert.equal(run.errors.length, 1);
    assert.match(run.errors[0] as string, /locations cannot be written/);
    files.failAt = Infinity;
    run.register("101", 600);
    await run.pass(WHILE);
    assert.deepEqual(Object.keys((await Run.start(files)).left), ["101"]);
  });

  for (const cut of ["lost", "kept", "torn"] as const) {
    test(`the power goes at any step of a write, what was not synced is ${cut}: the old registrations or the new ones`, async () => {
      let isOver = false;
      let outcomes = "";
      for (let step = 1; !isOver; step++) {
        const files = new MemoryFiles({});
        const run = await Run.start(files);
        run.register("101", 600);
        await run.pass(WHILE);
        files.failAt = files.steps + step;
        run.register("102", 600);
        await run.pass(WHILE);
        isOver = files.steps < files.failAt;
        files.failAt = Infinity;
        files.powerCut(cut);
        const after = await Run.start(files);
        const known = Object.keys(after.left).sort().join();
        assert.ok(known === "101" || known === "101,102", `step ${step}: ${known}`);
        assert.deepEqual(after.errors, []);
        outcomes += known === "101" ? "o" : "n";
      }
      assert.match(outcomes, /^o+n+$/, "up to some step the old ones, from then on the new ones");
    });
  }
});

function optionsFor(user: string, credentials?: string): string {
  return writeSip(`OPTIONS sip:${user}@127.0.0.1 SIP/2.0`, [
    ["Via", `SIP/2.0/UDP 127.0.0.1:6101;branch=z9hG4bK-options-${credentials ? 2 : 1}`],
    ["Max-Forwards", "70"],
    ["From", "<sip:103@127.0.0.1>;tag=1"],
    ["To", `<sip:${user}@127.0.0.1>`],
    ["Call-ID", "options"],
    ["CSeq", `${credentials ? 2 : 1} OPTIONS`],
    ...(credentials ? [["Proxy-Authorization", credentials] as [string, string]] : []),
  ]);
}

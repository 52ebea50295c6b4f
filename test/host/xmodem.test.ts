// XMODEM: the receiver against a sender written by the book over lines that lose and spoil bytes, and against lrzsz over a pty.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ReadStream, WriteStream } from "node:tty";
import { systemClock } from "../../host/clock.ts";
import { RawLine } from "../../host/console/raw-line.ts";
import { type ByteLink, crc16, XmodemReceiver } from "../../host/update/xmodem.ts";
import { within } from "../support/deadline.ts";
import { Dice } from "../support/dice.ts";
import { PtyPair, ptySkip } from "../support/pty.ts";
import { XmodemSender } from "../support/xmodem-sender.ts";

const FILE = Buffer.alloc(96 * 1024);
for (let at = 0; at < FILE.length; at++) FILE[at] = (at * 31 + (at >> 8) * 17) & 0xff;

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(Uint8Array.from(piece));
  return Buffer.concat(parts);
}

test("CRC-16/XMODEM of the check string of the catalogues is 31C3", () => {
  assert.equal(crc16(Buffer.from("123456789")), 0x31c3);
  assert.equal(crc16(new Uint8Array(128)), 0);
});

/** A line whose time passes only when nothing comes: a lost byte costs nothing but its waits. */
class FastLine implements ByteLink {
  now = 0;
  readonly #far: XmodemSender;
  readonly #spoil: (bytes: Buffer) => Buffer;
  #waiting: Buffer[] = [];

  constructor(far: XmodemSender, spoil: (bytes: Buffer) => Buffer) {
    this.#far = far;
    this.#spoil = spoil;
  }

  async read(wait: number): Promise<Uint8Array | undefined> {
    const next = this.#waiting.shift();
    if (next) return next;
    this.now += wait;
    this.#take(this.#far.wait(wait));
    return undefined;
  }

  write(bytes: Uint8Array): void {
    this.#take(this.#far.take(this.#spoil(Buffer.from(bytes))));
  }

  #take(sent: Buffer): void {
    const bytes = this.#spoil(sent);
    for (let at = 0; at < bytes.length; at += 100) this.#waiting.push(bytes.subarray(at, at + 100));
  }
}

const clean = (bytes: Buffer): Buffer => bytes;

for (const mode of ["XMODEM", "XMODEM-1K", "YMODEM"] as const) {
  test(`${mode}: a file comes over a clean line`, async () => {
    const far = new XmodemSender(FILE, mode);
    const line = new FastLine(far, clean);
    const receiver = new XmodemReceiver(line, () => line.now);
    assert.ok((await collect(receiver.receive())).equals(FILE));
    assert.equal(receiver.size, mode === "YMODEM" ? FILE.length : undefined);
    assert.equal(receiver.repeats, 0);
    assert.ok(far.isDone, "the sender knows that it is over");
  });

  test(`${mode}: a line that loses, spoils and adds bytes costs repeats, never a byte of the file`, async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const dice = new Dice(seed);
      const spoil = (bytes: Buffer): Buffer => {
        const out: number[] = [];
        for (const byte of bytes) {
          const luck = dice.between(0, 1);
          if (luck < 0.00008) continue;
          if (luck < 0.00016) out.push(byte ^ (1 << dice.below(8)));
          else if (luck < 0.00024) out.push(dice.below(256), byte);
          else out.push(byte);
        }
        return Buffer.from(out);
      };
      const line = new FastLine(new XmodemSender(FILE, mode), spoil);
      const receiver = new XmodemReceiver(line, () => line.now);
      const got = await collect(receiver.receive());
      assert.ok(got.equals(FILE), `seed ${seed}: ${got.length} bytes`);
      assert.ok(receiver.repeats > 0, `seed ${seed} spoilt nothing`);
    }
  });
}

test("an acknowledgement that is lost brings the same block again, which is taken once", async () => {
  let acknowledgements = 0;
  const line = new FastLine(new XmodemSender(FILE.subarray(0, 4096), "XMODEM"), (bytes) =>
    bytes.length === 1 && bytes[0] === 0x06 && ++acknowledgements % 5 === 0 ? Buffer.alloc(0) : bytes,
  );
  const receiver = new XmodemReceiver(line, () => line.now);
  assert.ok((await collect(receiver.receive())).equals(FILE.subarray(0, 4096)));
});

test("a sender that gives up, never begins or goes away is told as that", async () => {
  const cases: [(bytes: Buffer) => Buffer, RegExp][] = [
    [(bytes) => (bytes.length > 5 ? Buffer.from([0x18, 0x18]) : bytes), /the sender has given up/],
    [() => Buffer.alloc(0), /no sender has begun/],
    [(bytes) => (bytes.length > 5 ? Buffer.from("\x03") : bytes), /stopped/],
  ];
  for (const [spoil, why] of cases) {
    const line = new FastLine(new XmodemSender(FILE, "XMODEM"), spoil);
    await assert.rejects(collect(new XmodemReceiver(line, () => line.now).receive()), why);
  }
  let bytes = 0;
  const line = new FastLine(new XmodemSender(FILE, "XMODEM-1K"), (sent) => {
    bytes += sent.length;
    return bytes > 50_000 ? Buffer.alloc(0) : sent;
  });
  await assert.rejects(collect(new XmodemReceiver(line, () => line.now).receive()), /10 blocks in a row were lost/);
});

test("a reader that stops has the sender stop too, and leaves the line quiet", async () => {
  const far = new XmodemSender(FILE, "XMODEM-1K");
  const line = new FastLine(far, clean);
  for await (const piece of new XmodemReceiver(line, () => line.now).receive()) {
    assert.equal(piece.length, 1024);
    break;
  }
  assert.ok(far.isCancelled);
  assert.equal(await line.read(1000), undefined);
});

function lrzszSkip(): string | false {
  if (spawnSync("sx", ["--version"]).error === undefined) return ptySkip();
  if (process.env.CI === "true") throw new Error("sx is missing: apt-get install lrzsz");
  return "sx is not installed (apt-get install lrzsz)";
}

const skip = lrzszSkip();
for (const [program, ...options] of [["sx"], ["sx", "-k"], ["sb"]] as const) {
  test(`lrzsz: ${[program, ...options].join(" ")} sends a file over a terminal line`, { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "tipring-xmodem-"));
    const pty = new PtyPair();
    await pty.connect();
    t.after(async () => {
      await pty.close();
      rmSync(folder, { recursive: true });
    });
    const path = join(folder, "system.update");
    writeFileSync(path, FILE);
    const flags = constants.O_RDWR | constants.O_NOCTTY;
    for (const end of [pty.near, pty.far]) execFileSync("stty", ["-F", end, "raw", "-echo"]);
    const [input, output] = [new ReadStream(openSync(pty.near, flags)), new WriteStream(openSync(pty.near, flags))];
    const far = openSync(pty.far, flags);
    const sender = spawn(program, [...options, path], { stdio: [far, far, "ignore"] });
    closeSync(far);
    const ended = new Promise<number | null>((resolve) => sender.once("exit", resolve));
    const line = new RawLine(systemClock, (bytes) => void output.write(bytes), t.signal);
    input.on("data", (bytes: Buffer) => line.give(bytes));
    const receiver = new XmodemReceiver(line, systemClock.now);
    const got = await within(collect(receiver.receive()), 30_000, `a file by ${program}`);
    assert.ok(got.equals(FILE), `${got.length} bytes of ${FILE.length}`);
    assert.equal(await within(ended, 10_000, `the end of ${program}`), 0);
    assert.equal(receiver.size, program === "sb" ? FILE.length : undefined);
    input.destroy();
    output.destroy();
  });
}

// Updates that are signed and whole, and whose system cannot run: for tests of the way back.

import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePublicKey, writeTrailer } from "../../host/update/update-file.ts";
import { Dice } from "./dice.ts";

export interface BadUpdate {
  file: Buffer;
  /** In hex, of the system. */
  sha256: string;
  /** The text of the `update.pub` that takes it. */
  publicKey: string;
}

export interface BadUpdateOptions {
  /** For its parts. */
  folder: string;
  key: KeyObject;
  version: string;
  boards: readonly string[];
  /** `empty`: the kernel finds no init, and starts the machine anew. `hangs`: an init that waits for ever. */
  system: "empty" | "hangs";
}

/** Where stage 1 puts what it hands over. */
const FOLDERS = ["config", "dev", "etc/tipring", "proc", "sys", "test", "usr/lib/modules", "usr/sbin"];
/** Bytes that can't be compressed, so that there is something to write. */
const BALLAST = 1_200_000;

export function badUpdate({ folder, key, version, boards, system: kind }: BadUpdateOptions): BadUpdate {
  const tree = join(folder, `system-${kind}`);
  const squashfs = join(folder, `${kind}.squashfs`);
  mkdirSync(tree);
  if (kind === "hangs") {
    for (const each of FOLDERS) mkdirSync(join(tree, each), { recursive: true });
    const init = join(tree, "usr/sbin/init");
    writeFileSync(init, waitingProgram());
    chmodSync(init, 0o755);
    const dice = new Dice(1);
    writeFileSync(
      join(tree, "ballast"),
      Uint32Array.from({ length: BALLAST / 4 }, () => dice.bits()),
    );
  }
  execFileSync("mksquashfs", [tree, squashfs, "-noappend", "-quiet", "-no-progress", "-all-root"]);
  const system = readFileSync(squashfs);
  const sha256 = createHash("sha256").update(system).digest("hex");
  const trailer = writeTrailer({ name: "tipring", version, boards, size: system.length, sha256 }, key);
  return { file: Buffer.concat([system, trailer]), sha256, publicKey: writePublicKey(createPublicKey(key)) };
}

/** An executable of 64-bit ARM, as elf(5) lays it out: one segment, and in it ppoll() of nothing, without end. */
function waitingProgram(): Buffer {
  const [HEADER, SEGMENT, BASE, PPOLL] = [64, 56, 0x400000, 73];
  const code = [
    ...[0, 1, 2, 3].map((register) => 0xd2800000 | register), // mov xN, #0
    0xd2800008 | (PPOLL << 5), // mov x8, #ppoll
    0xd4000001, // svc #0
    0x17fffffa, // b back to the first
  ];
  const size = HEADER + SEGMENT + code.length * 4;
  const elf = Buffer.alloc(size);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(elf);
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(183, 18); // EM_AARCH64
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(BigInt(BASE + HEADER + SEGMENT), 24);
  elf.writeBigUInt64LE(BigInt(HEADER), 32);
  for (const [at, value] of [HEADER, SEGMENT, 1].entries()) elf.writeUInt16LE(value, 52 + 2 * at);
  elf.writeUInt32LE(1, HEADER); // PT_LOAD
  elf.writeUInt32LE(5, HEADER + 4); // readable, executable
  for (const at of [16, 24]) elf.writeBigUInt64LE(BigInt(BASE), HEADER + at);
  for (const at of [32, 40]) elf.writeBigUInt64LE(BigInt(size), HEADER + at);
  elf.writeBigUInt64LE(0x1000n, HEADER + 48);
  for (const [index, word] of code.entries()) elf.writeUInt32LE(word >>> 0, HEADER + SEGMENT + index * 4);
  return elf;
}

// Programs of test/peers: a few lines of C around a library that somebody else wrote, so that what our sound means is
// read by others than us. gcc builds them on the spot, into build/peers.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";

/** The header that tells whether a library is here, and what it takes to link it. */
const LIBRARIES = {
  spandsp: { header: "spandsp.h", link: ["-lspandsp", "-lm"], packages: "gcc libc6-dev libspandsp-dev" },
  gpio: { header: "linux/gpio.h", link: ["-pthread"], packages: "gcc libc6-dev linux-libc-dev" },
  asound: { header: "alsa/asoundlib.h", link: ["-lasound"], packages: "gcc libc6-dev libasound2-dev" },
} as const;

const SOURCES = join(projectRoot, "test/peers");
const FOLDER = join(projectRoot, "build/peers");
const SHARED_HEADER = "pcm.h";

export type Library = keyof typeof LIBRARIES;

const isCi = () => process.env.CI === "true";

/** Why a test of a peer is skipped; false when it can run. With CI=true it always runs, and fails for what is missing. */
export function isPeerMissing(library: Library): string | false {
  const { header, packages } = LIBRARIES[library];
  const isHere = () =>
    spawnSync("gcc", ["-E", "-include", header, "-x", "c", "/dev/null"], { stdio: "ignore" }).status === 0;
  return isCi() || isHere() ? false : `${library} is not here: apt-get install ${packages}`;
}

/** Builds test/peers/NAME.c and returns its path: a program, or with `shared` a module for other programs. */
export function buildPeer(name: string, library: Library, shared: readonly string[] = []): string {
  const source = join(SOURCES, `${name}.c`);
  const program = join(FOLDER, name);
  const changed = Math.max(...[source, join(SOURCES, SHARED_HEADER)].map((path) => statSync(path).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > changed) return program;
  mkdirSync(FOLDER, { recursive: true });
  // Test files run side by side: each builds its own and puts it in place in one step.
  const fresh = `${program}.${process.pid}`;
  const args = [
    "-std=gnu11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    ...shared,
    "-o",
    fresh,
    source,
    ...LIBRARIES[library].link,
  ];
  const { status, stderr, error } = spawnSync("gcc", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`gcc ${args.join(" ")}: ${error?.message ?? stderr}`);
  renameSync(fresh, program);
  return program;
}

/** What the program of test/peers/NAME.c prints when it hears `sound`. */
export function runPeer(name: string, library: Library, words: readonly string[], sound?: Int16Array): Buffer {
  const program = buildPeer(name, library);
  const input = sound && new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength);
  return run(program, words, input);
}

/** A program of the machine that reads from its standard input. */
export function run(program: string, words: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    input: input ?? "",
    maxBuffer: 1 << 30,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}

/** 16-bit samples that a program printed. */
export function samplesOf(printed: Buffer): Int16Array {
  return new Int16Array(new Uint8Array(printed).buffer);
}

// The line card's reference programs in C: no compiler has anything to say about them, and no garbage on the serial line leads the card
// astray, watched by the compiler's own sanitizers.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../host/paths.ts";
import { buildCard, CARD_SOURCES, cardSkip, compile, STRICT } from "../support/line-card.ts";

const ARM = "arm-none-eabi-gcc";
const ROUNDS = 60_000;

function armSkip(): string | false {
  if (process.env.CI === "true" || spawnSync(ARM, ["--version"], { stdio: "ignore" }).status === 0) return false;
  return `${ARM} is not installed (apt-get install gcc-arm-none-eabi)`;
}

const sourcesIn = (folder: string): string[] =>
  readdirSync(join(CARD_SOURCES, folder))
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(CARD_SOURCES, folder, name));

test("gcc: the card, its simulator and all around it, without a warning", { skip: cardSkip() }, () => {
  const sources = [...sourcesIn("."), ...sourcesIn("simulator")];
  assert.ok(sources.length >= 6);
  compile(["gcc", ...STRICT, "-Wconversion", "-Wshadow", "-O2", "-fsyntax-only", ...sources]);
  buildCard("card");
});

test("arm-none-eabi-gcc for a Cortex-M0+: the RP2040's program, linked with stand-ins for its SDK", {
  skip: armSkip(),
}, () => {
  const shim = join(CARD_SOURCES, "rp2040/sdk-shim");
  const folder = join(projectRoot, "build/peers");
  mkdirSync(folder, { recursive: true });
  compile([
    ARM,
    ...[
      "-mcpu=cortex-m0plus",
      "-mthumb",
      "-Os",
      "-ffreestanding",
      "-fno-builtin",
      ...STRICT,
      "-Wconversion",
      "-Wshadow",
      `-I${shim}`,
    ],
    ...["-nostdlib", "-Wl,-e,main", "-o", join(folder, "line-card-rp2040.elf")],
    ...["rp2040/main.c", "card.c", "frame.c", "rp2040/sdk-shim/shim.c"].map((file) => join(CARD_SOURCES, file)),
    "-lgcc",
  ]);
});

for (const seed of [1, 2, 3, 4])
  test(`${ROUNDS} pieces of garbage, seed ${seed}: the card stays within its memory and its rules`, {
    skip: cardSkip(),
  }, () => {
    const { status, stdout, stderr } = spawnSync(buildCard("garbage"), [`${seed}`, `${ROUNDS}`], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /frames sent, .* frames refused/);
  });

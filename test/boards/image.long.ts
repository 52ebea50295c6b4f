// The image made twice, from the packages on, is the same bit for bit. Needs the programs of boards/image/README.md and a mirror.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { projectRoot, version } from "../../host/paths.ts";

function makeImage(): string {
  const started = performance.now();
  const args = ["boards/image/build.mjs", "--board", "qemu-virt", "--fast"];
  execFileSync(process.execPath, args, { cwd: projectRoot, stdio: ["ignore", "ignore", "inherit"] });
  const path = join(projectRoot, `build/image/tipring-qemu-virt-${version}.img.zst.sha256`);
  const sum = readFileSync(path, "utf8").slice(0, 64);
  console.log(
    `image of qemu-virt, quickly compressed: ${((performance.now() - started) / 1000).toFixed(1)} s, SHA-256 ${sum}`,
  );
  return sum;
}

it("an image made twice has the same SHA-256", () => {
  assert.equal(makeImage(), makeImage());
});

// Makes the images that the machine tests start. On a computer that cannot make them it says so and the tests are skipped; on a
// continuous integration machine that is a failure.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(new URL("../../boards/image/build.mjs", import.meta.url));

for (const board of ["qemu-virt", "qemu-raspi3b"]) {
  const { status } = spawnSync(process.execPath, [BUILD, "--board", board, "--fast"], { stdio: "inherit" });
  if (status === 0) continue;
  console.error(`there is no image for ${board}`);
  process.exitCode = process.env.CI === "true" ? 1 : 0;
  break;
}

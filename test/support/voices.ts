// The two voices of the simulator, as samples. Found from the project's root, wherever a test was compiled to.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readWav } from "../../host/sound/wav.ts";

function projectRoot(): string {
  let folder = process.cwd();
  for (const start of [dirname(fileURLToPath(import.meta.url)), folder]) {
    for (folder = start; folder !== dirname(folder); folder = dirname(folder)) {
      if (existsSync(join(folder, "asconfig.json"))) return folder;
    }
  }
  throw new Error("no project above this test nor above the working directory");
}

export const voiceFolder = join(projectRoot(), "boards/simulator/voices");
export const voice1 = readWav(join(voiceFolder, "phone1.wav"));
export const voice2 = readWav(join(voiceFolder, "phone2.wav"));

// Opens the sound that a board has: as many channels as its lines on pins name.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Board } from "../config/types.ts";
import type { Log } from "../log.ts";
import { AlsaSound } from "./alsa.ts";
import { type PacedOptions, SilentSound } from "./silent.ts";
import type { Sound } from "./sound.ts";
import { type WavFiles, WavSound } from "./wav-sound.ts";

/** Throws an Error that names a file which can't be used. */
export function openSound({ sound, lines }: Board, options: PacedOptions & { log: Log }): Sound {
  const channels = Math.max(0, ...lines.map((line) => (line.driver === "gpio" ? line.channel + 1 : 0)));
  switch (sound.driver) {
    case "paced":
      return new SilentSound("paced", 0, options);
    case "silence":
      return new SilentSound("silence", channels, options);
    case "wav":
      return new WavSound({ ...options, files: wavFiles(sound.folder, channels) });
    case "alsa": {
      const { device, captureDevice, rate, periodMs } = sound;
      const { clock, log } = options;
      return new AlsaSound({ device, captureDevice, rate, periodMs, channels: Math.max(1, channels), clock, log });
    }
  }
}

/** `phone1.wav` is what is said on channel 0, where it is there; `ear1.wav` becomes what is heard. */
function wavFiles(folder: string, channels: number): WavFiles[] {
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: channels }, (_, channel) => {
    const microphone = join(folder, `phone${channel + 1}.wav`);
    return { microphone: existsSync(microphone) ? microphone : undefined, ear: join(folder, `ear${channel + 1}.wav`) };
  });
}

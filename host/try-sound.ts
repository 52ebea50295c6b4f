// `tipring sound`: tries a sound card without a box around it, as one wires a board or writes its board.json.

import { systemClock } from "./clock.ts";
import { roundTripText } from "./console/sound.ts";
import { entryText, Log } from "./log.ts";
import { AlsaSound } from "./sound/alsa.ts";
import { TestedSound } from "./sound/tested-sound.ts";

export interface SoundTrial {
  device: string;
  captureDevice?: string | undefined;
  rate: 8000 | 48000;
  periodMs: 10 | 20;
  channel: 0 | 1;
}

/** Plays bursts and looks for them in what is captured; prints what came of it. True when every burst came back. */
export async function trySound({ channel, ...card }: SoundTrial): Promise<boolean> {
  const log = new Log(systemClock, { level: "info" });
  log.onLine((line) => console.error(entryText(line)));
  const sound = new AlsaSound({ ...card, channels: channel + 1, clock: systemClock, log });
  try {
    const tested = new TestedSound(sound, systemClock);
    tested.clock(() => {});
    const result = await tested.test(channel);
    console.log(roundTripText(result));
    return result.heard === result.bursts;
  } catch (error) {
    console.error(`tipring: ${(error as Error).message}`);
    return false;
  } finally {
    await sound.close();
  }
}

// Voices, at 8 kHz: espeak-ng's in sixty languages, and what people have spoken for telephone exchanges where Debian's
// packages of it are here (asterisk-core-sounds-en-wav and its like).

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run, samplesOf } from "../support/peers.ts";
import { textIn } from "./texts.ts";

const LANGUAGES =
  `en-us de fr-fr es it pt nl sv da nb fi pl cs hu ro ru tr uk ja ko en-gb id cmn sk bg el ar he hi bn ta
  te th vi sw ms ka hy et lv lt is ga cy ca eu af fa ur en-gb-scotland en-gb-x-rp en-us-nyc en-029 fr-be es-419 pt-br
  hr sr sl eo la mt sq mk`.split(/\s+/);
/** Women, men, children, the old, the hoarse and those who whisper. */
const VARIANTS =
  `m1 f1 m2 f2 m3 f3 m4 f4 m5 f5 m6 m7 m8 croak whisper whisperf klatt klatt2 klatt3 klatt4 grandma grandpa
  belinda linda anika announcer aunty steph max robert shelby edward michel norbert`.split(/\s+/);
/** Of 99; and words a minute. */
const PITCHES = [50, 30, 70, 15, 85, 45, 60, 99, 5];
const SPEEDS = [160, 175, 130, 220, 190, 110];

const RAW_8000 = ["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-"];
const RECORDINGS = "/usr/share/asterisk";

export interface Talk {
  who: string;
  sound: Int16Array;
}

/** Reads `characters` characters, about a second for each dozen, in the voice of that number. */
export function speak(number: number, characters: number): Talk {
  const language = LANGUAGES[number % LANGUAGES.length]!;
  const variant = VARIANTS[number % VARIANTS.length]!;
  const pitch = PITCHES[number % PITCHES.length]!;
  const speed = SPEEDS[number % SPEEDS.length]!;
  const text = new TextEncoder().encode(textIn(language, number, characters));
  const voice = ["-v", `${language}+${variant}`, "-p", String(pitch), "-s", String(speed)];
  const wave = run("espeak-ng", [...voice, "--stdout"], text);
  // a stream's header does not know its length
  const sound = samplesOf(run("sox", ["-t", "wav", "--ignore-length", "-", ...RAW_8000], wave));
  return { who: `espeak-ng ${voice.join(" ")}`, sound };
}

/** Folders with recorded voices; none where no such package is. */
export function recordedVoices(): string[] {
  if (!existsSync(RECORDINGS)) return [];
  const folders = readdirSync(RECORDINGS, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(wav|gsm)$/.test(entry.name))
    .map((entry) => entry.parentPath);
  return [...new Set(folders)].sort();
}

/** All recordings of a folder, `speed` times as fast and as high. */
export function playRecordings(folder: string, speed: number): Talk {
  const files = readdirSync(folder)
    .filter((name) => /\.(wav|gsm)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
  const sound = samplesOf(run("sox", [...files, ...RAW_8000, "speed", String(speed)]));
  return { who: `${folder} at speed ${speed}`, sound };
}

// The telephone of the machine tests, inside the machine: it is at the other end of snd-aloop, speaks one tone all the time and writes
// down each second what it hears. Runs on the machine's Node with the program's koffi:  node phone.mjs HZ FILE HZ-TO-HEAR...

import { appendFileSync } from "node:fs";
import koffi from "/opt/tipring/node_modules/koffi/index.js";

const [spoken, file, ...heard] = process.argv.slice(2);
const RATE = 8000;
const FRAME = 160;
const FRAMES_A_LINE = 25;
const PEAK = 8000;
const [PLAYBACK, CAPTURE] = [0, 1];
const [S16_LE, INTERLEAVED] = [2, 3];
const LATENCY_US = 100_000;

const alsa = koffi.load("libasound.so.2");
const open = alsa.func("int snd_pcm_open(_Out_ void **pcm, const char *name, int stream, int mode)");
const setParams = alsa.func(
  "int snd_pcm_set_params(void *pcm, int format, int access, uint channels, uint rate, int resample, uint latency)",
);
const readFrames = alsa.func("long snd_pcm_readi(void *pcm, _Out_ int16_t *samples, ulong count)");
const writeFrames = alsa.func("long snd_pcm_writei(void *pcm, int16_t *samples, ulong count)");
const start = alsa.func("int snd_pcm_start(void *pcm)");
const recover = alsa.func("int snd_pcm_recover(void *pcm, int error, int isSilent)");

function openCard(stream) {
  const pcm = [null];
  const status =
    open(pcm, "plughw:Loopback,1", stream, 0) || setParams(pcm[0], S16_LE, INTERLEAVED, 1, RATE, 1, LATENCY_US);
  if (status < 0) throw new Error(`the card's ${stream === CAPTURE ? "ear" : "mouth"}: ${status}`);
  return pcm[0];
}

/** Level of one frequency: the amplitude of its sine. */
function amplitude(samples, frequency) {
  let [real, imaginary] = [0, 0];
  for (let index = 0; index < samples.length; index++) {
    const angle = (2 * Math.PI * frequency * index) / RATE;
    real += samples[index] * Math.cos(angle);
    imaginary += samples[index] * Math.sin(angle);
  }
  return Math.round((2 * Math.hypot(real, imaginary)) / samples.length);
}

const ear = openCard(CAPTURE);
const mouth = openCard(PLAYBACK);
const frame = new Int16Array(FRAME);
const speech = new Int16Array(FRAME);
const line = new Int16Array(FRAME * FRAMES_A_LINE);
// A stream of these settings starts by itself when its buffer is full: the ear never would.
for (let frames = 0; frames < 3; frames++) writeFrames(mouth, speech, FRAME);
start(mouth);
start(ear);
for (let frames = 0, phase = 0; ; frames++) {
  const got = readFrames(ear, frame, FRAME);
  if (got < 0) {
    recover(ear, got, 1);
    start(ear);
  }
  line.set(frame, (frames % FRAMES_A_LINE) * FRAME);
  for (let index = 0; index < FRAME; index++) {
    speech[index] = PEAK * Math.sin(phase);
    phase += (2 * Math.PI * Number(spoken)) / RATE;
  }
  const put = writeFrames(mouth, speech, FRAME);
  if (put < 0) recover(mouth, put, 1);
  if (frames % FRAMES_A_LINE === FRAMES_A_LINE - 1) {
    const levels = heard.map((frequency) => `${frequency}=${amplitude(line, Number(frequency))}`);
    appendFileSync(file, `${levels.join(" ")}\n`);
  }
}

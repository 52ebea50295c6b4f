// One frame of a G.711 call: a packet in, 160 samples each way, a packet out, the ear for dialled tones listening. Through host/core.ts.

import { spawnSync } from "node:child_process";

export const title = "one 20 ms frame of a call, RTP in and RTP out, through host/core.ts";

/** A young heap that holds every object of the run, so that none is collected while they are counted. MB. */
const YOUNG_HEAP = 512;

function runEcho() {
  const { stdout, status } = spawnSync(process.execPath, ["test/bench/frame-echo-child.mjs"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error("frame-echo-child.mjs failed");
  return JSON.parse(stdout);
}

function runChild(...options) {
  const heap = [`--min-semi-space-size=${YOUNG_HEAP}`, `--max-semi-space-size=${YOUNG_HEAP}`];
  const { stdout, status } = spawnSync(
    process.execPath,
    ["--expose-gc", ...heap, "test/bench/frame-child.mjs", ...options],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (status !== 0) throw new Error("frame-child.mjs failed");
  return JSON.parse(stdout);
}

export function run() {
  const { time, allocated, kept, counted } = runChild();
  const encrypted = runChild("srtp").time;
  const echo = runEcho();
  return [
    { what: "processor time of a frame", value: time.median / 1000, unit: "us", goal: "<= 10" },
    { what: "quickest round", value: time.least / 1000, unit: "us" },
    {
      what: "a frame of a phone that echoes, while the canceller learns",
      value: echo.learning / 1000,
      unit: "us",
      goal: "<= 10",
    },
    { what: "the same, later", value: echo.learnt / 1000, unit: "us", goal: "<= 10" },
    { what: "echo that the canceller takes out of it", value: echo.enhancement, unit: "dB" },
    { what: "processor time of a frame with SRTP both ways", value: encrypted.median / 1000, unit: "us" },
    { what: "quickest round with SRTP", value: encrypted.least / 1000, unit: "us" },
    {
      what: `garbage of the host, of ${counted.toLocaleString("en")} frames`,
      value: Math.round(allocated),
      unit: "bytes a frame",
    },
    { what: "kept after collection", value: Math.max(0, Math.round(kept)), unit: "bytes a frame" },
  ];
}

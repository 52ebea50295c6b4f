// Frames of calls whose phone echoes white noise, for frame.mjs: what they cost in the first second, while the canceller learns, and
// later. Each frame of a call has its median over the calls, so that what disturbs the machine is not counted. One line of JSON.

import { LineReportAt } from "../../build/js/host/adapter-abi.js";
import { echoResponse, HYBRIDS, Hybrid } from "../../build/js/host/phone/hybrid.js";
import { SeededRandom } from "../../build/js/host/random.js";
import { AdapterBench, Speaker } from "./adapter-bench.mjs";
import { median } from "./measure.mjs";

const FRAME_MS = 20;
const CALLS = 30;
const LEARNING_FRAMES = 50;
const FRAMES = 250;
const ECHO_LOSS_DB = 6;

const random = new SeededRandom(7);
const bench = await AdapterBench.start();
const speaker = new Speaker();
const microphone = bench.core.microphone(0);
const earpiece = bench.core.earpiece(0);
const times = Array.from({ length: FRAMES }, () => []);

/** mu-law codes of any magnitude up to 9 dB below the loudest. */
function makeNoise(packet) {
  for (let at = 12; at < packet.length; at++)
    packet[at] = Math.floor(random.between(0x20, 0x80)) | (random.between(0, 1) < 0.5 ? 0x80 : 0);
}

const enhancements = [];
for (let call = 0; call < CALLS; call++) {
  const hybrid = new Hybrid(echoResponse(HYBRIDS[call % HYBRIDS.length], ECHO_LOSS_DB, call % 20));
  bench.ring();
  bench.answer();
  for (let frame = 0; frame < FRAMES; frame++) {
    bench.now += FRAME_MS;
    const packet = speaker.next();
    makeNoise(packet);
    microphone.fill(0);
    hybrid.mix(microphone);
    const start = performance.now();
    bench.rtp(packet);
    bench.frame();
    times[frame].push(performance.now() - start);
    hybrid.put(earpiece);
  }
  enhancements.push(bench.core.report("lineReport", 0).f64(LineReportAt.echoEnhancementDb));
  bench.hangUp();
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const medians = times.map((each) => median(each) * 1e6);
console.log(
  JSON.stringify({
    learning: mean(medians.slice(0, LEARNING_FRAMES)),
    learnt: mean(medians.slice(-LEARNING_FRAMES)),
    enhancement: median(enhancements),
  }),
);

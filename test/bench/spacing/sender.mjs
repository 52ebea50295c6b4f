// A call of an adapter whose frames come by the simulator's sound clock, sent to a port of this machine. Arguments: the port, seconds.
// Prints one line of JSON: what the sound clock says of itself.

import { systemClock } from "../../../build/js/host/clock.js";
import { UdpSocket } from "../../../build/js/host/net/udp.js";
import { Pacer, sleepExactly } from "../../../build/js/host/sound/pacer.js";
import { AdapterBench } from "../adapter-bench.mjs";
import { pause } from "../measure.mjs";

const [port, seconds] = process.argv.slice(2).map(Number);
const socket = await UdpSocket.open("bench", "127.0.0.1", 0, 512, () => {});
const bench = await AdapterBench.start();
bench.ring();
bench.answer();
bench.onRtp = (payload) => socket.send(payload, "127.0.0.1", port);
const ahead = bench.now - systemClock.now();
const pacer = new Pacer(
  systemClock,
  (now) => {
    bench.now = ahead + now;
    bench.frame();
  },
  sleepExactly,
);
pacer.start(0);
await pause(seconds * 1000);
pacer.stop(0);
console.log(JSON.stringify(pacer.lateness));
await socket.close();

// A card that says whatever it is told to, for the driver of the serial line card.

import assert from "node:assert/strict";
import { Log } from "../../host/log.ts";
import { SerialCard } from "../../host/phone/serial-card.ts";
import { MemoryWire } from "./card-memory-wire.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The driver hears all of them, reports only changes, in order, and goes on. */
export async function throwAt(contents: readonly Uint8Array[]): Promise<void> {
  const clock = new VirtualClock();
  const wire = new MemoryWire();
  const card = new SerialCard({
    clock,
    log: new Log(clock),
    path: "/dev/card",
    baudRate: 115_200,
    openWire: wire.open,
  });
  let isClosed = false;
  let last = 0;
  const port = card.port(0, { law: "a-law" });
  port.start({
    loop: (closed, at) => {
      assert.ok(closed !== isClosed && at >= last && at <= clock.now());
      isClosed = closed;
      last = at;
    },
  });
  await new Promise((resolve) => setImmediate(resolve));
  wire.welcome(1);
  assert.ok(card.isUp);
  const frame = new Int16Array(160);
  for (const content of contents) {
    wire.say(content);
    port.readFrame(frame, clock.now());
    port.writeFrame(frame);
    // the echo is looked for in the last 16 frames
    assert.ok(port.echoDelay >= 0 && port.echoDelay <= 320, `${port.echoDelay} ms`);
    clock.advance(20);
  }
  port.close();
  assert.equal(clock.pending, 0);
}

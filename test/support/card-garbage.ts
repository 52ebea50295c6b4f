// A card that says whatever it is told to, for the driver of the serial line card: each content in a whole frame, under the link that
// the driver greeted with.

import assert from "node:assert/strict";
import { Log } from "../../host/log.ts";
import { FRAME_MAX, FrameKind, FrameReader, writeFrame } from "../../host/phone/card-frame.ts";
import type { CardWireEvents } from "../../host/phone/card-wire.ts";
import { SerialCard } from "../../host/phone/serial-card.ts";
import { VirtualClock } from "./virtual-clock.ts";

function framed(content: Uint8Array): Uint8Array {
  const room = new Uint8Array(FRAME_MAX);
  room.set(content);
  const wire = new Uint8Array(FRAME_MAX + 2);
  return wire.slice(0, writeFrame(room, content.length, wire));
}

/** The driver hears all of them, reports only changes, in order, and goes on. */
export async function throwAt(contents: readonly Uint8Array[]): Promise<void> {
  const clock = new VirtualClock();
  let link: readonly number[] = [0, 0];
  let events: CardWireEvents | undefined;
  const reader = new FrameReader((content) => {
    if (content[0] === FrameKind.Hello << 4) link = [content[1]!, content[2]!];
  });
  const card = new SerialCard({
    clock,
    log: new Log(clock),
    path: "/dev/card",
    baudRate: 115_200,
    openWire: async (given) => {
      events = given;
      return {
        write: (bytes) => {
          reader.read(bytes);
          return true;
        },
        close: () => {},
      };
    },
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
  events?.received(framed(Uint8Array.from([FrameKind.Welcome << 4, ...link, 0, 1, 1, 3])));
  assert.ok(card.isUp);
  const frame = new Int16Array(160);
  for (const content of contents) {
    const said = content.slice();
    said.set(link, 1);
    events?.received(framed(said));
    port.readFrame(frame, clock.now());
    port.writeFrame(frame);
    clock.advance(20);
  }
  port.close();
  assert.equal(clock.pending, 0);
}

// Which phone port a line gets: the echo test, or what the board has in the socket of the line's number.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadBoard } from "../../host/config/board.ts";
import { simulatorConfig } from "../../host/config/simulator.ts";
import type { Board, GpioBoardLine, LineConfig } from "../../host/config/types.ts";
import { IDLE_ORDER, LineReport, type LineReportKind, packOrder } from "../../host/gpio/report-queue.ts";
import { Log } from "../../host/log.ts";
import { openPort, PortError } from "../../host/phone/ports.ts";
import { SerialCards } from "../../host/phone/serial-cards.ts";
import { SilentSound } from "../../host/sound/silent.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const clock = new VirtualClock();
const needs = {
  clock,
  seed: () => new Uint8Array(32),
  sound: new SilentSound("silence", 1, { clock }),
  cards: new SerialCards(clock, new Log(clock)),
};
const lines = simulatorConfig().line;
const simulator = loadBoard("simulator");

describe("the phone port of a line", () => {
  test("line 1 of the simulator is a simulated telephone", () =>
    assert.equal(openPort(simulator, 0, lines[0] as LineConfig, needs).driver, "simulated"));

  test("an echo test needs no socket", () =>
    assert.equal(openPort({ ...simulator, lines: [] }, 2, lines[2] as LineConfig, needs).driver, "echo"));

  test("a socket that the board has not is refused by line", () => {
    const refused = new PortError("line 9: board simulator has no such socket (allowed: 1 to 8)");
    assert.throws(() => openPort(simulator, 8, lines[0] as LineConfig, needs), refused);
  });

  test("a socket on a line card is that card's port; its sound card has the channel", () => {
    const socket = { driver: "serial", path: "/dev/ttyUSB0", baud: 115_200, port: 1 } as const;
    const board = { ...simulator, lines: [socket, { ...socket, port: 0, soundChannel: 1 } as const] };
    assert.equal(openPort(board, 0, lines[0] as LineConfig, needs).driver, "serial");
    const silent = new PortError('line 2: sound channel 1 is not there: driver "silence" has channel 0 alone');
    assert.throws(() => openPort(board, 1, lines[0] as LineConfig, needs), silent);
  });

  test("lines on pins: each has its wires and its channel of the sound card; one that is closed leaves its circuit at rest", () => {
    const gpio = (channel: number): GpioBoardLine => ({
      driver: "gpio",
      card: "ag1171",
      pins: { ringMode: 16, forwardReverse: 12, hook: 26 },
      channel,
    });
    const board: Board = { ...simulator, lines: [{ driver: "simulated" }, gpio(0), gpio(1)] };
    const orders: [line: number, order: number][] = [];
    const listeners: ((kind: LineReportKind, at: number) => void)[] = [];
    const wires = {
      listen(line: number, listener: (kind: LineReportKind, at: number) => void): void {
        listeners[line] = listener;
      },
      order: (line: number, order: number) => void orders.push([line, order]),
      catchUp() {},
      toldUpTo: (now: number) => now,
    };
    const sound = new SilentSound("silence", 2, { clock });
    const port = openPort(board, 2, lines[0] as LineConfig, { ...needs, sound, wires });
    assert.equal(port.driver, "gpio");
    const loop: boolean[] = [];
    port.start({ loop: (closed) => loop.push(closed) });
    listeners[1]?.(LineReport.Closed, 0);
    assert.deepEqual(loop, [true]);
    port.setRing(true, 25);
    assert.deepEqual(orders.at(-1), [1, packOrder({ isRinging: true, frequency: 25, isReversed: false, isFed: true })]);
    port.close();
    assert.deepEqual(orders.at(-1), [1, IDLE_ORDER]);
    const refused = new PortError('line 3: sound channel 1 is not there: driver "silence" has channel 0 alone');
    assert.throws(() => openPort(board, 2, lines[0] as LineConfig, { ...needs, wires }), refused);
  });

  test("a line whose pins could not be had is a line on which nothing happens", () => {
    const port = openPort(loadBoard("raspberry-pi-3b"), 0, lines[0] as LineConfig, needs);
    port.start({ loop: () => assert.fail("nothing can be known of the loop") });
    port.setRing(true, 20);
    port.catchUp();
    port.close();
  });
});

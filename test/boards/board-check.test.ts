// A board is checked as a whole: what is wrong is told in one sentence with the key, the pin, and what is allowed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkBoard, loadCard, loadHeader } from "../../host/config/board.ts";
import { boardFaults } from "../../host/config/board-check.ts";
import { problemText } from "../../host/config/problems.ts";
import type { Board } from "../../host/config/types.ts";

type Part = Record<string, unknown>;

const line = (pins: Part = {}, more: Part = {}): Part => ({
  driver: "gpio",
  card: "ag1171",
  pins: { ringMode: 17, forwardReverse: 27, hook: 22, ...pins },
  channel: 0,
  ...more,
});
const second = (pins: Part = {}, more: Part = {}): Part =>
  line({ ringMode: 23, forwardReverse: 24, hook: 25, ...pins }, { channel: 1, ...more });
const serial = (more: Part = {}): Part => ({ driver: "serial", path: "/dev/ttyUSB0", baud: 921600, port: 0, ...more });
const pwm = (pin: number, channel: number): Part => ({ pin, chip: "pwmchip0", channel });

const board = (lines: readonly Part[], more: Part = {}): Part => ({
  vendor: "v",
  name: "n",
  header: "raspberry-pi",
  gpioChip: "pinctrl-bcm2835",
  lines,
  sound: { driver: "alsa", device: "hw:1,0", rate: 48000, periodMs: 20 },
  console: { driver: "serial", path: "/dev/ttyAMA0", baud: 115200 },
  ...more,
});
const faults = (tree: Part): string[] => checkBoard(JSON.stringify(tree)).problems.map(problemText);

/** BCM pins of the 40-pin header that are nobody's by themselves, without `used`. */
const free = (...used: number[]): string => {
  const pins = Array.from({ length: 28 }, (_, pin) => pin).filter(
    (pin) => ![0, 1, 14, 15, 18, 19, 20, 21, ...used].includes(pin),
  );
  return `BCM ${pins.slice(0, -1).join(", ")} or ${pins.at(-1)}`;
};
/** The same without those that are pulled high at power-on. */
const freeAndLow = (...used: number[]): string => free(...[2, 3, 4, 5, 6, 7, 8], ...used);

describe("a whole board", () => {
  const sound: readonly (readonly [title: string, tree: Part])[] = [
    ["two lines on pins", board([line(), second()])],
    ["PD wired, and left open", board([line({ powerDown: 16 }, { levels: { powerDown: "open" } })])],
    ["two ports of one line card", board([serial(), serial({ port: 1 })])],
    [
      "a line card that carries its sound, and one that does not",
      board([serial({ sound: "a-law" }), serial({ port: 1, soundChannel: 0 })]),
    ],
    [
      "lamps and a button",
      board([line()], {
        leds: [
          { driver: "sysfs", shows: "box", led: "ACT" },
          { driver: "gpio", shows: "line 1", pin: 5, activeLow: false },
        ],
        button: { pin: 6, activeLow: true },
      }),
    ],
    [
      "two lines that ring by PWM",
      board([line({ forwardReverse: 12 }), second({ forwardReverse: 13 })], { pwm: [pwm(12, 0), pwm(13, 1)] }),
    ],
  ];
  for (const [title, tree] of sound) test(`${title}: accepted`, () => assert.deepEqual(faults(tree), []));

  const wrong: readonly (readonly [title: string, tree: Part, fault: string])[] = [
    [
      "two uses of a pin in one line",
      board([line({ hook: 17 })]),
      `lines[1].pins.hook: BCM 17 (header pin 11) is RM of line 1 already, so it cannot be SHK of line 1 as well (allowed: ${free(17, 27)})`,
    ],
    [
      "two uses of a pin in two lines",
      board([line(), second({ hook: 22 })]),
      `lines[2].pins.hook: BCM 22 (header pin 15) is SHK of line 1 already, so it cannot be SHK of line 2 as well (allowed: ${free(17, 27, 22, 23, 24)})`,
    ],
    [
      "a button on a line's pin",
      board([line()], { button: { pin: 27, activeLow: true } }),
      `button.pin: BCM 27 (header pin 13) is F/R of line 1 already, so it cannot be the button as well (allowed: ${free(17, 27, 22)})`,
    ],
    [
      "a line on the console's UART, TXD",
      board([line({ hook: 14 })]),
      `lines[1].pins.hook: BCM 14 (header pin 8) is the console's UART (TXD), so it cannot be SHK of line 1 (allowed: ${free(17, 27)})`,
    ],
    [
      "a line on the console's UART, RXD",
      board([line({ ringMode: 15 })]),
      `lines[1].pins.ringMode: BCM 15 (header pin 10) is the console's UART (RXD), so it cannot be RM of line 1 (allowed: ${free(27, 22)})`,
    ],
    [
      "a line card on the console's serial port",
      board([serial({ path: "/dev/ttyAMA0" })]),
      "lines[1].path: /dev/ttyAMA0 is the console's (allowed: another serial port)",
    ],
    [
      "a line card's voice on the channel of a line on pins",
      board([line(), serial({ soundChannel: 0 })]),
      "lines[2].soundChannel: channel 0 of the sound is line 1 already (allowed: 1)",
    ],
    [
      "a line card's voice in two places",
      board([serial({ sound: "mu-law", soundChannel: 0 })]),
      "lines[1].soundChannel: the serial line carries the sound of line 1 (allowed: one of both)",
    ],
    [
      "a pin that the header has not",
      board([line({ hook: 40 })]),
      `lines[1].pins.hook: BCM 40 is not on the raspberry-pi header (allowed: ${free(17, 27)})`,
    ],
    [
      "PD driven high",
      board([line({ powerDown: 16 }, { levels: { powerDown: "high" } })]),
      "lines[1].levels.powerDown: PD of line 1, on BCM 16 (header pin 36), must never be driven high (allowed: open)",
    ],
    [
      "PD pulled low for good",
      board([line({ powerDown: 16 }, { levels: { powerDown: "low" } })]),
      "lines[1].levels.powerDown: PD of line 1, on BCM 16 (header pin 36), would leave the line without current (allowed: open)",
    ],
    [
      "PD on a pin that is high before the program runs",
      board([line({ powerDown: 5 })]),
      `lines[1].pins.powerDown: BCM 5 (header pin 29) is pulled high from power-on on, and PD must never be high (allowed: ${freeAndLow(17, 27, 22)})`,
    ],
    [
      "RM on a pin that is high before the program runs",
      board([line({ ringMode: 6 })]),
      `lines[1].pins.ringMode: BCM 6 (header pin 31) is pulled high from power-on on, and a line circuit must not ring before the program runs (allowed: ${freeAndLow(27, 22)})`,
    ],
    [
      "a level for a PD that is wired to nothing",
      board([line({}, { levels: { powerDown: "low" } })]),
      "lines[1].levels.powerDown: PD of line 1 is wired to no pin (allowed: pins.powerDown, or no level for it)",
    ],
    [
      "ringing by a pin without PWM",
      board([line()], { pwm: [pwm(12, 0), pwm(13, 1)] }),
      "lines[1].pins.forwardReverse: BCM 27 has no PWM, and the board rings by PWM (allowed: BCM 12 or 13)",
    ],
    [
      "a channel that is not the pin's",
      board([line({ forwardReverse: 13 })], { pwm: [pwm(12, 0), pwm(13, 0)] }),
      "pwm[2].channel: BCM 13 (header pin 33) is not on channel 0 of its PWM chip (allowed: 1)",
    ],
    [
      "a pin whose PWM is named twice, for another channel",
      board([line({ forwardReverse: 12 }), second({ forwardReverse: 13 })], {
        pwm: [pwm(12, 0), pwm(13, 1), pwm(13, 0)],
      }),
      "pwm[3].pin: BCM 13 (header pin 33) is in the list already (allowed: each pin once)",
    ],
    [
      "PWM on a pin that has none",
      board([line({ forwardReverse: 12 })], { pwm: [pwm(12, 0), pwm(17, 1)] }),
      "pwm[2].pin: BCM 17 (header pin 11) has no PWM (allowed: BCM 12 or 13)",
    ],
    [
      "a line card on the console's port by another spelling",
      board([serial({ path: "/dev/../dev//ttyAMA0" })]),
      "lines[1].path: /dev/ttyAMA0 is the console's (allowed: another serial port)",
    ],
    [
      "PWM on a pin that the header has not",
      board([line({ forwardReverse: 12 })], { pwm: [pwm(12, 0), pwm(41, 1)] }),
      "pwm[2].pin: BCM 41 is not on the raspberry-pi header",
    ],
    [
      "two lines on one channel of the sound",
      board([line(), second({}, { channel: 0 })]),
      "lines[2].channel: channel 0 of the sound is line 1 already (allowed: 1)",
    ],
    [
      "lines on pins without a sound card",
      board([line()], { sound: { driver: "paced" } }),
      'sound.driver: "paced" has no sound for lines on GPIO pins (allowed: alsa, wav or silence)',
    ],
    [
      "two lines on one port of a line card",
      board([serial(), serial()]),
      "lines[2].port: port 0 of /dev/ttyUSB0 is line 1 already (allowed: another of 0 to 7)",
    ],
    [
      "one serial port at two speeds",
      board([serial(), serial({ port: 1, baud: 115200 })]),
      "lines[2].baud: line 1 has /dev/ttyUSB0 at 921600 baud (allowed: 921600)",
    ],
    [
      "a line circuit that nobody knows",
      board([line({}, { card: "ag1172" })]),
      'lines[1].card: "ag1172" is not known; did you mean "ag1171"? (allowed: ag1171 or ks0835f)',
    ],
    [
      "pins without a GPIO chip",
      board([line()], { gpioChip: undefined }),
      "gpioChip: missing; the board uses GPIO pins",
    ],
    [
      "a lamp of a line that the board has not",
      board([line()], { leds: [{ driver: "sysfs", shows: "line 2", led: "ACT" }] }),
      "leds[1].shows: the board has no line 2 (allowed: box or line 1)",
    ],
    [
      "a key of another driver",
      board([{ driver: "simulated", baud: 9600 }]),
      'lines[1].baud: driver "simulated" has no such key; "serial" has',
    ],
    [
      "a key that the driver needs",
      board([line({}, { channel: undefined })]),
      `lines[1].channel: missing; driver "gpio" needs it: channel of the sound card that the line circuit's voice is on; 0 is the left one`,
    ],
    [
      "a sound card without a device",
      board([line()], { sound: { driver: "alsa", rate: 8000, periodMs: 10 } }),
      `sound.device: missing; driver "alsa" needs it: ALSA's name of the sound card`,
    ],
  ];
  for (const [title, tree, fault] of wrong) test(`${title}: refused`, () => assert.deepEqual(faults(tree), [fault]));

  test("two lines on one PWM channel: refused, even where both pins have it", () => {
    const tree = board([line({ forwardReverse: 12 }), second({ forwardReverse: 18 })], {
      pwm: [pwm(12, 0), pwm(18, 0)],
    });
    assert.ok(
      faults(tree).includes(
        "lines[2].pins.forwardReverse: pwmchip0, channel 0 rings line 1 already, so it cannot ring this line (allowed: BCM 12 or 18)",
      ),
    );
  });

  test("RM that rings while it is low, on a pin that is low before the program runs: refused; on one that is high: accepted", () => {
    const around = {
      cards: ["low"],
      headers: ["raspberry-pi"],
      header: loadHeader,
      card: () => ({ ...loadCard("ag1171"), name: "low", ringingLevel: "low" as const }),
    };
    const found = (ringMode: number) =>
      boardFaults(board([line({ ringMode }, { card: "low" })]) as unknown as Board, around).map(problemText);
    assert.deepEqual(found(6), []);
    assert.equal(found(17).length, 1);
    assert.match(
      found(17)[0]!,
      /^lines\[1\]\.pins\.ringMode: BCM 17 \(header pin 11\) is pulled low from power-on on, and a line circuit must not ring before the program runs \(allowed: BCM 2, 3, 4, 5, 6, 7 or 8\)$/,
    );
  });

  test("pins without a header: refused, with the headers that there are", () => {
    const found = faults(board([line()], { header: undefined }));
    assert.equal(found.length, 1);
    assert.match(found[0]!, /^header: missing; the board uses GPIO pins \(allowed: .*raspberry-pi.*\)$/);
  });
});

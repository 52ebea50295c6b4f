// A board as a whole: that each pin exists, is free, and is used once; that nothing on it can hurt a line circuit; that what is
// named is there. Each fault is one sentence that names the key, the pin, and what is allowed.

import { posix } from "node:path";
import { type Problem, suggestion } from "./problems.ts";
import { listText, type Path } from "./schema.ts";
import type { Board, BoardPwm, Card, GpioBoardLine, Header, HeaderPin } from "./types.ts";

/** What there is besides the board itself. */
export interface Surroundings {
  readonly cards: readonly string[];
  readonly headers: readonly string[];
  header(name: string): Header;
  card(name: string): Card;
}

export interface PinUse {
  readonly path: Path;
  readonly pin: number;
  /** "RM of line 1" */
  readonly what: string;
  /** Where it is pulled to at power-on does harm: see `pull` in boards/header.schema.json. */
  readonly harm?: { readonly pull: "up" | "down"; readonly why: string };
}

const LINE_PINS = [
  ["ringMode", "RM"],
  ["forwardReverse", "F/R"],
  ["hook", "SHK"],
  ["powerDown", "PD"],
] as const;

const RINGS = "a line circuit must not ring before the program runs";
const POWER_DOWN = { pull: "up", why: "PD must never be high" } as const;

export function boardFaults(board: Board, around: Surroundings): readonly Problem[] {
  const faults: Problem[] = [];
  const add = (path: Path, text: string): void => {
    faults.push({ path, line: 0, column: 0, text });
  };
  checkNames(board, around, add);
  const isActiveLow = (card: string) => around.cards.includes(card) && around.card(card).ringingLevel === "low";
  const uses = pinUses(board, isActiveLow);
  if (uses.length > 0 && board.gpioChip === undefined) add(["gpioChip"], "missing; the board uses GPIO pins");
  if (uses.length > 0 && board.header === undefined)
    add(["header"], `missing; the board uses GPIO pins (allowed: ${listText(around.headers, "or")})`);
  if (board.header !== undefined && around.headers.includes(board.header)) {
    const header = around.header(board.header);
    checkPins(header, uses, add);
    checkPowerDown(board, header, add);
    checkPwm(board, header, add);
  }
  checkSerialPorts(board, add);
  checkSound(board, add);
  checkLeds(board, add);
  return faults;
}

type Add = (path: Path, text: string) => void;

function checkNames(board: Board, { cards, headers }: Surroundings, add: Add): void {
  const check = (path: Path, name: string, known: readonly string[]) => {
    if (known.includes(name)) return;
    add(path, `"${name}" is not known${suggestion(name, known)} (allowed: ${listText(known, "or")})`);
  };
  if (board.header !== undefined) check(["header"], board.header, headers);
  for (const [index, line] of gpioLines(board)) check(["lines", index, "card"], line.card, cards);
}

function* gpioLines(board: Board): Generator<[number, GpioBoardLine]> {
  for (const [index, line] of board.lines.entries()) if (line.driver === "gpio") yield [index, line];
}

/** Every pin that the board uses, in the order of its file. `isActiveLow`: RM of a line circuit of that name rings while it is low. */
export function pinUses(board: Board, isActiveLow: (card: string) => boolean = () => false): PinUse[] {
  const uses: PinUse[] = [];
  for (const [index, { pins, card }] of gpioLines(board)) {
    const ringing = { pull: isActiveLow(card) ? "down" : "up", why: RINGS } as const;
    for (const [key, name] of LINE_PINS) {
      const pin = pins[key];
      if (pin === undefined) continue;
      const harm = key === "ringMode" ? ringing : key === "powerDown" ? POWER_DOWN : undefined;
      uses.push({
        path: ["lines", index, "pins", key],
        pin,
        what: `${name} of line ${index + 1}`,
        ...(harm === undefined ? {} : { harm }),
      });
    }
  }
  for (const [index, led] of (board.leds ?? []).entries())
    if (led.driver === "gpio") uses.push({ path: ["leds", index, "pin"], pin: led.pin, what: `lamp ${index + 1}` });
  if (board.button) uses.push({ path: ["button", "pin"], pin: board.button.pin, what: "the button" });
  return uses;
}

function checkPins(header: Header, uses: readonly PinUse[], add: Add): void {
  const firstUse = new Map<number, PinUse>();
  for (const use of uses) if (!firstUse.has(use.pin)) firstUse.set(use.pin, use);
  const isFree = ({ pin, taken }: HeaderPin) => taken === undefined && !firstUse.has(pin);
  for (const use of uses) {
    const { path, pin, what, harm } = use;
    const free = (fits = (_: HeaderPin): boolean => true) =>
      `(allowed: ${listOf(
        header,
        header.pins.filter((each) => isFree(each) && fits(each)),
      )})`;
    const place = header.pins.find((each) => each.pin === pin);
    if (place === undefined) {
      add(path, `${header.numbering} ${pin} is not on the ${header.name} header ${free()}`);
      continue;
    }
    const name = pinName(header, place);
    const first = firstUse.get(pin)!;
    if (place.taken !== undefined) add(path, `${name} is ${place.taken}, so it cannot be ${what} ${free()}`);
    else if (first !== use) add(path, `${name} is ${first.what} already, so it cannot be ${what} as well ${free()}`);
    else if (harm !== undefined && place.pull === harm.pull) {
      const level = harm.pull === "up" ? "high" : "low";
      add(
        path,
        `${name} is pulled ${level} from power-on on, and ${harm.why} ${free(({ pull }) => pull !== harm.pull)}`,
      );
    }
  }
}

/** Data sheets want PD open while the line is in use; low takes the current away, and high may never be. */
function checkPowerDown(board: Board, header: Header, add: Add): void {
  for (const [index, { pins, levels }] of gpioLines(board)) {
    if (levels?.powerDown === undefined) continue;
    const path: Path = ["lines", index, "levels", "powerDown"];
    if (pins.powerDown === undefined) {
      add(path, `PD of line ${index + 1} is wired to no pin (allowed: pins.powerDown, or no level for it)`);
      continue;
    }
    if (levels.powerDown === "open") continue;
    const place = header.pins.find(({ pin }) => pin === pins.powerDown);
    const name = place === undefined ? `pin ${pins.powerDown}` : pinName(header, place);
    const harm = levels.powerDown === "high" ? "must never be driven high" : "would leave the line without current";
    add(path, `PD of line ${index + 1}, on ${name}, ${harm} (allowed: open)`);
  }
}

/** Where a board rings by PWM, every line does; two lines cannot share a channel, which would ring both. */
function checkPwm(board: Board, header: Header, add: Add): void {
  if (board.pwm === undefined) return;
  const channels = new Map<string, string>();
  const byPin = new Map<number, BoardPwm>();
  const able = header.pins.filter((each) => each.pwm !== undefined && each.taken === undefined);
  for (const [index, pwm] of board.pwm.entries()) {
    const place = header.pins.find((each) => each.pin === pwm.pin);
    const name = place === undefined ? "" : pinName(header, place);
    const path: Path = ["pwm", index, "pin"];
    if (place === undefined) add(path, `${header.numbering} ${pwm.pin} is not on the ${header.name} header`);
    else if (byPin.has(pwm.pin)) add(path, `${name} is in the list already (allowed: each pin once)`);
    else if (place.pwm === undefined) add(path, `${name} has no PWM (allowed: ${listOf(header, able)})`);
    else if (place.pwm !== pwm.channel)
      add(
        ["pwm", index, "channel"],
        `${name} is not on channel ${pwm.channel} of its PWM chip (allowed: ${place.pwm})`,
      );
    if (!byPin.has(pwm.pin)) byPin.set(pwm.pin, pwm);
  }
  for (const [index, { pins }] of gpioLines(board)) {
    const path: Path = ["lines", index, "pins", "forwardReverse"];
    const pwm = byPin.get(pins.forwardReverse);
    const allowed = `(allowed: ${header.numbering} ${listText([...byPin.keys()], "or")})`;
    if (pwm === undefined) {
      add(path, `${header.numbering} ${pins.forwardReverse} has no PWM, and the board rings by PWM ${allowed}`);
      continue;
    }
    const channel = `${pwm.chip}, channel ${pwm.channel}`;
    const other = channels.get(channel);
    if (other !== undefined) add(path, `${channel} rings ${other} already, so it cannot ring this line ${allowed}`);
    else channels.set(channel, `line ${index + 1}`);
  }
}

function checkSerialPorts(board: Board, add: Add): void {
  const seen = new Map<string, { baud: number; line: number }>();
  const ports = new Map<string, number>();
  for (const [index, line] of board.lines.entries()) {
    if (line.driver !== "serial") continue;
    const { baud, port } = line;
    const path = posix.normalize(line.path);
    const { console } = board;
    if (console.driver === "serial" && posix.normalize(console.path) === path)
      add(["lines", index, "path"], `${path} is the console's (allowed: another serial port)`);
    const card = seen.get(path);
    if (card === undefined) seen.set(path, { baud, line: index + 1 });
    else if (card.baud !== baud)
      add(["lines", index, "baud"], `line ${card.line} has ${path} at ${card.baud} baud (allowed: ${card.baud})`);
    const other = ports.get(`${path} ${port}`);
    if (other === undefined) ports.set(`${path} ${port}`, index + 1);
    else add(["lines", index, "port"], `port ${port} of ${path} is line ${other} already (allowed: another of 0 to 7)`);
  }
}

/** Lines whose voice is on the sound card: the key, and the channel. */
function* soundChannels(board: Board): Generator<[number, "channel" | "soundChannel", number]> {
  for (const [index, line] of board.lines.entries()) {
    if (line.driver === "gpio") yield [index, "channel", line.channel];
    else if (line.driver === "serial" && line.soundChannel !== undefined)
      yield [index, "soundChannel", line.soundChannel];
  }
}

/** A line on pins has its voice on a sound card, alone on its channel; one on a line card may have it there. */
function checkSound(board: Board, add: Add): void {
  const channels = new Map<number, number>();
  const used = [...soundChannels(board)];
  const free = [0, 1].filter((each) => !used.some(([, , channel]) => channel === each));
  for (const [index, key, channel] of used) {
    const other = channels.get(channel);
    const allowed = free.length === 0 ? "a board has at most two such lines" : `allowed: ${listText(free, "or")}`;
    if (other !== undefined)
      add(["lines", index, key], `channel ${channel} of the sound is line ${other} already (${allowed})`);
    else channels.set(channel, index + 1);
  }
  for (const [index, line] of board.lines.entries()) {
    if (line.driver === "serial" && line.sound !== undefined && line.soundChannel !== undefined)
      add(
        ["lines", index, "soundChannel"],
        `the serial line carries the sound of line ${index + 1} (allowed: one of both)`,
      );
  }
  if (used.length > 0 && board.sound.driver === "paced")
    add(["sound", "driver"], `"paced" has no sound for ${soundNeeds(used)} (allowed: alsa, wav or silence)`);
}

const soundNeeds = (used: readonly [number, "channel" | "soundChannel", number][]): string =>
  used.some(([, key]) => key === "channel") ? "lines on GPIO pins" : "lines with a sound channel";

function checkLeds(board: Board, add: Add): void {
  const names = new Map<string, number>();
  for (const [index, led] of (board.leds ?? []).entries()) {
    const line = led.shows === "box" ? 0 : Number(led.shows.slice("line ".length));
    if (line > board.lines.length) {
      const lines = board.lines.map((_, each) => `line ${each + 1}`);
      add(["leds", index, "shows"], `the board has no ${led.shows} (allowed: ${listText(["box", ...lines], "or")})`);
    }
    if (led.driver !== "sysfs") continue;
    const other = names.get(led.led);
    if (other === undefined) names.set(led.led, index + 1);
    else add(["leds", index, "led"], `"${led.led}" is lamp ${other} already (allowed: another of /sys/class/leds)`);
  }
}

/** "BCM 17 (header pin 11)" */
const pinName = ({ numbering }: Header, { pin, position }: HeaderPin): string => `${numbering} ${pin} (${position})`;

const listOf = ({ numbering }: Header, pins: readonly HeaderPin[]): string =>
  pins.length === 0
    ? "none is left"
    : `${numbering} ${listText(
        pins.map(({ pin }) => pin),
        "or",
      )}`;

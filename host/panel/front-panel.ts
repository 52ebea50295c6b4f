// What a box has for people who stand before it: lamps and a button, as the board has them.

import type { Clock } from "../clock.ts";
import type { Board, BoardLed } from "../config/types.ts";
import type { LineStatus, RegistrationStatus } from "../status.ts";
import { Button, type ButtonActions } from "./button.ts";
import { Blinker, type Lamp, type Pattern, SysfsLamp } from "./lamp.ts";

/** How late a lamp may show what a line does, ms. */
const LOOK_EVERY = 200;

/** GPIO pins for lamps and buttons. */
export interface PanelPins {
  /** A lamp at a pin that is lit while the pin is high, or low. */
  lamp(pin: number, activeLow: boolean): Lamp;
  /** Whether a button is pressed. `activeLow`: it pulls the pin to ground. */
  button(pin: number, activeLow: boolean): () => boolean;
  close(): void;
}

/** What the panel sees of the box. */
export interface PanelBox {
  readonly isRunning: boolean;
  lines(): readonly LineStatus[];
  registrations(): readonly RegistrationStatus[];
}

export interface PanelOptions {
  clock: Clock;
  /** Called when the board has something at a pin. */
  openPins: (board: Board) => Promise<PanelPins>;
  actions: ButtonActions;
  /** A lamp or a button that cannot be had does no harm to the phones. */
  warn: (message: string) => void;
  /** Where the kernel's lamps are, when not in /sys/class/leds. */
  leds?: string;
}

export class FrontPanel {
  readonly #clock: Clock;
  readonly #box: PanelBox;
  readonly #lamps: { shows: BoardLed["shows"]; blinker: Blinker }[] = [];
  #pins: PanelPins | undefined;
  #button: Button | undefined;
  #timer: unknown;

  private constructor(clock: Clock, box: PanelBox) {
    this.#clock = clock;
    this.#box = box;
  }

  /** Lights the board's lamps, and listens to its button. */
  static async open(board: Board, box: PanelBox, options: PanelOptions): Promise<FrontPanel> {
    const { clock, openPins, warn } = options;
    const panel = new FrontPanel(clock, box);
    const attempt = async (what: string, work: () => void | Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        warn(`${what} cannot be used: ${(error as Error).message}`);
      }
    };
    if (board.button || board.leds?.some(({ driver }) => driver === "gpio"))
      await attempt("the panel's pins", async () => {
        panel.#pins = await openPins(board);
      });
    for (const [index, led] of (board.leds ?? []).entries())
      await attempt(`lamp ${index + 1}`, () => {
        const lamp =
          led.driver === "sysfs" ? new SysfsLamp(led.led, options.leds) : panel.#pins?.lamp(led.pin, led.activeLow);
        const onFailure = (error: Error) => warn(`lamp ${index + 1} is dark from now on: ${error.message}`);
        if (lamp) panel.#lamps.push({ shows: led.shows, blinker: new Blinker(clock, lamp, onFailure) });
      });
    await attempt("the button", () => panel.#listen(board, options));
    panel.#look();
    return panel;
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#button?.close();
    for (const { blinker } of this.#lamps) blinker.close();
    this.#pins?.close();
  }

  #listen({ button }: Board, { actions: { restart, reset }, warn }: PanelOptions): void {
    if (!button || !this.#pins) return;
    const look = this.#pins.button(button.pin, button.activeLow);
    let hasFailed = false;
    const isPressed = (): boolean => {
      try {
        return !hasFailed && look();
      } catch (error) {
        hasFailed = true;
        warn(`the button does nothing from now on: ${(error as Error).message}`);
        return false;
      }
    };
    this.#button = new Button(this.#clock, isPressed, {
      restart,
      reset: () => {
        this.#clock.clearTimeout(this.#timer);
        for (const { blinker } of this.#lamps) blinker.show("reset");
        reset();
      },
    });
  }

  #look(): void {
    if (this.#lamps.length === 0) return;
    this.#timer = this.#clock.setTimeout(() => this.#look(), LOOK_EVERY);
    const patterns = linePatterns(this.#box);
    for (const { shows, blinker } of this.#lamps) {
      const line = shows === "box" ? undefined : Number(shows.slice("line ".length));
      blinker.show(line === undefined ? boxPattern(this.#box, patterns) : (patterns[line - 1] ?? "ready"));
    }
  }
}

/** What matters most of several lines: a fault, then what somebody can hear, then the rest. */
const ORDER: readonly Pattern[] = ["fault", "ringing", "offHook", "registered", "ready"];

function boxPattern({ isRunning }: PanelBox, lines: readonly Pattern[]): Pattern {
  if (!isRunning) return "fault";
  return ORDER.find((pattern) => lines.includes(pattern)) ?? "ready";
}

function linePatterns(box: PanelBox): Pattern[] {
  const registrations = box.registrations();
  return box.lines().map((line, index) => {
    if (line.state === "ringing") return "ringing";
    if (line.hook === "off") return "offHook";
    if (line.registered) return "registered";
    const registration = registrations[index];
    const isRefused = registration?.state === "not registered" && registration.lastAnswer !== "";
    return isRefused ? "fault" : "ready";
  });
}

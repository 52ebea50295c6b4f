// The line cards of a box: lines of the board on the same serial port share one.

import type { Clock } from "../clock.ts";
import type { BoardLine } from "../config/types.ts";
import type { Log } from "../log.ts";
import type { Sound } from "../sound/sound.ts";
import type { CardPort } from "./card-port.ts";
import { serialWire } from "./card-wire.ts";
import { SerialCard } from "./serial-card.ts";

type SerialLine = Extract<BoardLine, { driver: "serial" }>;

export class SerialCards {
  readonly #clock: Clock;
  readonly #log: Pick<Log, "info" | "warn" | "error">;
  readonly #cards = new Map<string, SerialCard>();

  constructor(clock: Clock, log: Pick<Log, "info" | "warn" | "error">) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The port of a line. Throws a RangeError when the sound card has not the line's channel. */
  port({ path, baud, port, sound, soundChannel }: SerialLine, soundCard: Sound): CardPort {
    const card = this.#cards.get(path) ?? this.#add(path, baud);
    return card.port(port, {
      law: sound,
      channel: soundChannel === undefined ? undefined : soundCard.line(soundChannel),
    });
  }

  #add(path: string, baudRate: number): SerialCard {
    const [clock, log] = [this.#clock, this.#log];
    const card = new SerialCard({ clock, log, path, baudRate, openWire: serialWire(path, baudRate, clock) });
    this.#cards.set(path, card);
    return card;
  }
}

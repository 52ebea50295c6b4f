// Opens the phone port of a line: the echo test, or what the board has in the socket of the line's number.

import type { Clock } from "../clock.ts";
import type { Board, LineConfig } from "../config/types.ts";
import type { Sound } from "../sound/sound.ts";
import { EchoPort } from "./echo.ts";
import type { LineWires } from "./gpio.ts";
import { gpioPort } from "./gpio-wires.ts";
import type { PhonePort } from "./port.ts";
import type { SerialCards } from "./serial-cards.ts";
import { SimulatedPort } from "./simulated.ts";
import { Telephone } from "./telephone.ts";

/** What drivers need besides the board. */
export interface PortNeeds {
  clock: Clock;
  /** 32 random bytes; seeded in tests. */
  seed: () => Uint8Array;
  /** The sound card, for lines that have no sound of their own. */
  sound: Sound;
  /** Lines of the same box share them. */
  cards: SerialCards;
  /** Those of the board's lines at GPIO pins, if it has any and they could be had. */
  wires?: LineWires | undefined;
}

/** A port that cannot be opened: the board or the configuration asks for what is not there. */
export class PortError extends Error {}

/** `index` counts lines, and the board's sockets, from 0. Throws a PortError that names the line. */
export function openPort(board: Board, index: number, line: LineConfig, needs: PortNeeds): PhonePort {
  const { clock, seed, sound, cards } = needs;
  if (line.phone === "echo") return new EchoPort(clock, { country: line.country });
  const name = `line ${index + 1}`;
  const socket = board.lines[index];
  switch (socket?.driver) {
    case undefined:
      throw new PortError(`${name}: board ${board.name} has no such socket (allowed: 1 to ${board.lines.length})`);
    case "simulated": {
      const random = Buffer.from(seed()).readUInt32LE(0);
      return new SimulatedPort(clock, new Telephone(clock, { name: `phone ${index + 1}`, seed: random }));
    }
    case "serial":
      try {
        return cards.port(socket, sound);
      } catch (error) {
        throw new PortError(`${name}: ${(error as Error).message}`);
      }
    case "gpio":
      try {
        return gpioPort(board, socket, needs);
      } catch (error) {
        throw new PortError(`${name}: ${(error as Error).message}`);
      }
  }
}

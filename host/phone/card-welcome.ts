// What a line card says of itself when it is greeted, beside what the board wants of it; and what its silence says.

import type { CardLaw, CardPort } from "./card-port.ts";
import { soundPortsAt } from "./card-sender.ts";

/** Bits of a Welcome's abilities. */
export const LAW_ABILITY: Readonly<Record<CardLaw, number>> = { "mu-law": 1, "a-law": 2 };

/** Bytes of a card's name. */
const MOST_NAME = 32;

/** What a card calls itself, fit to be shown: whoever is at the other end of the wire sends it. */
export function nameText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, MOST_NAME)).toString("latin1");
  return text.replace(/[^ -~]/g, "?");
}

/** What cannot be had of a port on a card of so many `ports`, in words for the log. */
export function portFaults({ index, law }: CardPort, ports: number, knowsLaw: boolean, baudRate: number): string[] {
  const faults: string[] = [];
  if (index >= ports) faults.push(`port ${index} is not on this line card: ${portsText(ports)}`);
  if (law === undefined) return faults;
  if (!knowsLaw) faults.push(`port ${index} is without sound: the line card has no ${law}`);
  if (soundPortsAt(baudRate) === 0)
    faults.push(`port ${index} is without sound: ${baudRate} baud are too slow, 115200 carry that of one line`);
  return faults;
}

function portsText(ports: number): string {
  return ports === 0 ? "it has none" : ports === 1 ? "it has port 0 alone" : `it has 0 to ${ports - 1}`;
}

/** Why nobody answers: a card at another speed hears nothing that it would answer, and a device that is no card says something else. */
export function silenceText(hasHeardBytes: boolean, baudRate: number): string {
  return hasHeardBytes
    ? `no frames of a line card come: are both ends at ${baudRate} baud?`
    : `nothing comes: is a line card there, and at ${baudRate} baud?`;
}

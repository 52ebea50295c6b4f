// What goes wrong in a simulated hour: a list from a seed, which a failing run is cut down in.

import type { Dice } from "../support/dice.ts";

export const ADAPTERS = 4;
/** People make calls and things go wrong for so long, ms. */
export const TROUBLE = 2_400_000;

export type FaultKind =
  | "loss"
  | "delay"
  | "duplicates"
  | "partition"
  | "deafness"
  | "rebinding"
  | "clock"
  | "reboot"
  | "restart";

export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  /** When it is mended; of a reboot or restart, when the machine is started again. */
  readonly until: number;
  /** Which adapter, from 0 on; the one after them is the server. */
  readonly machine: number;
  /** A share, milliseconds, or milliseconds that the wall clock jumps; of a reboot, how many steps of the disk the power outlives. */
  readonly size: number;
}

/** Shortest and longest in ms, least and greatest size. */
const KINDS: readonly [FaultKind, number, number, number, number][] = [
  ["loss", 5000, 400_000, 0.02, 0.4],
  ["delay", 5000, 400_000, 20, 900],
  ["duplicates", 5000, 400_000, 0.05, 0.5],
  ["partition", 500, 200_000, 0, 0],
  ["partition", 500, 20_000, 0, 0],
  ["deafness", 500, 100_000, 0, 0],
  ["rebinding", 0, 0, 0, 0],
  ["clock", 0, 0, -86_400_000, 86_400_000],
  ["reboot", 3000, 90_000, 0, 9],
  ["reboot", 3000, 90_000, 0, 9],
  ["restart", 3000, 90_000, 0, 0],
];

export function faultsOf(dice: Dice): Fault[] {
  return Array.from({ length: 2 + dice.below(12) }, () => {
    const [kind, shortest, longest, least, most] = dice.pick(KINDS);
    const at = dice.between(0, TROUBLE);
    const until = Math.min(TROUBLE, at + dice.between(shortest, longest));
    return { kind, at, until, machine: dice.below(ADAPTERS + 1), size: dice.between(least, most) };
  }).sort((left, right) => left.at - right.at);
}

const secondsOf = (time: number): string => (time / 1000).toFixed(1);

export const faultText = ({ kind, at, until, machine, size }: Fault): string =>
  `${secondsOf(at)} s to ${secondsOf(until)} s: ${kind}, ${machine === ADAPTERS ? "server" : `adapter ${machine + 1}`}${size === 0 ? "" : `, ${size.toFixed(2)}`}`;

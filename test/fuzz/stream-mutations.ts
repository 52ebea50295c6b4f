// Damages what stands between the messages of a stream, and what says where they end: RFC 3261 §18.3, RFC 5626 §3.5.1.

import type { Dice } from "../support/dice.ts";
import { mutateSip } from "./sip-mutations.ts";
import { NUMBERS } from "./sip-words.ts";

type Mutation = (text: string, dice: Dice) => string;

const LENGTH = /^(content-length|l)[ \t]*:[ \t]*(\d*).*\r\n/im;

/** One that claims another length. */
const claim = (text: string, length: string): string => text.replace(LENGTH, `Content-Length: ${length}\r\n`);

const FRAMING: readonly Mutation[] = [
  (text, dice) => claim(text, dice.pick(NUMBERS)),
  (text, dice) =>
    text.replace(LENGTH, (_, name, digits) => `${name}: ${Number(digits) + dice.pick([-2, -1, 1, 2, 500])}\r\n`),
  (text) => text.replace(LENGTH, ""),
  (text, dice) => text.replace(LENGTH, (field) => `${field}${claim(field, dice.pick(NUMBERS))}`),
  (text, dice) => text.replace(LENGTH, (field) => field.replace(":", dice.pick([" :", ":\r\n ", "", "::", ";"]))),
  (text, dice) => text.slice(0, dice.below(text.length)),
  (text, dice) => text.slice(dice.below(text.length)),
  (text, dice) =>
    `${dice.pick(["\r\n", "\n", "\r", "\r\n\r\n", "\r\n\r\n\r\n", "\0", " ", "\r\r\n\n"]).repeat(1 + dice.below(5))}${text}`,
  (text, dice) => text.replaceAll("\r\n", dice.pick(["\n", "\r", "\n\r"])),
  (text) => text.replace("\r\n\r\n", "\r\n"),
  (text, dice) => text.replace("\r\n", `\r\nX-Long: ${"x".repeat(dice.pick([1000, 4000, 4096, 9000, 70_000]))}\r\n`),
  (_, dice) => "x".repeat(dice.pick([1, 4095, 4096, 20_000])),
  (_, dice) => "\r\n".repeat(dice.pick([1, 2, 3, 2000])),
  (text) => `${text}${text}`,
];

/** A message, its words damaged, its frame, or both. */
export function mutateFramed(message: Uint8Array, dice: Dice): Uint8Array {
  const damaged = dice.chance(0.6) ? mutateSip(message, dice) : message;
  if (dice.chance(0.5)) return damaged;
  let text = Buffer.from(damaged).toString("latin1");
  for (let count = 1 + dice.below(2); count > 0; count--) text = dice.pick(FRAMING)(text, dice);
  return Buffer.from(text, "latin1");
}

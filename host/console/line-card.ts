// What a line's line card has to tell: who it is, how it is reached, and what went wrong on its serial line since the start.

import type { CardStatus } from "../status.ts";
import type { Cell } from "./table.ts";

type Fact = readonly [string, Cell];

export function cardFacts(card: CardStatus): Fact[] {
  const { counters } = card;
  return [
    ["line card", `${card.name === "" ? "none has answered" : card.name}, port ${card.port}`],
    ["at", `${card.path}, ${card.baudRate} baud`],
    ["answers", card.isUp ? "yes" : "no"],
    ...(card.failure === "" ? [] : [["why", card.failure] as const]),
    ["clock", `${Math.abs(card.driftPpm)} ppm ${card.driftPpm < 0 ? "slow" : "fast"}`],
    ["lost, restarted", `${counters.losses} times, ${counters.restarts} times`],
    ["damaged frames", `${counters.damaged} here, ${counters.damagedAtCard} at the card`],
    ["edges lost", counters.lostEdges],
    ["orders sent again", counters.resent],
    ["sound out and back", card.soundDelay === null ? null : `${card.soundDelay.toFixed(1)} ms`],
    ["sound missed", `${counters.soundMissed} times here, ${counters.soundMissedAtCard} times at the card`],
    ["frames left out", `${counters.soundSkipped}, ${counters.soundUnsent} more could not be sent`],
  ];
}

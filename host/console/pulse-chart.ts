// The last edges of a line's loop as people who adjust rotary dials want to see them: drawn, and judged. Speeds and
// ratios of dials: EIA/TIA-464, BS 6305; assembly/line/pulse.ts says what the line itself takes.

import type { LoopEdge } from "../status.ts";
import { drawTable, TABLE_COLUMNS } from "./table.ts";

const EDGES = 20;
/** Shorter changes are bounce of the contacts, ms. */
const BOUNCE = 5;
/** A loop open for longer is no pulse; closed for longer, the digit is over. */
const LONGEST_BREAK = 100;
const LONGEST_MAKE = 200;
/** A character of the drawing, ms, and the most of them for one level. */
const STEP = 20;
const WIDEST = 10;
/** What a dial in good order does: pulses a second, and how much of each the loop is open, %. */
const GOOD_SPEED = [9, 11] as const;
const GOOD_BREAK = [58, 67] as const;
/** What the line takes. */
const TAKEN_SPEED = [8, 22] as const;
const TAKEN_BREAK = [33, 67] as const;

interface Level {
  closed: boolean;
  length: number;
}

export interface PulseReport {
  bounces: number;
  pulses: number;
  /** Of the last train; null without two pulses in a row. */
  speed: number | null;
  breakPercent: number | null;
  verdict: string;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const within = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;

/** Levels between the edges, without bounce; the last one is still going on and left out. */
function levelsOf(edges: readonly LoopEdge[]): { levels: Level[]; bounces: number } {
  const levels: Level[] = [];
  let bounces = 0;
  let chatter = 0;
  for (const [index, { closed, at }] of edges.slice(0, -1).entries()) {
    const length = edges[index + 1]!.at - at;
    const last = levels.at(-1);
    if (length < BOUNCE) {
      bounces++;
      chatter += length;
      continue;
    }
    // contacts that chatter have begun to move: the time is the next level's
    if (last?.closed === closed) last.length += chatter + length;
    else levels.push({ closed, length: chatter + length });
    chatter = 0;
  }
  return { levels, bounces };
}

function draw(levels: readonly Level[]): string {
  const line = levels
    .map(({ closed, length }) => {
      const width = Math.max(1, Math.round(length / STEP));
      const line = (closed ? "#" : "_").repeat(Math.min(width, WIDEST));
      return width > WIDEST
        ? `${line.slice(0, WIDEST / 2)} ${Math.round(length)} ms ${line.slice(0, WIDEST / 2)}`
        : line;
    })
    .join("");
  const lines = line.match(new RegExp(`.{1,${TABLE_COLUMNS}}`, "g")) ?? [];
  return [...lines, `# closed, _ open, ${STEP} ms each`].join("\n");
}

function verdictOf(pulses: number, speed: number | null, breakPercent: number | null): string {
  if (pulses === 0) return "no pulses: dial a digit";
  if (speed === null || breakPercent === null) return "one pulse says nothing of speed: dial a longer digit, 0 at best";
  const taken = within(speed, TAKEN_SPEED) && within(breakPercent, TAKEN_BREAK);
  const faults: string[] = [];
  if (!within(speed, GOOD_SPEED)) faults.push(speed < GOOD_SPEED[0] ? "it turns too slowly" : "it turns too fast");
  if (!within(breakPercent, GOOD_BREAK)) {
    faults.push(breakPercent < GOOD_BREAK[0] ? "its contacts open for too short" : "its contacts open for too long");
  }
  if (faults.length === 0) return "a dial in good order";
  return `${faults.join(", and ")}; this line ${taken ? "takes it all the same" : "does not take it for sure"}`;
}

/** What the edges say of the dial, the newest train of pulses first of all. */
export function judgePulses(all: readonly LoopEdge[]): PulseReport & { text: string } {
  const whole = levelsOf(all);
  const levels = whole.levels.slice(-EDGES);
  const { bounces } = whole;
  const breaks: number[] = [];
  const periods: number[] = [];
  const shares: number[] = [];
  const rows: (string | number)[][] = [];
  for (const [index, level] of levels.entries()) {
    if (level.closed || level.length > LONGEST_BREAK) continue;
    const make = levels[index + 1];
    const before = levels[index - 1];
    if (before && before.length > LONGEST_MAKE) for (const list of [breaks, periods, shares, rows]) list.length = 0;
    breaks.push(level.length);
    const isPeriod = make !== undefined && make.length <= LONGEST_MAKE;
    const period = isPeriod ? level.length + make.length : Number.NaN;
    if (isPeriod) {
      periods.push(period);
      shares.push((100 * level.length) / period);
    }
    const share = isPeriod ? `${((100 * level.length) / period).toFixed(0)} %` : "-";
    const makeText = isPeriod ? `${make.length.toFixed(1)} ms` : "-";
    const speedText = isPeriod ? (1000 / period).toFixed(1) : "-";
    rows.push([breaks.length, `${level.length.toFixed(1)} ms`, makeText, speedText, share]);
  }
  const speed = periods.length === 0 ? null : 1000 / mean(periods);
  const breakPercent = shares.length === 0 ? null : mean(shares);
  const pulses = breaks.length;
  const verdict = verdictOf(pulses, speed, breakPercent);
  const facts =
    speed === null || breakPercent === null
      ? ""
      : `${pulses} pulses, ${speed.toFixed(1)} a second, ${breakPercent.toFixed(0)} % open, ${bounces} bounces: `;
  const table = rows.length === 0 ? [] : [drawTable(["Pulse", "Break", "Make", "Per second", "Open"], rows), ""];
  const drawing = levels.length === 0 ? "no edges yet" : draw(levels);
  const text = [drawing, "", ...table, `${facts}${verdict}`].join("\n");
  return { bounces, pulses, speed, breakPercent, verdict, text };
}

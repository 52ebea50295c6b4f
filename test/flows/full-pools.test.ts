// A whole life with a pool that is full at its k-th use, for every k: the phones register, one calls, the other answers, they hang up.
// Either it works all the same, or the caller hears the congestion tone and the log says 503; afterwards nothing is left and calls work.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { Dice } from "../support/dice.ts";
import { failingModules, failTakes, type TakeName, takesOf } from "../support/failing-takes.ts";
import { type Element, forgetCores, Site } from "../support/site.ts";

const CALLER = 0;
const CALLED = 0;
const ALWAYS = 0x3fff;
/** RFC 3261 §17: a transaction that nobody answers is over. */
const LONGEST_TRANSACTION = 40_000;
/** The longest wait before a line that could not register tries again, and all that it then needs. */
const LONGEST_BACKOFF = 3_700_000;

const modules = await failingModules();

type Place = "caller" | "called" | "server";
const elementOf = (site: Site, place: Place): Element =>
  place === "server" ? site.server : place === "caller" ? site.victim : site.other;

interface Life {
  what: string;
  outcome: string;
  takes: number;
  /** 503s of the server. */
  refusals: number;
}

/** Lets time pass until it holds. */
function waits(site: Site, holds: () => boolean, limit: number): boolean {
  const end = site.schedule.now + limit;
  while (!holds() && site.schedule.now < end) site.pass(100);
  return holds();
}

function call(site: Site): string {
  const { victim, other } = site;
  const failures: string[] = [];
  site.onReport = (from, line, report, text) => {
    if (from === victim && line === CALLER && report === Report.CallFailed) failures.push(text);
  };
  site.pass(victim.dial(CALLER, "201") - site.schedule.now);
  let isAnswered = false;
  const isTalking = (): boolean => victim.callState(CALLER) === "active" && other.callState(CALLED) === "active";
  waits(
    site,
    () => {
      if (!isAnswered && other.lineState(CALLED) === "ringing") {
        other.hook(CALLED, true);
        isAnswered = true;
      }
      return isTalking() || failures.length > 0;
    },
    LONGEST_TRANSACTION,
  );
  if (isTalking()) {
    site.pass(3000);
    if (!isTalking()) return `cut off: ${victim.lineState(CALLER)}, ${other.lineState(CALLED)}`;
    return WORKS;
  }
  return `${victim.lineState(CALLER)}: ${failures.join(" and ")}`;
}

function hangUp(site: Site): void {
  site.victim.hook(CALLER, false);
  site.other.hook(CALLED, false);
}

/** Takes of that pool from number `step` on fail, `count` of them or until the phones are hung up. */
function live(place: Place, kind: TakeName, step: number, count: number): Life {
  const what = `${kind} number ${step} of the ${place}, ${count === 1 ? "once" : "and all after it"}`;
  let refusals = 0;
  const site = new Site(new Dice(step), modules, undefined, (before) => {
    for (const core of [before.server.core, before.victim.core, before.other.core]) failTakes(core, kind, 0, 0);
    failTakes(elementOf(before, place).core, kind, step, count);
    before.onSip = (from, bytes) => {
      if (from === before.server && Buffer.from(bytes.subarray(0, 12)).toString("latin1") === "SIP/2.0 503 ")
        refusals++;
    };
  });
  const { core } = elementOf(site, place);
  const outcome = call(site);
  const takes = takesOf(core, kind);
  hangUp(site);
  site.pass(2000);
  failTakes(core, kind, 0, 0);
  site.pass(LONGEST_TRANSACTION);
  for (const [element, line] of [
    [site.victim, CALLER],
    [site.other, CALLED],
  ] as const)
    assert.deepEqual([element.lineState(line), element.callState(line)], ["idle", "idle"], what);

  const areRegistered = (): boolean =>
    [site.victim, site.other].every((adapter) => [0, 1, 2, 3].every((line) => adapter.isRegistered(line)));
  assert.ok(waits(site, areRegistered, LONGEST_BACKOFF), `${what}: a line never registers`);
  assert.equal(call(site), WORKS, `${what}: a call afterwards`);
  hangUp(site);
  assert.deepEqual(site.quiet(), [], what);
  return { what, outcome, takes, refusals };
}

const WORKS = "works";
/** Own, or the server's. */
const FULL = "congestion: 201: 503 Service Unavailable";
/** RFC 3261 §16.7 6: what the proxy makes of the called's 503. */
const CALLED_FULL = "congestion: 201: 500 Server Internal Error";
/** It could not register. */
const AWAY = "congestion: 201: 480 Temporarily Unavailable";
const SILENCE = "congestion: 201: 408 Request Timeout";
/** Nothing leaves the core, its report included: the tone is heard all the same. */
const MUTE = "congestion: ";
/** Nothing comes from the other end: the caller waits, as on any dead line. */
const NOTHING_YET = ["waiting: ", "ringback: "];

const RULES: readonly { place: Place; kind: TakeName; once: readonly string[]; always: readonly string[] }[] = [
  { place: "caller", kind: "Transaction", once: [FULL], always: [FULL] },
  { place: "caller", kind: "Buffer", once: [FULL], always: [FULL] },
  { place: "caller", kind: "Session", once: [FULL], always: [FULL] },
  { place: "caller", kind: "Action", once: [], always: [MUTE] },
  { place: "called", kind: "Transaction", once: [AWAY, CALLED_FULL], always: [AWAY, CALLED_FULL] },
  { place: "called", kind: "Buffer", once: [AWAY, CALLED_FULL], always: [AWAY, CALLED_FULL] },
  { place: "called", kind: "Session", once: [CALLED_FULL], always: [CALLED_FULL] },
  { place: "called", kind: "Action", once: [], always: [AWAY, SILENCE, ...NOTHING_YET] },
  { place: "server", kind: "Transaction", once: [FULL], always: [FULL] },
  { place: "server", kind: "Buffer", once: [FULL], always: [FULL] },
  { place: "server", kind: "Forwarding", once: [FULL], always: [FULL] },
  { place: "server", kind: "Binding", once: [AWAY], always: [AWAY] },
  { place: "server", kind: "Action", once: [], always: [SILENCE, ...NOTHING_YET] },
];

for (const { place, kind, once, always } of RULES)
  test(`${place}: every ${kind.toLowerCase()} of a whole life fails once, and from then on`, () => {
    forgetCores();
    const whole = live(place, kind, 0, 0);
    assert.equal(whole.outcome, WORKS);
    assert.ok(whole.takes > 0 && whole.refusals === 0);
    for (let step = 1; step <= whole.takes; step++)
      for (const count of [1, ALWAYS]) {
        const { what, outcome, refusals } = live(place, kind, step, count);
        const allowed = [WORKS, ...(count === 1 ? once : always)];
        assert.ok(allowed.includes(outcome), `${what}: ${outcome}`);
        if (place === "server" && outcome !== WORKS && kind !== "Action") assert.ok(refusals > 0, `${what}: no 503`);
      }
  });

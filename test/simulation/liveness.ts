// What must hold once the faults of a simulated hour are over: every phone is registered, nobody is held in a call that has ended,
// everybody can call everybody, nothing is held that nobody uses.

import { EXPIRES, LINES } from "./configs.ts";
import { ADAPTERS, TROUBLE } from "./faults.ts";
import type { Person } from "./person.ts";
import type { World } from "./world.ts";

const ADAPTER_FIGURES = ["sessionsUsed", "transactionsUsed", "buffersUsed"];
const SERVER_FIGURES = ["forwardingsUsed", "transactionsUsed", "buffersUsed", "bindingCount"];
/** Everybody has hung up and is registered again after so long, ms. */
const RECOVERY = (EXPIRES + 120) * 1000;
/** A registration that was begun just then is over. */
const REGISTRATION = 60_000;
/** From lifting the handset to talking. */
const CONNECTION = 12_000;

/** Lets the hour pass. Returns what is not as it must be. */
export async function hour(world: World): Promise<string[]> {
  await world.start();
  await world.runUntil(TROUBLE);
  for (const person of world.people) person.retire();
  const problems = await recovered(world);
  if (problems.length === 0) problems.push(...(await everybodyReachesEverybody(world)));
  if (problems.length === 0) problems.push(...(await stopped(world)));
  return [...world.errors, ...problems];
}

async function recovered(world: World): Promise<string[]> {
  await world.runUntil(TROUBLE + RECOVERY);
  return world.until(() => [...world.adapters.keys()].flatMap((index) => leftOf(world, index)), REGISTRATION);
}

function leftOf(world: World, index: number): string[] {
  const adapter = world.adapters[index]?.adapter;
  const name = `adapter ${index + 1}`;
  if (!adapter) return [`${name} is not running`];
  const left = adapter
    .lines()
    .flatMap(({ line, registered, state }) => [
      ...(registered ? [] : [`line ${line} of ${name} is not registered`]),
      ...(state === "idle" ? [] : [`line ${line} of ${name} is ${state}`]),
    ]);
  for (const { line, state } of adapter.calls()) left.push(`a call on line ${line} of ${name}: ${state}`);
  for (let line = 0; line < LINES; line++)
    if (adapter.soundClock.isActive(line)) left.push(`line ${line + 1} of ${name} has sound`);
  for (const figure of ADAPTER_FIGURES) {
    const used = adapter.core.figure(figure);
    if (used > 0) left.push(`${name} ${figure}: ${used}`);
  }
  return left;
}

/** As in a tournament: in each round everybody has a call with somebody else, until all have had one with each. */
async function everybodyReachesEverybody(world: World): Promise<string[]> {
  const count = world.people.length;
  for (let round = 1; round < count; round++) {
    const pairs = Array.from({ length: count / 2 }, (_, place): [number, number] => {
      const one = place === 0 ? 0 : 1 + ((place + round) % (count - 1));
      const other = 1 + ((count - 1 - place + round) % (count - 1));
      return round % 2 === 0 ? [one, other] : [other, one];
    });
    const problems = await allConnect(world, pairs);
    if (problems.length > 0) return problems;
  }
  return [];
}

async function allConnect(world: World, pairs: readonly [number, number][]): Promise<string[]> {
  const { people } = world;
  const isUp = (person: number): boolean =>
    world.adapters[Math.floor(person / LINES)]?.adapter?.call(person % LINES)?.state === "active";
  for (const [caller, called] of pairs) (people[caller] as Person).call((people[called] as Person).number);
  const problems = await world.until(
    () =>
      pairs.flatMap(([caller, called]) => {
        const { port, number } = people[called] as Person;
        if (port.isRinging && !port.isClosed) port.set(true);
        if (isUp(caller) && isUp(called)) return [];
        return [
          `${people[caller]?.number} does not reach ${number}, whose phone ${port.isRinging ? "rings" : "does not ring"}`,
        ];
      }),
    CONNECTION,
  );
  for (const person of pairs.flat()) people[person]?.hangUp();
  await world.runUntil(world.schedule.now + 3000);
  return problems;
}

/** Everybody un-registers; the server has nothing left, once the bindings of machines that lost their power have ended. */
async function stopped(world: World): Promise<string[]> {
  for (let adapter = 0; adapter < ADAPTERS; adapter++) world.stop(adapter);
  await world.runUntil(world.schedule.now + (EXPIRES + 64) * 1000);
  const core = world.server?.core;
  if (!core) return ["the server is not running"];
  const left = SERVER_FIGURES.flatMap((name) =>
    core.figure(name) === 0 ? [] : [`server ${name}: ${core.figure(name)}`],
  );
  if (core.nextTimeout !== Number.POSITIVE_INFINITY)
    left.push(`the server waits for something in ${core.nextTimeout - world.schedule.now} ms`);
  return left;
}

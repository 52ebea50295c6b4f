// A server, four adapters with two telephones each, and all that can go wrong between them, in one thread on virtual time from one
// seed. What must hold when it is over stands in liveness.ts.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Adapter } from "../../host/adapter.ts";
import type { Config } from "../../host/config/types.ts";
import type { Core } from "../../host/core.ts";
import { Log } from "../../host/log.ts";
import { streamsOf } from "../../host/net/streams.ts";
import { Recorder } from "../../host/recorder.ts";
import { SipServer } from "../../host/server.ts";
import { Dice } from "../support/dice.ts";
import { Schedule } from "../support/schedule.ts";
import { builtModule } from "../support/virtual-box.ts";
import { GOOD_WIRE, VirtualNetwork, type Wire } from "../support/virtual-network.ts";
import { adapterConfigs, addressOf, LINES, SERVER_CONFIG, SIP_PORT, USERS, userOf } from "./configs.ts";
import { Disk } from "./disk.ts";
import { BarePort, Nat, Power } from "./element.ts";
import { ADAPTERS, type Fault, type FaultKind } from "./faults.ts";
import { Person } from "./person.ts";

const MODULES = { adapter: builtModule("adapter", "release"), server: builtModule("server", "release") };
const LOCATIONS = "/tipring/locations";
const FINE_WIRE: Wire = { ...GOOD_WIRE, cuts: 0.2 };
/** How the names of sockets begin. */
const PLACES = Array.from({ length: ADAPTERS + 1 }, (_, machine) => `${addressOf(machine)}:`);
/** Power that is to go in the middle of a write goes at last so long after its fault begins, ms. */
const LATEST_CUT = 8000;

/** A place where an adapter or the server runs, or does not. */
class Machine {
  wallOffset = 0;
  power: Power | undefined;
  /** Machines that were started, so far. */
  starts = 0;
  adapter: Adapter | undefined;
  server: SipServer | undefined;
  readonly nat: Nat;
  readonly ports: BarePort[];

  constructor(schedule: Schedule, network: VirtualNetwork) {
    this.nat = new Nat(network, SIP_PORT);
    this.ports = Array.from({ length: LINES }, () => new BarePort(schedule));
  }

  get core(): Core | undefined {
    return this.adapter?.core ?? this.server?.core;
  }
}

export class World {
  readonly schedule = new Schedule();
  readonly people: Person[] = [];
  readonly network: VirtualNetwork;
  readonly errors: string[] = [];
  readonly recordings: string[] = [];
  /** The server is the last. */
  readonly #machines: Machine[];
  readonly #configs: readonly Config[];
  readonly #disk: Disk;
  readonly #dice: Dice;
  readonly #active = new Set<Fault>();
  readonly #folder: string | undefined;
  /** Promises under way, by the power that they take: they get a turn after each step. */
  readonly #underWay = new Map<Promise<unknown>, Power | undefined>();

  /** With `folder`, every core is recorded there. */
  constructor(seed: number, faults: readonly Fault[], folder?: string) {
    this.#folder = folder;
    if (folder !== undefined && !existsSync(folder)) mkdirSync(folder, { recursive: true });
    this.#dice = new Dice(seed ^ 0x55aa55aa);
    const clock = new Power(this.schedule, () => 0);
    this.network = new VirtualNetwork(clock, seed, (from, to) => this.#wire(from, to));
    this.#configs = adapterConfigs(new Dice(seed ^ 0x0badcafe));
    this.#disk = new Disk(new Dice(this.#dice.bits()));
    this.#machines = Array.from({ length: ADAPTERS + 1 }, () => new Machine(this.schedule, this.network));
    for (const [adapter, { ports }] of this.adapters.entries()) this.people.push(...this.#housemates(adapter, ports));
    for (const fault of faults) {
      this.schedule.at(fault.at, () => this.#begin(fault));
      this.schedule.at(fault.until, () => this.#mend(fault));
    }
  }

  #housemates(adapter: number, ports: readonly BarePort[]): Person[] {
    const people = ports.map((port, line) => {
      const person = new Person(userOf(adapter, line), line, port, this.schedule, new Dice(this.#dice.bits()));
      person.numbers = [...USERS, "199"];
      person.order = (...order) => {
        try {
          this.adapters[adapter]?.adapter?.orderLine(line, ...order);
        } catch (error) {
          if (!(error as Error).message.startsWith("line ")) throw error;
        }
      };
      return person;
    });
    for (const [index, person] of people.entries()) person.housemate = people[(index + 1) % people.length];
    return people;
  }

  get adapters(): readonly Machine[] {
    return this.#machines.slice(0, ADAPTERS);
  }

  get server(): SipServer | undefined {
    return this.#machines[ADAPTERS]?.server;
  }

  // Time

  async start(): Promise<void> {
    for (let machine = ADAPTERS; machine >= 0; machine--) this.#do(this.#start(machine));
    await this.#turn();
  }

  #do(promise: Promise<unknown>, power?: Power): void {
    const work = promise
      .catch((error: Error) => this.errors.push(error.stack ?? error.message))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.set(work, power);
  }

  /** Every promise that can go on does. */
  #turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  async runUntil(time: number): Promise<void> {
    const { schedule } = this;
    while (schedule.nextAt <= time) {
      schedule.step();
      if (this.#underWay.size > 0) await this.#turn();
    }
    schedule.now = Math.max(schedule.now, time);
  }

  /** Time passes until nothing of the list is left; what is left after `limit` ms is returned. */
  async until(left: () => string[], limit: number): Promise<string[]> {
    const end = this.schedule.now + limit;
    while (this.schedule.now < end && left().length > 0) await this.runUntil(this.schedule.now + 500);
    return left();
  }

  // Machines

  #log(power: Power): Log {
    const log = new Log(power, { level: "error" });
    log.onLine(({ area, message }) => {
      if (area === "core" || area === "server" || area === "loop") this.errors.push(`${area}: ${message}`);
    });
    return log;
  }

  #recording(index: number): { path: string } | undefined {
    if (this.#folder === undefined) return undefined;
    const name = index === ADAPTERS ? "server" : `adapter-${index + 1}`;
    const path = join(this.#folder, `${name}.start-${++(this.#machines[index] as Machine).starts}.tipring`);
    this.recordings.push(path);
    return { path };
  }

  async #start(index: number): Promise<void> {
    const machine = this.#machines[index] as Machine;
    const power = new Power(this.schedule, () => machine.wallOffset);
    machine.power = power;
    this.network.streams.powerOn(addressOf(index));
    const common = {
      clock: power,
      log: this.#log(power),
      recording: this.#recording(index),
      seed: () => this.#dice.coreSeed(),
      openStreams: streamsOf(this.network.streams.plumbing(power)),
    };
    if (index === ADAPTERS) {
      const files = this.#disk.mount(power, (promise) => this.#do(promise, power));
      machine.server = await SipServer.start({
        ...common,
        config: SERVER_CONFIG,
        wasm: MODULES.server,
        locations: { path: LOCATIONS, files },
        openUdp: async (...socket) => power.keep(await this.network.open(...socket)),
      });
      return;
    }
    machine.adapter = await Adapter.start({
      ...common,
      config: this.#configs[index] as Config,
      wasm: MODULES.adapter,
      ports: machine.ports,
      openUdp: async (...socket) => power.keep(await machine.nat.open(...socket)),
      onReport: (line, report) => {
        if (machine.power === power) this.people[index * LINES + line]?.hears(report);
      },
    });
  }

  async #cut(index: number): Promise<void> {
    const machine = this.#machines[index] as Machine;
    const { power } = machine;
    endRecording(machine.core);
    [machine.adapter, machine.server, machine.power] = [undefined, undefined, undefined];
    for (const port of machine.ports) port.unplug();
    if (!power) return;
    if (index === ADAPTERS) this.#disk.powerCut();
    for (const [promise, takes] of this.#underWay) if (takes === power) this.#underWay.delete(promise);
    this.network.streams.powerCut(addressOf(index));
    await power.cut();
  }

  /** The program is told to stop. */
  async stop(index: number): Promise<void> {
    const machine = this.#machines[index] as Machine;
    const { adapter, server, power } = machine;
    [machine.adapter, machine.server] = [undefined, undefined];
    if (adapter) this.#do(adapter.stop(), power);
    if (server) this.#do(server.stop(), power);
  }

  /** The machines stop; returns the path of each recording. */
  endRecordings(): readonly string[] {
    for (const { core } of this.#machines) endRecording(core);
    return this.recordings.filter(existsSync);
  }

  // Faults

  #wire(from: string, to: string): Wire {
    if (this.#active.size === 0) return FINE_WIRE;
    let { delay, jitter, loss, duplicates, reordering, heldFor, cuts }: Wire = FINE_WIRE;
    for (const { kind, machine, size } of this.#active) {
      const place = PLACES[machine] as string;
      const isTo = to.startsWith(place);
      if (!isTo && !from.startsWith(place)) continue;
      if (kind === "partition" || (kind === "deafness" && isTo)) loss = 1;
      else if (kind === "loss") loss = Math.max(loss, size);
      else if (kind === "duplicates") duplicates = size;
      else if (kind === "delay") [delay, jitter, reordering, heldFor] = [size / 2, size, 0.3, size];
    }
    return { delay, jitter, loss, duplicates, reordering, heldFor, cuts };
  }

  #begin(fault: Fault): void {
    const { kind, machine: index, size, at, until } = fault;
    const machine = this.#machines[index] as Machine;
    this.#active.add(fault);
    if (kind === "rebinding") this.#rebind(index);
    else if (kind === "clock") machine.wallOffset += size;
    else if (kind === "restart") this.stop(index);
    else if (kind === "reboot" && index === ADAPTERS) {
      const cut = (): void => {
        if (this.#active.has(fault) && machine.power) this.#do(this.#cut(index));
      };
      this.#disk.afterSteps = { count: Math.ceil(size), act: cut };
      this.schedule.at(Math.min(at + LATEST_CUT, (at + until) / 2), cut);
    } else if (kind === "reboot") this.#do(this.#cut(index));
  }

  #rebind(index: number): void {
    this.#do((this.#machines[index] as Machine).nat.rebind());
    this.network.streams.forget(addressOf(index));
  }

  #mend(fault: Fault): void {
    this.#active.delete(fault);
    const isOff = (kind: FaultKind): boolean => kind === "reboot" || kind === "restart";
    if (!isOff(fault.kind)) return;
    // it is started when the last of several cuts is over, and by nothing of its last life that goes on
    if ([...this.#active].some(({ kind, machine }) => isOff(kind) && machine === fault.machine)) return;
    this.#do(this.#cut(fault.machine).then(() => this.#start(fault.machine)));
  }
}

const endRecording = (core: Core | undefined): void => {
  if (core?.observer instanceof Recorder) core.observer.close();
};

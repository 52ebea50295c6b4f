// A server, four adapters with two telephones each, and all that can go wrong between them, in one thread on virtual time from one
// seed. When the faults are over everything must come right by itself: every phone registered, every call that is tried connected,
// nothing held that nobody uses.

import { Adapter } from "../../host/adapter.ts";
import { checkConfig } from "../../host/config/check.ts";
import type { Config } from "../../host/config/types.ts";
import { Log } from "../../host/log.ts";
import { SipServer } from "../../host/server.ts";
import { Dice } from "../support/dice.ts";
import { Schedule } from "../support/schedule.ts";
import { builtModule } from "../support/virtual-box.ts";
import { GOOD_WIRE, VirtualNetwork, type Wire } from "../support/virtual-network.ts";
import { BarePort, Nat, Power } from "./element.ts";
import { ADAPTERS, type Fault, TROUBLE } from "./faults.ts";
import { Person } from "./person.ts";

const SERVER = "127.0.0.1";
const SIP_PORT = 5062;
const LINES = 2;
const EXPIRES = 300;
const CORE_FIGURES = ["sessionsUsed", "transactionsUsed", "buffersUsed"];
const SERVER_FIGURES = ["forwardingsUsed", "transactionsUsed", "buffersUsed"];
/** Once the faults are over: everybody has hung up and is registered again after so long. */
const RECOVERY = (EXPIRES + 120) * 1000;

const addressOf = (adapter: number): string => `127.0.0.${adapter + 11}`;
const userOf = (adapter: number, line: number): string => `${101 + adapter * LINES + line}`;
const USERS = Array.from({ length: ADAPTERS * LINES }, (_, index) => `${101 + index}`);

function configOf(text: string): Config {
  const { config, problems } = checkConfig(text);
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

const account = (user: string): string => `[[server.user]]\nname = "${user}"\npassword = "password-of-${user}"\n`;
const lineText = (user: string): string =>
  `[[line]]\nuser = "${user}"\nphone = "simulated"\npassword = "password-of-${user}"\nregistrar = "${SERVER}:5060"\n` +
  `expires = ${EXPIRES}\ndial_plan = "[1-7]xx"\nring_timeout = 30\n`;
const texts = (address: string, isServer: boolean, users: readonly string[]): string =>
  `[sip]\nbind = "${address}"\nport = ${SIP_PORT}\n[server]\nenabled = ${isServer}\nport = 5060\n${USERS.map(account).join("")}${users.map(lineText).join("")}`;
const SERVER_CONFIG = configOf(texts(SERVER, true, ["101"]));
const ADAPTER_CONFIGS = Array.from({ length: ADAPTERS }, (_, adapter) =>
  configOf(texts(addressOf(adapter), false, [userOf(adapter, 0), userOf(adapter, 1)])),
);

class Machine {
  readonly nat: Nat;
  readonly ports: BarePort[];
  wallOffset = 0;
  power: Power | undefined;
  adapter: Adapter | undefined;

  constructor(schedule: Schedule, network: VirtualNetwork) {
    this.nat = new Nat(network, SIP_PORT);
    this.ports = Array.from({ length: LINES }, () => new BarePort(schedule));
  }
}

export class World {
  readonly schedule = new Schedule();
  readonly people: Person[] = [];
  readonly network: VirtualNetwork;
  readonly errors: string[] = [];
  readonly #machines: Machine[];
  readonly #dice: Dice;
  readonly #active = new Set<Fault>();
  #server: SipServer | undefined;
  #serverPower: Power | undefined;
  /** Promises under way: they get their turns before time goes on. */
  #underWay = 0;

  constructor(seed: number, faults: readonly Fault[]) {
    this.#dice = new Dice(seed ^ 0x55aa55aa);
    const clock = new Power(this.schedule, () => 0);
    this.network = new VirtualNetwork(clock, seed, (from, to) => this.#wire(from, to));
    this.#machines = Array.from({ length: ADAPTERS }, () => new Machine(this.schedule, this.network));
    for (const [adapter, { ports }] of this.#machines.entries())
      for (const [line, port] of ports.entries()) {
        const person = new Person(userOf(adapter, line), port, this.schedule, new Dice(this.#dice.bits()));
        person.numbers = [...USERS, "199"];
        this.people.push(person);
      }
    for (const fault of faults) {
      this.schedule.at(fault.at, () => this.#begin(fault));
      this.schedule.at(fault.until, () => this.#mend(fault));
    }
  }

  // Time

  async start(): Promise<void> {
    this.#do(this.#startServer());
    for (let adapter = 0; adapter < ADAPTERS; adapter++) this.#do(this.#startAdapter(adapter));
    await this.#settle();
  }

  #do(promise: Promise<unknown>): void {
    this.#underWay++;
    promise
      .catch((error: Error) => this.errors.push(error.stack ?? error.message))
      .finally(() => {
        this.#underWay--;
      });
  }

  async #settle(): Promise<void> {
    for (let turns = 0; this.#underWay > 0 && turns < 100; turns++)
      await new Promise((resolve) => setImmediate(resolve));
  }

  async runUntil(time: number): Promise<void> {
    const { schedule } = this;
    while (schedule.nextAt <= time) {
      schedule.step();
      if (this.#underWay > 0) await this.#settle();
    }
    schedule.now = Math.max(schedule.now, time);
  }

  /** Time passes until nothing of the list is left; what is left after `limit` ms is returned. */
  async #until(left: () => string[], limit: number): Promise<string[]> {
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

  async #startServer(): Promise<void> {
    const power = new Power(this.schedule, () => 0);
    this.#serverPower = power;
    this.#server = await SipServer.start({
      config: SERVER_CONFIG,
      clock: power,
      log: this.#log(power),
      wasm: MODULES.server,
      seed: () => this.#dice.coreSeed(),
      openUdp: async (...socket) => power.keep(await this.network.open(...socket)),
    });
  }

  async #startAdapter(adapter: number): Promise<void> {
    const machine = this.#machines[adapter] as Machine;
    const power = new Power(this.schedule, () => machine.wallOffset);
    machine.power = power;
    const { nat } = machine;
    machine.adapter = await Adapter.start({
      config: ADAPTER_CONFIGS[adapter] as Config,
      clock: power,
      log: this.#log(power),
      wasm: MODULES.adapter,
      ports: machine.ports,
      seed: () => this.#dice.coreSeed(),
      openUdp: async (...socket) => power.keep(await nat.open(...socket)),
      onReport: (line, report) => {
        if (machine.power === power) this.people[adapter * LINES + line]?.hears(report);
      },
    });
  }

  // Faults

  #wire(from: string, to: string): Wire {
    if (this.#active.size === 0) return GOOD_WIRE;
    let { delay, jitter, loss, duplicates, reordering, heldFor }: Wire = GOOD_WIRE;
    for (const fault of this.#active) {
      const place = `${addressOf(fault.adapter)}:`;
      if (!from.startsWith(place) && !to.startsWith(place)) continue;
      if (fault.kind === "partition") loss = 1;
      else if (fault.kind === "loss") loss = Math.max(loss, fault.size);
      else if (fault.kind === "duplicates") duplicates = fault.size;
      else if (fault.kind === "delay")
        [delay, jitter, reordering, heldFor] = [fault.size / 2, fault.size, 0.3, fault.size];
    }
    return { delay, jitter, loss, duplicates, reordering, heldFor };
  }

  #begin(fault: Fault): void {
    const machine = this.#machines[fault.adapter] as Machine;
    this.#active.add(fault);
    if (fault.kind === "rebinding") this.#do(machine.nat.rebind());
    else if (fault.kind === "clock") machine.wallOffset += fault.size;
    else if (fault.kind === "reboot") this.#do(this.#cutAdapter(machine));
    else if (fault.kind === "server reboot") this.#do(this.#cutServer());
  }

  async #cutAdapter(machine: Machine): Promise<void> {
    machine.adapter = undefined;
    for (const port of machine.ports) port.unplug();
    const { power } = machine;
    machine.power = undefined;
    await power?.cut();
  }

  async #cutServer(): Promise<void> {
    this.#server = undefined;
    const power = this.#serverPower;
    this.#serverPower = undefined;
    await power?.cut();
  }

  #mend(fault: Fault): void {
    this.#active.delete(fault);
    // power is back when the last of several cuts is over
    const isStillOut = [...this.#active].some(
      ({ kind, adapter }) => kind === fault.kind && (kind === "server reboot" || adapter === fault.adapter),
    );
    if (isStillOut) return;
    if (fault.kind === "reboot") this.#do(this.#startAdapter(fault.adapter));
    else if (fault.kind === "server reboot") this.#do(this.#startServer());
  }

  // What must hold

  /** Lets the hour pass. Returns what is not as it must be. */
  async hour(): Promise<string[]> {
    await this.start();
    await this.runUntil(TROUBLE);
    for (const person of this.people) person.isLively = false;
    const problems = await this.#recovered();
    if (problems.length === 0) problems.push(...(await this.#callsConnect()));
    if (problems.length === 0) problems.push(...(await this.#stopped()));
    return [...this.errors, ...problems];
  }

  async #recovered(): Promise<string[]> {
    await this.runUntil(TROUBLE + RECOVERY);
    return this.#until(
      () =>
        this.#machines.flatMap(({ adapter }, index) => {
          if (!adapter) return [`adapter ${index + 1} is not running`];
          const left = adapter
            .lines()
            .flatMap(({ line, registered, state }) => [
              ...(registered ? [] : [`line ${line} of adapter ${index + 1} is not registered`]),
              ...(state === "idle" ? [] : [`line ${line} of adapter ${index + 1} is ${state}`]),
            ]);
          for (const { line, state } of adapter.calls())
            left.push(`a call on line ${line} of adapter ${index + 1}: ${state}`);
          for (const name of CORE_FIGURES) {
            const used = adapter.core.figure(name);
            if (used > 0) left.push(`adapter ${index + 1} ${name}: ${used}`);
          }
          return left;
        }),
      60_000,
    );
  }

  /** Each phone is called by the one before. */
  async #callsConnect(): Promise<string[]> {
    const problems: string[] = [];
    for (const [index, caller] of this.people.entries()) {
      const called = this.people[(index + 3) % this.people.length] as Person;
      caller.port.set(true);
      await this.runUntil(this.schedule.now + 500);
      caller.call(called.number, true);
      const isUp = (person: number): boolean =>
        this.#machines[Math.floor(person / LINES)]?.adapter?.call(person % LINES)?.state === "active";
      const left = await this.#until(() => {
        if (called.port.isRinging && !called.port.isClosed) called.port.set(true);
        return isUp(index) && isUp((index + 3) % this.people.length)
          ? []
          : [
              `${caller.number} does not reach ${called.number}, whose phone ${called.port.isRinging ? "rings" : "does not ring"}`,
            ];
      }, 12_000);
      problems.push(...left);
      caller.hangUp();
      called.hangUp();
      await this.runUntil(this.schedule.now + 3000);
    }
    return problems;
  }

  /** Everybody un-registers; the server has nothing left, once the bindings of machines that lost their power have ended. */
  async #stopped(): Promise<string[]> {
    for (const { adapter } of this.#machines) if (adapter) this.#do(adapter.stop());
    await this.runUntil(this.schedule.now + (EXPIRES + 64) * 1000);
    const core = this.#server?.core;
    if (!core) return ["the server is not running"];
    return [...SERVER_FIGURES, "bindingCount"].flatMap((name) =>
      core.figure(name) === 0 ? [] : [`server ${name}: ${core.figure(name)}`],
    );
  }
}

const MODULES = { adapter: builtModule("adapter", "release"), server: builtModule("server", "release") };

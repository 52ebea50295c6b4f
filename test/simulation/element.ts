// A machine of the simulated world: its clock, which dies with it, and its sockets, perhaps behind a NAT that forgets.

import type { Clock } from "../../host/clock.ts";
import type { OpenUdp, Udp } from "../../host/net/udp.ts";
import type { PhonePort, PhonePortEvents } from "../../host/phone/port.ts";
import type { Plan, Schedule } from "../support/schedule.ts";
import type { VirtualNetwork } from "../support/virtual-network.ts";

const EPOCH = Date.UTC(2027, 0, 1);

/** One power-on of a machine: when its power goes, nothing of it happens any more. */
export class Power implements Clock {
  readonly #schedule: Schedule;
  readonly #wallOffset: () => number;
  readonly #sockets: Udp[] = [];
  #isOn = true;

  constructor(schedule: Schedule, wallOffset: () => number) {
    this.#schedule = schedule;
    this.#wallOffset = wallOffset;
  }

  now(): number {
    return this.#schedule.now;
  }

  wallClock(): number {
    return EPOCH + this.#schedule.now + this.#wallOffset();
  }

  setTimeout(callback: () => void, delay: number): unknown {
    return this.#schedule.after(delay, () => {
      if (this.#isOn) callback();
    });
  }

  clearTimeout(handle: unknown): void {
    this.#schedule.cancel(handle as Plan | undefined);
  }

  keep(socket: Udp): Udp {
    this.#sockets.push(socket);
    return socket;
  }

  async cut(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }
}

/** Gives each socket of one port another port outside, and another one again when it has forgotten. */
export class Nat {
  readonly #network: VirtualNetwork;
  readonly #inside: number;
  #outside: number;
  #rebind: (() => Promise<void>) | undefined;

  constructor(network: VirtualNetwork, inside: number) {
    this.#network = network;
    this.#inside = inside;
    this.#outside = 30_000;
  }

  readonly open: OpenUdp = async (what, address, port, largest, listener): Promise<Udp> => {
    if (port !== this.#inside) return this.#network.open(what, address, port, largest, listener);
    let socket = await this.#network.open(what, address, this.#outside, largest, listener);
    const rebind = async (): Promise<void> => {
      await socket.close();
      socket = await this.#network.open(what, address, ++this.#outside, largest, listener);
    };
    this.#rebind = rebind;
    return {
      port,
      send: (bytes, to, toPort) => socket.send(bytes, to, toPort),
      probe: () => {},
      close: async () => {
        if (this.#rebind === rebind) this.#rebind = undefined;
        await socket.close();
      },
    };
  };

  async rebind(): Promise<void> {
    await this.#rebind?.();
  }
}

/** A phone port without sound: the loop, and the bell. */
export class BarePort implements PhonePort {
  readonly driver = "simulated";
  onRing: () => void = () => {};
  isRinging = false;
  #events: PhonePortEvents | undefined;
  #isFed = true;
  #isClosed = false;
  #reported = false;
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  start(events: PhonePortEvents): void {
    this.#events = events;
    this.#isFed = true;
    this.#reported = false;
    this.#schedule.after(0, () => this.#tell());
  }

  /** The circuit has no power. */
  unplug(): void {
    this.#events = undefined;
    this.isRinging = false;
  }

  set(isClosed: boolean): void {
    this.#isClosed = isClosed;
    this.#tell();
  }

  #tell(): void {
    if (!this.#events || !this.#isFed || this.#reported === this.#isClosed) return;
    this.#reported = this.#isClosed;
    this.#events.loop(this.#isClosed, this.#schedule.now);
  }

  catchUp(): void {}

  setRing(on: boolean): void {
    const begins = on && !this.isRinging;
    this.isRinging = on;
    if (begins) this.onRing();
  }

  setPolarity(): void {}

  setLoopCurrent(on: boolean): void {
    this.#isFed = on;
    if (on) this.#schedule.after(0, () => this.#tell());
  }

  readFrame(fromPhone: Int16Array): void {
    fromPhone.fill(0);
  }

  writeFrame(): void {}

  close(): void {
    this.unplug();
  }
}

// One input, drain, arm one timer. Nothing else touches a core, so this is also the one place where a core can be seen to fail.

import type { Clock } from "./clock.ts";
import { type Action, type Core, CorePanicError } from "./core.ts";
import type { StreamPeer } from "./net/streams.ts";

/** How soon it is asked again for what could not be told yet, ms. */
const AGAIN = 5;

export class Loop {
  readonly core: Core;
  readonly #clock: Clock;
  readonly #carryOut: (action: Action) => void;
  readonly #onPanic: (error: CorePanicError) => void;
  readonly #catchUp: () => void;
  readonly #toldUpTo: (now: number) => number;
  readonly #waiting: (() => void)[] = [];
  #timer: unknown;
  #armedFor = Number.POSITIVE_INFINITY;
  #isBusy = false;
  #isWaiting = false;
  #isStopped = false;

  /**
   * `onPanic` is told once; after it the loop takes nothing more. `catchUp` gives what has happened by now and was not told yet: it is
   * asked before time passes in the core, for the core takes silence for silence. `toldUpTo` says up to when that was all: no more time
   * passes.
   */
  constructor(
    core: Core,
    clock: Clock,
    carryOut: (action: Action) => void,
    onPanic: (error: CorePanicError) => void = (error) => {
      throw error;
    },
    catchUp: () => void = () => {},
    toldUpTo: (now: number) => number = (now) => now,
  ) {
    this.core = core;
    this.#clock = clock;
    this.#carryOut = carryOut;
    this.#onPanic = onPanic;
    this.#catchUp = catchUp;
    this.#toldUpTo = toldUpTo;
  }

  // Inputs that come from the event loop, never from inside an action

  datagram(bytes: Uint8Array, address: string, port: number, transport: number): void {
    if (this.#isStopped) return;
    try {
      this.core.handleDatagram(bytes, bytes.length, address, port, transport, this.#clock.now());
      this.#settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Returns how many of the bytes are done with. */
  stream({ address, port, transport, flow }: StreamPeer, bytes: Uint8Array): number {
    if (this.#isStopped) return bytes.length;
    try {
      const taken = this.core.handleStream(bytes, address, port, transport, flow, this.#clock.now());
      this.#settle();
      return taken;
    } catch (error) {
      this.#fail(error);
      return bytes.length;
    }
  }

  rtp(line: number, bytes: Uint8Array, address: string, port: number): void {
    if (this.#isStopped) return;
    try {
      this.core.handleRtp(line, bytes, bytes.length, address, port, this.#clock.now());
      this.#settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  rtcp(line: number, bytes: Uint8Array, address: string, port: number): void {
    if (this.#isStopped) return;
    try {
      this.core.handleRtcp(line, bytes, bytes.length, address, port, this.#clock.now());
      this.#settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  frame(line: number, now: number): void {
    if (this.#isStopped) return;
    try {
      this.core.handleFrame(line, now);
      this.#settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Takes any other input. One that comes up while actions are carried out, such as a simulated phone that answers at once, waits for
   * its turn: an input, its actions, then the next.
   */
  give(input: () => void): void {
    if (this.#isStopped) return;
    if (this.#isBusy) {
      this.#waiting.push(input);
      return;
    }
    try {
      input();
      this.#settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  #settle(): void {
    this.#isBusy = true;
    this.core.drain(this.#carryOut);
    do {
      const now = this.#clock.now();
      this.#catchUp();
      this.#takeWaiting();
      const toldUpTo = Math.min(now, this.#toldUpTo(now));
      this.#isWaiting = toldUpTo < now;
      this.#runDue(toldUpTo);
    } while (this.#waiting.length > 0);
    this.#isBusy = false;
    this.#arm();
  }

  #takeWaiting(): void {
    for (let input = this.#waiting.shift(); input; input = this.#waiting.shift()) {
      input();
      this.core.drain(this.#carryOut);
    }
  }

  /** Each timeout is one input. */
  #runDue(now: number): void {
    while (this.core.nextTimeout <= now) {
      this.core.handleTimeout(now);
      this.core.drain(this.#carryOut);
    }
  }

  #arm(): void {
    const at = this.core.nextTimeout;
    if (at === this.#armedFor) return;
    this.#clock.clearTimeout(this.#timer);
    this.#armedFor = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimeout(this.#onTimer, Math.max(this.#isWaiting ? AGAIN : 0, at - this.#clock.now()));
  }

  readonly #onTimer = (): void => {
    this.#armedFor = Number.POSITIVE_INFINITY;
    if (this.#isStopped) return;
    try {
      this.#settle();
    } catch (error) {
      this.#fail(error);
    }
  };

  #fail(error: unknown): void {
    if (!(error instanceof CorePanicError)) throw error;
    this.stop();
    this.#onPanic(error);
  }

  stop(): void {
    this.#isStopped = true;
    this.#clock.clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }
}

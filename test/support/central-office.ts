// The other end of a phone port in a test: notes the loop's edges, carries sound every 20 ms of virtual time, sends what it is told.

import type { PhonePort } from "../../host/phone/port.ts";
import { Recording } from "../../host/sound/recording.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface LoopEdge {
  closed: boolean;
  at: number;
}

export class CentralOffice {
  readonly edges: LoopEdge[] = [];
  /** What the phone sent. */
  readonly sent = new Recording(8000 * 120);
  /** The sample to play at `index`, counted from the first frame. */
  sound: (index: number) => number = () => 0;
  readonly #port: PhonePort;
  readonly #clock: VirtualClock;
  readonly #fromPhone = new Int16Array(160);
  readonly #toPhone = new Int16Array(160);
  #index = 0;

  constructor(clock: VirtualClock, port: PhonePort) {
    this.#clock = clock;
    this.#port = port;
    port.start({ loop: (closed, at) => this.edges.push({ closed, at }) });
  }

  get isLoopClosed(): boolean {
    return this.edges.at(-1)?.closed ?? false;
  }

  /** Frames for `duration` ms; promises that come true get their turn. */
  async run(duration: number): Promise<void> {
    for (let passed = 0; passed < duration; passed += 20) {
      this.#clock.advance(20);
      for (let index = 0; index < 160; index++) this.#toPhone[index] = this.sound(this.#index++);
      this.#port.readFrame(this.#fromPhone, this.#clock.now());
      this.#port.writeFrame(this.#toPhone, this.#clock.now());
      this.sent.put(this.#fromPhone);
      await null;
    }
  }

  /** The edges as runs of `quiet` ms without another edge: bounce taken away, the time is that of the first edge. */
  settled(quiet = 9): LoopEdge[] {
    const result: LoopEdge[] = [];
    for (const [index, edge] of this.edges.entries()) {
      const next = this.edges[index + 1];
      const first = this.#firstOfChatter(index, quiet);
      if (next && next.at - edge.at < quiet) continue;
      if (edge.closed !== (result.at(-1)?.closed ?? false))
        result.push({ closed: edge.closed, at: this.edges[first]!.at });
    }
    return result;
  }

  #firstOfChatter(index: number, quiet: number): number {
    let first = index;
    while (first > 0 && this.edges[first]!.at - this.edges[first - 1]!.at < quiet) first--;
    return first;
  }
}

/** Sines added up: `[Hz, dBm0]` each. 0 dBm0 is 3.14 dB below full scale (ITU-T G.711). */
export function sines(...parts: [number, number][]): (index: number) => number {
  return (index) =>
    Math.round(
      parts.reduce(
        (sum, [hertz, level]) =>
          sum + 32768 * 10 ** ((level - 3.14) / 20) * Math.sin((2 * Math.PI * hertz * index) / 8000),
        0,
      ),
    );
}

/** `sound` on and off: milliseconds on, off, on, off… over and over. */
export function cadenced(sound: (index: number) => number, ...cadence: number[]): (index: number) => number {
  const period = 8 * cadence.reduce((sum, length) => sum + length, 0);
  return (index) => {
    let left = index % period;
    for (const [step, length] of cadence.entries()) {
      left -= 8 * length;
      if (left < 0) return step % 2 === 0 ? sound(index) : 0;
    }
    return 0;
  };
}

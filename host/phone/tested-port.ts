// A phone port with instruments at it: level meter, noise source, loop-back, and a memory of the loop's last edges. They
// sit between the adapter and the driver, so they show what the copper does whatever the core makes of it.

import type { Clock } from "../clock.ts";
import { SeededRandom } from "../random.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, sinePeak, soundLevelDbm0 } from "../sound/level.ts";
import type { CardStatus } from "./card-counters.ts";
import type { PhonePort, PhonePortEvents } from "./port.ts";

export interface LoopEdge {
  closed: boolean;
  /** Monotonic milliseconds. */
  at: number;
}

export interface LevelReading {
  /** What the phone says and what it hears, in dBm0; -Infinity for nothing at all. */
  fromPhone: number;
  toPhone: number;
}

const MOST_EDGES = 256;
/** Frames come every 20 ms while the line has sound. */
const PATIENCE = 300;
/** Noise that an echo is measured with: how loud, and how long before anything is counted, in frames. */
const NOISE_DBM0 = -15;
const SETTLING = 10;

interface Instrument {
  frames: number;
  read(fromPhone: Int16Array): void;
  write(toPhone: Int16Array): void;
  end(): void;
}

export class TestedPort implements PhonePort {
  readonly driver: string;
  /** The loop's last edges as the driver tells them, bounce and all. */
  readonly edges: LoopEdge[] = [];
  readonly #port: PhonePort;
  readonly #clock: Clock;
  #instrument: Instrument | undefined;

  constructor(port: PhonePort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    this.driver = port.driver;
  }

  get echoDelay(): number | undefined {
    return this.#port.echoDelay;
  }

  get card(): CardStatus | undefined {
    return this.#port.card;
  }

  // Instruments. One at a time: another one ends it. Each fails when the line has no sound, because its handset is on the hook.

  /** Mean levels over `duration` ms. */
  async level(duration: number): Promise<LevelReading> {
    const from: number[] = [];
    const to: number[] = [];
    await this.#use(
      duration,
      (samples) => from.push(...samples),
      (samples) => to.push(...samples),
    );
    return { fromPhone: soundLevelDbm0(from), toPhone: soundLevelDbm0(to) };
  }

  /** Echo return loss in dB: how much softer than noise for the ear the microphone is. */
  async echoLoss(duration: number): Promise<number> {
    const random = new SeededRandom(1);
    const peak = (sinePeak(NOISE_DBM0) * Math.sqrt(3)) / Math.SQRT2;
    const heard: number[] = [];
    let frame = 0;
    await this.#use(
      duration,
      (samples) => {
        if (++frame > SETTLING) heard.push(...samples);
      },
      (samples) => {
        for (let index = 0; index < samples.length; index++) samples[index] = Math.round(random.between(-peak, peak));
      },
    );
    return NOISE_DBM0 - soundLevelDbm0(heard);
  }

  /** The phone hears itself, a frame later. */
  async loopBack(duration: number): Promise<void> {
    const said = new Int16Array(FRAME_SAMPLES);
    await this.#use(
      duration,
      (samples) => said.set(samples),
      (samples) => samples.set(said),
    );
  }

  stopTest(): void {
    this.#instrument?.end();
  }

  #use(duration: number, read: Instrument["read"], write: Instrument["write"]): Promise<void> {
    this.stopTest();
    return new Promise((resolve, reject) => {
      const frames = Math.max(1, Math.round((duration * SAMPLE_RATE) / 1000 / FRAME_SAMPLES));
      let seen = -1;
      let timer: unknown;
      const end = (finish: () => void) => {
        this.#clock.clearTimeout(timer);
        if (this.#instrument === instrument) this.#instrument = undefined;
        finish();
      };
      const instrument: Instrument = { frames, read, write, end: () => end(resolve) };
      const look = () => {
        if (instrument.frames === seen)
          end(() => reject(new Error("the line has no sound: its handset is on the hook; lift it first")));
        else timer = this.#clock.setTimeout(look, PATIENCE);
        seen = instrument.frames;
      };
      this.#instrument = instrument;
      seen = frames;
      timer = this.#clock.setTimeout(look, PATIENCE);
    });
  }

  // The port

  start(events: PhonePortEvents): void {
    this.#port.start({
      loop: (closed, at) => {
        this.edges.push({ closed, at });
        if (this.edges.length > MOST_EDGES) this.edges.shift();
        events.loop(closed, at);
      },
      loss: (at) => events.loss?.(at),
    });
  }

  catchUp(): void {
    this.#port.catchUp();
  }

  toldUpTo(now: number): number {
    return this.#port.toldUpTo?.(now) ?? Number.POSITIVE_INFINITY;
  }

  setRing(on: boolean, frequency: number): void {
    this.#port.setRing(on, frequency);
  }

  setPolarity(reversed: boolean): void {
    this.#port.setPolarity(reversed);
  }

  setLoopCurrent(on: boolean): void {
    this.#port.setLoopCurrent(on);
  }

  readFrame(fromPhone: Int16Array, now: number): void {
    this.#port.readFrame(fromPhone, now);
    this.#instrument?.read(fromPhone);
  }

  writeFrame(toPhone: Int16Array, now: number): void {
    const instrument = this.#instrument;
    instrument?.write(toPhone);
    this.#port.writeFrame(toPhone, now);
    if (instrument && --instrument.frames === 0) instrument.end();
  }

  close(): void {
    this.stopTest();
    this.#port.close();
  }
}

// The card's thread: waits for the card so that the program need not, frame after frame. A card that is lost is silence at the same
// pace until it is back. A Worker of alsa.ts.

import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { makeUrgent, PRIORITY } from "../real-time.ts";
import { AlsaCard, type CardOptions, primedMs } from "./alsa-card.ts";
import { CardRing, Wanted } from "./card-ring.ts";
import { FRAME_MS } from "./level.ts";
import { type Asound, loadAsound } from "./libasound.ts";

export interface AlsaWorkerData extends CardOptions {
  ring: SharedArrayBuffer;
  wasm: Uint8Array<ArrayBuffer>;
  /** What the system's monotonic clock says when the program's says 0, ms. */
  clockStart: number;
}

/** What the thread has to say, for the log. */
export interface AlsaWorkerMessage {
  level: "info" | "warn" | "error";
  text: string;
}

/** A lost card is looked for so often, ms. */
const RETRY = 2000;
/** So many frames in a row that come in less than a quarter of their time are not those of a card (ALSA's `null` is none). */
const MOST_HASTY = 50;

const data = workerData as AlsaWorkerData;
const ring = new CardRing(data.ring);
const ownStart = Number(process.hrtime.bigint()) / 1e6 - performance.now();
const now = () => performance.now();
const programTime = () => performance.now() + ownStart - data.clockStart;

function say(level: AlsaWorkerMessage["level"], text: string): void {
  parentPort?.postMessage({ level, text } satisfies AlsaWorkerMessage);
}

class Thread {
  readonly #asound: Asound | undefined;
  #card: AlsaCard | undefined;
  #isRunning = false;
  #lastTrouble = "";
  #retryAt = 0;
  #lastFrameAt = 0;
  #hasty = 0;
  /** When the last frame came, or was due. */
  #due = 0;

  constructor(asound: Asound | undefined) {
    this.#asound = asound;
  }

  run(): void {
    this.#open();
    for (;;) {
      switch (ring.wanted) {
        case Wanted.Sound:
          this.#frame();
          break;
        case Wanted.Rest:
          this.#rest();
          break;
        default:
          this.#close();
          return;
      }
    }
  }

  /** Without a line that needs sound the card stands still, and so does this thread. */
  #rest(): void {
    if (this.#isRunning) this.#card?.stop();
    this.#isRunning = false;
    ring.tellDelay(0);
    if (this.#card || !this.#asound) ring.waitWhile(Wanted.Rest);
    else {
      ring.waitWhile(Wanted.Rest, RETRY);
      this.#open();
    }
    this.#retryAt = 0;
    this.#due = now();
  }

  #frame(): void {
    if (!this.#card && now() >= this.#retryAt) this.#open();
    if (!this.#card) this.#silentFrame();
    else
      try {
        this.#cardFrame(this.#card);
      } catch (error) {
        this.#lose((error as Error).message);
      }
  }

  #cardFrame(card: AlsaCard): void {
    if (!this.#isRunning) card.start();
    this.#isRunning = true;
    this.#checkHaste();
    if (!card.read()) {
      this.#recover();
      this.#silentFrame(); // the lines' time goes on, however often that happens
      return;
    }
    this.#due = now();
    if (this.#answer(card)) ring.tellDelay(card.left);
    else this.#recover();
  }

  /** A device that does not keep time would take all of the processor's. */
  #checkHaste(): void {
    const time = now();
    this.#hasty = time - this.#lastFrameAt < FRAME_MS / 4 ? this.#hasty + 1 : 0;
    this.#lastFrameAt = time;
    if (this.#hasty > MOST_HASTY)
      throw new Error(`${data.device} gives sound faster than it can be spoken: no sound card`);
  }

  /** Gives a captured frame away, and plays the answer to it. False when the card ran over or dry. */
  #answer(card: AlsaCard): boolean {
    for (let channel = 0; channel < data.channels; channel++)
      ring.fromPhone(ring.captured + 1, channel).set(card.samples.fromPhone(channel));
    const frame = ring.give(programTime());
    const isAnswered = ring.waitForAnswer(frame, card.patience, now);
    if (!isAnswered && ring.wanted === Wanted.Sound) ring.countLate();
    for (let channel = 0; channel < data.channels; channel++) {
      if (isAnswered) card.samples.toPhone(channel).set(ring.toPhone(frame, channel));
      else card.samples.toPhone(channel).fill(0);
    }
    return card.write();
  }

  /** The card ran over or dry: it starts anew with the same delay as before. */
  #recover(): void {
    ring.countXrun();
    this.#isRunning = false;
  }

  #silentFrame(): void {
    for (let channel = 0; channel < data.channels; channel++) ring.fromPhone(ring.captured + 1, channel).fill(0);
    this.#due = Math.max(this.#due + FRAME_MS, now() - FRAME_MS);
    const wait = this.#due - now();
    if (wait > 0) ring.waitWhile(Wanted.Sound, wait);
    if (ring.wanted === Wanted.Sound) ring.give(programTime());
  }

  #open(): void {
    if (!this.#asound) return;
    try {
      this.#card = new AlsaCard(this.#asound, data, data.wasm);
      this.#lastTrouble = "";
      say("info", this.#description(this.#card));
    } catch (error) {
      this.#complain((error as Error).message);
    }
    this.#retryAt = now() + RETRY;
  }

  #lose(trouble: string): void {
    ring.countLoss();
    this.#close();
    this.#retryAt = now() + RETRY;
    this.#due = now();
    this.#complain(trouble);
  }

  /** The same trouble is told once. */
  #complain(trouble: string): void {
    if (trouble === this.#lastTrouble) return;
    this.#lastTrouble = trouble;
    say("warn", `sound card: ${trouble}; its lines are silent, it is tried again every ${RETRY / 1000} s`);
  }

  #close(): void {
    this.#isRunning = false;
    ring.tellDelay(0);
    this.#card?.close();
    this.#card = undefined;
  }

  #description({ capture, playback, isLinked }: AlsaCard): string {
    const channels = `${capture.channels} + ${playback.channels} channels`;
    const periods = `periods of ${(1000 * capture.period) / data.rate} ms, ${primedMs(data)} ms on the way`;
    const how = `${isLinked ? "linked" : "not linked"}, ${ring.counters.isRealTime ? "real-time" : "usual"} priority`;
    return `sound card ${data.device}: ${data.rate} Hz, ${channels}, ${periods}, ${how}`;
  }
}

/** Notes what is open, for the next thread to close should this one die: a device opens once, for the whole program. */
function noting(asound: Asound): Asound {
  return {
    ...asound,
    open(device, stream) {
      const pcm = asound.open(device, stream);
      ring.noteOpened(pcm);
      return pcm;
    },
    close(pcm) {
      ring.noteClosed(pcm);
      return asound.close(pcm);
    },
  };
}

async function start(): Promise<void> {
  let asound: Asound | undefined;
  try {
    asound = noting(await loadAsound());
    for (const pcm of ring.open) asound.close(pcm);
    ring.tellPriority(await makeUrgent(PRIORITY.sound));
  } catch (error) {
    say("error", `sound card: ${(error as Error).message}; all lines are silent`);
  }
  new Thread(asound).run();
}

void start();

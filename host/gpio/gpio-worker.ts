// The thread that watches the pins of all lines: blocks in poll, reads edges with the kernel's times, rings. Ends when it is told to.

import { parentPort, workerData } from "node:worker_threads";
import { makeUrgent, PRIORITY } from "../real-time.ts";
import { LineLevels } from "./chip.ts";
import { isReady, type Libc, loadLibc, pollEntries } from "./libc.ts";
import { monotonicOrigin } from "./monotonic.ts";
import { PwmPin } from "./pwm.ts";
import { ReportQueue, Shared } from "./report-queue.ts";
import { type SlicCard, SlicLine, type SlicPins } from "./slic-line.ts";
import { EVENT_BUFFER, eventTime, LineEvent, RISING_EDGE } from "./uapi.ts";

/** Descriptors are open already; whoever opened them closes them. */
export interface WorkerLine {
  card: SlicCard;
  hook: number;
  /** RM, and F/R as the second line unless a PWM has that pin. */
  control: number;
  pwmFolder: string | undefined;
  powerDown: number | undefined;
}

export interface GpioWorkerData {
  library: string | undefined;
  lines: WorkerLine[];
  /** Becomes ready when `orders` has changed. */
  wake: number;
  /** 32 bits for each line, as packOrder() writes them, and the words of Shared. */
  orders: SharedArrayBuffer;
  reports: SharedArrayBuffer;
  /** monotonicOrigin() of the clock that reports count on. */
  origin: number;
}

const RING_MODE = 1;
const FORWARD_REVERSE = 2;

class KernelPins implements SlicPins {
  readonly toggleForwardReverse?: (frequency: number) => void;
  readonly setPowerDown?: (isLow: boolean) => void;
  readonly #hook: LineLevels;
  readonly #control: LineLevels;
  readonly #pwm: PwmPin | undefined;

  constructor(libc: Libc, { hook, control, powerDown, pwmFolder }: WorkerLine) {
    this.#hook = new LineLevels(libc, hook);
    this.#control = new LineLevels(libc, control);
    if (pwmFolder !== undefined) {
      const pwm = new PwmPin(pwmFolder);
      this.#pwm = pwm;
      this.toggleForwardReverse = (frequency) => pwm.toggle(frequency);
    }
    if (powerDown !== undefined) {
      const levels = new LineLevels(libc, powerDown);
      this.setPowerDown = (isLow) => levels.set(isLow ? 0 : 1, 1);
    }
  }

  isHookHigh(): boolean {
    return this.#hook.get(1) !== 0;
  }

  setRingMode(isHigh: boolean): void {
    this.#control.set(isHigh ? RING_MODE : 0, RING_MODE);
  }

  setForwardReverse(isHigh: boolean): void {
    if (this.#pwm) this.#pwm.hold(isHigh);
    else this.#control.set(isHigh ? FORWARD_REVERSE : 0, FORWARD_REVERSE);
  }

  close(): void {
    this.#pwm?.close();
  }
}

async function watch({ library, lines: descriptions, wake, orders, reports, origin }: GpioWorkerData): Promise<void> {
  const libc = await loadLibc(library);
  const queue = new ReportQueue(reports);
  const wanted = new Int32Array(orders);
  const offset = monotonicOrigin(() => performance.now()) - origin;
  const now = (): number => performance.now() + offset;
  const shared = (word: number): number => lines.length + word;
  const pins = descriptions.map((description) => new KernelPins(libc, description));
  const lines = descriptions.map(
    ({ card }, index) => new SlicLine(card, pins[index]!, (kind, at) => queue.put(index, kind, at), now),
  );
  const entries = pollEntries([wake, ...descriptions.map(({ hook }) => hook)]);
  // all that the kernel may have of a line: what is left behind would be missing when the pin is looked at
  const events = new Uint8Array(LineEvent.size * EVENT_BUFFER);
  const data = new DataView(events.buffer);
  const woken = new Uint8Array(8);

  const readEdges = (line: SlicLine, fd: number): void => {
    const length = libc.read(fd, events);
    if (length === 0) throw new Error("a pin is gone"); // else this thread would go round and round, before all others
    for (let offset = 0; offset + LineEvent.size <= length; offset += LineEvent.size) {
      const isHigh = data.getUint32(offset + LineEvent.id, true) === RISING_EDGE;
      line.handleEdge(isHigh, eventTime(data, offset) - origin, data.getUint32(offset + LineEvent.line_seqno, true));
    }
  };

  try {
    for (;;) {
      let next = Number.POSITIVE_INFINITY;
      for (const line of lines) next = Math.min(next, line.nextTimeout);
      if (libc.poll(entries, next - now())) {
        Atomics.store(wanted, shared(Shared.Reading), 1);
        for (let index = 0; index < lines.length; index++)
          if (isReady(entries, index + 1)) readEdges(lines[index]!, descriptions[index]!.hook);
        if (isReady(entries, 0)) {
          libc.read(wake, woken);
          if (Atomics.load(wanted, shared(Shared.End)) !== 0) return;
          const at = now();
          for (let index = 0; index < lines.length; index++) lines[index]!.handleOrder(Atomics.load(wanted, index), at);
        }
      }
      const at = now();
      let followedTo = Number.POSITIVE_INFINITY;
      for (const line of lines) {
        line.handleTimeout(at);
        followedTo = Math.min(followedTo, line.followedTo);
      }
      const isFollowing = followedTo < Number.POSITIVE_INFINITY;
      if (isFollowing) Atomics.store(wanted, shared(Shared.FollowedTo), Math.floor(followedTo) | 0);
      Atomics.store(wanted, shared(Shared.IsFollowing), isFollowing ? 1 : 0);
      Atomics.store(wanted, shared(Shared.Reading), 0);
      if (queue.announces()) parentPort?.postMessage(null);
    }
  } finally {
    Atomics.store(wanted, shared(Shared.Reading), 0);
    // one circuit that cannot be set keeps no other one from its rest
    for (const each of [...lines, ...pins]) attempt(() => each.close());
    Atomics.store(wanted, shared(Shared.Ended), 1);
    Atomics.notify(wanted, shared(Shared.Ended));
  }
}

/** Whatever has failed before is what gets told. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}

await makeUrgent(PRIORITY.pins);
await watch(workerData as GpioWorkerData);

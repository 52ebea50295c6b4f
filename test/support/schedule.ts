// What is to happen when, on virtual time: a binary heap, for runs of thousands of hours. Equal times keep their order.

export interface Plan {
  readonly at: number;
  readonly order: number;
  /** Undefined once it is cancelled. */
  act: (() => void) | undefined;
}

export class Schedule {
  now = 0;
  #heap: Plan[] = [];
  #order = 0;
  #cancelled = 0;

  at(time: number, act: () => void): Plan {
    const plan: Plan = { at: Math.max(time, this.now), order: this.#order++, act };
    const heap = this.#heap;
    let index = heap.push(plan) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent] as Plan, plan)) break;
      heap[index] = heap[parent] as Plan;
      index = parent;
    }
    heap[index] = plan;
    return plan;
  }

  after(delay: number, act: () => void): Plan {
    return this.at(this.now + Math.max(0, delay), act);
  }

  cancel(plan: Plan | undefined): void {
    if (!plan?.act) return;
    plan.act = undefined;
    if (++this.#cancelled < 1000 || this.#cancelled < this.#heap.length / 2) return;
    // sorted is a heap, too
    this.#heap = this.#heap.filter(({ act }) => act).sort((left, right) => (isBefore(left, right) ? -1 : 1));
    this.#cancelled = 0;
  }

  /** When the next thing happens, cancelled ones included; Infinity: nothing will. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Lets the next thing happen. */
  step(): void {
    const plan = this.#take();
    if (!plan) return;
    this.now = Math.max(this.now, plan.at);
    const { act } = plan;
    if (!act) {
      this.#cancelled = Math.max(0, this.#cancelled - 1);
      return;
    }
    plan.act = undefined;
    act();
  }

  /** Lets time pass until `time`. */
  runUntil(time: number): void {
    while (this.nextAt <= time) this.step();
    this.now = Math.max(this.now, time);
  }

  #take(): Plan | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Plan, heap[child] as Plan)) child++;
      if (isBefore(last, heap[child] as Plan)) break;
      heap[index] = heap[child] as Plan;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

const isBefore = (left: Plan, right: Plan): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

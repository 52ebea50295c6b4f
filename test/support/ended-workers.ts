// Threads that the program has started, for tests to end: as one does that runs out of memory, without a word.

import { Worker } from "node:worker_threads";

/** Those that were started since then and still run; the latest is the last. */
export function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  const { on } = Worker.prototype;
  Worker.prototype.on = function (this: Worker, ...listener: Parameters<typeof on>) {
    if (!workers.includes(this)) {
      workers.push(this);
      this.once("exit", () => workers.splice(workers.indexOf(this), 1));
    }
    return on.apply(this, listener);
  } as typeof on;
  return workers;
}

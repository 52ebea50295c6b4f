// The kernel stamps edges with its monotonic clock, of which Node's own clocks are copies that begin somewhere else.

const SAMPLES = 256;

/** Milliseconds of the kernel's monotonic clock at `now()` = 0, to a microsecond. `now` runs on that clock: performance.now() does. */
export function monotonicOrigin(now: () => number): number {
  let best = 0;
  let narrowest = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const middle = now();
    const after = Number(process.hrtime.bigint()) / 1e6;
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    best = (before + after) / 2 - middle;
  }
  return best;
}

// Ends what a test has begun, the newest first: a phone says goodbye while its server still listens, a folder goes last.

import type { TestContext } from "node:test";

type End = () => unknown;

const ends = new WeakMap<TestContext, End[]>();

/** Like t.after(), whose hooks run in the order in which they were given. Each end is tried; the first failure is the test's. */
export function atEnd(t: TestContext, end: End): void {
  const known = ends.get(t);
  if (known) {
    known.push(end);
    return;
  }
  const stack = [end];
  ends.set(t, stack);
  t.after(async () => {
    const failures: unknown[] = [];
    for (const last of stack.reverse()) {
      try {
        await last();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}

// Waiting for what must happen, with an end: for tests of real streams and programs, where no virtual clock reaches.

/** What was waited for has not come. */
export class LateError extends Error {}

/** What the promise gives, or a LateError that says what did not come. */
export async function within<T>(promise: Promise<T>, limit: number, what: string | (() => string)): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new LateError(`not within ${limit} ms: ${typeof what === "string" ? what : what()}`));
    }, limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// What every peer of the parser benchmark does: for each line of input, a number of passes over the messages, it answers with the
// nanoseconds of CPU that they took and the sum of what was read.

import { createInterface } from "node:readline";

/** `read` takes the bytes of one message and returns its sum. */
export function serve(read, messages) {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const passes = Number(line);
    const start = process.cpuUsage();
    let sum = 0;
    for (let pass = 0; pass < passes; pass++) {
      sum = 0;
      for (let index = 0; index < messages.length; index++) sum += read(messages[index].bytes);
    }
    const { user, system } = process.cpuUsage(start);
    process.stdout.write(`${(user + system) * 1000} ${sum}\n`);
  });
}

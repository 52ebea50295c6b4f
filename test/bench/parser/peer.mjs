// What every peer of the parser benchmark does: for each line of input, a number of passes over the messages and the name of a work, it
// answers with the nanoseconds of CPU that they took and the sum of what was read.

import { createInterface } from "node:readline";

/** Each of `works` takes the bytes of one message and returns its sum. */
export function serve(works, messages) {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const [passes, name] = line.split(" ");
    const work = works[name];
    const start = process.cpuUsage();
    let sum = 0;
    for (let pass = 0; pass < Number(passes); pass++) {
      sum = 0;
      for (let index = 0; index < messages.length; index++) sum += work(messages[index].bytes);
    }
    const { user, system } = process.cpuUsage(start);
    process.stdout.write(`${(user + system) * 1000} ${sum}\n`);
  });
}

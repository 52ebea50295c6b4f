// Free ports for a box beside others.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { test } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";

const TAKEN = 60;
const ROW = 300;
/** Once round all ports that there are, so that searches meet those that are taken. */
const ROUNDS = Math.ceil(22_528 / ROW) + 1;

const open = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "UDPWRAP" || name === "TCPSERVERWRAP").length;

test("two searches never find the same ports, used or not", async () => {
  const first = await freeUdpPorts(4);
  const second = await freeUdpPorts(4);
  assert.ok(second >= first + 4 || first >= second + 4, `${first} and ${second}`);
});

test("a port that is taken for TCP is not handed out, and no search leaves anything open", async () => {
  const servers: Server[] = [];
  const taken: number[] = [];
  for (let index = 0; index < TAKEN; index++) {
    taken.push(await freeUdpPorts(1));
    servers.push(createServer().listen(taken[index], "127.0.0.1"));
    await once(servers[index] as Server, "listening");
  }
  const before = open();
  for (let round = 0; round < ROUNDS; round++) {
    const first = await freeUdpPorts(ROW);
    assert.equal(first % 2, 0);
    assert.ok(!taken.some((port) => port >= first && port < first + ROW));
  }
  assert.equal(open(), before);
  for (const server of servers) server.close();
});

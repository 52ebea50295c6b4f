// Free ports for a box beside others.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";

const TAKEN = 60;
const ROUNDS = 20;
/** So many in a row that about every second search meets a port that is taken for TCP. */
const ROW = 300;

const open = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "UDPWRAP" || name === "TCPSERVERWRAP").length;

test("a port that is taken for TCP is not handed out, and no search leaves anything open", async () => {
  const servers = Array.from({ length: TAKEN }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const taken = servers.map((server) => (server.address() as { port: number }).port);
  const before = open();
  for (let round = 0; round < ROUNDS; round++) {
    const first = await freeUdpPorts(ROW);
    assert.equal(first % 2, 0);
    assert.ok(!taken.some((port) => port >= first && port < first + ROW));
  }
  assert.equal(open(), before);
  for (const server of servers) server.close();
});

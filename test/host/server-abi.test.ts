// What the built-in server is told of its own addresses.

import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { ownAddresses } from "../../host/server-abi.ts";

const address = (text: string, internal: boolean): NetworkInterfaceInfo => ({
  address: text,
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "00:00:5e:00:53:01",
  internal,
  cidr: `${text}/24`,
});

test("a server at one address names that address", () => {
  assert.deepEqual(ownAddresses("192.0.2.7", {}), ["192.0.2.7"]);
});

test("a server at every address names those of its networks, then loopback, and no more than the core holds", () => {
  const interfaces = {
    lo: [address("127.0.0.1", true)],
    eth0: [address("192.0.2.7", false), address("198.51.100.7", false)],
    eth1: [address("203.0.113.7", false), address("203.0.113.8", false)],
  };
  assert.deepEqual(ownAddresses("0.0.0.0", interfaces), ["192.0.2.7", "198.51.100.7", "203.0.113.7", "127.0.0.1"]);
  assert.deepEqual(ownAddresses("0.0.0.0", {}), ["127.0.0.1"]);
});

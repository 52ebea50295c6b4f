// `auto`: the address that the box has in its network, which DHCP may give late and change.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigStore } from "../../host/config/store.ts";
import { ownAddress } from "../../host/net/own-address.ts";
import { MemoryFiles } from "../support/memory-files.ts";

const address = (text: string, internal = false) => ({
  address: text,
  netmask: "255.255.255.0",
  family: "IPv4" as const,
  mac: "02:00:00:00:00:01",
  internal,
  cidr: `${text}/24`,
});
const LOOPBACK = [address("127.0.0.1", true)];

describe("the box's own address", () => {
  test("is the first that others can send to; one that nobody gave it is the last resort", () => {
    assert.equal(
      ownAddress({ lo: LOOPBACK, eth0: [address("192.0.2.7")], eth1: [address("198.51.100.1")] }),
      "192.0.2.7",
    );
    assert.equal(ownAddress({ eth0: [address("169.254.3.4")], eth1: [address("192.0.2.7")] }), "192.0.2.7");
    assert.equal(ownAddress({ lo: LOOPBACK, eth0: [address("169.254.3.4")] }), "169.254.3.4");
  });

  test("is the loopback address while there is no network", () => {
    assert.equal(ownAddress({ lo: LOOPBACK }), "127.0.0.1");
    assert.equal(ownAddress({}), "127.0.0.1");
  });

  test("stands wherever the configuration says auto; the file goes on saying auto", async () => {
    const text =
      '[sip]\nbind = "auto"\n[server]\nenabled = true\nbind = "auto"\n[[line]]\nuser = "101"\nregistrar = "192.0.2.1"\n';
    const files = new MemoryFiles({ "/tipring.toml": text });
    const store = await ConfigStore.load("/tipring.toml", { files });
    const { sip, server } = store.running;
    assert.deepEqual([sip.bind, server.bind, server.domain], Array(3).fill(ownAddress()));
    store.set("sip bind 127.0.0.1");
    store.set("sip bind auto");
    store.set("sip port 5099");
    await store.commit();
    assert.match(store.show(), /bind = "auto"[\s\S]*bind = "auto"/);
  });

  test("is looked at again when the network has changed, and what has changed is told", async () => {
    const files = new MemoryFiles({ "/tipring.toml": '[sip]\nbind = "auto"\n' });
    let now = "127.0.0.1";
    const store = await ConfigStore.load("/tipring.toml", { files, ownAddress: () => now });
    const changed: string[] = [];
    store.onCommit(({ sections }) => changed.push(`${sections}: ${store.running.sip.bind}`));
    store.refresh();
    now = "192.0.2.7";
    store.refresh();
    store.refresh();
    assert.deepEqual(changed, ["sip: 192.0.2.7"]);
    store.set("system country DE");
    await store.commit();
    assert.deepEqual(changed, ["sip: 192.0.2.7", "system: 192.0.2.7"]);
  });
});

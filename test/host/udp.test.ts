// UDP over real sockets on the loopback address.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { BindError, type DatagramListener, type Udp, UdpSocket } from "../../host/net/udp.ts";
import { within } from "../support/deadline.ts";

const HOST = "127.0.0.1";
const LIMIT = 5000;
const SLOTS = 64;

interface Received {
  text: string;
  address: string;
  port: number;
}

/** Notes datagrams, and tells when there are so many. */
class Ear {
  readonly heard: Received[] = [];
  #wake: () => void = () => {};

  readonly listener: DatagramListener = (bytes, address, port) => {
    this.heard.push({ text: Buffer.from(bytes).toString(), address, port });
    this.#wake();
  };

  async hears(count: number): Promise<void> {
    const all = new Promise<void>((resolve) => {
      this.#wake = () => this.heard.length >= count && resolve();
      this.#wake();
    });
    await within(all, LIMIT, () => `${count} datagrams; heard ${this.heard.length}`);
  }
}

const open = (listener: DatagramListener = () => {}, port = 0, address = HOST, largest = 200): Promise<Udp> =>
  UdpSocket.open("sip.port", address, port, largest, listener);

test("datagrams arrive whole, with the sender's address, both ways", async () => {
  const [first, second] = [new Ear(), new Ear()];
  const [one, two] = [await open(first.listener), await open(second.listener)];
  try {
    one.send(Buffer.from("hello"), HOST, two.port);
    await second.hears(1);
    assert.deepEqual(second.heard, [{ text: "hello", address: HOST, port: one.port }]);
    two.send(Buffer.from("hello yourself"), HOST, one.port);
    await first.hears(1);
    assert.deepEqual(first.heard, [{ text: "hello yourself", address: HOST, port: two.port }]);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test("the sender's bytes may change at once: as many as there are slots leave as they were", async () => {
  const ear = new Ear();
  const [one, two] = [await open(), await open(ear.listener)];
  try {
    const bytes = Buffer.alloc(8);
    for (let number = 0; number < SLOTS; number++) {
      bytes.write(String(number).padStart(8));
      one.send(bytes, HOST, two.port);
    }
    bytes.fill("x");
    await ear.hears(SLOTS);
    assert.deepEqual(
      ear.heard.map(({ text }) => Number(text)),
      Array.from({ length: SLOTS }, (_, number) => number),
    );
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test("a datagram larger than was agreed is counted, not cut", async () => {
  const ear = new Ear();
  const [one, two] = [await open(), await open(ear.listener)];
  try {
    one.send(new Uint8Array(201), HOST, two.port);
    one.send(new Uint8Array(200).fill(65), HOST, two.port);
    await ear.hears(1);
    assert.equal(ear.heard[0]?.text.length, 200);
    assert.equal((one as UdpSocket).sendErrors, 1);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test("port 0, which a forged datagram may claim to come from, is counted and does no harm", async () => {
  const ear = new Ear();
  const [one, two] = [await open(), await open(ear.listener)];
  try {
    one.send(Buffer.from("nowhere"), HOST, 0);
    one.send(Buffer.from("somewhere"), HOST, two.port);
    await ear.hears(1);
    assert.equal(ear.heard[0]?.text, "somewhere");
    assert.equal((one as UdpSocket).sendErrors, 1);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test("a port where nobody listens does no harm: later datagrams leave", async () => {
  const ear = new Ear();
  const [one, two] = [await open(), await open(ear.listener)];
  try {
    const nobody = await freeUdpPorts(2);
    for (let round = 0; round < 3; round++) one.send(Buffer.from("anybody?"), HOST, nobody);
    one.send(Buffer.from("still here"), HOST, two.port);
    await ear.hears(1);
    assert.equal(ear.heard[0]?.text, "still here");
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test("what cannot be sent is counted and ends nothing: port 0, another family, broadcast", async () => {
  const ear = new Ear();
  const [one, two] = [await open(), await open(ear.listener)];
  try {
    one.send(Buffer.from("nowhere"), HOST, 0);
    one.send(Buffer.from("six"), "2001:db8::1", 5060);
    one.send(Buffer.from("all"), "255.255.255.255", 5060);
    one.send(Buffer.from("still here"), HOST, two.port);
    await ear.hears(1);
    assert.equal(ear.heard[0]?.text, "still here");
    assert.ok((one as UdpSocket).sendErrors >= 2, `${(one as UdpSocket).sendErrors} counted`);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test("IPv6 as IPv4", { skip: !(await hasIpv6()) && "this machine has no IPv6 loopback" }, async () => {
  const ear = new Ear();
  const [one, two] = [await open(undefined, 0, "::1"), await open(ear.listener, 0, "::1")];
  try {
    one.send(Buffer.from("six"), "::1", two.port);
    await ear.hears(1);
    assert.deepEqual(ear.heard, [{ text: "six", address: "::1", port: one.port }]);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

test("a port that is taken: the error names the setting, the address, the port, and what to do", async () => {
  const holder = await open();
  const { port } = holder;
  try {
    await assert.rejects(open(undefined, port), (error) => {
      assert.ok(error instanceof BindError);
      assert.equal(error.code, "BIND");
      assert.equal(
        error.message,
        `sip.port: can't listen on 127.0.0.1:${port}/udp: another program uses it. Choose another port or address.`,
      );
      return true;
    });
  } finally {
    await holder.close();
  }
  const again = await open(undefined, port);
  await again.close();
});

test("an address that this machine does not have", async () => {
  await assert.rejects(
    open(undefined, 0, "192.0.2.1"),
    /sip\.port: can't listen on 192\.0\.2\.1:0\/udp: this machine has no such address/,
  );
});

test("free ports are free, in a row, and the first is even", async () => {
  const first = await freeUdpPorts(6);
  assert.equal(first % 2, 0);
  const sockets = await Promise.all([0, 1, 2, 3, 4, 5].map((offset) => open(undefined, first + offset)));
  assert.deepEqual(
    sockets.map(({ port }) => port),
    [0, 1, 2, 3, 4, 5].map((offset) => first + offset),
  );
  await Promise.all(sockets.map((socket) => socket.close()));
});

function hasIpv6(): Promise<boolean> {
  const socket = createSocket("udp6");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(0, "::1", () => socket.close(() => resolve(true)));
  });
}

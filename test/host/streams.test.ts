// Stream connections over loopback: who is used again, who is let in, who is given up.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Transport } from "../../host/endpoint.ts";
import { freeUdpPorts as freePorts } from "../../host/net/free-ports.ts";
import type { StreamPeer } from "../../host/net/streams.ts";
import { bytes, closed, dialled, HERE, listener, open } from "../support/streams.ts";

describe("connections", () => {
  test("what is sent while a connection opens goes out in order, and answers come by the same one", async (t) => {
    const port = await freePorts(1);
    const peer = await listener(t, port);
    const [streams, told] = await open(t);
    for (const text of ["a", "b", "c"]) streams.send(bytes(text), HERE, port, Transport.Tcp, 0);
    await peer.until("abc");
    peer.sockets[0]?.write("pong");
    await told.until(/^data 1 pong/);
    streams.send(bytes("d"), HERE, port, Transport.Tcp, 1);
    streams.send(bytes("e"), HERE, port, Transport.Tcp, 0);
    await peer.until("abcde");
    assert.equal(peer.sockets.length, 1);
  });

  test("what can't be sent comes back: nobody listens, the connection has gone, port 0", async (t) => {
    const port = await freePorts(1);
    const [streams, told] = await open(t);
    streams.send(bytes("a"), HERE, port, Transport.Tcp, 0);
    streams.send(bytes("b"), HERE, port, Transport.Tcp, 77);
    streams.send(bytes("c"), HERE, 0, Transport.Tcp, 0);
    streams.send(bytes("d"), HERE, port, Transport.Tls, 0);
    await told.until(/^unsent 0 a/);
    assert.deepEqual(told.events, ["unsent 77 b", "unsent 0 c", "unsent 0 d", "unsent 0 a"]);
  });

  test("who comes to us is answered by the way that he came, and a request to his address goes by it too", async (t) => {
    const port = await freePorts(1);
    const [streams, told] = await open(t, { tcp: { port: port, what: "x" } });
    const phone = await dialled(port);
    t.after(() => phone.destroy());
    phone.write("hello");
    await told.until(/^data 1 hello/);
    const peer = told.peers[0] as StreamPeer;
    assert.deepEqual([peer.address, peer.port, peer.transport], [HERE, phone.localPort, Transport.Tcp]);
    let heard = "";
    phone.on("data", (data) => {
      heard += data.toString("latin1");
    });
    streams.send(bytes("x"), HERE, peer.port, Transport.Tcp, peer.flow);
    streams.send(bytes("y"), HERE, peer.port, Transport.Tcp, 0);
    streams.closeFlow(peer.flow);
    await closed(phone);
    assert.equal(heard, "xy", "what was written before the end still goes out");
    await told.until(/^closed 1/);
  });

  test("more connections of one address than allowed are not taken; one that ends makes room", async (t) => {
    const port = await freePorts(1);
    const [, told] = await open(t, { tcp: { port: port, what: "x" }, mostOfPeer: 2 });
    const [first, second] = [await dialled(port), await dialled(port)];
    const third = await dialled(port);
    await closed(third);
    assert.match(await told.until(/^refused/), /no connection from 127\.0\.0\.1: there are 2 from there already/);
    first.destroy();
    await told.until(/^closed 1/);
    const fourth = await dialled(port);
    fourth.write("in");
    await told.until(/^data \d+ in/);
    second.destroy();
    fourth.destroy();
  });

  test("nor more than allowed in all", async (t) => {
    const port = await freePorts(1);
    const [, told] = await open(t, { tcp: { port: port, what: "x" }, most: 1 });
    const first = await dialled(port);
    await closed(await dialled(port));
    assert.match(await told.until(/^refused/), /no connection from 127\.0\.0\.1: there are 1 in all already/);
    first.destroy();
  });

  test("a stranger who says nothing worth an answer is given up soon; who was answered may be silent for longer", async (t) => {
    const port = await freePorts(1);
    const times = { stranger: 250, idle: 500 };
    const [streams, told] = await open(t, { tcp: { port: port, what: "x" }, times });
    const [silent, known] = [await dialled(port), await dialled(port)];
    known.write("REGISTER");
    const flow = Number((await told.until(/REGISTER/)).split(" ")[1]);
    streams.send(bytes("200 OK"), HERE, 0, Transport.Tcp, flow);
    const order: string[] = [];
    const ends = [closed(silent).then(() => order.push("silent")), closed(known).then(() => order.push("known"))];
    await Promise.all(ends);
    assert.deepEqual(order, ["silent", "known"]);
  });

  test("a peer that reads nothing is given up before it fills our memory", async (t) => {
    const port = await freePorts(1);
    const peer = await listener(t, port);
    const [streams, told] = await open(t);
    streams.send(bytes("x"), HERE, port, Transport.Tcp, 0);
    await peer.until("x");
    peer.sockets[0]?.pause();
    const much = Buffer.alloc(4000, "y");
    for (let sent = 0; sent < 20_000 && !told.events.includes("closed 1"); sent++) {
      streams.send(much, HERE, port, Transport.Tcp, 1);
      if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await told.until(/^closed 1/);
  });

  test("a port that is taken: setting, address, port", async (t) => {
    const port = await freePorts(1);
    await listener(t, port);
    await assert.rejects(
      open(t, { tcp: { port: port, what: "server.port" } }),
      new RegExp(`server\\.port: can't listen on 127\\.0\\.0\\.1:${port}/tcp: another program uses it`),
    );
  });
});

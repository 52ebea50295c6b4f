// RFC 4475 and RFC 5118 over UDP: every message in its datagram to a running box, its adapter from the address of the lines' server,
// its server from an address that is nobody's. Answers go to the port that a Via names, so the sender has all of those open.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { TelephoneBox } from "../../host/box.ts";
import { loadBoard } from "../../host/config/board.ts";
import { ConfigStore } from "../../host/config/store.ts";
import { ServerSetting } from "../../host/server-abi.ts";
import { atEnd } from "../support/at-end.ts";
import { within } from "../support/deadline.ts";
import { PATIENCE, scratchFolder } from "../support/live-box.ts";
import { parseSip, type SipMessage, writeSip } from "../support/sip-text.ts";
import { checkVector, type Exchange, passwordOf } from "../support/torture.ts";
import { DOMAINS, LINES, SERVER_PORT, USERS, VECTORS } from "../vectors/index.ts";

/** Loopback addresses of this process alone: the ports are the messages' own, 5060 for most. */
const NETWORK = `127.${64 + ((process.pid >> 8) & 63)}.${process.pid & 255}`;
const SENDER = `${NETWORK}.1`;
const BOX = `${NETWORK}.2`;
const ADAPTER_PORT = 5060;
/** The ports of every topmost Via. */
const SENDER_PORTS = [5060, 5050, 5070, 6050, 19823];

const [FIRST_DOMAIN, ...OTHER_DOMAINS] = DOMAINS;

const CONFIG = `
[sip]
bind = "${BOX}"
port = ${ADAPTER_PORT}
[server]
enabled = true
bind = "${BOX}"
port = ${SERVER_PORT}
domain = "${FIRST_DOMAIN}"
${USERS.map((user) => `[[server.user]]\nname = "${user}"\npassword = "${passwordOf(user)}"`).join("\n")}
${LINES.map((user) => `[[line]]\nuser = "${user}"\nregistrar = "${SENDER}:5060"\nregister = false`).join("\n")}
`;

async function startBox(t: TestContext): Promise<TelephoneBox> {
  const path = join(scratchFolder(t, "torture"), "tipring.toml");
  const store = await ConfigStore.load(path, { initialText: () => CONFIG });
  const box = await TelephoneBox.start({ board: loadBoard("simulator"), store });
  atEnd(t, () => box.stop());
  OTHER_DOMAINS.forEach((domain, index) => {
    assert.equal(box.sipServer?.core.configureText(ServerSetting.Domain, index + 1, domain), 0);
  });
  return box;
}

async function openSocket(t: TestContext, port: number, listener: (bytes: Buffer) => void): Promise<Socket> {
  const socket = createSocket("udp4", listener);
  socket.bind(port, SENDER);
  await once(socket, "listening");
  atEnd(t, () => socket.close());
  return socket;
}

/** Sends a datagram, then an OPTIONS whose answer tells that everything before it was answered. */
async function sender(t: TestContext): Promise<(port: number) => Exchange> {
  const heard: SipMessage[] = [];
  const sockets = await Promise.all(
    SENDER_PORTS.map((port) => openSocket(t, port, (bytes) => heard.push(parseSip(bytes.toString("latin1"))))),
  );
  let isDone = (_callId: string) => {};
  const asking = await openSocket(t, 0, (bytes) => isDone(/Call-ID: (\S+)/.exec(bytes.toString())?.[1] ?? ""));
  let asked = 0;
  const ask = (port: number): Promise<void> => {
    const callId = `done-${++asked}`;
    const answered = new Promise<void>((resolve) => {
      isDone = (id) => (id === callId ? resolve() : undefined);
    });
    const fields: [string, string][] = [
      ["Via", `SIP/2.0/UDP ${SENDER}:${asking.address().port};rport;branch=z9hG4bK${callId}`],
      ["From", `<sip:ask@example.com>;tag=${asked}`],
      ["To", "<sip:example.com>"],
      ["Call-ID", callId],
      ["CSeq", "1 OPTIONS"],
      ["Max-Forwards", "70"],
    ];
    asking.send(writeSip("OPTIONS sip:example.com SIP/2.0", fields), port, BOX);
    return within(answered, PATIENCE, `an answer from port ${port}`);
  };
  return (port) => async (datagram) => {
    sockets[0]?.send(datagram, port, BOX);
    await ask(port);
    // What came before the answer waits at other sockets: two turns of the loop have read it.
    for (let turn = 0; turn < 2; turn++) await setImmediate();
    return heard.splice(0);
  };
}

test("RFC 4475's 49 and RFC 5118's 12 messages over UDP to a running adapter and a running server", async (t) => {
  const box = await startBox(t);
  const exchange = await sender(t);
  const [toAdapter, toServer] = [exchange(ADAPTER_PORT), exchange(SERVER_PORT)];
  for (const vector of VECTORS) {
    const title = `RFC ${vector.rfc} §${vector.section} ${vector.name}`;
    await t.test(`adapter, ${title}`, () => checkVector(vector, "adapter", toAdapter));
    await t.test(`server, ${title}`, () => checkVector(vector, "server", toServer));
  }
  assert.equal(box.adapter.failures, 0);
  assert.equal(box.sipServer?.failures, 0);
});

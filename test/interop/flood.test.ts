// A call goes on while a stranger floods every port of the box with requests, damaged messages and noise.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { SeededRandom } from "../../host/random.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { atEnd } from "../support/at-end.ts";
import { within } from "../support/deadline.ts";
import { LiveBox, PATIENCE, scratchFolder } from "../support/live-box.ts";
import { isMissing, Program } from "../support/programs.ts";
import { voice1, voice2 } from "../support/voices.ts";

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const ROUNDS = 60;
/** As many as a socket's queue holds for sure. */
const BURST = 50;
const PASSWORDS = { 101: "of phone 1", 102: "of phone 2" };

const SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 8 101\r\n";

function messageFor(method: string, user: string, port: number, branch: string): string {
  return [
    `${method} sip:${user}@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK${branch}`,
    `From: "Stranger" <sip:101@127.0.0.1>;tag=${branch}`,
    `To: <sip:${user}@127.0.0.1>`,
    `Call-ID: ${branch}@flood`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:stranger@127.0.0.1:${port}>`,
    "Max-Forwards: 70",
    `Content-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`,
  ].join("\r\n");
}

const METHODS = ["OPTIONS", "INVITE", "REGISTER", "BYE", "CANCEL", "ACK", "MESSAGE", "SUBSCRIBE"];

/** Flips, cuts, repeats and stretches. */
function damage(bytes: Buffer, random: SeededRandom): Buffer {
  const below = (limit: number) => Math.floor(random.between(0, limit));
  switch (below(4)) {
    case 0: {
      const copy = Buffer.from(bytes);
      for (let count = 1 + below(8); count > 0; count--) copy[below(copy.length)] = below(256);
      return copy;
    }
    case 1:
      return bytes.subarray(0, below(bytes.length));
    case 2: {
      const at = below(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(at + 1))]);
    }
    default: {
      const at = below(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(below(6000), below(256)), bytes.subarray(at)]);
    }
  }
}

/** RFC 3261 §17.1.2.2, Timer E: a queue that is full loses a datagram. */
const T1 = 500;

/** Answered: whatever came before has been read. */
async function asksOptions(socket: Socket, port: number, branch: string): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    const listener = (bytes: Buffer) => {
      if (!bytes.includes(`z9hG4bK${branch}`) || !bytes.includes("CSeq: 1 OPTIONS")) return;
      socket.off("message", listener);
      resolve();
    };
    socket.on("message", listener);
  });
  const ask = () => socket.send(messageFor("OPTIONS", "101", socket.address().port, branch), port, "127.0.0.1");
  ask();
  const again = setInterval(ask, T1);
  try {
    await within(answered, PATIENCE, `an answer to OPTIONS from port ${port}; seed ${SEED}`);
  } finally {
    clearInterval(again);
  }
}

test("a call goes on through a flood of requests, damaged messages and noise", async (t) => {
  const live = await LiveBox.start(t, { lines: [{ user: "101" }, { user: "102" }], users: PASSWORDS });
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  atEnd(t, () => socket.close());
  await once(socket, "listening");
  await live.dial(1, "102");
  await live.answer(2);
  await live.report(1, Report.CallAnswered);

  const [one, two] = [live.phone(1), live.phone(2)];
  const spoken = [voice1.subarray(0, 16_000), voice2.subarray(0, 16_000)] as const;
  const talked = Promise.all([one.play(spoken[0]), two.play(spoken[1])]);
  const random = new SeededRandom(SEED);
  const soundPorts = [2, 3, 4, 5].map((offset) => live.sipPort + offset);
  for (let round = 0; round < ROUNDS; round++) {
    for (const port of [live.sipPort, live.serverPort]) {
      for (let count = 0; count < BURST; count++) {
        const method = METHODS[count % METHODS.length] as string;
        const whole = messageFor(method, "999", socket.address().port, `r${round}c${count}`);
        socket.send(damage(Buffer.from(whole), random), port, "127.0.0.1");
      }
      await asksOptions(socket, port, `options${round}p${port}`);
    }
    for (const port of soundPorts) socket.send(damage(Buffer.alloc(172, 0x80), random), port, "127.0.0.1");
  }
  await talked;
  await Promise.all([one.play(new Int16Array(2400)), two.play(new Int16Array(2400))]);
  for (const [who, heard, words] of [
    ["phone 1", one.heard, spoken[1]],
    ["phone 2", two.heard, spoken[0]],
  ] as const) {
    const verdict = reallyHeard(heard.samples(), words);
    assert.ok(verdict.heard, `${who}: ${verdict.reason}; seed ${SEED}`);
  }
  assert.ok((live.box.server()?.counters.sipMalformed ?? 0) > 500, `seed ${SEED}`);
  await live.hang(2);
  await live.isLeft(1);
});

test("sipsak floods adapter and server with requests: both answer OPTIONS afterwards", {
  skip: isMissing("sipsak"),
}, async (t) => {
  const live = await LiveBox.start(t, { lines: [{ user: "101" }], users: PASSWORDS });
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  atEnd(t, () => socket.close());
  await once(socket, "listening");
  for (const port of [live.sipPort, live.serverPort]) {
    const args = ["-F", "-e", "2000", "-p", `127.0.0.1:${port}`, "-s", "sip:101@127.0.0.1"];
    const sipsak = await Program.start("sipsak", args, scratchFolder(t, "sipsak"));
    atEnd(t, () => sipsak.stop());
    assert.equal(await sipsak.ends(PATIENCE), 0);
    await asksOptions(socket, port, `after${port}`);
  }
});

// RFC 4475 and RFC 5118 through both modules: what an element says to each message, and that it has kept nothing of it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { COUNTERS, EndpointSetting, TextSetting } from "../../host/adapter-abi.ts";
import { ActionKind, Core } from "../../host/core.ts";
import { Transport } from "../../host/endpoint.ts";
import { ServerSetting } from "../../host/server-abi.ts";
import { authorize, parseChallenge } from "../support/digest-client.ts";
import { fieldsOf, parseSip, type SipMessage, writeSip } from "../support/sip-text.ts";
import { bytesOf, checkVector, type Exchange, passwordOf } from "../support/torture.ts";
import { DOMAINS, LINES, SERVER_PORT, USERS, VECTORS, type Vector } from "../vectors/index.ts";

const SENDER = "127.0.0.9";
const SEED = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const NOW = 1000;
/** All that a call or a refusal leaves behind is gone by then. */
const LATER = NOW + 64_000;

class Bench {
  readonly core: Core;
  now = NOW;

  constructor(core: Core) {
    this.core = core;
    core.reset(SEED, NOW);
  }

  readonly exchange: Exchange = async (datagram) => {
    this.core.handleDatagram(datagram, datagram.length, SENDER, 5060, Transport.Udp, this.now);
    return this.#drain();
  };

  #drain(): SipMessage[] {
    const messages: SipMessage[] = [];
    this.core.drain(({ kind, payload }) => {
      if (kind === ActionKind.SendSip) messages.push(parseSip(Buffer.from(payload).toString("latin1")));
    });
    return messages;
  }

  /** Sends a request, then the same with the user's answer to the challenge that has come. */
  async sendProven(text: string, user: string, method: string, uri: string): Promise<SipMessage[]> {
    const [challenged] = await this.exchange(Buffer.from(text, "latin1"));
    assert.ok(challenged);
    const [theirs, ours] =
      challenged.status === 401 ? ["www-authenticate", "Authorization"] : ["proxy-authenticate", "Proxy-Authorization"];
    const credentials = authorize(
      parseChallenge(fieldsOf(challenged, theirs)[0] ?? ""),
      user,
      passwordOf(user),
      method,
      uri,
    );
    const again = text.replace("\r\n\r\n", `\r\n${ours}: ${credentials}\r\n\r\n`);
    return this.exchange(Buffer.from(again, "latin1"));
  }

  counter(name: string): number {
    const index = COUNTERS.findIndex((counter) => counter.toLowerCase() === name.toLowerCase());
    assert.notEqual(index, -1, name);
    return this.core.counter(index);
  }

  /** Lets everything run out. */
  settle(): void {
    for (let next = this.core.nextTimeout; next <= LATER; next = this.core.nextTimeout) {
      this.now = Math.max(this.now, next);
      this.core.handleTimeout(this.now);
      this.#drain();
    }
    assert.equal(this.core.figure("transactionsUsed"), 0);
    assert.equal(this.core.figure("buffersUsed"), 0);
  }
}

const moduleOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(`build/${name}.wasm`));

function adapterBench(core: Core, lines = LINES): Bench {
  const bench = new Bench(core);
  lines.forEach((user, line) => {
    assert.equal(core.configureText(TextSetting.User, line, user), 0);
    assert.equal(core.configureText(TextSetting.Domain, line, "example.com"), 0);
    assert.equal(core.configureEndpoint(EndpointSetting.Signalling, line, "127.0.0.1", 5060), 0);
    assert.equal(core.configureEndpoint(EndpointSetting.Media, line, "127.0.0.1", 16384 + 2 * line), 0);
    assert.equal(core.configureEndpoint(EndpointSetting.Hop, line, SENDER, 5060), 0);
  });
  return bench;
}

const SERVER = { port: SERVER_PORT, domains: DOMAINS, users: USERS };

function serverBench(core: Core, { port, domains, users } = SERVER): Bench {
  const bench = new Bench(core);
  assert.equal(core.configureEndpoint(ServerSetting.LocalEndpoint, 0, "127.0.0.1", port), 0);
  assert.equal(core.configureText(ServerSetting.Realm, 0, "tipring"), 0);
  domains.forEach((domain, index) => {
    assert.equal(core.configureText(ServerSetting.Domain, index, domain), 0);
  });
  users.forEach((user, index) => {
    assert.equal(core.configureText(ServerSetting.UserName, index, user), 0);
    assert.equal(core.configureText(ServerSetting.UserPassword, index, passwordOf(user)), 0);
  });
  return bench;
}

test("RFC 4475 has 49 messages and RFC 5118 has 12, each a file with an outcome", () => {
  for (const [rfc, count] of [
    [4475, 49],
    [5118, 12],
  ] as const) {
    const names = VECTORS.filter((vector) => vector.rfc === rfc).map(({ name }) => `${name}.sip`);
    assert.equal(new Set(names).size, count);
    assert.deepEqual(readdirSync(`test/vectors/rfc${rfc}`).sort(), names.sort());
  }
});

const titleOf = ({ rfc, section, name, why }: Vector): string => `RFC ${rfc} §${section} ${name}: ${why}`;

for (const build of ["debug", "release"]) {
  const suffix = build === "debug" ? ".debug" : "";
  const adapter = new Core(moduleOf(`adapter${suffix}`), "adapter.wasm", 8);
  const server = new Core(moduleOf(`server${suffix}`), "server.wasm");

  for (const vector of VECTORS) {
    test(`${build} adapter, ${titleOf(vector)}`, async () => {
      const bench = adapterBench(adapter);
      await checkVector(vector, "adapter", bench.exchange);
      bench.settle();
      assert.equal(bench.core.figure("sessionsUsed"), 0);
    });

    test(`${build} server, ${titleOf(vector)}`, async () => {
      const bench = serverBench(server);
      await checkVector(vector, "server", bench.exchange);
      bench.settle();
    });
  }

  test(`${build}: a response that is well-formed is only not expected`, async () => {
    for (const [name, unmatched, malformed] of [
      ["unreason", 1, 0],
      ["noreason", 1, 0],
      ["scalarlg", 0, 1],
      ["bigcode", 0, 1],
    ] as const) {
      const bench = adapterBench(adapter);
      await bench.exchange(bytesOf(VECTORS.find((vector) => vector.name === name) as Vector));
      assert.equal(bench.counter("SipUnmatchedResponse"), unmatched, name);
      assert.equal(bench.counter("SipMalformed"), malformed, name);
    }
  });

  test(`${build}: RFC 4475 §3.1.1.11, a binary body in several parts goes through the proxy byte by byte`, async () => {
    const [caller, callee] = ["fluffy", "kumiko"];
    const bench = serverBench(server, { port: 5080, domains: ["example.com", "example.org"], users: [caller, callee] });
    const register: [string, string][] = [
      ["Via", `SIP/2.0/UDP ${SENDER};branch=z9hG4bKregister`],
      ["From", `<sip:${callee}@example.org>;tag=1`],
      ["To", `<sip:${callee}@example.org>`],
      ["Call-ID", "register"],
      ["CSeq", "1 REGISTER"],
      ["Contact", `<sip:${callee}@${SENDER}>`],
    ];
    const text = writeSip("REGISTER sip:example.org SIP/2.0", register);
    const answer = await bench.sendProven(text, callee, "REGISTER", "sip:example.org");
    assert.deepEqual(
      answer.map(({ status }) => status),
      [200],
    );

    const message = bytesOf(VECTORS.find(({ name }) => name === "mpart01") as Vector).toString("latin1");
    const sent = await bench.sendProven(message, caller, "MESSAGE", "sip:kumiko@example.org");
    assert.equal(sent[0]?.startLine, `MESSAGE sip:${callee}@${SENDER} SIP/2.0`);
    assert.deepEqual(fieldsOf(sent[0], "route"), []);
    assert.equal(sent[0].body.length, 553);
    assert.equal(sent[0].body, message.slice(message.indexOf("\r\n\r\n") + 4));
    for (const name of ["identity", "content-type", "content-transfer-encoding", "date", "from", "to"])
      assert.deepEqual(fieldsOf(sent[0], name), fieldsOf(parseSip(message), name), name);
  });

  test(`${build}: nobody but the line's server is answered`, async () => {
    const bench = adapterBench(adapter, []);
    for (const vector of VECTORS) assert.deepEqual(await bench.exchange(bytesOf(vector)), [], vector.name);
    bench.settle();
  });

  test(`${build}: a user part with escapes or parameters finds the line of just that name`, async () => {
    const lines = ["sips%3Auser%40example.com", "user;par=u%40example.net"];
    for (const [name, status] of [
      ["esc01", 180],
      ["semiuri", 200],
    ] as const) {
      const vector = VECTORS.find((each) => each.name === name) as Vector;
      const bench = adapterBench(adapter, lines);
      await checkVector({ ...vector, adapter: { status } }, "adapter", bench.exchange);
    }
  });
}

// Names over real sockets: the resolver against a name server that is honest, and against one that is not.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Answer } from "dns-packet";
import { exchange, isAnswerTo } from "../../host/net/dns-exchange.ts";
import { writeRecords } from "../../host/net/dns-records.ts";
import { probe } from "../../host/net/probe.ts";
import { type DnsRecord, DnsResolver, DnsType, forgeryText, type ResolverOptions } from "../../host/net/resolver.ts";
import { DnsServer } from "../support/dns-server.ts";

const ZONE: readonly Answer[] = [
  {
    name: "example.test",
    type: "NAPTR",
    ttl: 600,
    data: {
      order: 10,
      preference: 20,
      flags: "s",
      services: "SIP+D2U",
      regexp: "",
      replacement: "_sip._udp.example.test",
    },
  },
  {
    name: "_sip._udp.example.test",
    type: "SRV",
    ttl: 300,
    data: { priority: 1, weight: 2, port: 5070, target: "a.example.test" },
  },
  { name: "a.example.test", type: "A", ttl: 60, data: "192.0.2.1" },
  { name: "a.example.test", type: "A", ttl: 60, data: "192.0.2.2" },
  { name: "a.example.test", type: "AAAA", ttl: 60, data: "2001:db8::1" },
  { name: "alias.example.test", type: "CNAME", ttl: 60, data: "a.example.test" },
  { name: "far.example.test", type: "CNAME", ttl: 60, data: "alias.example.test" },
  { name: "ring.example.test", type: "CNAME", ttl: 60, data: "round.example.test" },
  { name: "round.example.test", type: "TXT", ttl: 60, data: "an alias of ring, as the test says" },
  { name: "bare.example.test", type: "TXT", ttl: 60, data: "no address" },
];

type Outcome = readonly DnsRecord[] | undefined;

function ask(resolver: DnsResolver, name: string, type: keyof typeof DnsType): Promise<Outcome> {
  return new Promise((resolve) => resolver.resolve(name, DnsType[type], resolve));
}

/** No file of the machine that runs the test has a say. */
const NOWHERE = { hostsFile: "/nonexistent/hosts", resolvFile: "/nonexistent/resolv.conf" };

async function withServer(
  run: (resolver: DnsResolver, server: DnsServer) => Promise<void>,
  options: ResolverOptions = {},
  zone: readonly Answer[] = ZONE,
): Promise<void> {
  const server = await DnsServer.start(zone);
  const resolver = new DnsResolver({
    ...NOWHERE,
    servers: [{ address: "127.0.0.1", port: server.port }],
    timeout: 300,
    ...options,
  });
  try {
    await run(resolver, server);
  } finally {
    resolver.close();
    await server.stop();
  }
}

const addresses = (outcome: Outcome): string[] | undefined =>
  outcome?.map((record) => ("address" in record ? record.address : record.type));

const BOTH = ["192.0.2.1", "192.0.2.2"];

describe("the resolver", () => {
  test("RFC 3263 §4: the four kinds of record, with all their fields", () =>
    withServer(async (resolver) => {
      assert.deepEqual(addresses(await ask(resolver, "a.example.test", "A")), BOTH);
      assert.deepEqual(addresses(await ask(resolver, "A.Example.TEST", "AAAA")), ["2001:db8::1"]);
      assert.deepEqual(await ask(resolver, "_sip._udp.example.test", "SRV"), [
        { type: "SRV", ttl: 300, priority: 1, weight: 2, port: 5070, target: "a.example.test" },
      ]);
      assert.deepEqual(await ask(resolver, "example.test", "NAPTR"), [
        {
          type: "NAPTR",
          ttl: 600,
          order: 10,
          preference: 20,
          flags: "s",
          service: "SIP+D2U",
          replacement: "_sip._udp.example.test",
        },
      ]);
    }));

  test("a name that does not exist and a name without such records have none, which is an answer", () =>
    withServer(async (resolver) => {
      assert.deepEqual(await ask(resolver, "nobody.example.test", "A"), []);
      assert.deepEqual(await ask(resolver, "bare.example.test", "A"), []);
    }));

  test("RFC 5452 §9: each question has its own port and number", () =>
    withServer(async (resolver, server) => {
      for (let index = 0; index < 40; index++) await ask(resolver, "a.example.test", "A");
      assert.equal(server.asked.length, 40);
      assert.ok(new Set(server.asked.map(({ id }) => id)).size > 35, "numbers repeat");
      assert.ok(new Set(server.asked.map(({ port }) => port)).size > 20, "ports repeat");
    }));

  test("RFC 5452 §9: another number, another question, another type and an echo of the question are counted, not believed", async () => {
    const told: string[] = [];
    const run = async (resolver: DnsResolver, server: DnsServer): Promise<void> => {
      const poison: Answer[] = [{ name: "a.example.test", type: "A", ttl: 9999, data: "203.0.113.66" }];
      server.conduct = () => ({
        before: (answer, query) => [
          { ...answer, id: ((answer.id ?? 0) + 1) & 0xffff, answers: poison },
          { ...answer, questions: [{ name: "b.example.test", type: "A" }], answers: poison },
          { ...answer, questions: [{ name: "a.example.test", type: "AAAA" }], answers: poison },
          { ...answer, questions: [], answers: poison },
          { ...query, answers: poison },
        ],
      });
      assert.deepEqual(addresses(await ask(resolver, "a.example.test", "A")), BOTH);
      assert.equal(server.asked.length, 1, "the lies cost no second question");
      assert.equal(resolver.forged, 5);
      assert.deepEqual(told, [forgeryText(1)]);
    };
    await withServer(run, { onForged: (text) => told.push(text) });
    assert.deepEqual(
      [1, 2, 10, 11, 100].map((count) => forgeryText(count)?.split(" ")[0]),
      ["an", undefined, "10", undefined, "100"],
    );
  });

  test("records of another name in a true answer are left out", () =>
    withServer(async (resolver, server) => {
      server.conduct = () => ({
        raw: (bytes) => bytes,
        before: (answer) => [
          { ...answer, answers: [{ name: "other.test", type: "A", ttl: 60, data: "203.0.113.66" }] },
        ],
      });
      assert.deepEqual(await ask(resolver, "a.example.test", "A"), []);
    }));

  test("the whole answer comes over TCP when it did not fit, in however many pieces", () =>
    withServer(async (resolver, server) => {
      server.conduct = () => ({ isTruncated: true, pieces: 7 });
      assert.deepEqual(addresses(await ask(resolver, "a.example.test", "A")), BOTH);
      assert.deepEqual(
        server.asked.map(({ transport }) => transport),
        ["udp", "tcp"],
      );
    }));

  test("sixty addresses do not fit into a datagram and come all the same", () =>
    withServer(async (resolver, server) => {
      server.records = Array.from({ length: 60 }, (_, index) => ({
        name: "many.example.test",
        type: "A",
        ttl: 60,
        data: `192.0.2.${index}`,
      }));
      assert.equal((await ask(resolver, "many.example.test", "A"))?.length, 60);
    }));

  test("an answer of a thousand records comes, and the core gets as many as it has room for", () => {
    const many = Array.from(
      { length: 1000 },
      (_, index): Answer => ({
        name: "many.example.test",
        type: "A",
        ttl: 60,
        data: `198.18.${index >> 8}.${index & 255}`,
      }),
    );
    const run = async (resolver: DnsResolver): Promise<void> => {
      const records = (await ask(resolver, "many.example.test", "A")) ?? [];
      assert.equal(records.length, 1000);
      const { count, bytes } = writeRecords(records);
      assert.deepEqual([count, bytes.length], [64, 64 * 320]);
      assert.deepEqual([...bytes.subarray(63 * 320 + 16, 63 * 320 + 20)], [198, 18, 0, 63]);
    };
    return withServer(run, { timeout: 3000 }, [...ZONE, ...many]);
  });

  test("RFC 1034 §3.6.2: aliases are followed, within an answer and beyond it", () =>
    withServer(async (resolver, server) => {
      assert.deepEqual(addresses(await ask(resolver, "far.example.test", "A")), BOTH);
      assert.equal(server.asked.length, 1);
      server.records = [{ name: "far.example.test", type: "CNAME", ttl: 60, data: "a.example.test" }];
      server.conduct = ({ name }) => {
        if (name === "a.example.test") server.records = ZONE;
        return {};
      };
      assert.deepEqual(addresses(await ask(resolver, "far.example.test", "A")), BOTH);
      assert.equal(server.asked.length, 3);
    }));

  test("a ring of aliases ends", () =>
    withServer(async (resolver, server) => {
      const alias = (name: string, data: string): Answer => ({ name, type: "CNAME", ttl: 60, data });
      server.conduct = ({ name }) => {
        server.records = [
          name.startsWith("ring") ? alias(name, "round.example.test") : alias(name, "ring.example.test"),
        ];
        return {};
      };
      assert.equal(await ask(resolver, "ring.example.test", "A"), undefined);
      assert.ok(server.asked.length <= 8, `${server.asked.length} questions`);
    }));

  test("a server that is not there, is silent, or can't say: the next one is asked", async () => {
    const silent = await DnsServer.start(ZONE);
    silent.conduct = () => ({ isLost: true });
    const failing = await DnsServer.start(ZONE);
    failing.conduct = () => ({ rcode: 2 });
    const gone = await DnsServer.start(ZONE);
    const gonePort = gone.port;
    await gone.stop();
    try {
      await withServer(async (resolver, good) => {
        const servers = [gonePort, silent.port, good.port].map((port) => ({ address: "127.0.0.1", port }));
        const patient = new DnsResolver({ ...NOWHERE, servers, timeout: 150 });
        assert.deepEqual(addresses(await ask(patient, "a.example.test", "A")), BOTH);
        const second = new DnsResolver({
          ...NOWHERE,
          servers: [failing.port, good.port].map((port) => ({ address: "127.0.0.1", port })),
        });
        assert.deepEqual(addresses(await ask(second, "a.example.test", "A")), BOTH);
        assert.equal(await ask(resolver, "a.example.test", "A").then((found) => found?.length), 2);
      });
      assert.equal(silent.asked.length, 1);
      assert.equal(failing.asked.length, 1);
    } finally {
      await silent.stop();
      await failing.stop();
    }
  });

  test("a lost question is asked once more", () =>
    withServer(async (resolver, server) => {
      server.conduct = () => ({ isLost: server.asked.length === 1 });
      assert.deepEqual(addresses(await ask(resolver, "a.example.test", "A")), BOTH);
      assert.equal(server.asked.length, 2);
    }));

  test("when nobody can say there is no answer, and that is told once", () =>
    withServer(
      async (resolver, server) => {
        server.conduct = () => ({ isLost: true });
        assert.equal(await ask(resolver, "a.example.test", "A"), undefined);
        assert.equal(server.asked.length, 2);
      },
      { timeout: 60 },
    ));

  test("an answer that comes too late is nobody's", () =>
    withServer(
      async (resolver, server) => {
        server.conduct = () => ({ delay: server.asked.length === 1 ? 120 : 0 });
        assert.deepEqual(addresses(await ask(resolver, "a.example.test", "A")), BOTH);
        assert.equal(server.asked.length, 2);
      },
      { timeout: 60 },
    ));

  test("an answer cut at any byte breaks nothing", () =>
    withServer(
      async (resolver, server) => {
        for (const length of [0, 1, 11, 12, 20, 31, 32, 33, 40, 47, 60]) {
          server.conduct = () => ({ raw: (bytes) => bytes.subarray(0, length) });
          const found = await ask(resolver, "a.example.test", "A");
          assert.ok(found === undefined || found.length < 2, `cut at ${length}: ${JSON.stringify(found)}`);
        }
      },
      { timeout: 20 },
    ));

  test("eight lines that ask the same at the same moment ask once", () =>
    withServer(async (resolver, server) => {
      const all = await Promise.all(Array.from({ length: 8 }, () => ask(resolver, "a.example.test", "A")));
      for (const found of all) assert.deepEqual(addresses(found), BOTH);
      assert.equal(server.asked.length, 1);
    }));

  test("questions beyond 32 under way are not asked; others go on", () =>
    withServer(async (resolver, server) => {
      server.conduct = () => ({ delay: 20 });
      const all = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(resolver, `n${index}.test`, "A")));
      assert.equal(all.filter((found) => found === undefined).length, 18);
      assert.equal(server.asked.length, 32);
      assert.deepEqual(await ask(resolver, "nobody.test", "A"), []);
    }));

  test("RFC 1035 §2.3.4: a name that no packet can hold is not asked", () =>
    withServer(async (resolver, server) => {
      for (const name of ["", "a..test", `${"x".repeat(64)}.test`, `${"x.".repeat(127)}test`]) {
        assert.equal(await ask(resolver, name, "A"), undefined, name);
      }
      assert.equal(server.asked.length, 0);
    }));

  test("the hosts file comes first, for the name and for what stands before it in RFC 2782", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tipring-hosts-"));
    const hostsFile = join(folder, "hosts");
    writeFileSync(hostsFile, "# by hand\n192.0.2.9 pbx PBX.home # the telephone exchange\n2001:db8::9\tpbx\n");
    await withServer(
      async (resolver, server) => {
        assert.deepEqual(addresses(await ask(resolver, "pbx.home", "A")), ["192.0.2.9"]);
        assert.deepEqual(addresses(await ask(resolver, "pbx", "AAAA")), ["2001:db8::9"]);
        assert.deepEqual(await ask(resolver, "pbx.home", "NAPTR"), []);
        assert.deepEqual(await ask(resolver, "_sip._udp.pbx.home", "SRV"), []);
        assert.deepEqual(addresses(await ask(resolver, "localhost", "A")), ["127.0.0.1"]);
        assert.equal(server.asked.length, 0);
      },
      { hostsFile },
    );
  });

  test("no answer comes after close()", () =>
    withServer(async (resolver, server) => {
      let answers = 0;
      server.conduct = () => ({ delay: 20 });
      resolver.resolve("a.example.test", DnsType.A, () => answers++);
      resolver.close();
      const other = new DnsResolver({ ...NOWHERE, servers: [{ address: "127.0.0.1", port: server.port }] });
      await ask(other, "a.example.test", "A");
      assert.equal(answers, 0);
    }));

  test("an answer shorter than its header, or than our question, is none", () => {
    const query = Buffer.from("123401000001000000000000016104746573740000010001", "hex");
    const answer = Buffer.from(query);
    answer[2] = 0x81;
    assert.equal(isAnswerTo(query, answer), true);
    for (let length = 0; length < query.length; length++) {
      assert.equal(isAnswerTo(query, answer.subarray(0, length)), false, `${length} bytes`);
    }
    assert.equal(isAnswerTo(query, query), false, "a question is no answer");
  });
});

/** No datagram may go there without asking for it (SO_BROADCAST): the system says so at once, as it does when there is no network. */
const NO_WAY = "255.255.255.255";

test("a name server that there is no way to is an error, no failure of the program", async () => {
  const server = { address: NO_WAY, port: 53 };
  await assert.rejects(exchange(server, "example.test", "A", 5000, new AbortController().signal), { code: "EACCES" });
});

test("a server that there is no way to is asked for nothing", async () => {
  const failures: unknown[] = [];
  const onFailure = (error: unknown): void => void failures.push(error);
  process.on("uncaughtException", onFailure);
  probe(NO_WAY, 5060, () => failures.push("called gone"));
  // the same takes the exchange as long, or longer
  await assert.rejects(exchange({ address: NO_WAY, port: 53 }, "a.test", "A", 5000, new AbortController().signal));
  process.off("uncaughtException", onFailure);
  assert.deepEqual(failures, []);
});

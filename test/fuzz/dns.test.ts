// Damaged answers of a name server, over real sockets: every question is answered or given up, with records that are what they say.

import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";
import { type DnsRecord, DnsResolver, DnsType } from "../../host/net/resolver.ts";
import { Dice } from "../support/dice.ts";
import { DnsServer } from "../support/dns-server.ts";

const QUESTIONS = 4000;
const AT_ONCE = 20;
/** ms. Nothing is lost on the way, but what is damaged may be no answer any more. */
const PATIENCE = 25;
const HEADER = 12;
const SEED = 20_270_101;

function damaged(answer: Buffer, dice: Dice): Buffer {
  // a number or a question that is not ours is not looked at: most damage comes after
  const from = dice.chance(0.95) ? Math.min(answer.length, HEADER + 20) : 0;
  const bytes = [...answer];
  for (let count = 1 + dice.below(4); count > 0; count--) {
    const at = from + dice.below(Math.max(1, bytes.length - from));
    const kind = dice.below(5);
    if (kind === 0) bytes[at] = dice.below(256);
    else if (kind === 1) bytes.splice(at, 1 + dice.below(8));
    else if (kind === 2) bytes.splice(at, 0, ...Array(1 + dice.below(20)).fill(dice.pick([0, 0xc0, 0xff, 12])));
    else if (kind === 3)
      bytes.splice(at, 2, 0xc0, dice.below(bytes.length + 4)); // a name that goes on elsewhere, or here
    else bytes[6 + dice.below(6)] = dice.below(256); // how many records there are
  }
  return Buffer.from(bytes.slice(0, 1400));
}

const isShort = (number: number): boolean => Number.isInteger(number) && number >= 0 && number <= 0xffff;

function isSound(record: DnsRecord): boolean {
  switch (record.type) {
    case "A":
      return isIPv4(record.address);
    case "AAAA":
      return isIPv6(record.address);
    case "SRV":
      return [record.priority, record.weight, record.port].every(isShort) && typeof record.target === "string";
    case "NAPTR":
      return [record.order, record.preference].every(isShort) && typeof record.replacement === "string";
  }
}

test(`${QUESTIONS} damaged answers of a name server: each question ends, and what is believed makes sense`, async (context) => {
  const dice = new Dice(SEED);
  const server = await DnsServer.start([
    { type: "A", name: "a.example", ttl: 60, data: "127.0.0.2" },
    { type: "AAAA", name: "a.example", ttl: 60, data: "::1" },
    { type: "CNAME", name: "c.example", ttl: 60, data: "a.example" },
    { type: "SRV", name: "_sip._udp.example", data: { priority: 1, weight: 2, port: 5060, target: "a.example" } },
    {
      type: "NAPTR",
      name: "example",
      data: {
        order: 1,
        preference: 2,
        flags: "s",
        services: "SIP+D2U",
        regexp: "",
        replacement: "_sip._udp.example",
      },
    },
  ]);
  context.after(() => server.stop());
  server.conduct = () => ({ raw: (answer) => damaged(answer, dice) });
  const resolver = new DnsResolver({
    servers: [{ address: "127.0.0.1", port: server.port }],
    timeout: PATIENCE,
    hostsFile: "/nonexistent",
  });
  context.after(() => resolver.close());
  const questions: readonly [string, number][] = [
    ["a.example", DnsType.A],
    ["a.example", DnsType.AAAA],
    ["c.example", DnsType.A],
    ["_sip._udp.example", DnsType.SRV],
    ["example", DnsType.NAPTR],
  ];
  const tally = { believed: 0, none: 0, unknown: 0 };
  const ask = (name: string, type: number): Promise<void> =>
    new Promise((resolve) => {
      resolver.resolve(name, type, (records) => {
        assert.ok(!records || records.every(isSound), `seed ${SEED}: ${JSON.stringify(records)}`);
        tally[records === undefined ? "unknown" : records.length === 0 ? "none" : "believed"]++;
        resolve();
      });
    });
  for (let asked = 0; asked < QUESTIONS; asked += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => ask(...dice.pick(questions))));
  assert.equal(tally.believed + tally.none + tally.unknown, QUESTIONS);
  assert.ok(tally.believed > QUESTIONS / 20 && tally.unknown > QUESTIONS / 20, JSON.stringify(tally));
});

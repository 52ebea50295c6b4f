// Two Kamailios behind one name (RFC 3263): one is killed in mid-call. A name server of ours says where they are.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Answer } from "dns-packet";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { DnsResolver } from "../../host/net/resolver.ts";
import { atEnd } from "../support/at-end.ts";
import { DnsServer } from "../support/dns-server.ts";
import { startKamailio, USERS } from "../support/kamailio.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";

const skip = isMissing("kamailio");
const DOMAIN = "pair.test";
const ADDRESSES = ["127.0.0.11", "127.0.0.12"] as const;
/** Far beyond what a retransmission, an ICMP error and a second server take; far below Timer B. */
const SOON = 6000;

const zone = (ports: readonly number[]): Answer[] => [
  {
    ...{ name: DOMAIN, type: "NAPTR", ttl: 60 },
    data: {
      ...{ order: 10, preference: 10, flags: "s", services: "SIP+D2U", regexp: "" },
      replacement: `_sip._udp.${DOMAIN}`,
    },
  },
  ...ports.flatMap((port, index): Answer[] => [
    {
      ...{ name: `_sip._udp.${DOMAIN}`, type: "SRV", ttl: 60 },
      data: { priority: 10 + index, weight: 1, port, target: `kamailio${index}.${DOMAIN}` },
    },
    { name: `kamailio${index}.${DOMAIN}`, type: "A", ttl: 60, data: ADDRESSES[index] as string },
  ]),
];

async function startPair(t: TestContext) {
  const first = await freeUdpPorts(2);
  const ports = [first, first + 1] as const;
  const at = (index: number, port: number) =>
    startKamailio(t, { port, address: ADDRESSES[index] as string, realm: DOMAIN });
  const kamailios = await Promise.all(ports.map((port, index) => at(index, port)));
  const names = await DnsServer.start(zone(ports));
  atEnd(t, () => names.stop());
  const resolver = new DnsResolver({ servers: [{ address: "127.0.0.1", port: names.port }] });
  const lines = USERS.map((account) => ({ ...account, registrar: DOMAIN }));
  const live = await LiveBox.start(t, { lines, resolver });
  return { live, kamailios, ports };
}

async function call(live: LiveBox): Promise<void> {
  await live.dial(1, "102");
  await live.answer(2);
  await live.report(1, Report.CallAnswered, SOON);
}

const serversInUse = (live: LiveBox): string[] => live.box.registrations().map(({ inUse }) => inUse);

test("one of two Kamailios behind SRV is killed in mid-call: the call goes on, the next one works by the other", {
  skip,
}, async (t) => {
  const { live, kamailios, ports } = await startPair(t);
  const [one, two] = ports.map((port, index) => `UDP ${ADDRESSES[index]}:${port}`) as [string, string];
  assert.deepEqual(serversInUse(live), [one, one]);
  await call(live);
  await live.sees(/^127\.0\.0\.11\S* -> phone2 102: ACK/, 1);

  await kamailios[0]?.stop();
  assert.equal(live.box.calls().filter(({ state }) => state === "active").length, 2);
  // our BYE goes the way of the dialog, to nobody: each phone is hung up by its own owner
  await live.hang(1);
  await live.hang(2);
  await live.report(2, Report.CallEnded);

  await call(live);
  assert.deepEqual(serversInUse(live), [two, two]);
  for (const { avoided, state } of live.box.registrations()) {
    assert.deepEqual(avoided, [one]);
    assert.equal(state, "registered");
  }
  await live.hang(2);
  await live.isLeft(1);

  // and once more, at once, with no look at the dead one
  await call(live);
  await live.hang(1);
  await live.isLeft(2);

  // RFC 3261 §21.5.4 and our blacklist: the first is asked again after a minute, and is back
  await startKamailio(t, { port: ports[0], address: ADDRESSES[0], realm: DOMAIN });
  for (const line of [1, 2])
    while (serversInUse(live)[line - 1] !== one) await live.report(line, Report.ServerChanged, 75_000);
  assert.ok(live.box.registrations().every(({ state, avoided }) => state === "registered" && avoided.length === 0));
  await call(live);
  await live.hang(1);
  await live.isLeft(2);
});

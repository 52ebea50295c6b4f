// Kamailio by TCP and by TLS: two lines register and call each other, and a server that can't prove who it is gets no password.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Answer } from "dns-packet";
import { Report } from "../../host/adapter-abi.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { DnsResolver } from "../../host/net/resolver.ts";
import { reallyHeard } from "../../host/sound/listen.ts";
import { atEnd } from "../support/at-end.ts";
import { Authority, type Certificate } from "../support/certificates.ts";
import { DnsServer } from "../support/dns-server.ts";
import { isTlsMissing, startKamailio, USERS } from "../support/kamailio.ts";
import { LiveBox } from "../support/live-box.ts";
import { isMissing } from "../support/programs.ts";
import { voice1, voice2 } from "../support/voices.ts";

const DOMAIN = "secure.test";
const HOST = "proxy.secure.test";
const ADDRESS = "127.0.0.21";
/** A second and a half of each voice is enough to know it by; 300 ms. */
const WORDS = [voice1.subarray(0, 12_000), voice2.subarray(0, 12_000)] as const;
const PAUSE = new Int16Array(2400);

/** At once when the server is there again within half a second, a while later when it is not. */
const BACK = 90_000;

/** RFC 3263 §4: the domain wants TLS, and its server has another name. */
const zone = (port: number): Answer[] => [
  {
    ...{ name: DOMAIN, type: "NAPTR", ttl: 60 },
    data: {
      ...{ order: 10, preference: 10, flags: "s", services: "SIPS+D2T", regexp: "" },
      replacement: `_sips._tcp.${DOMAIN}`,
    },
  },
  {
    ...{ name: `_sips._tcp.${DOMAIN}`, type: "SRV", ttl: 60 },
    data: { priority: 10, weight: 1, port, target: HOST },
  },
  { name: HOST, type: "A", ttl: 60, data: ADDRESS },
];

interface Wish {
  certificate: Certificate;
  ca: string;
  transport: "auto" | "tls";
  waits: boolean;
}

/** Kamailio by TLS, found by its domain. */
async function startSecure(t: TestContext, { certificate, ca, transport, waits }: Wish) {
  const port = await freeUdpPorts(1);
  const kamailio = await startKamailio(t, { port, address: ADDRESS, realm: DOMAIN, transport: "tls", certificate });
  const names = await DnsServer.start(zone(port));
  atEnd(t, () => names.stop());
  const live = await LiveBox.start(t, {
    lines: (waits ? USERS : USERS.slice(0, 1)).map((user) => ({ ...user, registrar: DOMAIN, transport })),
    resolver: new DnsResolver({ servers: [{ address: "127.0.0.1", port: names.port }] }),
    more: `[tls]\nca = "${ca}"`,
    waits,
  });
  return { live, port, kamailio };
}

/** Each calls the other; in the first call each hears the other. */
async function callBothWays(live: LiveBox): Promise<void> {
  await live.dial(1, "102");
  await live.answer(2);
  await live.report(1, Report.CallAnswered);
  const phones = [live.phone(1), live.phone(2)] as const;
  for (const said of [WORDS, [PAUSE, PAUSE]]) {
    await Promise.all(phones.map((phone, index) => phone.play(said[index] as Int16Array)));
  }
  for (const [index, phone] of phones.entries()) {
    const verdict = reallyHeard(phone.heard.samples(), WORDS[1 - index] as Int16Array);
    assert.ok(verdict.heard, `phone ${index + 1}: ${verdict.reason}`);
  }
  await live.hang(2);
  await live.isLeft(1);

  await live.dial(2, "101");
  await live.answer(1);
  await live.report(2, Report.CallAnswered);
  await live.hang(2);
  await live.isLeft(1);
}

test("two lines register with Kamailio by TCP, each calls the other, and they hear each other", {
  skip: isMissing("kamailio"),
}, async (t) => {
  const port = await freeUdpPorts(1);
  await startKamailio(t, { port, address: ADDRESS, transport: "tcp" });
  const registrar = `${ADDRESS}:${port}`;
  const live = await LiveBox.start(t, {
    lines: USERS.map((user) => ({ ...user, registrar, transport: "tcp" as const })),
  });
  assert.deepEqual(
    live.box.registrations().map(({ inUse }) => inUse),
    [`TCP ${registrar}`, `TCP ${registrar}`],
  );
  await callBothWays(live);
});

for (const transport of ["tls", "auto"] as const) {
  test(`two lines with transport ${transport} register with Kamailio by TLS, each calls the other, and they hear each other`, {
    skip: isTlsMissing(),
  }, async (t) => {
    const authority = new Authority(t);
    // RFC 5922 §7.2: for the domain that was asked for, not for the host that SRV names
    const certificate = authority.certify({ alternatives: `DNS:${DOMAIN}` });
    const { live, port } = await startSecure(t, { certificate, ca: authority.ca, transport, waits: true });
    const server = `TLS ${ADDRESS}:${port}`;
    assert.deepEqual(
      live.box.registrations().map(({ inUse }) => inUse),
      [server, server],
    );
    await callBothWays(live);
  });
}

async function isNotBelieved(t: TestContext, certificate: Certificate, ca: string, why: RegExp): Promise<void> {
  const { live, kamailio } = await startSecure(t, { certificate, ca, transport: "tls", waits: false });
  await live.report(1, Report.RegistrationFailed);
  assert.notEqual(live.box.registrations()[0]?.state, "registered");
  const warnings = live.box.log.recent(100).filter(({ level }) => level === "warn");
  assert.ok(
    warnings.some(({ message }) => why.test(message)),
    live.story(),
  );
  await kamailio.stop();
}

test("RFC 5922 §7.2: a Kamailio whose certificate is for its host and not for its domain is not registered with", {
  skip: isTlsMissing(),
}, async (t) => {
  const authority = new Authority(t);
  const certificate = authority.certify({ commonName: DOMAIN, alternatives: `DNS:${HOST}` });
  await isNotBelieved(t, certificate, authority.ca, /certificate is for proxy\.secure\.test, not for secure\.test/);
});

test("a Kamailio whose certificate is of an authority that we do not believe is not registered with", {
  skip: isTlsMissing(),
}, async (t) => {
  const certificate = new Authority(t).certify({ alternatives: `DNS:${DOMAIN}` });
  await isNotBelieved(t, certificate, new Authority(t).ca, /certificate is of an authority that we don't know/);
});

test("a Kamailio whose certificate has expired is not registered with", { skip: isTlsMissing() }, async (t) => {
  const authority = new Authority(t);
  const certificate = authority.certify({ alternatives: `DNS:${DOMAIN}`, days: -1 });
  await isNotBelieved(t, certificate, authority.ca, /expired/);
});

test("a Kamailio by TLS is started again: the lines register with it anew by themselves and can be called", {
  skip: isTlsMissing(),
}, async (t) => {
  const authority = new Authority(t);
  const certificate = authority.certify({ alternatives: `DNS:${DOMAIN}` });
  const { live, port, kamailio } = await startSecure(t, {
    ...{ certificate, ca: authority.ca, transport: "tls", waits: true },
  });
  await kamailio.stop();
  await startKamailio(t, { port, address: ADDRESS, realm: DOMAIN, transport: "tls", certificate });
  await live.sees(/200 OK \(REGISTER\)/, 4, BACK);
  await live.dial(1, "102");
  await live.answer(2);
  await live.report(1, Report.CallAnswered);
  await live.hang(1);
  await live.isLeft(2);
});

// Numbers of server.wasm as the host uses them: assembly/server/settings.ts, server/binding-report.ts. A test holds them against the
// module.

import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/types.ts";
import type { Core } from "./core.ts";
import type { CoreReport } from "./core-report.ts";
import { addressOf, ENDPOINT_SIZE, portOf, Transport, transportOf } from "./endpoint.ts";
import type { SavedBinding } from "./locations.ts";
import type { BindingStatus } from "./status.ts";

export const ServerSetting = {
  Realm: 1,
  Domain: 2,
  UserName: 3,
  UserPassword: 4,
  UserMd5: 5,
  UserSha256: 6,
  UserDisplay: 7,
  LocalEndpoint: 8,
  DigestOffer: 14,
  RedirectPrefix: 16,
  RedirectTarget: 17,
} as const;

/** assembly/server/settings.ts DigestOffer.List, and what it holds: assembly/sip/digest/hash.ts DigestAlgorithm. */
const DIGEST_OFFER_LIST = 64;
const DigestAlgorithm = { MD5: 1, "SHA-256": 2, "SHA-512-256": 3 } as const;

/** Each with three transports; assembly/limits.ts MAX_LOCAL_ENDPOINTS. */
const MOST_ADDRESSES = 4;

/** Offsets in a BindingReport. Texts are an address and a length. */
const BindingAt = { expiresAt: 0, user: 8, contact: 24, q: 32, source: 40, path: 64 } as const;

/**
 * The addresses that peers see of a server that listens at `bind`: itself, or for every address of the machine those of its networks,
 * then the loopback one. The first is what routes name.
 */
export function ownAddresses(bind: string, interfaces = networkInterfaces()): string[] {
  if (bind !== "0.0.0.0") return [bind];
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const ours = all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
  return [...ours.slice(0, MOST_ADDRESSES - 1), "127.0.0.1"];
}

/** The DigestOffer of these algorithms, in this order. */
export function digestOffer(algorithms: readonly (keyof typeof DigestAlgorithm)[]): number {
  return algorithms.reduce((offer, name, place) => offer | (DigestAlgorithm[name] << (2 * place)), DIGEST_OFFER_LIST);
}

/** Sets realm, domain, digest, address, redirections and users. Returns what was refused, in words that name the key. */
export function configureServer(core: Core, { server }: Config): string[] {
  const problems: string[] = [];
  const text = (setting: number, index: number, key: string, value: string, isSecret = false): void => {
    const answer = core.configureText(setting, index, value);
    if (answer === 0) return;
    const where = answer > 0 ? `, at character ${answer}` : "";
    problems.push(`server.${key}: ${isSecret ? "the text" : `"${value}"`} is not accepted${where}`);
  };
  let endpoints = 0;
  const local = (address: string, port: number, transport: number) => {
    core.configureEndpoint(ServerSetting.LocalEndpoint, endpoints++, address, port, transport);
  };
  for (const address of ownAddresses(server.bind)) {
    local(address, server.port, Transport.Udp);
    if (server.tcp) local(address, server.port, Transport.Tcp);
    if (server.tls_port !== undefined) local(address, server.tls_port, Transport.Tls);
  }
  text(ServerSetting.Realm, 0, "realm", server.realm);
  text(ServerSetting.Domain, 0, "domain", server.domain);
  core.configureNumber(ServerSetting.DigestOffer, 0, digestOffer(server.digest));
  server.redirect.forEach(({ prefix, to }, index) => {
    text(ServerSetting.RedirectPrefix, index, `redirect[${index + 1}].prefix`, prefix);
    text(ServerSetting.RedirectTarget, index, `redirect[${index + 1}].to`, to);
  });
  server.user.forEach((user, index) => {
    text(ServerSetting.UserName, index, `user[${index + 1}].name`, user.name);
    text(ServerSetting.UserPassword, index, `user[${index + 1}].password`, user.password, true);
    text(ServerSetting.UserDisplay, index, `user[${index + 1}].display`, user.display);
  });
  return problems;
}

function* bindingReports(core: Core): Generator<CoreReport> {
  let index = 0;
  for (let report = core.report("bindingReport", 0); report; report = core.report("bindingReport", ++index))
    yield report;
}

/** Only who registered through other proxies has one. */
function pathOf(report: CoreReport): { path?: string } {
  const path = report.text(BindingAt.path);
  return path === "" ? {} : { path };
}

/** All that a core needs to go on where another one has stopped. */
export function saveBindings(core: Core, clock: Clock): SavedBinding[] {
  const startedAt = clock.wallClock() - clock.now();
  return Array.from(bindingReports(core), (report) => {
    const source = report.bytes(BindingAt.source, ENDPOINT_SIZE);
    return {
      user: report.text(BindingAt.user),
      contact: report.text(BindingAt.contact),
      ...pathOf(report),
      q: report.i32(BindingAt.q),
      address: addressOf(source, 0),
      port: portOf(source, 0),
      transport: transportOf(source, 0),
      expires: Math.round(startedAt + report.f64(BindingAt.expiresAt)),
    };
  });
}

/** Gives a core what another one has known. Returns how many are taken; the others are over, or of users that are gone. */
export function restoreBindings(core: Core, bindings: readonly SavedBinding[], clock: Clock): number {
  let taken = 0;
  for (const { user, contact, path, q, address, port, transport, expires } of bindings) {
    const lifetime = expires - clock.wallClock();
    if (lifetime <= 0 || isIP(address) === 0) continue;
    const text = path === undefined ? `${user} ${contact}` : `${user} ${contact} ${path}`;
    if (core.restoreBinding(text, address, port, transport, q, lifetime, clock.now()) === 0) taken++;
  }
  return taken;
}

/** Who is registered, and where. */
export function readBindings(core: Core, domain: string, now: number): BindingStatus[] {
  return Array.from(bindingReports(core), (report) => ({
    addressOfRecord: `sip:${report.text(BindingAt.user)}@${domain}`,
    contact: report.text(BindingAt.contact),
    ...pathOf(report),
    expiresSeconds: Math.max(0, Math.round((report.f64(BindingAt.expiresAt) - now) / 1000)),
  }));
}

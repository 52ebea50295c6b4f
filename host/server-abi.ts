// Numbers of server.wasm as the host uses them: assembly/server/settings.ts, server/binding-report.ts. A test holds them against the
// module.

import type { Config } from "./config/types.ts";
import type { Core } from "./core.ts";
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
} as const;

/** assembly/server/settings.ts DigestOffer, by the algorithms of the configuration. */
const DIGEST_OFFERS: Readonly<Record<string, number>> = { "SHA-256,MD5": 0, "MD5,SHA-256": 1, "SHA-256": 2, MD5: 3 };

/** Offsets in a BindingReport. Texts are an address and a length. */
const BindingAt = { expiresAt: 0, user: 8, contact: 24 } as const;

/** Sets realm, domain, digest, address and users. Returns what was refused, in words that name the key. */
export function configureServer(core: Core, { server }: Config): string[] {
  const problems: string[] = [];
  const text = (setting: number, index: number, key: string, value: string, isSecret = false): void => {
    const answer = core.configureText(setting, index, value);
    if (answer === 0) return;
    const where = answer > 0 ? `, at character ${answer}` : "";
    problems.push(`server.${key}: ${isSecret ? "the text" : `"${value}"`} is not accepted${where}`);
  };
  core.configureEndpoint(ServerSetting.LocalEndpoint, 0, server.bind, server.port);
  text(ServerSetting.Realm, 0, "realm", server.realm);
  text(ServerSetting.Domain, 0, "domain", server.domain);
  core.configureNumber(ServerSetting.DigestOffer, 0, DIGEST_OFFERS[server.digest.join()] as number);
  server.user.forEach((user, index) => {
    text(ServerSetting.UserName, index, `user[${index + 1}].name`, user.name);
    text(ServerSetting.UserPassword, index, `user[${index + 1}].password`, user.password, true);
    text(ServerSetting.UserDisplay, index, `user[${index + 1}].display`, user.display);
  });
  return problems;
}

/** Who is registered, and where. */
export function readBindings(core: Core, domain: string, now: number): BindingStatus[] {
  const bindings: BindingStatus[] = [];
  for (let report = core.report("bindingReport", 0); report; report = core.report("bindingReport", bindings.length)) {
    bindings.push({
      addressOfRecord: `sip:${report.text(BindingAt.user)}@${domain}`,
      contact: report.text(BindingAt.contact),
      expiresSeconds: Math.max(0, Math.round((report.f64(BindingAt.expiresAt) - now) / 1000)),
    });
  }
  return bindings;
}

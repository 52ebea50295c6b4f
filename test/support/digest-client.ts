// Answers digest challenges with Node's own hashes: RFC 7616 §3.4.1 written down a second time, to hold the core's against.

import { createHash } from "node:crypto";

export type Algorithm = "MD5" | "SHA-256" | "SHA-512-256";

/** Node's names. */
const HASHES = { MD5: "md5", "SHA-256": "sha256", "SHA-512-256": "sha512-256" } as const;

export interface Challenge {
  realm: string;
  nonce: string;
  algorithm: Algorithm;
  stale: boolean;
  qop: string;
}

export function parseChallenge(value: string): Challenge {
  const field = (name: string): string =>
    new RegExp(`${name}=(?:"([^"]*)"|([^,\\s]+))`, "i")
      .exec(value)
      ?.slice(1)
      .find((text) => text !== undefined) ?? "";
  return {
    realm: field("realm"),
    nonce: field("nonce"),
    algorithm: Object.hasOwn(HASHES, field("algorithm")) ? (field("algorithm") as Algorithm) : "MD5",
    stale: field("stale").toLowerCase() === "true",
    qop: field("qop"),
  };
}

function hash(algorithm: Algorithm, text: string): string {
  return createHash(HASHES[algorithm]).update(text).digest("hex");
}

export function secretOf(algorithm: Algorithm, user: string, realm: string, password: string): string {
  return hash(algorithm, `${user}:${realm}:${password}`);
}

/**
 * The value of an Authorization or Proxy-Authorization field. A count of 0 answers in the form before qop; a body, which may be empty,
 * is signed by auth-int.
 */
export function authorize(
  challenge: Challenge,
  user: string,
  password: string,
  method: string,
  uri: string,
  count = 1,
  body?: string,
): string {
  const ha1 = secretOf(challenge.algorithm, user, challenge.realm, password);
  const signed = body === undefined ? "" : `:${hash(challenge.algorithm, body)}`;
  const ha2 = hash(challenge.algorithm, `${method}:${uri}${signed}`);
  const kind = body === undefined ? "auth" : "auth-int";
  const nc = count.toString(16).padStart(8, "0");
  const parts = count === 0 ? [ha1, challenge.nonce, ha2] : [ha1, challenge.nonce, nc, "c0ffee", kind, ha2];
  const response = hash(challenge.algorithm, parts.join(":"));
  const qop = count === 0 ? "" : `, qop=${kind}, nc=${nc}, cnonce="c0ffee"`;
  return (
    `Digest username="${user}", realm="${challenge.realm}", nonce="${challenge.nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=${challenge.algorithm}${qop}`
  );
}

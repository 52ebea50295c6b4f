// An update file: a squashfs, and behind it a trailer that says what it is and is signed (README.md). Ed25519: RFC 8032.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { listText } from "../config/schema.ts";

export const TRAILER_SIZE = 4096;
/** Of the squashfs: so that a transfer in blocks of 128 or 1024 bytes has nothing to fill up. */
export const SQUASHFS_STEP = 4096;
const MAGIC = "TIPRING UPDATE 1";
const SIGNED_SIZE = TRAILER_SIZE - 64;
/** 32 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{43}=$/;
const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z.-]{1,32}))?$/;

export interface Manifest {
  name: "tipring";
  version: string;
  /** Names of the boards that it is for. */
  boards: readonly string[];
  /** Bytes of the squashfs. */
  size: number;
  /** Of the squashfs, in hex. */
  sha256: string;
}

/** The update is not for this box, or not whole: what was wrong and what is allowed. */
export class UpdateError extends Error {}

/** Where an update is to go. */
export interface Target {
  board: string;
  /** What runs now. */
  version: string;
  /** Bytes that the slot has room for. */
  capacity: number;
  /** An older version is taken as well. */
  isForced: boolean;
}

/** The signed trailer for a manifest. Throws when the manifest does not fit. */
export function writeTrailer(manifest: Manifest, key: KeyObject): Buffer {
  const json = JSON.stringify(manifest);
  if (MAGIC.length + Buffer.byteLength(json) > SIGNED_SIZE)
    throw new UpdateError("too many boards for one update file");
  const trailer = Buffer.alloc(TRAILER_SIZE);
  trailer.write(`${MAGIC}${json}`);
  sign(null, trailer.subarray(0, SIGNED_SIZE), key).copy(trailer, SIGNED_SIZE);
  return trailer;
}

/** Nothing in it is looked at before the signature is known to be right. */
export function readTrailer(trailer: Uint8Array, keys: readonly KeyObject[]): Manifest {
  const bytes = Buffer.from(trailer);
  if (bytes.length !== TRAILER_SIZE || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw new UpdateError("this does not end like an update file: it is another kind of file, or its end is missing");
  const isBy = (key: KeyObject): boolean =>
    verify(null, bytes.subarray(0, SIGNED_SIZE), key, bytes.subarray(SIGNED_SIZE));
  if (!keys.some(isBy))
    throw new UpdateError("the signature is not by a key that this box trusts; show update has those");
  const text = bytes.toString("utf8", MAGIC.length, SIGNED_SIZE).replace(/\0+$/, "");
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new UpdateError(`the update's manifest is no JSON: ${(error as Error).message}`);
  }
  const problem = manifestProblem(manifest);
  if (problem) throw new UpdateError(`the update's manifest is wrong: ${problem}`);
  return manifest as Manifest;
}

/** What is wrong with it, whoever wrote it; undefined for a manifest. */
export function manifestProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it is no object";
  const { name, version, boards, size, sha256 } = value as Record<string, unknown>;
  if (name !== "tipring") return `name is ${JSON.stringify(name)} (allowed: "tipring")`;
  if (typeof version !== "string" || !VERSION.test(version))
    return `version is ${JSON.stringify(version)} (allowed: such as 1.2.3 or 1.2.3-rc.1)`;
  if (
    !Array.isArray(boards) ||
    boards.length === 0 ||
    !boards.every((board) => /^[a-z0-9-]{1,64}$/.test(String(board)))
  )
    return `boards is ${JSON.stringify(boards)} (allowed: a list of the names of boards)`;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size <= 0 || size % SQUASHFS_STEP !== 0)
    return `size is ${JSON.stringify(size)} (allowed: a multiple of ${SQUASHFS_STEP} bytes)`;
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256))
    return `sha256 is ${JSON.stringify(sha256)} (allowed: 64 hex digits)`;
  return undefined;
}

/** Throws when this update must not go there. */
export function checkTarget({ boards, version, size }: Manifest, target: Target): void {
  if (!boards.includes(target.board))
    throw new UpdateError(`this update is for ${listText(boards, "and")}; this box is a ${target.board}`);
  if (size > target.capacity)
    throw new UpdateError(`this update has ${size} bytes; a slot of this box has room for ${target.capacity}`);
  if (!target.isForced && compareVersions(version, target.version) < 0)
    throw new UpdateError(
      `version ${version} is older than ${target.version}, which runs; allowed: a newer one, or the word "force" at the end`,
    );
}

/** As https://semver.org has it: below zero when `first` is the older one. What is no version is older than any. */
export function compareVersions(first: string, second: string): number {
  const [left, right] = [VERSION.exec(first), VERSION.exec(second)];
  if (!left || !right) return (left ? 1 : 0) - (right ? 1 : 0);
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference;
  }
  if (left[4] === undefined || right[4] === undefined) return (left[4] ? 0 : 1) - (right[4] ? 0 : 1);
  return comparePreviews(left[4].split("."), right[4].split("."));
}

function comparePreviews(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [one, other] = [left[index]!, right[index]!];
    if (one === other) continue;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
    if (isNumber && isOtherNumber) return Number(one) - Number(other);
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return left.length - right.length;
}

/** The text of `update.pub`: 32 bytes in base64. */
export function readPublicKey(text: string): KeyObject {
  if (!KEY.test(text.trim()))
    throw new UpdateError("this is no key for updates; allowed: 32 bytes in base64, as npm run update:key makes them");
  const bytes = Buffer.from(text.trim(), "base64");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") }, format: "jwk" });
}

export function writePublicKey(key: KeyObject): string {
  return `${Buffer.from(key.export({ format: "jwk" }).x!, "base64url").toString("base64")}\n`;
}

/** A private key in PEM (PKCS #8), such as makeKey() writes. */
export function readPrivateKey(pem: string): KeyObject {
  const allowed = "allowed: an Ed25519 private key in PEM";
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new UpdateError(`the file of the key holds none; ${allowed}`);
  }
  if (key.asymmetricKeyType !== "ed25519") throw new UpdateError(`the key is for ${key.asymmetricKeyType}; ${allowed}`);
  return key;
}

/** A fresh pair: PEM, and the text of `update.pub`. */
export function makeKey(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    publicKey: writePublicKey(publicKey),
  };
}

// Update files: made and signed, read and refused. The tool is run as a program.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../host/paths.ts";
import {
  checkTarget,
  compareVersions,
  type Manifest,
  makeKey,
  readPrivateKey,
  readPublicKey,
  readTrailer,
  UpdateError,
  writePublicKey,
  writeTrailer,
} from "../../host/update/update-file.ts";

const KEYS = makeKey();
const PRIVATE = readPrivateKey(KEYS.privateKey);
const PUBLIC = readPublicKey(KEYS.publicKey);
const MANIFEST: Manifest = {
  name: "tipring",
  version: "0.2.0",
  boards: ["raspberry-pi-3b", "qemu-raspi3b"],
  size: 8192,
  sha256: "ab".repeat(32),
};
const TARGET = { board: "qemu-raspi3b", version: "0.1.0", capacity: 8192, isForced: false };

const refuses = (run: () => unknown, why: RegExp): void => {
  assert.throws(run, (error: Error) => error instanceof UpdateError && why.test(error.message), String(why));
};

test("RFC 8032 §7.1: the keys of its first test vector are the same key here", () => {
  const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  const known = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  // RFC 8410 §7: the head of an Ed25519 private key in PKCS #8
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, "hex");
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  assert.equal(Buffer.from(writePublicKey(createPublicKey(key)), "base64").toString("hex"), known);
  const trailer = writeTrailer(MANIFEST, key);
  assert.deepEqual(readTrailer(trailer, [readPublicKey(Buffer.from(known, "hex").toString("base64"))]), MANIFEST);
});

test("a trailer comes back as it was, and is refused when any of its bytes is another", () => {
  const trailer = writeTrailer(MANIFEST, PRIVATE);
  assert.equal(trailer.length, 4096);
  assert.deepEqual(readTrailer(trailer, [PUBLIC]), MANIFEST);
  for (let at = 0; at < trailer.length; at += 7) {
    trailer[at]! ^= 1;
    refuses(() => readTrailer(trailer, [PUBLIC]), /does not end like an update file|signature is not by a key/);
    trailer[at]! ^= 1;
  }
  refuses(() => readTrailer(trailer.subarray(1), [PUBLIC]), /its end is missing/);
  refuses(() => readTrailer(trailer, [readPublicKey(makeKey().publicKey)]), /signature is not by a key that this box/);
});

test("a manifest that is signed and wrong all the same is refused by its field", () => {
  const cases: [object, RegExp][] = [
    [{ name: "other" }, /name is "other" \(allowed: "tipring"\)/],
    [{ version: "new" }, /version is "new"/],
    [{ boards: [] }, /boards is \[\]/],
    [{ boards: ["a b"] }, /boards is \["a b"\]/],
    [{ size: 4097 }, /size is 4097 \(allowed: a multiple of 4096 bytes\)/],
    [{ size: -4096 }, /size is -4096/],
    [{ sha256: "AB".repeat(32) }, /sha256 is/],
  ];
  for (const [change, why] of cases) {
    refuses(() => readTrailer(writeTrailer({ ...MANIFEST, ...change } as Manifest, PRIVATE), [PUBLIC]), why);
  }
  const noJson = writeTrailer(MANIFEST, PRIVATE);
  noJson.write("[", 16);
  sign(null, noJson.subarray(0, 4032), PRIVATE).copy(noJson, 4032);
  refuses(() => readTrailer(noJson, [PUBLIC]), /manifest is no JSON/);
});

test("what is not for this box is refused, and said why", () => {
  checkTarget(MANIFEST, TARGET);
  checkTarget(MANIFEST, { ...TARGET, version: "0.2.0" });
  checkTarget(MANIFEST, { ...TARGET, version: "0.3.0", isForced: true });
  refuses(
    () => checkTarget(MANIFEST, { ...TARGET, board: "orange-pi-zero" }),
    /^this update is for raspberry-pi-3b and qemu-raspi3b; this box is a orange-pi-zero$/,
  );
  refuses(() => checkTarget(MANIFEST, { ...TARGET, capacity: 8191 }), /has 8192 bytes; a slot .* room for 8191/);
  refuses(() => checkTarget(MANIFEST, { ...TARGET, version: "0.2.1" }), /version 0\.2\.0 is older than 0\.2\.1/);
});

test("versions are in the order of semver.org", () => {
  // §11 of Semantic Versioning 2.0.0, its own examples, and numbers that are not in the order of text
  const rising = ["-", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"];
  rising.push("1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.9", "1.0.10", "1.2.0", "2.0.0", "10.0.0");
  for (const [left, first] of rising.entries()) {
    for (const [right, second] of rising.entries())
      assert.equal(Math.sign(compareVersions(first, second)), Math.sign(left - right), `${first} and ${second}`);
  }
});

test("a public key of another size is refused", () => {
  refuses(() => readPublicKey("AAAA"), /no key for updates; allowed: 32 bytes in base64/);
});

test("the tool makes a key, keeps it, and makes a file that is taken", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tipring-update-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tool = (...words: string[]) =>
    spawnSync(process.execPath, [join(projectRoot, "build/js/host/update/make.js"), ...words], { encoding: "utf8" });
  const [key, squashfs, out] = ["key.pem", "system.squashfs", "new.update"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  assert.equal(tool("key", "--out", key).status, 0);
  assert.equal(statSync(key).mode & 0o777, 0o600);
  assert.match(tool("key", "--out", key).stderr, /^update: .*key\.pem exists; a key is never written over/);
  const system = Buffer.alloc(10_000, "squash");
  writeFileSync(squashfs, system);
  const made = tool(
    ...["make", "--squashfs", squashfs, "--key", key, "--board", "qemu-virt", "simulator"],
    ...["--version", "1.2.3", "--out", out],
  );
  assert.equal(made.status, 0, made.stderr);
  const file = readFileSync(out);
  assert.equal(file.length, 12_288 + 4096);
  const manifest = readTrailer(file.subarray(12_288), [readPublicKey(readFileSync(`${key}.pub`, "utf8"))]);
  const sha256 = createHash("sha256").update(file.subarray(0, 12_288)).digest("hex");
  assert.deepEqual(manifest, {
    name: "tipring",
    version: "1.2.3",
    boards: ["qemu-virt", "simulator"],
    size: 12_288,
    sha256,
  });
  assert.deepEqual(file.subarray(0, 10_000), system);
  const noKey = tool("make", "--squashfs", squashfs, "--key", squashfs, "--board", "x", "--out", out);
  assert.equal(noKey.stderr, "update: the file of the key holds none; allowed: an Ed25519 private key in PEM\n");
  // openssl, which has another Ed25519, agrees with the signature
  const [signed, signature, pub] = ["signed", "signature", "pub.pem"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(signed, file.subarray(12_288, 12_288 + 4032));
  writeFileSync(signature, file.subarray(12_288 + 4032));
  execFileSync("openssl", ["pkey", "-in", key, "-pubout", "-out", pub]);
  const checked = execFileSync(
    "openssl",
    ["pkeyutl", "-verify", "-pubin", "-inkey", pub, "-rawin", "-in", signed, "-sigfile", signature],
    { encoding: "utf8" },
  );
  assert.match(checked, /Signature Verified Successfully/);
});

// `npm run image`, as far as it goes before anything is fetched: what it refuses, and what it names.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "../../host/paths.ts";

const folder = mkdtempSync(join(tmpdir(), "tipring-image-"));
after(() => rmSync(folder, { recursive: true }));

/** Every program that the image needs, but for those that are left out; npm says that it is of `npmVersion`. */
function programs(name: string, npmVersion: string, ...without: string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  const needed =
    "apt-get cpio debugfs depmod dpkg-deb dtc fdtoverlay gzip mcopy mke2fs mkfs.vfat mksquashfs sfdisk tar xz zstd";
  const all = needed.split(" ").filter((program) => !without.includes(program));
  for (const program of all) symlinkSync("/bin/true", join(path, program));
  symlinkSync("/bin/sh", join(path, "sh"));
  writeFileSync(join(path, "npm"), `#!/bin/sh\necho ${npmVersion}\n`, { mode: 0o755 });
  return path;
}

function image(options: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const args = ["boards/image/build.mjs", ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: projectRoot,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  assert.equal(status, 1, stdout);
  assert.equal(stdout, "", "nothing has begun");
  return stderr;
}

const BOARD = ["--board", "raspberry-pi-3b"];

test("a board that is not named, or that no image is made for, is refused with those that there are", () => {
  assert.match(
    image([]),
    /^image: which board\? \(allowed: raspberry-pi, raspberry-pi-3a-plus, raspberry-pi-3b, .*qemu-virt\)\n$/,
  );
  assert.match(image(["--board", "toString"]), /^image: no image is made for a board "toString" \(allowed: /);
  assert.match(image([...BOARD, "--fats"]), /^image: Unknown option '--fats'/);
});

test("a key that cannot be one is refused before anything is made", () => {
  const missing = join(folder, "nowhere.pub");
  assert.match(image([...BOARD, "--update-key", missing]), /^image: --update-key: ENOENT: .*nowhere\.pub'\n$/);
  const secret = join(folder, "key.pem");
  writeFileSync(secret, "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----\n");
  assert.match(
    image([...BOARD, "--update-key", secret]),
    /^image: --update-key: .*key\.pem is no public key \(allowed: the file FILE\.pub that npm run update:key makes\)\n$/,
  );
});

test("an address that is none is refused", () => {
  assert.match(image([...BOARD, "--address", "example.org"]), /^image: --address: "example\.org" is no address/);
});

test("a program that is missing is named with its package", () => {
  // those that make file systems are looked for where root has them as well
  const path = programs("without", "11.0.0", "cpio", "mcopy", "zstd");
  assert.equal(
    image(BOARD, { PATH: path }),
    "image: missing: cpio, mcopy, zstd; on Debian: apt-get install cpio mtools zstd\n",
  );
});

test("an npm that cannot install for another processor is refused, and one of node_modules is not looked at", () => {
  const old = programs("old", "6.14.18");
  for (const [version, path] of [["6.14.18", old], ...["9.2.0", "10.1.0"].map((each) => [each, programs(each, each)])])
    assert.equal(
      image(BOARD, { PATH: path }),
      `image: npm ${version} cannot install for another processor (allowed: 10.2 or newer; npm install -g npm@10)\n`,
    );
  const own = join(folder, "node_modules/.bin");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(old, own);
  const good = programs("good", "10.2.0");
  assert.match(
    image(BOARD, { PATH: `${own}:${good}`, SOURCE_DATE_EPOCH: "today" }),
    /^image: SOURCE_DATE_EPOCH is "today"/,
  );
});

test("without git the time of the sources is asked for", () => {
  const path = programs("no git", "11.0.0");
  assert.match(
    image(BOARD, { PATH: path, SOURCE_DATE_EPOCH: "" }),
    /^image: git log .*ENOENT\nwithout a clone of git, SOURCE_DATE_EPOCH must say of when the sources are \(seconds since 1970\)\n$/,
  );
});

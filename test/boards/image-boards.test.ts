// The images that can be made, and the boards that there are.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { pathToFileURL } from "node:url";
import { loadBoard } from "../../host/config/board.ts";
import { projectRoot } from "../../host/paths.ts";

const folder = join(projectRoot, "boards/image");
const { BOARDS } = (await import(pathToFileURL(join(folder, "boards.mjs")).href)) as {
  BOARDS: Record<string, { commandLine: string }>;
};

it("each image is for a board of boards/, and its kernel is told which; one image finds out by itself", () => {
  for (const [name, { commandLine }] of Object.entries(BOARDS)) {
    assert.match(commandLine, /^console=ttyAMA0,115200 /);
    const told = / tipring\.board=(\S+)/.exec(commandLine)?.[1];
    assert.equal(told, name === "raspberry-pi" ? undefined : name);
    if (told) assert.equal(loadBoard(told).console.driver, "serial");
  }
});

it("a box that looks at itself finds boards that exist", () => {
  const script = readFileSync(join(folder, "target/system/usr/lib/tipring/board"), "utf8");
  const found = [...script.matchAll(/ board=([a-z0-9-]+) ;;/g)].map(([, name]) => name!);
  assert.equal(found.length, 7);
  for (const name of found) assert.ok(existsSync(join(projectRoot, "boards", name, "board.json")), name);
  for (const name of Object.keys(BOARDS).filter((name) => name.startsWith("raspberry-pi-")))
    assert.ok(found.includes(name), `${name} is never found`);
});

it("every package of the lock is pinned by version and SHA-256", () => {
  const { packages, node } = JSON.parse(readFileSync(join(folder, "packages.lock.json"), "utf8"));
  const pins = [...Object.values(packages), node] as { version: string; sha256: string }[];
  assert.ok(pins.length >= 10);
  for (const { version, sha256 } of pins) {
    assert.match(version, /^\d/);
    assert.match(sha256, /^[0-9a-f]{64}$/);
  }
});

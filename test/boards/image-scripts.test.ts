// The scripts that run on the box, before anybody runs them: they are shell that busybox reads, and call nothing that is not there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { projectRoot } from "../../host/paths.ts";

const target = join(projectRoot, "boards/image/target");
const folders = ["stage1", "system/usr/lib/tipring"];
const scripts = folders.flatMap((folder) => readdirSync(join(target, folder)).map((name) => join(folder, name)));
const system = readFileSync(join(projectRoot, "boards/image/system.mjs"), "utf8");
const applets = new Set(/const APPLETS = `(.*?)`/s.exec(system)![1]!.trim().split(/\s+/));

/** What else is in the image. */
const OTHERS = new Set(["node", "ntpd", "/usr/lib/tipring/hotplug", "/usr/lib/tipring/save-clock"]);

describe("the scripts of the image", () => {
  for (const script of scripts) {
    it(`${script} is shell`, () => {
      const { status, stderr } = spawnSync("sh", ["-n", join(target, script)], { encoding: "utf8" });
      assert.equal(status, 0, stderr);
    });
  }

  it("those that are started may be, those that are read may not", () => {
    for (const script of scripts.filter((each) => !each.startsWith("stage1"))) {
      const path = join(target, script);
      const isStarted = readFileSync(path, "utf8").startsWith("#!/bin/sh\n");
      assert.equal((statSync(path).mode & 0o100) !== 0, isStarted, script);
    }
  });

  it("what init starts is there", () => {
    const table = readFileSync(join(target, "system/etc/inittab"), "utf8");
    const started = [...table.matchAll(/:\/(usr\/lib\/tipring\/\w+)$/gm)].map(([, path]) => `system/${path}`);
    assert.ok(started.length >= 5);
    for (const script of started) assert.ok(scripts.includes(script), script);
  });

  it("programs at the beginning of a line are busybox's, or in the image", () => {
    // a line that ends with a parenthesis is a pattern of a case
    const words = /^\s*(?:! |until |while |if )?([a-z][\w-]*|\/[\w/.-]+)(?=\s|$)(?!.*\)$)/gm;
    const keywords =
      "case esac if then else elif fi for do done while until return wait exec exit set shift cd export echo local";
    const own = new Set(keywords.split(" "));
    const texts = new Map(scripts.map((script) => [script, readFileSync(join(target, script), "utf8")]));
    const defined = new Set(
      [...texts.values()].flatMap((text) => [...text.matchAll(/^(\w+)\(\)/gm)].map(([, name]) => name!)),
    );
    const unknown: string[] = [];
    // what stage 1 has in files of their own the system has too
    for (const script of scripts.filter((each) => !each.startsWith("stage1") || each.endsWith(".sh"))) {
      for (const [, word] of texts.get(script)!.matchAll(words))
        if (!own.has(word!) && !applets.has(word!) && !defined.has(word!) && !OTHERS.has(word!))
          unknown.push(`${script}: ${word}`);
    }
    assert.deepEqual(unknown, []);
  });
});

// What the far end hears of itself, and what becomes of a line that a fax machine uses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../host/adapter-abi.ts";
import { sinePeak, soundLevelDbm0 } from "../../host/sound/level.ts";
import { MS, rounded, SoundMaker } from "../support/sounds.ts";
import { VirtualBox } from "../support/virtual-box.ts";
import { voice1 } from "../support/voices.ts";

/** How loud 101 hears itself while it talks for the second time, with 102 silent at a line that echoes. */
async function echoHeard(keys: string): Promise<{ level: number; virtual: VirtualBox }> {
  const virtual = await VirtualBox.startRegistered({ seed: 131, keys: () => keys });
  const handset = virtual.box.phone(2);
  assert.ok(handset);
  handset.echo = 3;
  await virtual.connect(1, 2);
  await virtual.run(virtual.phone(1).play(voice1));
  await virtual.pass(500);
  const before = virtual.phone(1).heard.length;
  await virtual.run(virtual.phone(1).play(voice1));
  await virtual.pass(200);
  return { level: soundLevelDbm0(virtual.phone(1).heard.samples(), before), virtual };
}

test("a telephone whose line echoes: the caller hears itself without the canceller, and with it no more", async () => {
  const without = await echoHeard("echo_canceller = false");
  const { level, virtual } = await echoHeard("echo_canceller = true");
  assert.ok(without.level > -40, `without: ${without.level.toFixed(1)} dBm0`);
  assert.ok(level < without.level - 25, `with: ${level.toFixed(1)} dBm0, without: ${without.level.toFixed(1)}`);
  const [, line] = virtual.box.lines();
  assert.ok(line?.echo && Math.abs(line.echo.lossDb - 6) < 3, `ERL ${line?.echo?.lossDb}`);
  assert.ok((line.echo.enhancementDb ?? 0) >= 20, `ERLE ${line.echo.enhancementDb}`);
  const returned = (box: VirtualBox["box"]) =>
    box.calls().find((call) => call.line === 2)?.quality?.here?.echoReturnLossDb;
  const { lossDb, enhancementDb } = line.echo;
  assert.ok(Math.abs(returned(virtual.box)! - lossDb - enhancementDb!) < 1, `RFC 3611 RERL ${returned(virtual.box)}`);
  assert.equal(without.virtual.box.lines()[1]?.echo, null);
  assert.equal(returned(without.virtual.box), null);
});

test("a fax machine calls: the line is left alone, till the call ends; speech changes nothing", async () => {
  const virtual = await VirtualBox.startRegistered({ seed: 132 });
  const machines = () => virtual.reports.filter(({ report }) => report === Report.MachineHeard);
  await virtual.connect(1, 2);
  await virtual.run(virtual.phone(1).play(rounded(new SoundMaker(5).voice(8000, -12))));
  assert.deepEqual(machines(), []);
  const tone = Int16Array.from({ length: 500 * MS }, (_, at) =>
    Math.round(sinePeak(-12) * Math.sin((2 * Math.PI * 1100 * at) / 8000)),
  );
  await virtual.run(virtual.phone(1).play(tone));
  await virtual.pass(500);
  const heard = machines();
  assert.deepEqual(heard.map(({ line, text }) => `${line} ${text}`).sort(), ["1 CNG", "2 CNG"]);
});

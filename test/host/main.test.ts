// The tipring command as it is built, in a child process: what it prints and with what status it ends.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { simulatorText } from "../../host/config/simulator.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { UdpSocket } from "../../host/net/udp.ts";
import { version } from "../../host/paths.ts";
import { TipringProgram, tipring } from "../support/tipring-program.ts";

const folder = mkdtempSync(join(tmpdir(), "tipring-main-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function configFile(text: string): string {
  const path = join(folder, `${++files}.toml`);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

/** A configuration on ports that are free, and the first of the three: adapter, server, sound. */
async function freeConfig(): Promise<{ path: string; port: number }> {
  const port = await freeUdpPorts(8);
  return { path: configFile(simulatorText({ sip: port, server: port + 1, rtp: port + 2 })), port };
}

/** Fails as a user's mistake does: status 1, no stack, nothing on standard output. */
async function refuses(args: readonly string[], ...words: (string | RegExp)[]): Promise<void> {
  const { code, out, error } = await tipring(args);
  assert.equal(code, 1, error);
  assert.equal(out, "");
  assert.doesNotMatch(error, /^\s+at /m, "no stack");
  for (const word of words)
    assert.ok(typeof word === "string" ? error.includes(word) : word.test(error), `${word} in ${error}`);
}

test("--version is the package's", async () => {
  assert.deepEqual(await tipring(["--version"]), { code: 0, out: `${version}\n`, error: "" });
});

test("--help names every command; each command has a help of its own", async () => {
  const { code, out } = await tipring(["--help"]);
  assert.equal(code, 0);
  for (const word of ["run", "demo", "replay", "board", "sound", "--version"])
    assert.match(out, new RegExp(`^ +(-V, )?${word}\\b`, "m"));
  for (const [command, option] of [
    ["run", "--config"],
    ["demo", "--out"],
    ["replay", "<file>"],
    ["board", "<name>"],
    ["sound", "--rate"],
  ] as const) {
    const help = await tipring([command, "--help"]);
    assert.equal(help.code, 0);
    assert.ok(help.out.includes(option), help.out);
  }
});

test("an unknown command and an unknown option are named, with what is allowed", async () => {
  await refuses(["frobnicate"], 'unknown command "frobnicate"', "run, demo, replay, board, sound, help");
  await refuses(["demo", "--frobnicate"], "--frobnicate", "--out");
  await refuses(["replay"], "missing required argument", "<file>");
});

test("board shows where each wire goes; one that is wrong is refused by key and pin", async (t) => {
  const { code, out } = await tipring(["board", "raspberry-pi-3b"]);
  assert.equal(code, 0);
  for (const row of [/^line 1 +ag1171 at pins, sound channel 0$/m, /^SHK of line 1 +BCM 26 +header pin 37$/m])
    assert.match(out, row);
  const folder = mkdtempSync(join(tmpdir(), "tipring-board-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const board = JSON.parse(readFileSync("boards/raspberry-pi-3b/board.json", "utf8"));
  board.button.pin = 26;
  writeFileSync(join(folder, "board.json"), JSON.stringify(board));
  await refuses(["board", folder], "button.pin: BCM 26 (header pin 37) is SHK of line 1 already");
  await refuses(["board", "raspbery-pi-3b"], 'did you mean "raspberry-pi-3b"?');
});

test("replay of a file that is missing, is a folder, is no recording", async () => {
  await refuses(["replay", join(folder, "missing")], `${join(folder, "missing")}: no such file`);
  await refuses(["replay", folder], `${folder} cannot be used`);
  await refuses(["replay", configFile("hello = 1")], "not a recording: it does not begin with TIPRING1");
});

test("a configuration that is wrong: key, line, what is allowed, and status 1", async () => {
  const path = configFile(
    '[system]\nhostname = "x"\n[sip]\nport = 99999\nprot = 5060\n[[line]]\nuser = "1"\ncountry = "XX"\n',
  );
  await refuses(
    ["run", "--config", path],
    `${path} cannot be used`,
    /sip\.port, line 4: .*99999.*allowed: 1 to 65535/,
    /sip\.prot, line 5: .*did you mean "port"/,
    /line\[1\]\.country, line 8: .*"XX".*allowed: .*US/,
  );
  await refuses(["--config", configFile("port = = 1\n")], "line 1, column 8");
  await refuses(["run", "-c", folder], `${folder} cannot be used`);
  await refuses(["run", "-c", join(folder, "no", "such", "folder.toml")], "cannot be used: ENOENT");
});

test("a port that is taken: setting, address and port, and status 1", async () => {
  const { path, port } = await freeConfig();
  for (const [offset, setting] of [
    [0, "sip.port"],
    [1, "server.port"],
    [2, "sip.rtp_port"],
  ] as const) {
    const holder = await UdpSocket.open("a test", "127.0.0.1", port + offset, 100, () => {});
    await refuses(
      ["run", "-c", path],
      `${setting}: can't listen on 127.0.0.1:${port + offset}/udp: another program uses it`,
    );
    await holder.close();
  }
});

test("run with commands from a pipe answers them in order and ends with its input", async () => {
  const { path } = await freeConfig();
  const program = new TipringProgram(["run", "-c", path]);
  program.type("show version | json\nshow line\nfrobnicate\nshow line | json");
  program.endInput();
  const { code, out, error } = await program.ends();
  assert.equal(code, 0, error);
  assert.equal(JSON.parse(out.slice(0, out.indexOf("\n}") + 2)).version, version);
  assert.match(out, /1 +101 +Phone 1 +on +idle/);
  assert.match(out, /error: unknown word "frobnicate"; allowed: .*show/);
  assert.equal(JSON.parse(out.slice(out.lastIndexOf("\n[\n")))[1].user, "102");
});

test("a box that is ended in order has fed its watchdog, and disarms it; a console on one more port is opened", async () => {
  const { path } = await freeConfig();
  const device = join(folder, "watchdog");
  const port = join(folder, "no-such-port");
  const program = new TipringProgram(["run", "-c", path, "--headless", "--watchdog", device, "--console", port]);
  try {
    await program.says(/no-such-port/);
    await program.says(/line 1: registered/);
    program.signal("SIGTERM");
    const { code } = await program.ends();
    assert.equal(code, 0);
    assert.match(readFileSync(device, "utf8"), /^\n+V$/);
  } finally {
    await program.stop();
  }
});

test("a call by script: commands from a pipe, without a terminal", async () => {
  const { path } = await freeConfig();
  const program = new TipringProgram(["run", "-c", path]);
  try {
    for (const line of [1, 2, 3]) await program.says(new RegExp(`line ${line}: registered`));
    program.type("phone 1 lift\nphone 1 dial 102\n");
    await program.says(/line 2: rings, called by 101/);
    program.type("phone 2 lift\n");
    await program.says(/line 1: talks to 102/);
    program.type("show call\nexit\n");
    const { code, out } = await program.ends();
    assert.equal(code, 0);
    assert.match(out, /1 +out +102 +active/);
  } finally {
    await program.stop();
  }
});

test("SIGTERM and SIGINT end it in good order: lines are un-registered, status 0", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const { path } = await freeConfig();
    const program = new TipringProgram(["run", "-c", path]);
    try {
      for (const line of [1, 2, 3]) await program.says(new RegExp(`line ${line}: registered`));
      program.signal(signal);
      const { code, error } = await program.ends();
      assert.equal(code, 0, signal);
      for (const line of [1, 2, 3]) assert.match(error, new RegExp(`line ${line}: registration withdrawn`));
    } finally {
      await program.stop();
    }
  }
});

test("the first start makes a configuration that only its owner can read, passwords and all", async () => {
  const path = join(folder, "first.toml");
  // Whether its usual ports are free does not matter here: the file is made first.
  await tipring(["run", "-c", path]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const passwords = [...readFileSync(path, "utf8").matchAll(/^password = "(\w{16})"$/gm)].map(([, word]) => word);
  assert.equal(new Set(passwords).size, 3);
});

test("--record leaves recordings that replay; a changed byte is reported, and where", async () => {
  const { path } = await freeConfig();
  const directory = join(folder, "made", "by", "tipring");
  const program = new TipringProgram(["run", "-c", path, "--record", directory]);
  for (const line of [1, 2, 3]) await program.says(new RegExp(`line ${line}: registered`));
  program.endInput();
  assert.equal((await program.ends()).code, 0);
  const [run = ""] = readdirSync(directory);
  assert.match(run, /^20\d\d-\d\d-\d\dT\d\d-\d\d-\d\d$/);
  for (const name of ["adapter", "server"]) {
    const recording = join(directory, run, `${name}.tipring`);
    const { code, out, error } = await tipring(["replay", recording]);
    assert.equal(code, 0, error);
    assert.match(out, new RegExp(`${name}, recorded 20\\d\\d-`));
    assert.match(out, /same: every action and every frame, bit for bit/);
  }
  const file = readFileSync(join(directory, run, "adapter.tipring"));
  const changed = join(folder, "changed.tipring");
  file[file.length >> 1]! ^= 4;
  writeFileSync(changed, file);
  await refuses(["replay", changed], /byte \d+/);
  writeFileSync(changed, file.subarray(0, file.length >> 2));
  await refuses(["replay", changed], "cut off");
});

test("what goes wrong during the start is told, though nobody listened yet", async () => {
  const port = await freeUdpPorts(4);
  const text = `[sip]\nport = ${port}\nrtp_port = ${port + 2}\n[[line]]\nuser = "1"\nregistrar = "nowhere.invalid"\n`;
  const program = new TipringProgram(["run", "--config", configFile(text), "--headless"]);
  try {
    await program.says(/error line 1: no address is known yet for its registrar nowhere\.invalid/);
  } finally {
    await program.stop();
  }
});

test("--headless runs on when standard input ends, logs, and ends when told", async () => {
  const { path } = await freeConfig();
  const program = new TipringProgram(["run", "-c", path, "--headless"]);
  program.endInput();
  for (const line of [1, 2, 3]) await program.says(new RegExp(`line ${line}: registered`));
  program.signal("SIGTERM");
  const { code, out } = await program.ends();
  assert.equal(code, 0);
  assert.equal(out, "");
});

// A call placed on the console over a serial cable, with a terminal that people use at the other end; and what slips of the finger and a
// noisy line do to it: nothing. The box is the built program, the cable a pair of pseudo-terminals.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { simulatorText } from "../../host/config/simulator.ts";
import { freeUdpPorts } from "../../host/net/free-ports.ts";
import { PtyPair, ptySkip } from "../support/pty.ts";
import { SerialTerminal, type TerminalProgram, terminalSkip } from "../support/serial-terminal.ts";
import { TipringProgram } from "../support/tipring-program.ts";

const BELL = new RegExp(String.fromCharCode(7));
const PROMPT = /tipring> /;
const NOISE = Buffer.from([0xff, 0xff, 0x00, 0xfe, 0x80, 0xff, 0xc3, 0xff]);
const [CLEAR, LOG_OUT, SUSPEND] = ["\x03", "\x04", "\x1a"];

async function configFile(directory: string, serial: string): Promise<string> {
  const sip = await freeUdpPorts(2);
  const path = join(directory, "tipring.toml");
  const ports = { sip, server: sip + 1, rtp: await freeUdpPorts(6) };
  writeFileSync(path, `${simulatorText(ports)}\n[console]\nserial = "${serial}"\n`, { mode: 0o600 });
  return path;
}

async function placesCall(terminal: SerialTerminal): Promise<void> {
  terminal.type("\r");
  await terminal.sees(/tipring \d+\.\d+\.\d+ on board simulator\r\n\? for help\r\ntipring> /);
  await terminal.asks("monitor log on", /monitor stop ends/);
  await terminal.asks("phone 1 lift", PROMPT);
  await terminal.asks("phone 1 dial 102", PROMPT);
  await terminal.sees(/line 2: rings, called by 101/);
  await terminal.asks("show line", / 2 +102 .* on +ringing +yes/);

  await terminal.asks("phone 2 lift", PROMPT);
  await terminal.sees(/line 1: talks to 102/);
  await terminal.asks("show line", / 1 +101 .* off +talking.* 2 +102 .* off +talking/s);
  await terminal.asks("show call", / 1 +out +102 +active.* 2 +in +101 +active/s);
}

/** Packets that line 1 has sent and received so far, in a call that is up. */
async function packets(terminal: SerialTerminal): Promise<{ sent: number; received: number }> {
  const answer = await terminal.asks("show call 1", /state +active.*sent +(\d+) packets.*received +(\d+) packets/s);
  return { sent: Number(answer[1]), received: Number(answer[2]) };
}

async function misuses(terminal: SerialTerminal): Promise<void> {
  // ^Z would stop a program in its own terminal
  terminal.type(SUSPEND);
  await terminal.sees(BELL);
  await terminal.asks("show version", /core ABI/);

  // ^D logs out, Enter logs in again
  terminal.type(LOG_OUT);
  await terminal.sees(/logged out/);
  terminal.type("\r");
  await terminal.sees(/\? for help/);

  // what an open line picks up is no command, and leaves none behind
  terminal.type(NOISE);
  terminal.type(CLEAR);
  await terminal.sees(/\^C/);
  terminal.type(NOISE);
  await terminal.asks("show version", /core ABI/);

  // a file sent by mistake
  terminal.type(`${"phone 2 hang ".repeat(160).slice(0, 2000)}\r`);
  await terminal.sees(/the line is too long/);
}

for (const [program, term] of [
  ["picocom", "xterm"],
  ["picocom", "dumb"],
  ["tio", "xterm"],
] as const satisfies readonly (readonly [TerminalProgram, string])[]) {
  const skip = ptySkip() || terminalSkip(program);

  test(`a call by console over a serial cable with ${program}, TERM=${term}; misuse does the call no harm`, {
    skip,
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "tipring-serial-"));
    const cable = new PtyPair();
    await cable.connect();
    const box = new TipringProgram(["run", "--config", await configFile(directory, cable.near)], {
      env: { TERM: term },
    });
    let terminal: SerialTerminal | undefined;
    try {
      await box.says(/serial console open/);
      for (const line of [1, 2, 3]) await box.says(new RegExp(`line ${line}: registered`));
      terminal = await SerialTerminal.open(program, cable.far, term);
      await placesCall(terminal);
      const before = await packets(terminal);
      await misuses(terminal);
      const after = await packets(terminal);
      assert.ok(after.sent > before.sent && after.received > before.received, JSON.stringify({ before, after }));

      await terminal.asks("monitor log on", /monitor stop ends/);
      await terminal.asks("phone 1 hang", PROMPT);
      await terminal.sees(/line 2: call ended with 101/);
      await terminal.asks("phone 2 hang", PROMPT);
      await terminal.sees(/line 2: on-hook/);
      await terminal.asks("show call", /no calls/);

      box.signal("SIGTERM");
      const { code, error } = await box.ends();
      assert.equal(code, 0, error);
    } finally {
      await terminal?.close();
      await box.stop();
      await cable.close();
      rmSync(directory, { recursive: true });
    }
  });
}

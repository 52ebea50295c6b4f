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

const PROMPT = "tipring> ";
const NOISE = Buffer.from([0xff, 0xff, 0x00, 0xfe, 0x80, 0xff, 0xc3, 0xff]);
const [CLEAR, LOG_OUT, SUSPEND] = ["\x03", "\x04", "\x1a"];

async function configFile(directory: string, serial: string): Promise<string> {
  const sip = await freeUdpPorts(2);
  const path = join(directory, "tipring.toml");
  const ports = { sip, server: sip + 1, rtp: await freeUdpPorts(6) };
  writeFileSync(path, `${simulatorText(ports)}\n[console]\nserial = "${serial}"\n`, { mode: 0o600 });
  return path;
}

/** Types a line, and resolves with what is shown until the next prompt. */
async function asks(terminal: SerialTerminal, line: string): Promise<string> {
  terminal.type(`${line}\r`);
  await terminal.sees(line);
  return terminal.sees(`\n${PROMPT}`);
}

/** The row of `show line` for a line. */
async function lineRow(terminal: SerialTerminal, line: number): Promise<string> {
  const answer = await asks(terminal, "show line");
  return answer.split(/\r?\n/).find((row) => row.trim().startsWith(`${line} `)) ?? answer;
}

async function placesCall(terminal: SerialTerminal): Promise<void> {
  terminal.type("\r");
  const banner = await terminal.sees(PROMPT);
  assert.match(banner, /tipring \d+\.\d+\.\d+ on board simulator\r?\n\? for help/);

  await asks(terminal, "monitor log on");
  await asks(terminal, "phone 1 lift");
  await asks(terminal, "phone 1 dial 102");
  await terminal.sees("rings, called by 101");
  assert.match(await lineRow(terminal, 2), /\bon\b.*\bringing\b/);
  assert.match(await asks(terminal, "show call"), /\bout\b.*\b102\b.*\bringing\b/);

  await asks(terminal, "phone 2 lift");
  await terminal.sees("line 1: talks to 102");
  assert.match(await lineRow(terminal, 2), /\boff\b.*\btalking\b/);
  assert.match(await asks(terminal, "show call"), /\bout\b.*\b102\b.*\bactive\b/);
}

/** Packets that line 1 has sent and received so far. */
async function packets(terminal: SerialTerminal): Promise<{ sent: number; received: number }> {
  const answer = await asks(terminal, "show call 1");
  assert.match(answer, /state\s+active/);
  const count = (name: string) => Number(new RegExp(`${name}\\s+(\\d+) packets`).exec(answer)?.[1]);
  return { sent: count("sent"), received: count("received") };
}

async function misuses(terminal: SerialTerminal): Promise<void> {
  // ^Z would stop a program in its terminal
  terminal.type(SUSPEND);
  await terminal.sees("\x07");
  assert.match(await asks(terminal, "show version"), /core ABI/);

  // ^D logs out, Enter logs in again
  terminal.type(LOG_OUT);
  await terminal.sees("logged out");
  terminal.type("\r");
  await terminal.sees("? for help");
  await terminal.sees(PROMPT);

  // noise of an open line, cleared as a person would
  terminal.type(NOISE);
  terminal.type(CLEAR);
  await terminal.sees("^C");
  await terminal.sees(PROMPT);
  terminal.type(NOISE);
  terminal.type("\r");
  await terminal.sees("unknown word");
  await terminal.sees(PROMPT);

  // a file sent by mistake
  terminal.type(`${"phone 2 hang ".repeat(160).slice(0, 2000)}\r`);
  await terminal.sees("the line is too long");
  await terminal.sees(PROMPT);
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
      for (const line of [1, 2, 3]) await box.says(new RegExp(`line ${line}: registered|line ${line}".*registered`));
      terminal = new SerialTerminal(program, cable.far, term);
      if (program === "tio") await terminal.sees("Connected");
      await placesCall(terminal);
      const before = await packets(terminal);
      await misuses(terminal);
      const after = await packets(terminal);
      assert.ok(after.sent > before.sent && after.received > before.received, JSON.stringify({ before, after }));

      await asks(terminal, "monitor log on");
      await asks(terminal, "phone 1 hang");
      await terminal.sees("line 2: call ended with 101");
      await asks(terminal, "phone 2 hang");
      await terminal.sees("line 2: on-hook");
      assert.match(await asks(terminal, "show call"), /no calls/);

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

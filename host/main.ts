// The `tipring` command.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { TelephoneBox } from "./box.ts";
import { boardProblems, loadBoard } from "./config/board.ts";
import { forgetSettings } from "./config/factory.ts";
import { firstBootText } from "./config/first-boot.ts";
import { loadIdentity } from "./config/identity.ts";
import { ConfigError } from "./config/problems.ts";
import { simulatorText } from "./config/simulator.ts";
import { ConfigStore } from "./config/store.ts";
import type { Board, Config } from "./config/types.ts";
import { type SerialOptions, startSerialConsole } from "./console/serial.ts";
import { startStdioConsole } from "./console/stdio.ts";
import { Core } from "./core.ts";
import { runDemo } from "./demo.ts";
import { entryText, LOG_CAPACITY, type LogEntry, lineSink } from "./log.ts";
import { ownAddress } from "./net/own-address.ts";
import { BindError } from "./net/udp.ts";
import { FrontPanel } from "./panel/front-panel.ts";
import { openPanelPins } from "./panel/pins.ts";
import { readModule, version } from "./paths.ts";
import { PortError } from "./phone/ports.ts";
import { RecordingError, readRecordingHead, replay } from "./replay.ts";
import { trySound } from "./try-sound.ts";
import { ownerKeyFile } from "./update/slots.ts";
import { openWatchdogDevice, Watchdog } from "./watchdog.ts";
import { wiringText } from "./wiring.ts";

/** Errors that are the user's to mend: their message is all there is to say. */
class UsageError extends Error {}

const LOOK_AT_ADDRESS_EVERY = 2000;

interface RunOptions {
  board: string;
  config: string;
  record?: string;
  headless?: boolean;
  slots?: string;
  updateKey: string;
  watchdog?: string;
  console?: string;
}

/** Each run has a folder of its own: what an earlier one recorded is not written over. */
const recordingFolder = (parent: string): string =>
  join(parent, new Date().toISOString().slice(0, 19).replaceAll(":", "-"));

const commandNames = (): string => [...program.commands.map((command) => command.name()), "help"].join(", ");

/** A box with a serial console is somebody's: it begins with nobody's accounts, and asks. */
const initialText = (board: Board): string =>
  board.console.driver === "serial" ? firstBootText() : simulatorText({ phones: Math.min(2, board.lines.length) });

/** What the system refuses about a path that the user gave is the user's to mend. */
async function withPath<Result>(path: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : new UsageError(`${path} cannot be used: ${message}`);
  }
}

async function run(options: RunOptions, { args }: Command): Promise<void> {
  const { board: boardName, config: path, record, headless, slots, updateKey } = options;
  if (args.length > 0) throw new UsageError(`unknown command "${args[0]}"; allowed: ${commandNames()}`);
  const board = loadBoard(boardName);
  const store = await withPath(path, () =>
    ConfigStore.load(path, {
      initialText: () => initialText(board),
      more: (config) => boardProblems(board, config),
    }),
  );
  const identity = await loadIdentity(store.path).catch((error: Error) => error);
  const recorder = store.running.recorder;
  const parent = record ?? (recorder.enabled ? recorder.directory : undefined);
  const directory = parent && recordingFolder(parent);
  if (directory !== undefined) await withPath(directory, () => mkdirSync(directory, { recursive: true }));
  const box = await TelephoneBox.start({
    board,
    store,
    identity: identity instanceof Error ? undefined : identity,
    locations: { path: `${store.path}.locations` },
    slots: slots === undefined ? undefined : { folder: slots, keyFile: updateKey },
    onLost: () => process.exit(1),
    recordings: directory === undefined ? undefined : { directory, limit: recorder.megabytes * 1e6 },
  });
  if (identity instanceof Error)
    box.log.warn("config", `registrars will not know this box again after a restart: ${identity.message}`);
  let isEnding = false;
  const end = async (last?: () => Promise<void>) => {
    if (isEnding) return;
    isEnding = true;
    terminal?.close();
    for (const port of ports) port.close();
    panel.close();
    await box.stop();
    watchdog?.stop();
    await last?.();
    process.exit(0);
  };
  const forget = async () => {
    if (slots !== undefined) await rm(ownerKeyFile(slots), { force: true });
    await forgetSettings(store.path);
  };
  const watchdog = options.watchdog === undefined ? undefined : await startWatchdog(box, options.watchdog);
  const panel = await FrontPanel.open(board, box, {
    clock: box.clock,
    openPins: openPanelPins,
    actions: { restart: () => void end(), reset: () => void end(forget) },
    warn: (message) => box.log.warn("panel", message),
  });
  const terminal = headless ? undefined : startStdioConsole(box, { onEnd: () => void end() });
  const stop = () => void end();
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const tell =
    terminal && process.stdin.isTTY ? (line: LogEntry) => terminal.notice(entryText(line)) : lineSink(process.stderr);
  for (const line of box.log.recent(LOG_CAPACITY)) tell(line); // what was said before anybody listened
  box.log.onLine(tell);
  followOwnAddress(store);
  const ports = consolePorts(store.running, board, options.console).map((port) =>
    startSerialConsole(box, port, box.log),
  );
}

async function startWatchdog(box: TelephoneBox, path: string): Promise<Watchdog | undefined> {
  const { clock, log } = box;
  const warn = (message: string) => log.error("watchdog", message);
  try {
    return new Watchdog(await openWatchdogDevice(path), { clock, sound: () => box.soundPulse(), warn });
  } catch (error) {
    warn(`${path} cannot be used: ${(error as Error).message}`);
    return undefined; // phones work without one
  }
}

/** The configuration's serial port, else the board's; and `more`. */
function consolePorts({ console }: Config, board: Board, more: string | undefined): SerialOptions[] {
  const baudRate = console.baud;
  const ports: SerialOptions[] = more === undefined ? [] : [{ path: more, baudRate }];
  if (console.serial) return [{ path: console.serial, baudRate }, ...ports];
  if (board.console.driver !== "serial") return ports;
  return [{ path: board.console.path, baudRate: board.console.baud }, ...ports];
}

/** DHCP gives an address late, and another one at times. */
function followOwnAddress(store: ConfigStore): void {
  let known = "";
  const look = () => {
    const address = ownAddress();
    if (address === known) return;
    known = address;
    store.refresh();
  };
  look();
  setInterval(look, LOOK_AT_ADDRESS_EVERY).unref();
}

async function replayFile(path: string): Promise<void> {
  if (!existsSync(path)) throw new UsageError(`${path}: no such file`);
  const file = await withPath(path, () => readFileSync(path));
  const head = readRecordingHead(file);
  if (head.module !== "adapter" && head.module !== "server")
    throw new UsageError(`${path}: made by an unknown module "${head.module}"`);
  const core = new Core(readModule(head.module), `${head.module}.wasm`, head.module === "adapter" ? 8 : 0);
  const started = performance.now();
  const result = replay(file, core);
  const took = performance.now() - started;
  console.log(`${path}: ${head.module}, recorded ${new Date(head.wallClock).toISOString()}`);
  console.log(
    `${result.inputs} inputs, ${result.actions} actions, ${result.frames} frames: ` +
      `${(result.duration / 1000).toFixed(1)} s of the box in ${(took / 1000).toFixed(2)} s`,
  );
  if (result.difference) throw new UsageError(`differs: ${result.difference}`);
  console.log("same: every action and every frame, bit for bit");
}

const program = new Command("tipring")
  .description("firmware of an analog telephone adapter: phones on wires, calls by SIP")
  .version(version, "-V, --version")
  .showHelpAfterError();

program
  .command("run", { isDefault: true })
  .description("run the adapter with its console in this terminal (the default)")
  .option("-b, --board <name>", "a board of boards/, or a folder that holds a board.json", "simulator")
  .option("-c, --config <file>", "the configuration; made for the simulator when there is none", "tipring.toml")
  .option("--record <dir>", "record both cores in a new folder there, for tipring replay")
  .option("--console <device>", "one more console, on a serial port, as a USB device's /dev/ttyGS0")
  .option("--watchdog <device>", "resets the machine when sound or the program stands still, as /dev/watchdog")
  .option("--headless", "no console in this terminal: as a service")
  .option("--slots <dir>", "the slot table of an image, which takes updates")
  .option("--update-key <file>", "public key whose updates it takes", "/etc/tipring/update.pub")
  .allowExcessArguments() // a word that is no command ends up here
  .action(run);

program
  .command("demo")
  .description("two phones call each other and the echo test, without hands; judged on what each ear got")
  .option("-o, --out <dir>", "where the sound files and the recordings go", "out")
  .action(async ({ out }: { out: string }) => {
    await withPath(out, () => mkdirSync(out, { recursive: true }));
    process.exitCode = (await runDemo({ out })) ? 0 : 1;
  });

program
  .command("replay")
  .description("run a recording through a fresh core: same actions in the same order, or the first difference")
  .argument("<file>", "a recording")
  .action(replayFile);

program
  .command("board")
  .description("check a board, and show where each of its wires goes")
  .argument("<name>", "a board of boards/, or a folder that holds a board.json")
  .action((name: string) => console.log(wiringText(loadBoard(name))));

program
  .command("sound")
  .description("try a sound card whose output leads to its input: how long sound takes out and back")
  .argument("<device>", "the card as ALSA calls it, such as hw:1,0")
  .option("--capture <device>", "what it captures with, where that is a device of its own")
  .addOption(new Option("--rate <Hz>", "sample rate").choices(["8000", "48000"]).default("48000"))
  .addOption(new Option("--period <ms>", "how much it hands over at a time").choices(["10", "20"]).default("20"))
  .addOption(new Option("--channel <number>", "0 is the left one").choices(["0", "1"]).default("0"))
  .action(async (device: string, { capture, rate, period, channel }: Record<string, string>) => {
    const isWhole = await trySound({
      device,
      captureDevice: capture,
      rate: rate === "8000" ? 8000 : 48000,
      periodMs: period === "10" ? 10 : 20,
      channel: channel === "1" ? 1 : 0,
    });
    process.exitCode = isWhole ? 0 : 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  const isOurs = [UsageError, ConfigError, BindError, PortError, RecordingError].some((kind) => error instanceof kind);
  if (!isOurs) throw error;
  console.error(`tipring: ${(error as Error).message}`);
  process.exitCode = 1;
}

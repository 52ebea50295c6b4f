// A computer in QEMU that starts from the built image. Emulated (TCG), so it is slow, and needs no permission of anybody.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  constants as files,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { within } from "../support/deadline.ts";
import { TEST_INIT, withShell } from "./initramfs.ts";
import { TextLine } from "./line.ts";

const QEMU = "qemu-system-aarch64";
/** A whole start of the machine, ms. It takes 20 s on an idle computer. */
export const START = 300_000;
/** What the shell has not answered by then was typed too early, ms. */
const LOST = 3000;
/** Anything that the running machine does, ms. */
export const PATIENCE = 90_000;
/** The PL061's data register, all eight pins: their mask is in the address. */
const PINS = 0x9030000 + (0xff << 2);
/** An address of the machine's network that is this computer's 127.0.0.1. */
export const HOST = "10.0.2.2";
const GUEST = "10.0.2.15";

export type BoardName = "qemu-virt" | "qemu-raspi3b";

export interface MachineOptions {
  board: BoardName;
  /** A card that another machine has used; the image's own when left out. */
  card?: Card;
  /** UDP ports of 127.0.0.1 that are the machine's own of the same number. */
  ports?: readonly number[];
  /** Files for the machine's /test. */
  testFiles?: Readonly<Record<string, string>>;
  /** More of the kernel's command line. */
  kernel?: string;
  /** A file for all that it writes to the card (write-log.ts), which then has a cache of its own that a power cut empties. */
  writeLog?: string;
  /**
   * Its time passes by its instructions, a nanosecond each, and idle time not at all: whatever else this computer has to do, the machine
   * is as quick as one with a processor of a thousand million instructions a second. What it waits for from outside, its network, its
   * card, takes longer by its own clock. Of the virt machine.
   */
  isTimeItsOwn?: boolean;
}

interface Lines {
  shell: TextLine;
  monitor: TextLine;
  qtest: TextLine;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

const partsOf = (board: BoardName): string => join(projectRoot, "build/image", board);

/** Why the tests of a machine are skipped; false when they can run. On a continuous integration machine they always run. */
export function cannotRun(board: BoardName): string | false {
  if (process.env.CI === "true") return false;
  if (spawnSync(QEMU, ["--version"]).status !== 0) return `${QEMU} is not here: apt-get install qemu-system-arm`;
  return existsSync(join(partsOf(board), "disk.img")) ? false : noImage(board);
}

const noImage = (board: BoardName): string => `there is no image: npm run image -- --board ${board} --fast`;

/** An SD card or disk with the image on it, in a file that is gone after the test. */
export class Card {
  readonly path: string;
  readonly #folder: string;

  constructor(board: BoardName) {
    const image = join(partsOf(board), "disk.img");
    if (!existsSync(image)) throw new Error(noImage(board));
    this.#folder = mkdtempSync(join(tmpdir(), "tipring-machine-"));
    this.path = join(this.#folder, "card.img");
    copyFileSync(image, this.path, files.COPYFILE_FICLONE);
  }

  get folder(): string {
    return this.#folder;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const VIRT = ["-M", "virt,gic-version=3", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024"];
const REAL_TIME = ["-accel", "tcg,thread=multi"];
const OWN_TIME = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"];
const RASPI = ["-M", "raspi3b", "-accel", "tcg,thread=single"];

const disk = (card: string): string[] => [
  ...["-drive", `file=${card},if=none,id=disk,format=raw,cache=writethrough`],
  ...["-device", "virtio-blk-device,drive=disk"],
];

const loggedDisk = (card: string, log: string): string[] => [
  ...[
    "-blockdev",
    `driver=file,node-name=card,filename=${card}`,
    "-blockdev",
    `driver=file,node-name=log,filename=${log}`,
  ],
  ...["-blockdev", "driver=blklogwrites,node-name=disk,file=card,log=log,log-sector-size=512"],
  ...["-device", "virtio-blk-device,drive=disk,write-cache=on"],
];

function hardware(options: MachineOptions, card: string, shell: string): string[] {
  const { board, ports = [], writeLog, isTimeItsOwn } = options;
  const forwards = ports.map((port) => `,hostfwd=udp:127.0.0.1:${port}-${GUEST}:${port}`).join("");
  const network = `user,id=network,restrict=off${forwards}`;
  if (board === "qemu-raspi3b") {
    const tree = join(partsOf(board), "boot/bcm2837-rpi-3-b.dtb");
    const usb = ["-netdev", network, "-device", "usb-net,netdev=network"];
    return [...RASPI, "-dtb", tree, "-drive", `file=${card},if=sd,format=raw`, ...usb];
  }
  return [
    ...VIRT,
    ...(isTimeItsOwn ? OWN_TIME : REAL_TIME),
    ...(writeLog === undefined ? disk(card) : loggedDisk(card, writeLog)),
    ...["-netdev", network, "-device", "virtio-net-device,netdev=network"],
    ...["-device", "virtio-rng-device", "-device", "i6300esb", "-device", "virtio-serial-device"],
    ...["-chardev", `socket,id=shell,path=${shell},server=on,wait=off`, "-device", "virtconsole,chardev=shell"],
  ];
}

export class Machine {
  readonly console: TextLine;
  /** When it was switched on, as performance.now(). */
  readonly startedAt: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #lines: Lines | undefined;
  #chip: string | undefined;
  #commands = 0;
  #answers: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcess, console: TextLine, startedAt: number, lines: Lines | undefined) {
    this.#child = child;
    this.console = console;
    this.startedAt = startedAt;
    this.#lines = lines;
    this.#ended = new Promise((resolve) => child.once("close", () => resolve()));
    void this.#ended.then(() => running.delete(child));
  }

  /** Switches it on. A machine with pins has a shell as well. */
  static async start(options: MachineOptions & { card: Card }): Promise<Machine> {
    const { board, card, testFiles, kernel = "" } = options;
    const folder = mkdtempSync(join(card.folder, "run-"));
    const socket = (name: string): string => join(folder, name);
    const parts = partsOf(board);
    const hasPins = board === "qemu-virt";
    const initramfs = join(folder, "initramfs");
    const stage1 = readFileSync(join(parts, "stage1"));
    writeFileSync(initramfs, hasPins ? withShell(stage1, testFiles) : stage1);
    const line = readFileSync(join(parts, "boot/cmdline.txt"), "utf8").trim();
    const unix = (name: string): string => `unix:${socket(name)},server=on,wait=off`;
    const startedAt = performance.now();
    const child = spawn(
      QEMU,
      [
        ...hardware(options, card.path, socket("shell")),
        ...["-display", "none", "-kernel", join(parts, "kernel"), "-initrd", initramfs],
        ...["-append", `${line} ${kernel} ${hasPins ? `rdinit=${TEST_INIT}` : ""}`],
        ...["-chardev", `socket,id=console,path=${socket("console")},server=on,wait=on`, "-serial", "chardev:console"],
        ...["-monitor", unix("monitor"), "-qtest", unix("qtest"), "-qtest-log", "none"],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    running.add(child);
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const open = (name: string): Promise<TextLine> => TextLine.open(name, socket(name), PATIENCE, isGone);
    const failed = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("close", () => reject(new Error(`QEMU ended: ${complaint}`)));
    });
    failed.catch(() => {});
    const console = await Promise.race([open("console"), failed]);
    const lines = hasPins
      ? { shell: await open("shell"), monitor: await open("monitor"), qtest: await open("qtest") }
      : undefined;
    return new Machine(child, console, startedAt, lines);
  }

  /** Seconds since it was switched on. */
  get age(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  /** Presses Enter until the program answers, and resolves when its prompt or its first question has come. */
  async login(prompt: string): Promise<void> {
    // Presses that wait in a busy machine until the first question is there are no answer to it; and they come ever more seldom, for
    // QEMU's serial port may never interrupt again when its driver finds too much waiting there.
    let pause = 1000;
    let timer: NodeJS.Timeout;
    const press = (): void => {
      this.console.type("-\r");
      pause *= 1.1;
      timer = setTimeout(press, pause);
    };
    timer = setTimeout(press, pause);
    try {
      await this.console.sees("? for help", START);
    } finally {
      clearTimeout(timer);
    }
    await this.console.sees(prompt, PATIENCE);
  }

  /** What the program's console answers to a command. */
  async asks(command: string): Promise<string> {
    this.console.type(`${command}\r`);
    const [, answer] = await this.console.sees(new RegExp(`${command}\\r?\\n([\\s\\S]*?)[\\w-]+> `), PATIENCE);
    return answer!;
  }

  /** Asks again and again until the answer has that; false when it never had within `limit` ms. */
  async answers(command: string, what: RegExp, limit: number): Promise<boolean> {
    for (const end = performance.now() + limit; ; ) {
      if (what.test(await this.asks(command))) return true;
      if (performance.now() > end) return false;
    }
  }

  get #inside(): Lines {
    if (!this.#lines) throw new Error("this machine has neither pins nor a shell");
    return this.#lines;
  }

  /** Resolves when the shell listens: what is typed before is lost. */
  async shellIsThere(): Promise<void> {
    for (const end = performance.now() + START; ; ) {
      try {
        await this.shell("true", LOST);
        return;
      } catch (error) {
        if (!running.has(this.#child) || performance.now() > end) throw error;
      }
    }
  }

  /** What a command of the machine's own shell prints. Throws when it fails. */
  async shell(command: string, limit = PATIENCE): Promise<string> {
    const { shell } = this.#inside;
    const number = ++this.#commands;
    shell.type(`echo begin-$((${number})); ${command}; echo end-$((${number}))-$?\n`);
    await shell.sees(new RegExp(`begin-${number}\\r?\\n`), limit);
    const from = shell.heard.length;
    const end = await shell.sees(new RegExp(`([\\s\\S]*?)end-${number}-(\\d+)`), limit);
    if (end[2] !== "0") throw new Error(`${command}: status ${end[2]}: ${end[1]} ${from}`);
    return end[1]!.replaceAll("\r", "").trim();
  }

  /** Sets an input pin of the PL061 from outside. */
  async setPin(pin: number, isHigh: boolean): Promise<void> {
    await this.#qtest(`set_irq_in ${await this.#pinChip()} unnamed-gpio-in ${pin} ${isHigh ? 1 : 0}`);
  }

  /** The level of a pin, of an output as the machine has set it. */
  async pin(pin: number): Promise<boolean> {
    const answer = await this.#qtest(`readl 0x${PINS.toString(16)}`);
    return ((Number.parseInt(answer.replace("OK ", ""), 16) >> pin) & 1) === 1;
  }

  async #qtest(command: string): Promise<string> {
    const { qtest } = this.#inside;
    qtest.type(`${command}\n`); // at once; the answers come in the same order
    const answered = this.#answers.then(() => qtest.sees(/(OK|FAIL|ERR)[^\n]*\n/, PATIENCE));
    this.#answers = answered.catch(() => {});
    const [answer] = await answered;
    if (!answer.startsWith("OK")) throw new Error(`QEMU refuses "${command}": ${answer}`);
    return answer.trim();
  }

  async #pinChip(): Promise<string> {
    if (this.#chip) return this.#chip;
    const { monitor } = this.#inside;
    monitor.type("info qom-tree\n");
    const [, name] = await monitor.sees(/\/(device\[\d+\]) \(pl061\)/, PATIENCE);
    this.#chip = `/machine/unattached/${name}`;
    return this.#chip;
  }

  /** Pulls the plug: nothing that it had in mind is written any more. */
  async cutPower(): Promise<void> {
    this.#child.kill("SIGKILL");
    await within(this.#ended, PATIENCE, "the end of QEMU");
    this.console.close();
    if (!this.#lines) return;
    for (const line of Object.values(this.#lines)) line.close();
  }
}

// GPIO chips and the lines that are asked of them. A line belongs to one program at a time, for as long as its descriptor is open.

import { closeSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Libc, OsError } from "./libc.ts";
import {
  type Chip,
  ChipInfo,
  Ioctl,
  LineFlag,
  LineRequest,
  LineValues,
  parseChipInfo,
  parseLineInfo,
  writeLineInfo,
  writeLineRequest,
} from "./uapi.ts";

/** Who the kernel says that a line belongs to. */
const CONSUMER = "tipring";

const WHY: Record<string, string> = {
  EACCES: "this user may not use it",
  EPERM: "this user may not use it",
  EINVAL: "the chip has no such line or can't do that with it",
  ENXIO: "the chip is gone",
};

export class GpioChip {
  readonly path: string;
  readonly #libc: Libc;
  readonly #chip: Chip;

  private constructor(libc: Libc, path: string, chip: Chip) {
    this.#libc = libc;
    this.path = path;
    this.#chip = chip;
  }

  /** The chip with that label, as `gpiodetect` shows it. `folder` is /dev but in tests. */
  static find(libc: Libc, label: string, folder = "/dev"): GpioChip {
    const seen: string[] = [];
    const names = readdirSync(folder).filter((name) => /^gpiochip\d+$/.test(name));
    for (const name of names.sort((one, other) => Number(one.slice(8)) - Number(other.slice(8)))) {
      const path = join(folder, name);
      try {
        const chip = withFile(path, (fd) => {
          const bytes = new Uint8Array(ChipInfo.size);
          libc.ioctl(fd, Ioctl.GET_CHIPINFO, bytes);
          return parseChipInfo(bytes);
        });
        if (chip.label === label) return new GpioChip(libc, path, chip);
        seen.push(`"${chip.label}"`);
      } catch (error) {
        seen.push(`${path} (${WHY[(error as OsError).code] ?? (error as Error).message})`);
      }
    }
    throw new Error(`there is no GPIO chip "${label}": this machine has ${seen.join(", ") || "none"}`);
  }

  /** A line whose changes are told, with their times. Its descriptor. */
  requestEdges(line: number): number {
    return this.#request([line], LineFlag.INPUT | LineFlag.EDGE_RISING | LineFlag.EDGE_FALLING);
  }

  /** A line that is only looked at, and pulled to a level where nobody drives it. Its descriptor. */
  requestInput(line: number, pull: "up" | "down"): number {
    return this.#request([line], LineFlag.INPUT | (pull === "up" ? LineFlag.BIAS_PULL_UP : LineFlag.BIAS_PULL_DOWN));
  }

  /** Lines that are driven, from now on with the bits of `levels`, the first one's lowest. Their descriptor. */
  requestOutputs(lines: readonly number[], levels: number): number {
    return this.#request(lines, LineFlag.OUTPUT, levels);
  }

  /** A line that is pulled low or let go of, but never driven high. It is let go of. */
  requestOpenDrain(line: number): number {
    return this.#request([line], LineFlag.OUTPUT | LineFlag.OPEN_DRAIN, 1);
  }

  #request(lines: readonly number[], flags: number, levels = 0): number {
    for (const line of lines) {
      const { label, lines: count } = this.#chip;
      if (line >= count) throw new Error(`GPIO chip "${label}" has no line ${line}: it has 0 to ${count - 1}`);
    }
    const bytes = writeLineRequest(lines, CONSUMER, flags, levels);
    try {
      withFile(this.path, (fd) => this.#libc.ioctl(fd, Ioctl.GET_LINE, bytes));
    } catch (error) {
      const { code } = error as OsError;
      const why = code === "EBUSY" ? this.#owners(lines) : (WHY[code] ?? (error as Error).message);
      throw new Error(`GPIO chip "${this.#chip.label}", line ${lines.join(" and ")}: ${why}`);
    }
    return new DataView(bytes.buffer).getInt32(LineRequest.fd, true);
  }

  #owners(lines: readonly number[]): string {
    const owners = lines.flatMap((line) => {
      const bytes = writeLineInfo(line);
      withFile(this.path, (fd) => this.#libc.ioctl(fd, Ioctl.GET_LINEINFO, bytes));
      const { isUsed, consumer } = parseLineInfo(bytes);
      return isUsed ? [`line ${line} is in use by "${consumer || "the kernel"}"`] : [];
    });
    return owners.join(", ") || "in use";
  }
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, "r+");
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Reads and sets the levels of requested lines, one bit each. Allocates nothing. */
export class LineLevels {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #bytes = new Uint8Array(LineValues.size);
  readonly #data = new DataView(this.#bytes.buffer);

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  get(mask: number): number {
    this.#data.setUint32(LineValues.mask, mask, true);
    this.#libc.ioctl(this.#fd, Ioctl.LINE_GET_VALUES, this.#bytes);
    return this.#data.getUint32(LineValues.bits, true);
  }

  set(bits: number, mask: number): void {
    this.#data.setUint32(LineValues.bits, bits, true);
    this.#data.setUint32(LineValues.mask, mask, true);
    this.#libc.ioctl(this.#fd, Ioctl.LINE_SET_VALUES, this.#bytes);
  }
}

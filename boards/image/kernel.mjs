// The kernel's modules that the image carries, as one squashfs: it travels with the kernel on the boot partition, so that a system slot
// fits any kernel.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ImageError, run } from "./run.mjs";
import { makeSquashfs } from "./squashfs.mjs";

/** Modules by what they are for; what they need themselves comes along. */
const MODULES = [
  ...["ext4", "crc32c_generic", "squashfs", "overlay", "loop", "vfat", "nls_ascii", "nls_cp437", "nls_utf8"],
  // SD cards and disks
  ...["bcm2835", "sdhci_iproc", "virtio_blk", "virtio_mmio", "virtio_pci", "usb_storage", "uas"],
  // buses of the boards
  ...[
    "i2c_bcm2835",
    "spi_bcm2835",
    "i2c_dev",
    "spidev",
    "pwm_bcm2835",
    "xhci_pci",
    "pcie_brcmstb",
    "reset_raspberrypi",
  ],
  ...["gpio_raspberrypi_exp", "raspberrypi_cpufreq", "bcm2835_thermal", "bcm2711_thermal"],
  ...["phy_generic", "leds_gpio", "virtio_console"],
  // networks by wire
  ...["smsc95xx", "lan78xx", "genet", "bcm_phy_lib", "broadcom", "bcm7xxx", "mdio_bcm_unimac", "microchip"],
  ...["cdc_ether", "cdc_ncm", "rndis_host", "r8152", "asix", "ax88179_178a", "usbnet", "virtio_net"],
  // sound
  ...["snd_usb_audio", "snd_soc_bcm2835_i2s", "snd_soc_simple_card", "snd_aloop"],
  // serial lines, and the box as a serial line
  ...["ftdi_sio", "cp210x", "ch341", "pl2303", "cdc_acm", "dwc2", "g_serial"],
  // random numbers and watchdogs
  ...["bcm2835_rng", "iproc_rng200", "virtio_rng", "bcm2835_wdt", "i6300esb", "softdog"],
];

/** What stage 1 needs to look into the squashfs of all the others. */
const FIRST = ["loop", "squashfs"];

const nameOf = (path) =>
  path
    .replace(/^.*\//, "")
    .replace(/\.ko.*$/, "")
    .replaceAll("-", "_");

/** The kernel package's tree in the cache, with the list of what each module needs. */
export function unpackKernel(packages, cache) {
  const tree = join(cache, `kernel-${packages.kernelSha256.slice(0, 16)}`);
  if (existsSync(tree)) return tree;
  const fresh = `${tree}.new`;
  rmSync(fresh, { recursive: true, force: true });
  packages.unpack(packages.kernelPackage, fresh);
  symlinkSync("usr/lib", join(fresh, "lib")); // where depmod looks
  run("depmod", ["-b", fresh, packages.kernelVersion]);
  renameSync(fresh, tree);
  return tree;
}

export class KernelModules {
  #source;
  #version;
  #dependencies = new Map();
  #builtIn;

  /** `tree` is the kernel package as unpackKernel left it. */
  constructor(tree, version) {
    this.#version = version;
    this.#source = join(tree, "usr/lib/modules", version);
    for (const line of readFileSync(join(tree, "lib/modules", version, "modules.dep"), "utf8").split("\n")) {
      const [path, needed] = line.split(":");
      if (path) this.#dependencies.set(nameOf(path), [path, ...needed.split(" ").filter(Boolean)]);
    }
    const builtIn = readFileSync(join(this.#source, "modules.builtin"), "utf8");
    this.#builtIn = new Set(builtIn.split("\n").map(nameOf));
  }

  /** The squashfs of all modules, to be mounted at /lib/modules. */
  writeSquashfs(file, work, options) {
    const tree = join(work, "modules");
    this.#copy(MODULES, tree);
    makeSquashfs(join(tree, "lib/modules"), file, options);
  }

  /** The modules that stage 1 loads before it has the squashfs. */
  copyFirst(initramfs) {
    this.#copy(FIRST, initramfs);
  }

  #copy(names, tree) {
    const folder = join(tree, "lib/modules", this.#version);
    mkdirSync(folder, { recursive: true });
    const missing = names.filter((name) => !this.#dependencies.has(name) && !this.#builtIn.has(name));
    if (missing.length > 0) throw new ImageError(`the kernel ${this.#version} has no module ${missing.join(", ")}`);
    const paths = new Set(names.flatMap((name) => this.#dependencies.get(name) ?? []));
    for (const path of paths) {
      const target = join(folder, path.replace(/\.xz$/, ""));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, run("xz", ["-dc", join(this.#source, path)]));
    }
    for (const file of ["modules.builtin", "modules.builtin.modinfo", "modules.order"])
      cpSync(join(this.#source, file), join(folder, file));
    run("depmod", ["-b", tree, this.#version]);
    // busybox reads the lists as text
    for (const file of readdirSync(folder)) if (file.endsWith(".bin")) rmSync(join(folder, file));
  }
}

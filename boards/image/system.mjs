// The system that goes into a slot: busybox, Node, the program, and the scripts of target/system. No kernel, and no settings.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Of packages.lock.json, those whose files go in. */
const PACKAGES = [
  ...[
    "busybox-static",
    "libc6",
    "libgcc-s1",
    "libstdc++6",
    "libasound2t64",
    "libasound2-data",
    "openntpd",
    "ca-certificates",
  ],
];
const FOLDERS = [
  "boot",
  "config",
  "dev",
  "etc/tipring",
  "opt",
  "proc",
  "root",
  "run",
  "sys",
  "tmp",
  "usr/bin",
  "usr/lib/modules",
  "usr/sbin",
];
/** Old names of folders, as Debian has them. */
const LINKS = { bin: "usr/bin", lib: "usr/lib", sbin: "usr/sbin", lib64: "usr/lib", var: "run" };
const USELESS = [
  ...["usr/share/man", "usr/share/lintian", "usr/share/bash-completion", "usr/share/initramfs-tools"],
  ...[
    "usr/share/ca-certificates",
    "usr/lib/systemd",
    "usr/lib/aarch64-linux-gnu/gconv",
    "usr/lib/aarch64-linux-gnu/audit",
  ],
  ...[
    "etc/init.d",
    "etc/network",
    "etc/apparmor.d",
    "etc/default",
    "etc/kernel",
    "etc/ca-certificates",
    "etc/ld.so.conf.d",
  ],
];

/** The programs of busybox that something on the box, or somebody at its shell, calls by name. */
const APPLETS = `
  [ ash awk basename cat chgrp chmod chown cmp cp cut date dd df diff dirname dmesg du echo env expr false find findfs free
  grep gunzip gzip halt head hexdump hostname hwclock id ifconfig init insmod ionice ip kill killall less ln logger logread losetup ls
  lsmod md5sum mdev mkdir mkfifo mknod mktemp modprobe more mount mv nc netstat nslookup renice od ping pidof poweroff
  printf ps pwd readlink realpath reboot rm rmdir rmmod route sed seq setsid sh sha256sum sleep sort stat stty sync syslogd klogd tail
  tar tee test timeout top touch tr traceroute true tty udhcpc uevent umount uname uniq uptime usleep vi watch watchdog wc wget which xargs yes zcat
`
  .trim()
  .split(/\s+/);

/** Of the documents, who holds the rights in what, and under which terms it may be passed on: that goes with every copy. */
function keepRights(tree, packages) {
  const documents = join(tree, "usr/share/doc");
  for (const name of readdirSync(documents)) {
    const rights = join(documents, name, "copyright");
    const text = existsSync(rights) ? readFileSync(rights) : undefined;
    rmSync(join(documents, name), { recursive: true });
    if (text === undefined) continue;
    mkdirSync(join(documents, name));
    writeFileSync(rights, text);
  }
  // the kernel and the firmware are on the card, outside of the system
  for (const name of [packages.kernelPackage, "raspi-firmware"])
    packages.unpack(name, tree, "./usr/share/doc/*/copyright");
}

function makeSkeleton(tree) {
  for (const folder of FOLDERS) mkdirSync(join(tree, folder), { recursive: true });
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(tree, name));
}

/** Busybox under the names of its programs. */
function linkApplets(tree) {
  for (const name of APPLETS) {
    const folder = ["init", "modprobe", "poweroff", "reboot", "halt"].includes(name) ? "usr/sbin" : "usr/bin";
    symlinkSync("/usr/bin/busybox", join(tree, folder, name));
  }
}

/** `packages` are unpacked over the skeleton; `shared` are scripts of stage 1 that it has too; `updateKey` is the public key in base64, or undefined. */
export function makeSystem(tree, packages, { scripts, shared, updateKey, version, time }) {
  makeSkeleton(tree);
  for (const name of PACKAGES) packages.unpack(name, tree);
  linkApplets(tree);
  const certificates = join(tree, "usr/share/ca-certificates/mozilla");
  const bundle = readdirSync(certificates)
    .sort()
    .map((name) => readFileSync(join(certificates, name), "utf8"));
  mkdirSync(join(tree, "etc/ssl"), { recursive: true });
  writeFileSync(join(tree, "etc/ssl/certificates.pem"), bundle.join(""));
  for (const path of USELESS) rmSync(join(tree, path), { recursive: true, force: true });
  keepRights(tree, packages);
  cpSync(scripts, tree, { recursive: true });
  for (const path of shared) cpSync(path, join(tree, "usr/lib/tipring", basename(path)));
  symlinkSync("/run/tipring/resolv.conf", join(tree, "etc/resolv.conf"));
  writeFileSync(join(tree, "etc/tipring/version"), `${version}\n`);
  writeFileSync(join(tree, "etc/tipring/built"), `${time}\n`);
  if (updateKey === undefined) return;
  writeFileSync(join(tree, "etc/tipring/update.pub"), `${updateKey}\n`);
}

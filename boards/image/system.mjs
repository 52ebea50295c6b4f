// The system that goes into a slot: busybox, Node, the program, and the scripts of target/system. No kernel, and no settings.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImageError } from "./run.mjs";

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
  ...["usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/bash-completion", "usr/share/initramfs-tools"],
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
  tar tee test timeout top touch tr traceroute true tty udhcpc uevent umount uname uniq uptime usleep vi watch wc wget which xargs yes zcat
`
  .trim()
  .split(/\s+/);

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

/** `packages` are unpacked over the skeleton; `slotRules` is stage 1's slots.sh; `updateKey` is the file with the public key, or undefined. */
export function makeSystem(tree, packages, { scripts, slotRules, updateKey, version, time }) {
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
  cpSync(scripts, tree, { recursive: true });
  cpSync(slotRules, join(tree, "usr/lib/tipring/slots.sh"));
  symlinkSync("/run/tipring/resolv.conf", join(tree, "etc/resolv.conf"));
  writeFileSync(join(tree, "etc/tipring/version"), `${version}\n`);
  writeFileSync(join(tree, "etc/tipring/built"), `${time}\n`);
  if (updateKey === undefined) return;
  const key = readFileSync(updateKey, "utf8").trim();
  if (Buffer.from(key, "base64").length !== 32) {
    throw new ImageError(
      `${updateKey} is no public key (allowed: 32 bytes in base64, as npm run update:key makes them)`,
    );
  }
  writeFileSync(join(tree, "etc/tipring/update.pub"), `${key}\n`);
}

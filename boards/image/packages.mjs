// Debian's arm64 packages, exactly those of packages.lock.json, from the mirror that this machine's apt knows; kept in the cache.
// Apt works on a state of its own here: nothing of this machine is read but its mirror's address, nothing is written.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImageError, run, tell } from "./run.mjs";

const SUITE = "trixie";
const ARCHITECTURE = "arm64";
const LOCK = new URL("packages.lock.json", import.meta.url);

/** Packages by what they are for. The kernel's carries its version in its name: this one depends on the newest. */
const KERNEL = `linux-image-${ARCHITECTURE}`;
const WANTED = [
  "busybox-static", // every program of the system but Node and ntpd
  ...["libc6", "libgcc-s1", "libstdc++6"], // what Node is linked with
  ...["libasound2t64", "libasound2-data"], // sound cards
  "openntpd",
  "ca-certificates",
  "raspi-firmware",
];

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The address of Debian's mirror in this machine's apt configuration. */
function ownMirror() {
  const targets = run("apt-get", ["indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages"]);
  const found = targets
    .toString()
    .split("\n")
    .map((line) => line.split(" "))
    .find(([address, component]) => component === "main" && /\/debian\/?$/.test(address));
  if (found) return found[0];
  throw new ImageError("this machine's apt knows no mirror of Debian; name one with --mirror ADDRESS");
}

/** Runs apt on its own state below `folder`. */
class Apt {
  #folder;
  #mirror;
  #isFresh = false;

  constructor(folder, mirror) {
    this.#folder = folder;
    this.#mirror = mirror;
  }

  run(program, args, cwd) {
    this.#refresh();
    return run(program, args, { cwd, env: { APT_CONFIG: join(this.#folder, "apt.conf") } }).toString();
  }

  /** Fetches the lists of packages, once. */
  #refresh() {
    if (this.#isFresh) return;
    this.#isFresh = true;
    const folder = this.#folder;
    mkdirSync(join(folder, "lists/partial"), { recursive: true });
    mkdirSync(join(folder, "archives/partial"), { recursive: true });
    writeFileSync(join(folder, "status"), "");
    const mirror = this.#mirror ?? ownMirror();
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    if (!existsSync(keyring))
      throw new ImageError(`missing: ${keyring}; on Debian: apt-get install debian-archive-keyring`);
    writeFileSync(
      join(folder, "sources.list"),
      `deb [signed-by=${keyring}] ${mirror} ${SUITE} main non-free-firmware\n`,
    );
    const settings = {
      "APT::Architecture": ARCHITECTURE,
      "APT::Architectures": ARCHITECTURE,
      "APT::Sandbox::User": "",
      "APT::Update::Error-Mode": "any",
      "Acquire::Languages": "none",
      "Dir::Cache": folder,
      "Dir::Etc::sourcelist": join(folder, "sources.list"),
      "Dir::Etc::sourceparts": "/dev/null",
      "Dir::State": folder,
      "Dir::State::Lists": join(folder, "lists"),
      "Dir::State::status": join(folder, "status"),
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
    writeFileSync(join(folder, "apt.conf"), lines.join(""));
    tell(`package lists of ${SUITE} from ${mirror}`);
    try {
      run("apt-get", ["update", "-qq"], { env: { APT_CONFIG: join(folder, "apt.conf") } });
    } catch (error) {
      throw new ImageError(
        `${error.message}\nthe first image of a clone needs Debian's mirror ${mirror}; is it within reach from here?`,
      );
    }
  }

  /** The value of a field of the mirror's newest version of a package. */
  field(name, field) {
    const match = new RegExp(`^${field}: (.*)$`, "m").exec(this.run("apt-cache", ["show", "--no-all-versions", name]));
    if (!match) throw new ImageError(`the mirror's package ${name} has no field ${field}`);
    return match[1];
  }

  /** Downloads packages, as `name` or `name=version`, into `folder`, under their names; returns the names. */
  download(wanted, folder) {
    const fresh = join(folder, "new");
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh);
    this.#refresh();
    try {
      this.run("apt-get", ["download", "-qq", ...wanted], fresh);
    } catch (error) {
      throw new ImageError(
        `${error.message}\na version that is gone from the mirror: --renew-lock takes those that are there`,
      );
    }
    const names = readdirSync(fresh).map((file) => {
      const name = file.replace(/_.*$/, "");
      renameSync(join(fresh, file), join(folder, `${name}.deb`));
      return name;
    });
    rmSync(fresh, { recursive: true });
    return names;
  }
}

export class Packages {
  #folder;
  #apt;
  #lock;

  constructor(cache, mirror) {
    this.#folder = join(cache, "packages");
    mkdirSync(this.#folder, { recursive: true });
    this.#apt = new Apt(join(cache, "apt"), mirror);
    this.#lock = JSON.parse(readFileSync(LOCK, "utf8"));
  }

  get kernelPackage() {
    return Object.keys(this.#lock.packages).find((name) => name.startsWith("linux-image-"));
  }

  get kernelVersion() {
    return this.kernelPackage.slice("linux-image-".length);
  }

  get kernelSha256() {
    return this.#lock.packages[this.kernelPackage].sha256;
  }

  /** Version and SHA-256 of the npm package that holds Node. */
  get node() {
    return this.#lock.node;
  }

  get size() {
    return Object.keys(this.#lock.packages).length;
  }

  /** Downloads what the cache has not. */
  fetch() {
    const missing = Object.keys(this.#lock.packages).filter((name) => !this.#isThere(name));
    if (missing.length === 0) return;
    const versions = missing.map((name) => `${name}=${this.#lock.packages[name].version}`);
    tell(`downloading ${versions.join(" ")}`);
    this.#apt.download(versions, this.#folder);
    const wrong = missing.filter((name) => !this.#isThere(name));
    if (wrong.length > 0) throw new ImageError(`not of the SHA-256 that packages.lock.json has: ${wrong.join(", ")}`);
  }

  #isThere(name) {
    const path = this.#file(name);
    return existsSync(path) && sha256(readFileSync(path)) === this.#lock.packages[name].sha256;
  }

  #file(name) {
    return join(this.#folder, `${name}.deb`);
  }

  /** Unpacks a package's files, without its scripts. `paths` picks some, as `./usr/share/…`. */
  unpack(name, folder, ...paths) {
    mkdirSync(folder, { recursive: true });
    const files = run("dpkg-deb", ["--fsys-tarfile", this.#file(name)]);
    const options = ["--keep-directory-symlink", "--no-same-owner", "--wildcards"];
    run("tar", ["-x", "-C", folder, ...options, ...paths], { input: files });
  }

  /** Writes the mirror's present versions into packages.lock.json. */
  renewLock() {
    const kernel = /^[^ ]+/.exec(this.#apt.field(KERNEL, "Depends"))[0];
    this.#lock.packages = {};
    for (const name of this.#apt.download([...WANTED, kernel], this.#folder).sort()) {
      const path = this.#file(name);
      const version = run("dpkg-deb", ["--field", path, "Version"]).toString().trim();
      this.#lock.packages[name] = { version, sha256: sha256(readFileSync(path)) };
      tell(`${name} ${version}`);
    }
    writeFileSync(LOCK, `${JSON.stringify(this.#lock, null, 2)}\n`);
  }
}

// Makes and signs update files, on the machine where images are built.
//   npm run update:key -- --out FILE                             a fresh key: FILE for signing, FILE.pub for the image
//   npm run update:make -- --squashfs FILE --key KEY --board NAME … [--version X.Y.Z] --out FILE

import { createHash, createPublicKey } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import { Command } from "commander";
import { version as ownVersion } from "../paths.ts";
import { fingerprintOf } from "./keys.ts";
import {
  type Manifest,
  makeKey,
  manifestProblem,
  readPrivateKey,
  readPublicKey,
  SQUASHFS_STEP,
  UpdateError,
  writePublicKey,
  writeTrailer,
} from "./update-file.ts";

interface MakeOptions {
  squashfs: string;
  key: string;
  board: string[];
  version: string;
  out: string;
}

async function make({ squashfs, key, board, version, out }: MakeOptions): Promise<void> {
  const privateKey = readPrivateKey(readFileSync(key, "utf8"));
  const output = createWriteStream(out);
  const hash = createHash("sha256");
  let size = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    hash.update(bytes);
    size += bytes.length;
    if (!output.write(bytes)) await once(output, "drain");
  };
  for await (const chunk of createReadStream(squashfs)) await put(chunk);
  const missing = (SQUASHFS_STEP - (size % SQUASHFS_STEP)) % SQUASHFS_STEP;
  if (missing > 0) await put(new Uint8Array(missing));
  const manifest: Manifest = { name: "tipring", version, boards: board, size, sha256: hash.digest("hex") };
  const problem = manifestProblem(manifest);
  if (problem) throw new UpdateError(problem);
  output.end(writeTrailer(manifest, privateKey));
  await finished(output);
  process.stdout.write(
    `${out}: version ${version} for ${board.join(", ")}, ${size} bytes, SHA-256 ${manifest.sha256}\n`,
  );
  process.stdout.write(`signed for the public key ${writePublicKey(createPublicKey(privateKey))}`);
}

/** An existing key is kept: whoever has flashed an image trusts that one. */
function makeKeyFile(out: string): void {
  if (existsSync(out)) throw new UpdateError(`${out} exists; a key is never written over`);
  const { privateKey, publicKey } = makeKey();
  writeFileSync(out, privateKey, { mode: 0o600, flag: "wx" });
  writeFileSync(`${out}.pub`, publicKey);
  process.stdout.write(`${out}: keep it secret; ${out}.pub: for npm run image -- --update-key\n`);
  process.stdout.write(`a box that has no key takes it at its console: update key ${publicKey}`);
  process.stdout.write(`its fingerprint, as show update has it: ${fingerprintOf(readPublicKey(publicKey))}\n`);
}

const program = new Command("update").description("makes and signs update files of tipring");

program
  .command("make")
  .description("make an update file of a squashfs")
  .requiredOption("--squashfs <file>", "the system")
  .requiredOption("--key <file>", "private key, PEM")
  .requiredOption("--board <name...>", "boards that it is for, as in boards/")
  .option("--version <version>", "its version", ownVersion)
  .requiredOption("--out <file>", "the update file")
  .action(make);

program
  .command("key")
  .description("make a key for signing")
  .requiredOption("--out <file>", "the private key; the public one goes to <file>.pub")
  .action(({ out }: { out: string }) => makeKeyFile(out));

try {
  await program.parseAsync();
} catch (error) {
  const { syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof UpdateError) && syscall === undefined) throw error;
  console.error(`update: ${(error as Error).message}`);
  process.exitCode = 1;
}

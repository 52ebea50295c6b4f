// A second initramfs behind stage 1's: it gives the machine under test a shell on a console of its own (hvc0), so that a test can look
// inside. The image's own files stay as they are; stage 1 runs unchanged but for a line here and there.

const FILE_MODE = 0o100755;
const FOLDER_MODE = 0o040755;
const TRAILER = "TRAILER!!!";

/** For `rdinit=`. */
export const TEST_INIT = "/test-init";

/** A test's file of that name is read by stage 1 when it has chosen a system, and mounted it at /system. */
export const STAGE_1 = "stage-1";

const INIT = `#!/bin/busybox sh
[ -e /test-files/${STAGE_1} ] || : > /test-files/${STAGE_1}
/bin/busybox sed 's#^mkdir /ram/changes#. /test-files/${STAGE_1}; &#;s#^exec switch_root#. /test-system; &#' /init > /init.test
exec /bin/busybox sh /init.test
`;

const SYSTEM = `mkdir -p /ram/root/test
cp /test-files/* /ram/root/test/ 2>/dev/null
echo "hvc0::respawn:/bin/sh" >> /ram/root/etc/inittab
`;

/** stage 1, and the test's part behind it. `files` are found in the running system's /test. */
export function withShell(stage1: Buffer, files: Readonly<Record<string, string>> = {}): Buffer {
  const entries: [string, number, string][] = [
    ["test-init", FILE_MODE, INIT],
    ["test-system", FILE_MODE, SYSTEM],
    ["test-files", FOLDER_MODE, ""],
    ...Object.entries(files).map(([name, text]): [string, number, string] => [`test-files/${name}`, FILE_MODE, text]),
  ];
  const padding = Buffer.alloc((4 - (stage1.length % 4)) % 4);
  return Buffer.concat([stage1, padding, ...entries.map(entry), entry([TRAILER, 0, ""], entries.length)]);
}

/** One file of a cpio archive, "newc": a header of thirteen hexadecimal numbers, name and bytes padded to four. */
function entry([name, mode, text]: [string, number, string], index: number): Buffer {
  const bytes = Buffer.from(text);
  const numbers = [index + 1, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}${name}\0`;
  return Buffer.concat([padded(Buffer.from(header)), padded(bytes)]);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

// Which boards an image can be made for, and what differs between their images: the firmware files and the kernel's command line.

/** The upstream kernel's device trees, as the boot firmware asks for them; `model` is what the kernel says the machine is. */
const RASPBERRY_PIS = {
  "raspberry-pi-3a-plus": { tree: "bcm2837-rpi-3-a-plus", imager: "pi3-64bit" },
  "raspberry-pi-3b": { tree: "bcm2837-rpi-3-b", imager: "pi3-64bit" },
  "raspberry-pi-3b-plus": { tree: "bcm2837-rpi-3-b-plus", imager: "pi3-64bit" },
  "raspberry-pi-zero-2-w": { tree: "bcm2837-rpi-zero-2-w", imager: "pi3-64bit" },
  "raspberry-pi-4b": { tree: "bcm2711-rpi-4-b", imager: "pi4-64bit" },
  "raspberry-pi-400": { tree: "bcm2711-rpi-400", imager: "pi4-64bit" },
};

const CONSOLE = "console=ttyAMA0,115200 net.ifnames=0 loglevel=3 panic=10";

const raspberry = (trees, imager, board) => ({
  hasFirmware: true,
  trees,
  imager,
  commandLine: board === undefined ? CONSOLE : `${CONSOLE} tipring.board=${board}`,
});

const ALL_TREES = Object.values(RASPBERRY_PIS).map(({ tree }) => tree);

export const BOARDS = {
  // One card for every Raspberry Pi: the box looks at itself when it starts.
  "raspberry-pi": raspberry(ALL_TREES, ["pi3-64bit", "pi4-64bit"]),
  ...Object.fromEntries(
    Object.entries(RASPBERRY_PIS).map(([name, { imager }]) => [name, raspberry(ALL_TREES, [imager], name)]),
  ),
  // The watchdog of QEMU's Raspberry Pi resets it at once.
  "qemu-raspi3b": {
    hasFirmware: true,
    trees: ["bcm2837-rpi-3-b"],
    imager: [],
    commandLine: `${CONSOLE} tipring.board=qemu-raspi3b tipring.watchdog=none`,
  },
  "qemu-virt": { hasFirmware: false, trees: [], imager: [], commandLine: `${CONSOLE} tipring.board=qemu-virt` },
};

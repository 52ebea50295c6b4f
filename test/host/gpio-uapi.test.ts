// The kernel's GPIO structures as bytes, held against the header that they are from by a C compiler.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as uapi from "../../host/gpio/uapi.ts";
import { isPeerMissing } from "../support/peers.ts";

const STRUCTURES = {
  gpiochip_info: uapi.ChipInfo,
  gpio_v2_line_info: uapi.LineInfo,
  gpio_v2_line_attribute: uapi.LineAttribute,
  gpio_v2_line_config_attribute: uapi.LineConfigAttribute,
  gpio_v2_line_config: uapi.LineConfig,
  gpio_v2_line_request: uapi.LineRequest,
  gpio_v2_line_values: uapi.LineValues,
  gpio_v2_line_event: uapi.LineEvent,
};

/** Name and value of each line that the program prints. */
function compiled(statements: string[]): Map<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "tipring-gpio-"));
  try {
    const text = [
      "#include <linux/gpio.h>",
      "#include <stddef.h>",
      "#include <stdio.h>",
      `int main(void) { ${statements.join("\n")} return 0; }`,
    ];
    writeFileSync(join(folder, "layout.c"), text.join("\n"));
    const program = join(folder, "layout");
    const built = spawnSync("gcc", ["-Wall", "-Werror", "-o", program, `${program}.c`], { encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
    const lines = spawnSync(program, { encoding: "utf8" }).stdout.trim().split("\n");
    return new Map(lines.map((line) => [line.split(" ")[0]!, Number(line.split(" ")[1])]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("linux/gpio.h: sizes, offsets, request numbers and flags of interface version 2", {
  skip: isPeerMissing("gpio"),
}, () => {
  const expected = new Map<string, number>();
  const statements: string[] = [];
  const compare = (name: string, value: number, expression: string): void => {
    expected.set(name, value);
    statements.push(`printf("${name} %lu\\n", (unsigned long) ${expression});`);
  };
  for (const [name, { size, ...fields }] of Object.entries(STRUCTURES)) {
    compare(name, size, `sizeof(struct ${name})`);
    for (const [field, offset] of Object.entries(fields))
      compare(`${name}.${field}`, offset, `offsetof(struct ${name}, ${field})`);
  }
  const { GET_CHIPINFO, ...ioctls } = uapi.Ioctl;
  compare("GET_CHIPINFO", GET_CHIPINFO, "GPIO_GET_CHIPINFO_IOCTL");
  for (const [name, value] of Object.entries(ioctls)) compare(name, value, `GPIO_V2_${name}_IOCTL`);
  for (const [name, value] of Object.entries(uapi.LineFlag)) compare(name, value, `GPIO_V2_LINE_FLAG_${name}`);
  compare("RISING_EDGE", uapi.RISING_EDGE, "GPIO_V2_LINE_EVENT_RISING_EDGE");
  assert.deepEqual(compiled(statements), expected);
  assert.ok(expected.size > 40);
});

test("an edge's time is the kernel's to two nanoseconds, a hundred days after the start", () => {
  const event = new DataView(new ArrayBuffer(uapi.LineEvent.size));
  const days = 100n * 86_400_000_000_000n;
  event.setBigUint64(0, days + 1_234_567n, true);
  const time = uapi.eventTime(event, 0);
  const nanoseconds = (time - Number(days / 1_000_000n)) * 1e6;
  assert.ok(Math.abs(nanoseconds - 1_234_567) <= 2, `${nanoseconds}`);
});

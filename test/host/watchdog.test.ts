// The watchdog on virtual time, with a device that keeps what it was fed.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openWatchdogDevice, type SoundPulse, Watchdog, type WatchdogDevice } from "../../host/watchdog.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** The shortest time after which a watchdog of our boards resets the machine: bcm2835_wdt, 15 s. */
const BITES_AFTER = 15_000;

class Device implements WatchdogDevice {
  readonly fedAt: number[] = [];
  written = "";
  isClosed = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  write(text: string): void {
    this.written += text;
    if (text !== "V") this.fedAt.push(this.#clock.now());
  }

  close(): void {
    this.isClosed = true;
  }

  /** The longest that it went without food until `now`, ms. */
  hunger(now: number): number {
    const times = [...this.fedAt, now];
    return Math.max(...times.map((at, index) => at - (times[index - 1] ?? 0)));
  }
}

function setUp(pulse: SoundPulse) {
  const clock = new VirtualClock();
  const device = new Device(clock);
  const warnings: string[] = [];
  const watchdog = new Watchdog(device, { clock, sound: () => ({ ...pulse }), warn: (text) => warnings.push(text) });
  /** 20 ms at a time, with a frame each while `moves`. */
  const run = (duration: number, moves: boolean) => {
    for (let passed = 0; passed < duration; passed += 20) {
      clock.advance(20);
      if (moves) pulse.frames++;
    }
  };
  return { clock, device, warnings, watchdog, run };
}

describe("watchdog", () => {
  it("a box on the hook is fed for an hour, though no frame passes", () => {
    const { clock, device, warnings } = setUp({ isNeeded: false, frames: 0 });
    clock.advance(3_600_000);
    assert.ok(device.hunger(clock.now()) < BITES_AFTER, `${device.hunger(clock.now())} ms without food`);
    assert.deepEqual(warnings, []);
  });

  it("a box in a call is fed while its frames pass", () => {
    const { clock, device, run } = setUp({ isNeeded: true, frames: 0 });
    run(600_000, true);
    assert.ok(device.hunger(clock.now()) < BITES_AFTER);
  });

  it("sound that stops in mid-call ends the feeding after 20 s, and says so once", () => {
    const { clock, device, warnings, run } = setUp({ isNeeded: true, frames: 0 });
    run(60_000, true);
    const fed = device.fedAt.length;
    run(120_000, false);
    assert.ok(device.fedAt.length - fed <= 4, "fed at most for the 20 s");
    assert.ok(device.hunger(clock.now()) > BITES_AFTER);
    assert.deepEqual(warnings, ["no sound for 20 s while a line needs it: not fed"]);
  });

  it("a sound card that is back within 15 s costs nothing", () => {
    const { clock, device, warnings, run } = setUp({ isNeeded: true, frames: 0 });
    for (let time = 0; time < 10; time++) {
      run(15_000, false);
      run(5000, true);
    }
    assert.ok(device.hunger(clock.now()) < BITES_AFTER);
    assert.deepEqual(warnings, []);
  });

  it("a handset that is hung up while sound is stuck is no reason to reset", () => {
    const pulse = { isNeeded: true, frames: 0 };
    const { clock, device, run } = setUp(pulse);
    run(19_000, false);
    pulse.isNeeded = false;
    run(60_000, false);
    assert.ok(device.hunger(clock.now()) < BITES_AFTER);
  });

  it("a loop that stands still feeds nobody", () => {
    const { clock, device } = setUp({ isNeeded: false, frames: 0 });
    clock.stall(60_000);
    clock.advance(1);
    assert.ok(device.hunger(clock.now()) > BITES_AFTER);
  });

  it("an orderly end writes the letter that disarms it, last, and feeds no more", () => {
    const { clock, device, watchdog } = setUp({ isNeeded: false, frames: 0 });
    watchdog.stop();
    clock.advance(60_000);
    assert.match(device.written, /^\n*V$/);
    assert.ok(device.isClosed);
  });

  it("a device that refuses is told of, and tried again", () => {
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const device = {
      write: () => {
        throw new Error("EIO");
      },
      close: () => {},
    };
    const pulse = () => ({ isNeeded: false, frames: 0 });
    new Watchdog(device, { clock, sound: pulse, warn: (text) => warnings.push(text) });
    clock.advance(5000);
    assert.deepEqual(warnings, ["cannot be fed: EIO", "cannot be fed: EIO"]);
  });

  it("the device is a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tipring-watchdog-"));
    const path = join(folder, "watchdog");
    const device = await openWatchdogDevice(path);
    device.write("\n");
    device.write("V");
    device.close();
    assert.equal(readFileSync(path, "utf8"), "\nV");
    rmSync(folder, { recursive: true });
  });
});

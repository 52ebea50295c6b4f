// The echo canceller of the adapter, as a module of its own for tests that listen long.

import { ECHO_CANCELLER_SIZE, EchoCanceller } from "../../assembly/audio/echo-canceller";
import { FRAME_SAMPLES } from "../../assembly/limits";

export { panicLine } from "../../assembly/abi/panic";

/** Ten seconds. */
const SAMPLES: i32 = 80000;

const canceller = changetype<EchoCanceller>(memory.data(ECHO_CANCELLER_SIZE, 16));
const far: usize = memory.data(SAMPLES * 2, 16);
const near: usize = memory.data(SAMPLES * 2, 16);
const ear: usize = memory.data(FRAME_SAMPLES * 2, 16);

/** 16-bit samples, SAMPLES of each. */
export function farPointer(): usize { return far; }
export function nearPointer(): usize { return near; }
export function samples(): i32 { return SAMPLES; }

let suppresses: bool = false;

export function setSuppression(on: bool): void { suppresses = on; }
export function reset(): void { canceller.setup(); }
export function setDelay(samples: i32): void { canceller.setDelay(samples); }

/** Works through whole frames: `near` is what the microphone gets while `far` goes to the ear a delay before; the echo is taken out of it. */
export function run(samples: i32): void {
  for (let at = 0; at + FRAME_SAMPLES <= samples; at += FRAME_SAMPLES) {
    const offset = <usize>at << 1;
    canceller.handleSound(far + offset);
    canceller.cancel(near + offset);
    if (suppresses) canceller.suppress(near + offset);
  }
}


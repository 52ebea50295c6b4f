// What a phone is told of callers and messages, as a module of its own for tests that read it a thousand times.

import { resetActions } from "../../assembly/abi/action";
import { textAt } from "../../assembly/base/text";
import { CALLER_ID_STATE_SIZE, CallerId } from "../../assembly/line/caller-id";
import { CallerIdScheme } from "../../assembly/line/caller-id-scheme";
import { setLocalClock } from "../../assembly/time/local-clock";

export { panicLine } from "../../assembly/abi/panic";
export { CallerIdScheme } from "../../assembly/line/caller-id-scheme";

const FRAME: i32 = 160;
const FRAME_MS: f64 = 20;
const SAMPLES: i32 = 64000;
const TEXT: i32 = 256;
/** NTT's display is off-hook from one to the other, in frames. */
const NTT_LIFTS: i32 = 20;
const NTT_HANGS: i32 = 130;

const callerId = changetype<CallerId>(memory.data(CALLER_ID_STATE_SIZE, 16));
const pcm: usize = memory.data(SAMPLES * 2, 16);
const user = textAt(memory.data(TEXT + 4, 4)).setup(TEXT);
const display = textAt(memory.data(TEXT + 4, 4)).setup(TEXT);

export function pcmPointer(): usize { return pcm; }
export function pcmSamples(): i32 { return SAMPLES; }
/** A Text of TEXT bytes: its length as u16, and its bytes from 4 on. */
export function userPointer(): usize { return changetype<usize>(user); }
export function displayPointer(): usize { return changetype<usize>(display); }

function prepare(scheme: CallerIdScheme, localTime: f64): void {
  memory.fill(changetype<usize>(callerId), 0, CALLER_ID_STATE_SIZE);
  resetActions();
  setLocalClock(localTime);
  callerId.setup(0);
  callerId.scheme = scheme;
}

/** Samples at pcm of what an idle phone is told of the caller; from the first ring's end on, where it is told after that. */
export function makeCall(scheme: CallerIdScheme, isPrivate: bool, keepsLatin1: bool, localTime: f64): i32 {
  prepare(scheme, localTime);
  callerId.keepsLatin1 = keepsLatin1;
  callerId.setCaller(user, display, isPrivate);
  callerId.startCall(20, 0);
  if (callerId.awaitsGap) callerId.startGap(0);
  return drive();
}

/** The same during another call. */
export function makeWaiting(scheme: CallerIdScheme, localTime: f64): i32 {
  prepare(scheme, localTime);
  callerId.setCaller(user, display, false);
  return callerId.startWaiting(0) ? drive() : 0;
}

/** The same of the mailbox. */
export function makeMailbox(scheme: CallerIdScheme, hasMessages: bool, count: i32): i32 {
  prepare(scheme, 0);
  callerId.setMailbox(hasMessages, count);
  return callerId.startMailbox(0) ? drive() : 0;
}

function drive(): i32 {
  memory.fill(pcm, 0, SAMPLES * 2);
  for (let frame = 0; frame < SAMPLES / FRAME; frame++) {
    resetActions();
    callerId.isLoopClosed = frame >= NTT_LIFTS && frame < NTT_HANGS;
    callerId.takeAnswer(0x44); // D
    if (callerId.mix(pcm + <usize>(frame * FRAME * 2), FRAME, <f64>frame * FRAME_MS)) return (frame + 1) * FRAME;
  }
  return SAMPLES;
}

// The digits of a call, each by one way alone: as telephone events (RFC 4733), by INFO, or as sound.

import { Report } from "../abi/action";
import { FRAME_SAMPLES } from "../limits";
import { reportDigit } from "../line/digit-report";
import { eventOther, eventStatus, sendDigit } from "../sip/user-agent";
import { Call, CallState } from "./call";

/** Before the answer there is nobody to send an INFO to. */
@inline function passesInfo(call: Call): bool { return call.sendsInfo && call.state == CallState.Active; }

/** A digit of the phone. A key's tones go as they are where the far end takes no events; what a rotary dial turned is sounded. */
export function passDigit(call: Call, now: f64): void {
  const digit = call.line.digit;
  const stream = call.stream;
  if (passesInfo(call)) sendDigit(call.session, digit, now);
  else if (!stream.sendDigit(digit, now) && !call.line.hasDigit) stream.speakDigit(digit);
}

/**
 * A digit that goes by another way must not be heard in the frame from the phone as the same digit once more; nor is the
 * far end to hear how the phone is told who calls.
 */
export function muteDigit(call: Call, pcm: usize): void {
  const stream = call.stream;
  const line = call.line;
  stream.holdDigit(line.hasDigit); // as long as the key is pressed
  if (line.isMuting || line.hasDigit && (stream.hasEvents || passesInfo(call))) memory.fill(pcm, 0, FRAME_SAMPLES << 1);
}

/** A digit that came by INFO. */
export function takeDigit(call: Call, now: f64): void {
  reportDigit(Report.DigitReceived, call.index, eventStatus);
  call.stream.playDigit(eventStatus, eventOther, now);
}

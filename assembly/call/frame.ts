// One frame of a line's sound, both ways: from the microphone to the network, and from there to the ear.

import { Report } from "../abi/action";
import { FaxSignal } from "../audio/fax-detector";
import { FRAME_SAMPLES } from "../limits";
import { LineState } from "../line/line";
import { Call, CallState } from "./call";
import { muteDigit } from "./digits";
import { beginReport, endReport } from "./report-text";

const FRAME_SIZE: i32 = FRAME_SAMPLES << 1;

export function handleFrame(call: Call, pcmIn: usize, pcmOut: usize, now: f64): void {
  const line = call.line;
  const stream = call.stream;
  const sound = call.sound;
  sound.handleMicrophone(pcmIn, stream.isRunning);
  // what a fax machine sends may sound like a digit for a moment
  if (!sound.isPassingThrough) call.handleLine(line.handleMicrophone(pcmIn, FRAME_SAMPLES, now), now);
  memory.fill(pcmOut, 0, FRAME_SIZE);
  if (stream.isRunning) {
    if (!sound.isPassingThrough) muteDigit(call, pcmIn);
    listen(call, sound.hearNear(pcmIn));
    sound.transmit(pcmIn);
    stream.sendFrame(pcmIn, now);
    stream.takeFrame(pcmOut, now);
    listen(call, sound.hearFar(pcmOut));
    sound.receive(pcmOut);
    if (line.isMuting) memory.fill(pcmOut, 0, FRAME_SIZE);
    if (call.state == CallState.Early && line.state == LineState.Ringback && call.isHearing) line.startSilence(now);
  } else if (sound.isPassingThrough) {
    sound.endPassThrough();
  }
  line.mixTones(pcmOut, FRAME_SAMPLES, now);
  sound.handleEar(pcmOut);
}

/** Machines want the line as it is: nothing cancelled, made up or moved in time, till the call ends. */
function listen(call: Call, signal: FaxSignal): void {
  if (signal == FaxSignal.None || call.sound.isPassingThrough) return;
  call.sound.isPassingThrough = true;
  call.stream.holdDigit(false);
  call.stream.passThrough();
  beginReport().text(
    signal == FaxSignal.Calling ? "CNG" : signal == FaxSignal.Answering ? "CED" : signal == FaxSignal.Modem ? "ANSam" : "V.21 flags",
  );
  endReport(Report.MachineHeard, call.index);
}

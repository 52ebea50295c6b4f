// What a line does to the sound of its calls: takes the sound card's offset out of the microphone, and makes both
// directions as loud as they are wanted.

import { DC_REMOVAL_SIZE, DcRemoval } from "../audio/dc-removal";
import { UNITY, amplify, factorOfDb } from "../audio/gain";
import { FRAME_SAMPLES } from "../limits";

const REMOVAL: usize = 8;
export const LINE_SOUND_SIZE: i32 = <i32>REMOVAL + DC_REMOVAL_SIZE;

@unmanaged
export class LineSound {
  private transmitFactor: i32 = 0;
  private receiveFactor: i32 = 0;

  @inline private get removal(): DcRemoval { return changetype<DcRemoval>(changetype<usize>(this) + REMOVAL); }

  setup(): void {
    this.transmitFactor = UNITY;
    this.receiveFactor = UNITY;
    this.removal.reset();
  }

  /** In dB, from the phone to the network and from the network to the phone. */
  setTransmitGain(decibels: f64): void { this.transmitFactor = factorOfDb(decibels); }
  setReceiveGain(decibels: f64): void { this.receiveFactor = factorOfDb(decibels); }

  /** A frame from the microphone, before anything else hears it. */
  handleMicrophone(pcm: usize): void { this.removal.handleFrame(pcm, FRAME_SAMPLES); }

  /** A frame on its way to the network, and one from there. */
  transmit(pcm: usize): void { amplify(pcm, FRAME_SAMPLES, this.transmitFactor); }
  receive(pcm: usize): void { amplify(pcm, FRAME_SAMPLES, this.receiveFactor); }
}

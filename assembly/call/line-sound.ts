// What a line does to the sound of its calls: takes the sound card's offset and the echo of the ear out of the
// microphone, and makes both directions as loud as they are wanted.

import { DC_REMOVAL_SIZE, DcRemoval } from "../audio/dc-removal";
import { ECHO_CANCELLER_SIZE, EchoCanceller } from "../audio/echo-canceller";
import { UNITY, amplify, factorOfDb } from "../audio/gain";
import { FRAME_SAMPLES } from "../limits";

const REMOVAL: usize = 8;
const CANCELLER: usize = (REMOVAL + DC_REMOVAL_SIZE + 15) & ~15;
export const LINE_SOUND_SIZE: i32 = <i32>CANCELLER + ECHO_CANCELLER_SIZE;

@unmanaged
export class LineSound {
  private transmitFactor: i32 = 0;
  private receiveFactor: i32 = 0;

  @inline private get removal(): DcRemoval { return changetype<DcRemoval>(changetype<usize>(this) + REMOVAL); }
  @inline get canceller(): EchoCanceller { return changetype<EchoCanceller>(changetype<usize>(this) + CANCELLER); }

  setup(): void {
    this.transmitFactor = UNITY;
    this.receiveFactor = UNITY;
    this.removal.reset();
    this.canceller.setup();
  }

  /** In dB, from the phone to the network and from the network to the phone. */
  setTransmitGain(decibels: f64): void { this.transmitFactor = factorOfDb(decibels); }
  setReceiveGain(decibels: f64): void { this.receiveFactor = factorOfDb(decibels); }

  /** A frame from the microphone, before anything else hears it. `isCall`: the ear hears a far end, which may be echoed. */
  handleMicrophone(pcm: usize, isCall: bool): void {
    this.removal.handleFrame(pcm, FRAME_SAMPLES);
    if (isCall && this.canceller.isEnabled) this.canceller.cancel(pcm);
  }

  /** The frame that the ear gets, after all else. */
  handleEar(pcm: usize): void { this.canceller.handleSound(pcm); }

  /** A frame on its way to the network, and one from there. */
  transmit(pcm: usize): void {
    if (this.canceller.isEnabled) this.canceller.suppress(pcm);
    amplify(pcm, FRAME_SAMPLES, this.transmitFactor);
  }

  receive(pcm: usize): void { amplify(pcm, FRAME_SAMPLES, this.receiveFactor); }
}

// What a line does to the sound of its calls: takes the sound card's offset and the echo of the ear out of the
// microphone, and makes both directions as loud as they are wanted.

import { DC_REMOVAL_SIZE, DcRemoval } from "../audio/dc-removal";
import { ECHO_CANCELLER_SIZE, EchoCanceller } from "../audio/echo-canceller";
import { FAX_DETECTOR_SIZE, FaxDetector, FaxSignal } from "../audio/fax-detector";
import { UNITY, amplify, factorOfDb } from "../audio/gain";
import { FRAME_SAMPLES } from "../limits";

const REMOVAL: usize = 16;
const CANCELLER: usize = (REMOVAL + DC_REMOVAL_SIZE + 15) & ~15;
const NEAR_FAX: usize = CANCELLER + ECHO_CANCELLER_SIZE, FAR_FAX: usize = NEAR_FAX + FAX_DETECTOR_SIZE;
export const LINE_SOUND_SIZE: i32 = <i32>FAR_FAX + FAX_DETECTOR_SIZE;

@unmanaged
export class LineSound {
  private transmitFactor: i32 = 0;
  private receiveFactor: i32 = 0;
  /** A fax machine or a modem has the line: its sound is left as it is. */
  isPassingThrough: bool = false;

  @inline private get removal(): DcRemoval { return changetype<DcRemoval>(changetype<usize>(this) + REMOVAL); }
  @inline get canceller(): EchoCanceller { return changetype<EchoCanceller>(changetype<usize>(this) + CANCELLER); }
  @inline private get nearFax(): FaxDetector { return changetype<FaxDetector>(changetype<usize>(this) + NEAR_FAX); }
  @inline private get farFax(): FaxDetector { return changetype<FaxDetector>(changetype<usize>(this) + FAR_FAX); }
  @inline private get cancels(): bool { return this.canceller.isEnabled && !this.isPassingThrough; }

  setup(): void {
    this.transmitFactor = UNITY;
    this.receiveFactor = UNITY;
    this.removal.reset();
    this.canceller.setup();
    this.endPassThrough();
  }

  /** In dB, from the phone to the network and from the network to the phone. */
  setTransmitGain(decibels: f64): void { this.transmitFactor = factorOfDb(decibels); }
  setReceiveGain(decibels: f64): void { this.receiveFactor = factorOfDb(decibels); }

  /** RFC 3611 §4.7.4: how much softer than the ear's sound its echo is, after the canceller, in dB; NaN while nobody knows. */
  get echoReturnLoss(): f64 {
    const loss = this.canceller.lossDb;
    return this.cancels && loss >= 0 ? loss + max(this.canceller.enhancementDb, 0) : NaN;
  }

  /** A frame from the microphone, before anything else hears it. `isCall`: the ear hears a far end, which may be echoed. */
  handleMicrophone(pcm: usize, isCall: bool): void {
    this.removal.handleFrame(pcm, FRAME_SAMPLES);
    if (isCall && this.cancels) this.canceller.cancel(pcm);
  }

  /** The frame that the ear gets, after all else. */
  handleEar(pcm: usize): void { this.canceller.handleSound(pcm); }

  /** What fax machines and modems are heard to do at the phone, and at the far end. */
  hearNear(pcm: usize): FaxSignal { return this.nearFax.put(pcm); }
  hearFar(pcm: usize): FaxSignal { return this.farFax.put(pcm); }

  endPassThrough(): void {
    this.isPassingThrough = false;
    this.nearFax.reset();
    this.farFax.reset();
  }

  /** A frame on its way to the network, and one from there. */
  transmit(pcm: usize): void {
    if (this.cancels) this.canceller.suppress(pcm);
    amplify(pcm, FRAME_SAMPLES, this.transmitFactor);
  }

  receive(pcm: usize): void { amplify(pcm, FRAME_SAMPLES, this.receiveFactor); }
}

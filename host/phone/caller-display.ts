// The display of a telephone: who calls, who has called, whether messages wait. It knows what the wires tell: sound, and for
// NTT's way polarity and ringing.

import { toneShare } from "../sound/level.ts";
import { DigitEar } from "./digit-ear.ts";
import { MessageReader, readDigits, type ShownCall } from "./display-message.ts";
import { FskEar } from "./fsk-ear.ts";

export interface CallerDisplayHooks {
  /** An off-hook display tells the exchange that it listens: presses the key, the microphone and the ear cut off. */
  answer(): void;
}

/** CAS and DT-AS: Telcordia GR-30, ETSI EN 300 659-2. */
const ALERT = [2130, 2750];
const ALERT_SHARE = 0.7;
const ALERT_FRAMES = 3;
const KEPT = 20;
/** Frames of silence after which digits are none of a caller, frames for which an off-hook display waits for a message. */
const DIGITS_PATIENCE = 25;
const MESSAGE_PATIENCE = 100;

export class CallerDisplay {
  /** The newest last. */
  readonly calls: ShownCall[] = [];
  /** What the lamp says; undefined until the exchange has told. */
  mailbox: { readonly areWaiting: boolean; readonly count?: number } | undefined;
  readonly #hooks: CallerDisplayHooks;
  readonly #reader = new MessageReader();
  readonly #modem = new FskEar((byte, isFirst) => this.#take(byte, isFirst));
  readonly #digitEar = new DigitEar();
  #digits = "";
  #silentFrames = 0;
  #alertFrames = 0;
  #patience = 0;

  constructor(hooks: CallerDisplayHooks) {
    this.#hooks = hooks;
  }

  get last(): ShownCall | undefined {
    return this.calls.at(-1);
  }

  /** The handset is lifted or put back. */
  reset(): void {
    this.#modem.reset();
    this.#digits = "";
    this.#alertFrames = 0;
    this.#patience = 0;
  }

  /** A frame while the handset is on the hook. */
  hearOnHook(frame: Int16Array): void {
    this.#modem.hear(frame);
    const digit = this.#digitEar.hear(frame);
    this.#silentFrames = digit === "" ? this.#silentFrames + 1 : 0;
    if (this.#silentFrames > DIGITS_PATIENCE) this.#digits = "";
    if (digit === "") return;
    this.#digits += digit;
    if (digit !== "#" && digit !== "C") return;
    const call = readDigits(this.#digits);
    if (call) this.#show(call);
    this.#digits = "";
  }

  /** A frame while it is lifted. True while the display listens in the place of the ear. */
  hearOffHook(frame: Int16Array): boolean {
    if (this.#patience > 0) {
      this.#patience--;
      this.#modem.hear(frame);
      return true;
    }
    if (toneShare(frame, ALERT) >= ALERT_SHARE) this.#alertFrames++;
    else {
      if (this.#alertFrames >= ALERT_FRAMES) {
        this.#patience = MESSAGE_PATIENCE;
        this.#modem.reset();
        this.#hooks.answer();
      }
      this.#alertFrames = 0;
    }
    return false;
  }

  #take(byte: number, isFirst: boolean): void {
    const message = this.#reader.put(byte, isFirst);
    if (!message) return;
    this.#patience = 0;
    const { kind, ...shown } = message;
    if (kind === "call") this.#show(shown as ShownCall);
    else this.mailbox = shown as { areWaiting: boolean; count?: number };
  }

  #show(call: ShownCall): void {
    if (this.calls.length === KEPT) this.calls.shift();
    this.calls.push(call);
  }
}

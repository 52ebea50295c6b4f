// What the adapter tells a phone of callers and messages, apart from the rest of it: test/blocks/caller-id.ts.

import { CALLER_ID_SCHEMES } from "../../host/adapter-abi.ts";
import { loadBlock } from "./blocks.ts";

export type Scheme = (typeof CALLER_ID_SCHEMES)[number];

interface Exports {
  pcmPointer(): number;
  pcmSamples(): number;
  userPointer(): number;
  displayPointer(): number;
  makeCall(scheme: number, isPrivate: number, keepsLatin1: number, localTime: number): number;
  makeWaiting(scheme: number, localTime: number): number;
  makeMailbox(scheme: number, hasMessages: number, count: number): number;
}

export interface Told {
  user?: string;
  display?: string;
  isPrivate?: boolean;
  keepsLatin1?: boolean;
  /** Local time, ms since 1970. */
  time?: number;
}

export class CallerIdBlock {
  readonly #block = loadBlock<Exports>("caller-id");
  readonly #bytes = new Uint8Array(this.#block.memory.buffer);

  /** The sound that an idle phone gets, from the first thing it is told on. */
  call(scheme: Scheme, told: Told): Int16Array {
    this.#tell(told);
    const { isPrivate = false, keepsLatin1 = false, time = 0 } = told;
    return this.#made(
      this.#block.makeCall(CALLER_ID_SCHEMES.indexOf(scheme), Number(isPrivate), Number(keepsLatin1), time),
    );
  }

  /** The sound that a phone gets during a call, its answer given; empty where it gets none. */
  waiting(scheme: Scheme, told: Told): Int16Array {
    this.#tell(told);
    return this.#made(this.#block.makeWaiting(CALLER_ID_SCHEMES.indexOf(scheme), told.time ?? 0));
  }

  mailbox(scheme: Scheme, areWaiting: boolean, count: number): Int16Array {
    return this.#made(this.#block.makeMailbox(CALLER_ID_SCHEMES.indexOf(scheme), Number(areWaiting), count));
  }

  #tell({ user = "", display = "" }: Told): void {
    this.#put(this.#block.userPointer(), user);
    this.#put(this.#block.displayPointer(), display);
  }

  #put(at: number, text: string): void {
    const bytes = Buffer.from(text, "utf8");
    this.#bytes[at] = bytes.length;
    this.#bytes.set(bytes, at + 4);
  }

  #made(samples: number): Int16Array {
    return new Int16Array(this.#block.memory.buffer, this.#block.pcmPointer(), samples).slice();
  }
}

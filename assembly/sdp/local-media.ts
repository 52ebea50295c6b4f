// Our side of one session: what our offers and answers say. RFC 3264 §5 and §8.

import { Endpoint, endpointAt, ENDPOINT_SIZE } from "../abi/endpoint";
import { CodecOrder, SrtpUse } from "../abi/settings";
import { random32 } from "../base/random";
import { CRYPTO_KEY_SIZE, CryptoSuite, OFFERED_SUITES } from "./crypto";
import { Direction } from "./description";

/** The two laws of G.711 by their payload types, RFC 3551 §6. */
export const enum Law { None = -1, Pcmu = 0, Pcma = 8 }

/** A payload type that there is not. */
export const NO_PAYLOAD_TYPE: i32 = -1;

const LOCAL_FIELDS: i32 = 56;
const LOCAL_KEYS_AT: i32 = LOCAL_FIELDS + ENDPOINT_SIZE;
const LOCAL_KEYS_SIZE: i32 = OFFERED_SUITES * CRYPTO_KEY_SIZE;
/** Bytes of a LocalMedia. */
export const LOCAL_MEDIA_SIZE: i32 = LOCAL_KEYS_AT + ((LOCAL_KEYS_SIZE + 7) & ~7);

@unmanaged
export class LocalMedia {
  sessionId: u64 = 0;
  /** Goes up by one with every description that differs from the one before. */
  version: u64 = 0;
  /** What we offer, best first. The second may be None. */
  firstLaw: Law = Law.Pcmu;
  secondLaw: Law = Law.Pcma;
  /** RFC 4733; NO_PAYLOAD_TYPE when we never speak it. */
  eventPayloadType: i32 = 0;
  /** What we want. An answer can only narrow it. */
  direction: Direction = Direction.SendRecv;
  /** Which media line of the session is the call: its place never changes (RFC 3264 §8). */
  mediaIndex: i32 = 0;
  /** Whether sound is protected. */
  srtp: SrtpUse = SrtpUse.Off;
  /** Our offers are RTP/SAVP. */
  isSavp: bool = false;
  /** Of RTCP, 0 when it is the one after that of RTP (RFC 3605). */
  controlPort: u16 = 0;

  /** Where our RTP is to be sent. */
  @inline get endpoint(): Endpoint { return endpointAt(changetype<usize>(this) + LOCAL_FIELDS); }

  /**
   * What we protect our packets with, CRYPTO_KEY_SIZE bytes. The same for the whole session, and another for each suite
   * (RFC 4568 §6.1).
   */
  @inline keyOf(suite: CryptoSuite): usize {
    return changetype<usize>(this) + <usize>(LOCAL_KEYS_AT + (suite - 1) * CRYPTO_KEY_SIZE);
  }

  @inline speaks(law: Law): bool { return law != Law.None && (law == this.firstLaw || law == this.secondLaw); }

  /** The laws of `codecs`, telephone-event at 101, sendrecv, fresh keys, and no address yet. */
  reset(sessionId: u64, codecs: CodecOrder, srtp: SrtpUse = SrtpUse.Off): void {
    if (<i32>offsetof<LocalMedia>() > LOCAL_FIELDS) ERROR("the endpoint stands behind the fields");
    memory.fill(changetype<usize>(this), 0, LOCAL_MEDIA_SIZE);
    this.sessionId = sessionId;
    this.version = 1;
    const isAFirst = codecs == CodecOrder.AThenMu || codecs == CodecOrder.AOnly;
    this.firstLaw = isAFirst ? Law.Pcma : Law.Pcmu;
    this.secondLaw = codecs == CodecOrder.MuThenA ? Law.Pcma : codecs == CodecOrder.AThenMu ? Law.Pcmu : Law.None;
    this.eventPayloadType = 101;
    this.direction = Direction.SendRecv;
    this.srtp = srtp;
    this.isSavp = srtp == SrtpUse.Required;
    if (srtp == SrtpUse.Off) return;
    for (let at: usize = 0; at < <usize>LOCAL_KEYS_SIZE; at += 4) {
      store<u32>(changetype<usize>(this) + LOCAL_KEYS_AT + at, random32());
    }
  }
}

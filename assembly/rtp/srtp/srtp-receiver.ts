// Takes the protection off what arrives, or refuses it: RFC 3711 §3.3 for RTP, §3.4 for RTCP. In place.
// Nothing is remembered of a packet that is not genuine.

import { equalBytes } from "../../base/bytes";
import { load16, load32 } from "../../base/network-order";
import { headerLengthOf } from "../packet";
import { PACKET_WINDOW_SIZE, PacketWindow } from "./packet-window";
import { CONTROL_TAG_SIZE, MASTER_SIZE, SESSION_KEYS_SIZE, SessionKeys } from "./session-keys";
import { CONTROL_HEADER_SIZE, ENCRYPTED_BIT } from "./srtp-sender";

/** Instead of a length: no such packet, not from whom we talk to, one that came before. */
export const MALFORMED: i32 = -1;
export const FORGED: i32 = -2;
export const REPLAYED: i32 = -3;

/** Sources whose packets are told apart. A fifth one takes the place of the first: a call has one at a time. */
const SOURCES: i32 = 4;

const WINDOW_AT: usize = 16;
const CONTROL_WINDOW_AT: usize = WINDOW_AT + PACKET_WINDOW_SIZE;
const SOURCE_SIZE: i32 = <i32>CONTROL_WINDOW_AT + PACKET_WINDOW_SIZE;

/** One SSRC and what has come of it. */
@unmanaged
class Source {
  ssrc: u32 = 0;
  isUsed: bool = false;
  /** The key has changed since its last packet. */
  isRekeyed: bool = false;

  @inline get window(): PacketWindow { return changetype<PacketWindow>(changetype<usize>(this) + WINDOW_AT); }
  @inline get controlWindow(): PacketWindow {
    return changetype<PacketWindow>(changetype<usize>(this) + CONTROL_WINDOW_AT);
  }
}

const MASTER_AT: i32 = 16;
const SOURCES_AT: i32 = MASTER_AT + 32;
const RTP_AT: i32 = (SOURCES_AT + SOURCES * SOURCE_SIZE + 15) & ~15;
const RTCP_AT: i32 = RTP_AT + SESSION_KEYS_SIZE;
export const SRTP_RECEIVER_SIZE: i32 = RTCP_AT + SESSION_KEYS_SIZE;

/** A source of which nothing has come. */
const stranger = changetype<Source>(memory.data(SOURCE_SIZE, 16));

@unmanaged
export class SrtpReceiver {
  /** Bytes of the tag of an RTP packet. 0: nothing is protected. */
  private tagSize: i32 = 0;
  private nextSource: i32 = 0;

  @inline private get master(): usize { return changetype<usize>(this) + MASTER_AT; }
  @inline private get keys(): SessionKeys { return changetype<SessionKeys>(changetype<usize>(this) + RTP_AT); }
  @inline private get controlKeys(): SessionKeys { return changetype<SessionKeys>(changetype<usize>(this) + RTCP_AT); }
  @inline get isOn(): bool { return this.tagSize != 0; }

  @inline private source(index: i32): Source {
    return changetype<Source>(changetype<usize>(this) + <usize>(SOURCES_AT + index * SOURCE_SIZE));
  }

  /** Expects the MASTER_SIZE bytes at `master`, from now on; a `tagSize` of 0 expects packets without protection. */
  start(tagSize: i32, master: usize): void {
    if (<i32>offsetof<SrtpReceiver>() > MASTER_AT) ERROR("the master key follows at 16");
    if (offsetof<Source>() > WINDOW_AT) ERROR("the windows follow at 16");
    const isSame = this.isOn && equalBytes(this.master, master, MASTER_SIZE);
    this.tagSize = tagSize;
    if (tagSize == 0 || isSame) return;
    memory.copy(this.master, master, MASTER_SIZE);
    this.keys.derive(master, false);
    this.controlKeys.derive(master, true);
    for (let index = 0; index < SOURCES; index++) {
      const source = this.source(index);
      source.isRekeyed = source.isUsed;
      source.window.forget();
      source.controlWindow.reset();
    }
  }

  /** The length of the packet without its protection, or why it is refused. */
  unprotect(at: usize, length: i32): i32 {
    if (!this.isOn) return length;
    const end = length - this.tagSize;
    const header = headerLengthOf(at, end);
    if (header == 0) return MALFORMED;
    const ssrc = load32(at + 8);
    const sequence = load16(at + 2);
    const source = this.find(ssrc);
    let index = source.window.indexOf(sequence);
    if (!source.window.isFresh(index)) return REPLAYED;
    if (!this.isGenuine(at, end, index)) {
      // RFC 3711 §3.3.1: the counter goes on under a new key. Some start over with it all the same.
      if (!source.isRekeyed || index >> 16 == 0 || !this.isGenuine(at, end, sequence)) return FORGED;
      source.window.reset();
      index = sequence;
    }
    this.keys.addKeyStream(at + <usize>header, end - header, ssrc, index);
    const known = this.keep(source, ssrc);
    known.isRekeyed = false;
    known.window.put(index);
    return end;
  }

  private isGenuine(at: usize, length: i32, index: u64): bool {
    return this.keys.isRtpTag(at, at + <usize>length, this.tagSize, <u32>(index >> 16));
  }

  /** The same for RTCP, which may come authenticated and clear (§3.4). */
  unprotectControl(at: usize, length: i32): i32 {
    if (!this.isOn) return length;
    const end = length - CONTROL_TAG_SIZE - 4;
    if (end < CONTROL_HEADER_SIZE) return MALFORMED;
    const ssrc = load32(at + 4);
    const word = load32(at + <usize>end);
    const index = <u64>(word & ~ENCRYPTED_BIT);
    const source = this.find(ssrc);
    if (!source.controlWindow.isFresh(index)) return REPLAYED;
    if (!this.controlKeys.isTag(at, at + <usize>end + 4, CONTROL_TAG_SIZE)) return FORGED;
    if (word & ENCRYPTED_BIT) {
      this.controlKeys.addKeyStream(at + CONTROL_HEADER_SIZE, end - CONTROL_HEADER_SIZE, ssrc, index);
    }
    this.keep(source, ssrc).controlWindow.put(index);
    return end;
  }

  private find(ssrc: u32): Source {
    for (let index = 0; index < SOURCES; index++) {
      const source = this.source(index);
      if (source.isUsed && source.ssrc == ssrc) return source;
    }
    return stranger;
  }

  /** A stranger with a genuine packet is none. */
  private keep(source: Source, ssrc: u32): Source {
    if (source != stranger) return source;
    const kept = this.source(this.nextSource);
    this.nextSource = (this.nextSource + 1) % SOURCES;
    kept.ssrc = ssrc;
    kept.isUsed = true;
    kept.isRekeyed = false;
    kept.window.reset();
    kept.controlWindow.reset();
    return kept;
  }
}

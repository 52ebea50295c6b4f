// A session description as it stands in a message body: offsets and numbers, nothing copied. RFC 8866 §5.
// A view is good for as long as its body stays in place.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { CRYPTO_KEY_SIZE, CryptoSuite } from "./crypto";

/** More media lines than a phone is ever offered. A body with more could not be answered line by line. */
export const MAX_MEDIA: i32 = 8;
/** Formats of one media line that we look at. Whatever stands behind them is kept in the text. */
export const MAX_FORMATS: i32 = 24;

export const enum MediaType { Other, Audio }
/** RTP, and RTP that must be protected: RFC 3551, RFC 3711 §12. */
export const enum Protocol { Other, RtpAvp, RtpSavp }

/** What a payload type stands for, as far as we care. */
export const enum Codec { Other, Pcmu, Pcma, TelephoneEvent }

/** RFC 8866 §6.7, as bits: 1 sends, 2 receives. */
export const enum Direction { Inactive = 0, SendOnly = 1, RecvOnly = 2, SendRecv = 3 }

/** What the other side of `direction` does. */
@inline export function reverseDirection(direction: Direction): Direction {
  return ((direction & 1) << 1) | (direction >> 1);
}

/** What a connection line gives us: RFC 8866 §5.7. */
export const enum Connection {
  /** There is no line. */
  Missing,
  /** An address to send to. */
  Usable,
  /** 0.0.0.0 or ::, the hold of RFC 2543: send nothing. */
  Hold,
  /** A host name, a multicast group, another network. */
  Unusable,
}

/** One payload type of a media line. */
@unmanaged
export class Format {
  /** 0 to 127, -1 when it is no number (then it is not RTP). */
  payloadType: i32 = 0;
  codec: Codec = Codec.Other;
  /** RFC 4733 §2.4.1: events 0 to 15 that the writer understands, as bits. Of telephone-event only. */
  events: i32 = 0;
}

const FORMAT_SIZE: i32 = 12;
const MEDIA_FIELDS: i32 = 80;
const MEDIA_REMOTE_AT: i32 = MEDIA_FIELDS;
const MEDIA_RTCP_AT: i32 = MEDIA_REMOTE_AT + ENDPOINT_SIZE;
const MEDIA_KEY_AT: i32 = MEDIA_RTCP_AT + ENDPOINT_SIZE;
const MEDIA_FORMATS_AT: i32 = MEDIA_KEY_AT + ((CRYPTO_KEY_SIZE + 3) & ~3);
export const MEDIA_SIZE: i32 = MEDIA_FORMATS_AT + MAX_FORMATS * FORMAT_SIZE;

/** One m= line and what belongs to it. Session-level defaults have been filled in. */
@unmanaged
export class MediaLine {
  type: MediaType = MediaType.Other;
  protocol: Protocol = Protocol.Other;
  /** 0 says no to the stream. */
  port: i32 = 0;
  portCount: i32 = 0;
  /** Offsets into the body: the words before and after the port, and the formats with the blanks between them. */
  typeStart: i32 = 0;
  typeLength: i32 = 0;
  protocolStart: i32 = 0;
  protocolLength: i32 = 0;
  formatsStart: i32 = 0;
  formatsLength: i32 = 0;
  /** Formats in the table, at most MAX_FORMATS. */
  formatCount: i32 = 0;
  connection: Connection = Connection.Missing;
  direction: Direction = Direction.SendRecv;
  /** RFC 3605; 0 when not given. */
  rtcpPort: i32 = 0;
  /** RFC 4568: the first key on offer that we can use, and the tag that an answer names it by. None without one. */
  cryptoSuite: CryptoSuite = CryptoSuite.None;
  cryptoTag: i32 = 0;
  /** RFC 3611 §5: the writer wants to know how its sound fares. */
  wantsMetrics: bool = false;
  /** A c= or direction line of its own. */
  hasConnection: bool = false;
  hasDirection: bool = false;

  /** Where to send RTP; its family is None unless the connection is usable. */
  @inline get remote(): Endpoint { return endpointAt(changetype<usize>(this) + MEDIA_REMOTE_AT); }
  /** The address of an a=rtcp line; its family is None without one. */
  @inline get rtcpAddress(): Endpoint { return endpointAt(changetype<usize>(this) + MEDIA_RTCP_AT); }

  /** CRYPTO_KEY_SIZE bytes, when there is a suite. */
  @inline get cryptoKey(): usize { return changetype<usize>(this) + MEDIA_KEY_AT; }

  @inline format(index: i32): Format {
    return changetype<Format>(changetype<usize>(this) + MEDIA_FORMATS_AT + <usize>(index * FORMAT_SIZE));
  }

  /** The format of `payloadType`, or null. */
  findFormat(payloadType: i32): Format | null {
    for (let index = 0; index < this.formatCount; index++) {
      const format = this.format(index);
      if (format.payloadType == payloadType) return format;
    }
    return null;
  }

  /** The first format of `codec`, or null. */
  findCodec(codec: Codec): Format | null {
    for (let index = 0; index < this.formatCount; index++) {
      const format = this.format(index);
      if (format.codec == codec) return format;
    }
    return null;
  }
}

const SESSION_FIELDS: i32 = 48;
const SESSION_ADDRESS_AT: i32 = SESSION_FIELDS;
const SESSION_MEDIA_AT: i32 = SESSION_ADDRESS_AT + ENDPOINT_SIZE;
/** Bytes of a SessionDescription. */
export const SESSION_DESCRIPTION_SIZE: i32 = SESSION_MEDIA_AT + MAX_MEDIA * MEDIA_SIZE;

@unmanaged
export class SessionDescription {
  /** Where the offsets count from. */
  body: usize = 0;
  bodyLength: i32 = 0;
  /** RFC 3264 §5: who wrote it, and which of the writer's it is; the version only tells whether something changed. */
  sessionId: u64 = 0;
  version: u64 = 0;
  /** The value of the t= line, which an answer repeats (RFC 3264 §6). */
  timeStart: i32 = 0;
  timeLength: i32 = 0;
  connection: Connection = Connection.Missing;
  direction: Direction = Direction.SendRecv;
  mediaCount: i32 = 0;
  /** RFC 3611 §5: for all media lines that say nothing else. */
  wantsMetrics: bool = false;

  /** The address of the session-level connection. */
  @inline get address(): Endpoint { return endpointAt(changetype<usize>(this) + SESSION_ADDRESS_AT); }

  @inline media(index: i32): MediaLine {
    return changetype<MediaLine>(changetype<usize>(this) + SESSION_MEDIA_AT + <usize>(index * MEDIA_SIZE));
  }

  /** Address in memory of an offset into the body. */
  @inline at(offset: i32): usize { return this.body + <usize>offset; }

  clear(): void {
    if (<i32>offsetof<Format>() != FORMAT_SIZE) ERROR("formats stand side by side");
    if (<i32>offsetof<MediaLine>() > MEDIA_FIELDS) ERROR("the endpoints stand behind the fields");
    if (<i32>offsetof<SessionDescription>() > SESSION_FIELDS) ERROR("the media lines stand behind the fields");
    memory.fill(changetype<usize>(this), 0, SESSION_DESCRIPTION_SIZE);
    this.direction = Direction.SendRecv;
  }
}

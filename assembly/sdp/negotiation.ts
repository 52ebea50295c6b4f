// Which of the streams on offer becomes the call, and how both sides use it: RFC 3264 §5 to §8. Protection: RFC 4568 §5.1;
// where it is optional, RFC 8643: RTP/AVP with keys, which a plain phone answers without.

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { SrtpUse } from "../abi/settings";
import { copyBytes } from "../base/bytes";
import { CRYPTO_KEY_SIZE, CryptoSuite, suiteOfTag } from "./crypto";
import {
  Codec, Connection, Direction, Format, MediaLine, MediaType, Protocol, SessionDescription, reverseDirection,
} from "./description";
import { Law, LocalMedia, NO_PAYLOAD_TYPE } from "./local-media";

/** Why a description cannot become a call; the furthest that any of its audio lines came. */
export const enum NegotiationResult {
  Ok,
  /** No audio, or all of it refused. */
  NoAudio,
  /** Audio of a kind that we do not speak. */
  NoCodec,
  /** Audio without the protection that we require, or with one that is off or that we do not know. */
  NoProtection,
  /** Audio that we could not send anywhere. */
  NoAddress,
  /** An answer to some other offer. */
  Malformed,
}

const CHOICE_FIELDS: i32 = 52;
const CHOICE_KEY_AT: i32 = CHOICE_FIELDS + 2 * ENDPOINT_SIZE;
/** Bytes of a MediaChoice. */
export const MEDIA_CHOICE_SIZE: i32 = CHOICE_KEY_AT + ((CRYPTO_KEY_SIZE + 3) & ~3);

/** One stream of G.711, as agreed. */
@unmanaged
export class MediaChoice {
  law: Law = Law.None;
  /** The number on packets that we send, and on those that we get. */
  payloadType: i32 = 0;
  receivePayloadType: i32 = 0;
  /** The same for telephone-event; NO_PAYLOAD_TYPE when there is none. */
  eventPayloadType: i32 = 0;
  receiveEventPayloadType: i32 = 0;
  /** Events 0 to 15 that the other side understands, as bits. */
  events: i32 = 0;
  /** What we do. */
  direction: Direction = Direction.Inactive;
  mediaIndex: i32 = 0;
  /** RFC 4568: None leaves packets as they are. The tag is that of the line chosen, which an answer repeats. */
  cryptoSuite: CryptoSuite = CryptoSuite.None;
  cryptoTag: i32 = 0;
  /** RFC 3611 §5: the other side wants to know how its sound fares. */
  wantsMetrics: bool = false;
  /** False: the description has no stream for us, and the rest of this means nothing. */
  accepted: bool = false;

  /** Where we send. Its family is None while the other side holds us the old way, with c=0.0.0.0. */
  @inline get remote(): Endpoint { return endpointAt(changetype<usize>(this) + CHOICE_FIELDS); }
  @inline get remoteRtcp(): Endpoint { return endpointAt(changetype<usize>(this) + CHOICE_FIELDS + ENDPOINT_SIZE); }

  /** What the far end protects its packets with, CRYPTO_KEY_SIZE bytes. */
  @inline get cryptoKey(): usize { return changetype<usize>(this) + CHOICE_KEY_AT; }

  @inline get sends(): bool { return (this.direction & Direction.SendOnly) != 0; }
  @inline get receives(): bool { return (this.direction & Direction.RecvOnly) != 0; }

  reset(): void {
    if (<i32>offsetof<MediaChoice>() > CHOICE_FIELDS) ERROR("the endpoints stand behind the fields");
    memory.fill(changetype<usize>(this), 0, MEDIA_CHOICE_SIZE);
    this.law = Law.None;
    this.payloadType = NO_PAYLOAD_TYPE;
    this.receivePayloadType = NO_PAYLOAD_TYPE;
    this.eventPayloadType = NO_PAYLOAD_TYPE;
    this.receiveEventPayloadType = NO_PAYLOAD_TYPE;
  }
}

/**
 * Chooses the first audio line of `offer` that we can speak, a protected one before all others, and of its codecs the
 * one that the other side likes best.
 * What a later offer of ours must repeat, the place of the line and the number of the events, is kept in `local`.
 */
export function answerOffer(offer: SessionDescription, local: LocalMedia, choice: MediaChoice): NegotiationResult {
  choice.reset();
  let furthest = NegotiationResult.NoAudio;
  let chosen = -1;
  for (let index = 0; index < offer.mediaCount; index++) {
    const media = offer.media(index);
    const result = checkMedia(media, local);
    if (result != NegotiationResult.Ok) furthest = max<i32>(furthest, result);
    else if (chosen < 0 || (isProtected(media, local) && !isProtected(offer.media(chosen), local))) chosen = index;
  }
  if (chosen < 0) return furthest;
  const media = offer.media(chosen);
  take(media, chosen, local, choice);
  choice.receivePayloadType = choice.payloadType;
  choice.receiveEventPayloadType = choice.eventPayloadType;
  local.mediaIndex = chosen;
  local.isSavp = media.protocol == Protocol.RtpSavp;
  if (choice.eventPayloadType != NO_PAYLOAD_TYPE) local.eventPayloadType = choice.eventPayloadType;
  return NegotiationResult.Ok;
}

/** Takes the answer to the last offer that `local` made. */
export function applyAnswer(answer: SessionDescription, local: LocalMedia, choice: MediaChoice): NegotiationResult {
  choice.reset();
  if (local.mediaIndex >= answer.mediaCount) return NegotiationResult.Malformed;
  const media = answer.media(local.mediaIndex);
  const result = checkMedia(media, local);
  if (result != NegotiationResult.Ok) return result;
  // RFC 4568 §5.1.3: the answer names one of the lines that we offered
  if (isProtected(media, local) && media.cryptoSuite != suiteOfTag(media.cryptoTag)) return NegotiationResult.NoProtection;
  take(media, local.mediaIndex, local, choice);
  // RFC 3264 §6.1: an answer's numbers are for what its writer gets. What we get bears those that we offered.
  choice.receivePayloadType = choice.law;
  if (choice.eventPayloadType != NO_PAYLOAD_TYPE) choice.receiveEventPayloadType = local.eventPayloadType;
  return NegotiationResult.Ok;
}

function lawOf(codec: Codec): Law {
  return codec == Codec.Pcmu ? Law.Pcmu : codec == Codec.Pcma ? Law.Pcma : Law.None;
}

/** The format that its writer likes best among those that we speak, or null. */
function findFormat(media: MediaLine, local: LocalMedia): Format | null {
  for (let index = 0; index < media.formatCount; index++) {
    const format = media.format(index);
    if (local.speaks(lawOf(format.codec))) return format;
  }
  return null;
}

function checkMedia(media: MediaLine, local: LocalMedia): NegotiationResult {
  if (media.type != MediaType.Audio || media.port == 0) return NegotiationResult.NoAudio;
  if (media.protocol == Protocol.Other || findFormat(media, local) === null) return NegotiationResult.NoCodec;
  const isRequired = local.srtp == SrtpUse.Required || media.protocol == Protocol.RtpSavp;
  if (isRequired && !isProtected(media, local)) return NegotiationResult.NoProtection;
  const canSend = media.connection == Connection.Usable || media.connection == Connection.Hold;
  return canSend ? NegotiationResult.Ok : NegotiationResult.NoAddress;
}

/** It has a key that we can use, and want to. */
function isProtected(media: MediaLine, local: LocalMedia): bool {
  return local.srtp != SrtpUse.Off && media.cryptoSuite != CryptoSuite.None;
}

function take(media: MediaLine, index: i32, local: LocalMedia, choice: MediaChoice): void {
  const format = findFormat(media, local)!;
  choice.accepted = true;
  choice.mediaIndex = index;
  choice.law = lawOf(format.codec);
  choice.payloadType = format.payloadType;
  choice.wantsMetrics = media.wantsMetrics;
  const events = media.findCodec(Codec.TelephoneEvent);
  if (events !== null && local.eventPayloadType != NO_PAYLOAD_TYPE) {
    choice.eventPayloadType = events.payloadType;
    choice.events = events.events;
  }
  if (isProtected(media, local)) {
    choice.cryptoSuite = media.cryptoSuite;
    choice.cryptoTag = media.cryptoTag;
    copyBytes(choice.cryptoKey, media.cryptoKey, CRYPTO_KEY_SIZE);
  }
  choice.direction = local.direction & reverseDirection(media.direction);
  if (media.connection == Connection.Hold) {
    choice.direction &= Direction.RecvOnly;
    return;
  }
  choice.remote.copyFrom(media.remote);
  takeRtcp(media, choice.remoteRtcp);
}

/** One port above RTP, unless the writer says otherwise (RFC 3605). No port above the last means no RTCP. */
function takeRtcp(media: MediaLine, rtcp: Endpoint): void {
  const port = media.rtcpPort != 0 ? media.rtcpPort : media.port + 1;
  if (port > 65535) return;
  rtcp.copyFrom(media.rtcpAddress.isSet ? media.rtcpAddress : media.remote);
  rtcp.port = <u16>port;
  rtcp.transport = <u8>Transport.Udp;
}

// Writes our descriptions: RFC 8866 §5 for the lines, RFC 3264 §5, §6 and §8 for what must be in them.
// All return the address after the text, or 0 when it does not fit between `target` and `end`.

import { Family } from "../abi/endpoint";
import { SrtpUse } from "../abi/settings";
import { ADDRESS_TEXT_SIZE, writeAddress } from "../base/address";
import { OUTPUT_SIZE, Output } from "../base/output";
import { CryptoSuite, OFFERED_SUITES, putCrypto, suiteOfTag } from "./crypto";
import { Direction, MediaLine, SessionDescription } from "./description";
import { Law, LocalMedia, NO_PAYLOAD_TYPE } from "./local-media";
import { MediaChoice } from "./negotiation";

const output = changetype<Output>(memory.data(OUTPUT_SIZE, 16));
const address: usize = memory.data(ADDRESS_TEXT_SIZE, 16);

/** The first offer of a session: one audio line. */
export function writeOffer(target: usize, end: usize, local: LocalMedia): usize {
  output.start(target, end);
  putHead(local);
  output.text("0 0\r\n");
  putOfferedAudio(local);
  return output.finish();
}

/** A later one. `previous`, the last of either side, lends its lines in their places: all but ours are refused. */
export function writeNextOffer(target: usize, end: usize, local: LocalMedia, previous: SessionDescription): usize {
  output.start(target, end);
  putHead(local);
  putTime(previous);
  for (let index = 0; index < previous.mediaCount; index++) {
    if (index == local.mediaIndex) putOfferedAudio(local);
    else putRefused(previous, previous.media(index));
  }
  return output.finish();
}

/** The answer to `offer`: the line that was chosen, the others refused one by one; all of them when none was. */
export function writeAnswer(
  target: usize, end: usize, local: LocalMedia, offer: SessionDescription, choice: MediaChoice,
): usize {
  output.start(target, end);
  putHead(local);
  putTime(offer);
  for (let index = 0; index < offer.mediaCount; index++) {
    if (choice.accepted && index == choice.mediaIndex) {
      putAudio(
        local, choice.receivePayloadType, choice.law, Law.None, choice.receiveEventPayloadType, choice.direction,
      );
      const suite = choice.cryptoSuite;
      if (suite != CryptoSuite.None) putCrypto(output, choice.cryptoTag, suite, local.keyOf(suite));
    } else {
      putRefused(offer, offer.media(index));
    }
  }
  return output.finish();
}

/** Up to the value of the t= line. */
function putHead(local: LocalMedia): void {
  output.text("v=0\r\no=- ");
  output.decimal(local.sessionId);
  output.byte(0x20);
  output.decimal(local.version);
  output.byte(0x20);
  putAddress(local);
  output.text("s=-\r\nc=");
  putAddress(local);
  output.text("t=");
}

function putAddress(local: LocalMedia): void {
  output.text(local.endpoint.family == <u8>Family.V6 ? "IN IP6 " : "IN IP4 ");
  output.bytes(address, <i32>(writeAddress(address, local.endpoint) - address));
  output.text("\r\n");
}

/** RFC 3264 §6: the answer's time is the offer's. */
function putTime(theirs: SessionDescription): void {
  if (theirs.timeLength == 0) output.text("0 0");
  else output.bytes(theirs.at(theirs.timeStart), theirs.timeLength);
  output.text("\r\n");
}

function putOfferedAudio(local: LocalMedia): void {
  putAudio(local, local.firstLaw, local.firstLaw, local.secondLaw, local.eventPayloadType, local.direction);
  if (local.srtp == SrtpUse.Off) return;
  for (let tag = 1; tag <= OFFERED_SUITES; tag++) putCrypto(output, tag, suiteOfTag(tag), local.keyOf(suiteOfTag(tag)));
}

function putAudio(
  local: LocalMedia, payloadType: i32, law: Law, secondLaw: Law, eventPayloadType: i32, direction: Direction,
): void {
  output.text("m=audio ");
  output.decimal(local.endpoint.port);
  output.text(local.isSavp ? " RTP/SAVP " : " RTP/AVP ");
  output.decimal(payloadType);
  if (secondLaw != Law.None) {
    output.byte(0x20);
    output.decimal(secondLaw);
  }
  if (eventPayloadType != NO_PAYLOAD_TYPE) {
    output.byte(0x20);
    output.decimal(eventPayloadType);
  }
  output.text("\r\n");
  putRtpMap(payloadType, law);
  if (secondLaw != Law.None) putRtpMap(secondLaw, secondLaw);
  if (eventPayloadType != NO_PAYLOAD_TYPE) {
    output.text("a=rtpmap:");
    output.decimal(eventPayloadType);
    output.text(" telephone-event/8000\r\na=fmtp:");
    output.decimal(eventPayloadType);
    output.text(" 0-15\r\n");
  }
  output.text("a=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=");
  output.text(directionName(direction));
  output.text("\r\n");
  if (local.controlPort == 0) return;
  output.text("a=rtcp:");
  output.decimal(local.controlPort);
  output.text("\r\n");
}

function putRtpMap(payloadType: i32, law: Law): void {
  output.text("a=rtpmap:");
  output.decimal(payloadType);
  output.text(law == Law.Pcmu ? " PCMU/8000\r\n" : " PCMA/8000\r\n");
}

/** RFC 3264 §6: port 0, and the formats as they came. */
function putRefused(theirs: SessionDescription, media: MediaLine): void {
  output.text("m=");
  output.bytes(theirs.at(media.typeStart), media.typeLength);
  output.text(" 0 ");
  output.bytes(theirs.at(media.protocolStart), media.protocolLength);
  output.byte(0x20);
  if (media.formatsLength == 0) output.byte(0x30);
  else output.bytes(theirs.at(media.formatsStart), media.formatsLength);
  output.text("\r\n");
}

function directionName(direction: Direction): string {
  switch (direction) {
    case Direction.SendRecv:
      return "sendrecv";
    case Direction.SendOnly:
      return "sendonly";
    case Direction.RecvOnly:
      return "recvonly";
    default:
      return "inactive";
  }
}

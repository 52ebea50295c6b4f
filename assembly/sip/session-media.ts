// What a session says and hears of media: RFC 3261 §13.2.1 and §13.3.1, RFC 3264. The only file of sip that knows sdp.

import { copyBytes, equalBytes } from "../base/bytes";
import { sipHash } from "../base/sip-hash";
import { SESSION_DESCRIPTION_SIZE, SessionDescription } from "../sdp/description";
import { LOCAL_MEDIA_SIZE, LocalMedia } from "../sdp/local-media";
import { MEDIA_CHOICE_SIZE, MediaChoice, NegotiationResult, answerOffer, applyAnswer } from "../sdp/negotiation";
import { parseDescription } from "../sdp/parser";
import { writeAnswer, writeOffer } from "../sdp/writer";
import { isOfType } from "./field-value";
import { Header } from "./header";
import { Message } from "./message";
import { Session } from "./session";
import { out } from "./writer";

/**
 * Room for any description of ours: an answer repeats the media lines of an offer that came in one of our messages'
 * size.
 */
const BODY_SIZE: i32 = 2048;

const body: usize = memory.data(BODY_SIZE, 16);
const theirs: SessionDescription = changetype<SessionDescription>(memory.data(SESSION_DESCRIPTION_SIZE, 16));
const choice: MediaChoice = changetype<MediaChoice>(memory.data(MEDIA_CHOICE_SIZE, 16));
/** What came of the last offer of a far end. */
export let offerResult: NegotiationResult = NegotiationResult.Ok;

const local: LocalMedia = changetype<LocalMedia>(memory.data(LOCAL_MEDIA_SIZE, 16));

/** The body of `message` is a session description. */
export function hasDescription(message: Message): bool {
  return message.bodyLength > 0 && isOfType(message, "application", "sdp");
}

/**
 * RFC 3311 §5.2: the status that an offer of the far end is refused with while another one of either side is open, or
 * 0.
 */
export function refusalOfOffer(session: Session): i32 {
  return session.awaitsAnswer || session.isReinviting ? 491 : session.owesAnswer ? 500 : 0;
}

/** Takes the far end's offer. False, and the session keeps what it had, when we can speak none of it (488). */
export function takeOffer(session: Session, message: Message): bool {
  copyBytes(changetype<usize>(local), changetype<usize>(session.local), LOCAL_MEDIA_SIZE);
  if (!parseDescription(message.bodyAt, message.bodyLength, theirs)) {
    offerResult = NegotiationResult.Malformed;
    return false;
  }
  offerResult = answerOffer(theirs, local, choice);
  if (offerResult != NegotiationResult.Ok) return false;
  copyBytes(changetype<usize>(session.local), changetype<usize>(local), LOCAL_MEDIA_SIZE);
  keepChoice(session);
  return true;
}

/** Takes the answer to our last offer. False, and the session keeps what it had, when it is none. */
export function takeAnswer(session: Session, message: Message): bool {
  if (!hasDescription(message) || !parseDescription(message.bodyAt, message.bodyLength, theirs) ||
      applyAnswer(theirs, session.local, choice) != NegotiationResult.Ok) return false;
  keepChoice(session);
  return true;
}

function keepChoice(session: Session): void {
  session.isMediaNew = !session.hasMedia ||
    !equalBytes(changetype<usize>(session.media), changetype<usize>(choice), MEDIA_CHOICE_SIZE);
  copyBytes(changetype<usize>(session.media), changetype<usize>(choice), MEDIA_CHOICE_SIZE);
  session.remoteMediaCount = theirs.mediaCount;
  session.hasMedia = true;
}

/** We can write an offer of one line: no line that was ever there may vanish (RFC 3264 §8). */
@inline export function canOffer(session: Session): bool { return session.remoteMediaCount <= 1; }

/** Ends the message in `out` with our offer. */
export function putOffer(session: Session): void { putDescription(session, false); }

/** Ends the message in `out` with the answer to the offer in `request`, which takeOffer() took. */
export function putAnswer(session: Session, request: Message): void {
  if (parseDescription(request.bodyAt, request.bodyLength, theirs)) putDescription(session, true);
  else out.isFull = true;
}

/** RFC 3264 §8: the version goes up by one with every description that differs from the one before. */
function putDescription(session: Session, isAnswer: bool): void {
  let end = writeDescription(session, isAnswer);
  if (end != 0) {
    let hash = sipHash(body, <i32>(end - body));
    if (session.descriptionHash != 0 && hash != session.descriptionHash) {
      session.local.version++;
      end = writeDescription(session, isAnswer);
      hash = sipHash(body, <i32>(end - body));
    }
    session.descriptionHash = hash;
  }
  if (end == 0) out.isFull = true;
  else out.headerText(Header.ContentType, "application/sdp").body(body, <i32>(end - body));
}

function writeDescription(session: Session, isAnswer: bool): usize {
  const end = body + <usize>BODY_SIZE;
  return isAnswer
    ? writeAnswer(body, end, session.local, theirs, session.media)
    : writeOffer(body, end, session.local);
}

// UPDATE of the far end: RFC 3311 §5.2. It changes media or target without waiting for anybody, also before the answer.

import { Endpoint } from "../abi/endpoint";
import { Header } from "./header";
import { Message } from "./message";
import { SUPPORTED } from "./option-tags";
import { putDialogContact } from "./outbound";
import { Session } from "./session";
import { takeAbilities } from "./session-change";
import { SessionEvent, raise } from "./session-event";
import { hasDescription, putAnswer, refusalOfOffer, takeOffer } from "./session-media";
import { RETRY_AFTER } from "./session-server";
import { LEAST_INTERVAL, agreeInterval, isTooBrief, restartSessionTimer } from "./session-timer";
import { closeTransaction, respond } from "./transaction/table";
import { Transaction } from "./transaction/transaction";
import { ALLOWED, beginResponse, out } from "./writer";

/** UPDATE in a transaction of its own, its number already found to be next. */
export function handleUpdate(
  session: Session, transaction: Transaction, request: Message, source: Endpoint, now: f64,
): SessionEvent {
  session.isMediaNew = false;
  const isOffer = hasDescription(request);
  const status = refusalOf(session, request, isOffer);
  beginResponse(request, source, status, session.dialog.localTag.at, session.dialog.localTag.length);
  if (status == 200) {
    session.dialog.setRemoteTarget(request);
    takeAbilities(session, request);
    putDialogContact(session.line, session.dialog.isSecure).line()
      .headerText(Header.Allow, ALLOWED).headerText(Header.Supported, SUPPORTED);
    agreeInterval(session, request);
  }
  if (status == 422) out.headerNumber(Header.MinSE, LEAST_INTERVAL);
  if (status == 500) out.headerNumber(Header.RetryAfter, RETRY_AFTER);
  if (status == 200 && isOffer) putAnswer(session, request);
  else out.body(0, 0);
  if (!respond(transaction, status, now)) {
    closeTransaction(transaction);
    return SessionEvent.None;
  }
  // §5: a session timer starts with the 2xx to the INVITE, and an UPDATE before it only agrees on one
  if (status == 200 && session.isEstablished) restartSessionTimer(session, now);
  return session.isMediaNew ? raise(SessionEvent.MediaChanged, session) : SessionEvent.None;
}

/** The status to refuse with, or 200, the offer taken. */
function refusalOf(session: Session, request: Message, isOffer: bool): i32 {
  if (isTooBrief(request)) return 422;
  if (!isOffer) return 200;
  const status = refusalOfOffer(session);
  return status != 0 ? status : takeOffer(session, request) ? 200 : 488;
}

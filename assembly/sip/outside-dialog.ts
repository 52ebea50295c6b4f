// Requests outside any dialog, from a hop of ours: RFC 3261 §8.2. Nobody else's get here.

import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { lineOfRequest, refusalOf } from "./acceptance";
import { takeMessage } from "./instant-message";
import { Message } from "./message";
import { takeSummary } from "./message-waiting";
import { Method } from "./method";
import { Owner } from "./session";
import { SessionEvent } from "./session-event";
import { putAbilities, putRefusal } from "./session-request";
import { answerFull, handleInvite } from "./session-server";
import { beginAnswer, sendAnswer } from "./stateless";
import { closeTransaction, openServer, respond } from "./transaction/table";
import { out } from "./writer";

export function handleNewRequest(request: Message, source: Endpoint, now: f64): SessionEvent {
  const line = lineOfRequest(request, source);
  const refusal = refusalOf(request, source, false);
  if (refusal == 0 && line >= 0) {
    switch (request.method) {
      case Method.Invite: return handleInvite(request, source, line, now);
      case Method.Message:
        if (answerKept(request, source, 200, now)) takeMessage(request, line);
        return SessionEvent.None;
      case Method.Notify: // RFC 3842 says nothing of those that were not asked for; registrars send them
        return answerKept(request, source, 200, now) ? takeSummary(request, line) : SessionEvent.None;
    }
  }
  const status = refusal != 0 ? refusal : line < 0 ? 404 : 200;
  if (status != 200) count(Counter.SipRefused);
  beginAnswer(request, source, status);
  putRefusal(request, status);
  if (status == 200 || status == 405 || status == 501) putAbilities();
  out.body(0, 0);
  sendAnswer(request, source);
  return SessionEvent.None;
}

/**
 * An answer that copies of the request get, too, so that it counts once. False when there was no room for that, which
 * the sender is told.
 */
export function answerKept(request: Message, source: Endpoint, status: i32, now: f64): bool {
  const transaction = openServer(request, source, Owner.None, 0);
  if (changetype<usize>(transaction) != 0) {
    beginAnswer(request, source, status);
    putRefusal(request, status);
    out.body(0, 0);
    if (respond(transaction, status, now)) return true;
    closeTransaction(transaction);
  }
  answerFull(request, source);
  return false;
}

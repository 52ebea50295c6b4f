// The timers of a session, each to the file that set it.

import { Session, SessionState, SessionTimer } from "./session";
import { endSession, handleChangeTimer, refreshSession } from "./session-change";
import { giveUpInvite } from "./session-client";
import { SessionEvent } from "./session-event";
import { handleServerTimeout } from "./session-server";
import { handleTransferTimeout } from "./transfer";

/** One due timer. */
export function handleSessionTimeout(session: Session, now: f64): SessionEvent {
  const timers = session.timers;
  if (session.state == SessionState.Cancelling) {
    giveUpInvite(session);
    return SessionEvent.None;
  }
  if (timers.expired(SessionTimer.Transfer, now)) return handleTransferTimeout(session, now);
  if (timers.expired(SessionTimer.Expire, now)) return endSession(session, 408, now);
  if (timers.expired(SessionTimer.Change, now)) {
    handleChangeTimer(session, now);
    return SessionEvent.None;
  }
  if (timers.expired(SessionTimer.Refresh, now)) {
    refreshSession(session, now);
    return SessionEvent.None;
  }
  return handleServerTimeout(session, now);
}

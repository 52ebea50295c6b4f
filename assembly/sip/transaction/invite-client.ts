// INVITE client transaction. Read RFC 3261 §17.1.1 and figure 5 first, then RFC 6026 §7.2, which adds Accepted and
// Timer M.

import { TIMER_D, T1, T1_64 } from "../timers";
import { State, Transaction, TransactionEvent } from "./transaction";

export const enum InviteClientTimer { A, B, D, M }

@unmanaged
export class InviteClient extends Transaction {
  /** The request is kept and on its way. */
  start(now: f64): void {
    this.state = State.Calling;
    this.interval = T1;
    if (!this.isReliable) this.timers.set(InviteClientTimer.A, now + T1);
    this.timers.set(InviteClientTimer.B, now + T1_64);
    this.sendRequest();
  }

  /** After Failure the table writes the ACK and calls acknowledge(). */
  handleResponse(status: i32, now: f64): TransactionEvent {
    switch (this.state) {
      case State.Calling:
      case State.Proceeding:
        this.status = status;
        this.timers.stop(InviteClientTimer.A);
        if (status < 200) {
          // Figure 5 has no timer in Proceeding: how long a phone may ring is the TU's business.
          this.timers.stop(InviteClientTimer.B);
          this.state = State.Proceeding;
          return TransactionEvent.Provisional;
        }
        this.timers.stop(InviteClientTimer.B);
        if (status < 300) {
          this.timers.set(InviteClientTimer.M, now + T1_64);
          this.state = State.Accepted;
          return TransactionEvent.Success;
        }
        this.timers.set(InviteClientTimer.D, this.isReliable ? now : now + TIMER_D);
        this.state = State.Completed;
        return TransactionEvent.Failure;

      case State.Completed:
        if (status >= 300) this.sendRequest(); // the ACK again
        return TransactionEvent.None;

      case State.Accepted:
        return status >= 200 && status < 300 ? TransactionEvent.Success : TransactionEvent.None;

      default:
        return TransactionEvent.None;
    }
  }

  /** Figure 5 lets a provisional response wait for ever; the TU does not. */
  limit(now: f64): void {
    if (this.state == State.Proceeding) this.timers.set(InviteClientTimer.B, now + T1_64);
  }

  /** No answer can come any more. */
  expire(now: f64): void { this.timers.set(InviteClientTimer.B, now); }

  /** The ACK of §17.1.1.3 has taken the request's place. */
  acknowledge(): void { this.sendRequest(); }

  handleTimeout(now: f64): TransactionEvent {
    if (this.timers.expired(InviteClientTimer.B, now)) return this.terminate(TransactionEvent.Timeout);
    if (this.timers.expired(InviteClientTimer.D, now)) return this.terminate(TransactionEvent.Terminated);
    if (this.timers.expired(InviteClientTimer.M, now)) return this.terminate(TransactionEvent.Terminated);
    if (this.timers.expired(InviteClientTimer.A, now)) {
      this.interval *= 2;
      this.timers.set(InviteClientTimer.A, now + this.interval);
      this.retransmitRequest();
    }
    return TransactionEvent.None;
  }
}

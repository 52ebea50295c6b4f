// Non-INVITE client transaction. RFC 3261 §17.1.2, figure 6.

import { T1, T1_64, T2, T4 } from "../timers";
import { State, Transaction, TransactionEvent } from "./transaction";

export const enum NonInviteClientTimer { E, F, K }

@unmanaged
export class NonInviteClient extends Transaction {
  start(now: f64): void {
    this.state = State.Trying;
    this.interval = T1;
    if (!this.isReliable) this.timers.set(NonInviteClientTimer.E, now + T1);
    this.timers.set(NonInviteClientTimer.F, now + T1_64);
    this.sendRequest();
  }

  handleResponse(status: i32, now: f64): TransactionEvent {
    if (this.state != State.Trying && this.state != State.Proceeding) return TransactionEvent.None;
    this.status = status;
    if (status < 200) {
      if (this.state == State.Trying && !this.isReliable) {
        this.interval = T2;
        this.timers.set(NonInviteClientTimer.E, now + T2);
      }
      this.state = State.Proceeding;
      return TransactionEvent.Provisional;
    }
    this.timers.stop(NonInviteClientTimer.E);
    this.timers.stop(NonInviteClientTimer.F);
    this.timers.set(NonInviteClientTimer.K, this.isReliable ? now : now + T4);
    this.state = State.Completed;
    this.dropRequest();
    return status < 300 ? TransactionEvent.Success : TransactionEvent.Failure;
  }

  /** No answer can come any more. */
  expire(now: f64): void { this.timers.set(NonInviteClientTimer.F, now); }

  handleTimeout(now: f64): TransactionEvent {
    if (this.timers.expired(NonInviteClientTimer.F, now)) return this.terminate(TransactionEvent.Timeout);
    if (this.timers.expired(NonInviteClientTimer.K, now)) return this.terminate(TransactionEvent.Terminated);
    if (this.timers.expired(NonInviteClientTimer.E, now)) {
      this.interval = min(this.interval * 2, T2);
      this.timers.set(NonInviteClientTimer.E, now + this.interval);
      this.retransmitRequest();
    }
    return TransactionEvent.None;
  }
}

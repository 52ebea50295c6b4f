// INVITE server transaction. Read RFC 3261 §17.2.1 and figure 7 first, then RFC 6026 §7.1, which adds Accepted and
// Timer L.

import { Counter, count } from "../../abi/counters";
import { T1, T1_64, T2, T4 } from "../timers";
import { State, Transaction, TransactionEvent } from "./transaction";

export const enum InviteServerTimer { G, H, I, L }

@unmanaged
export class InviteServer extends Transaction {
  start(): void { this.state = State.Proceeding; }

  /**
   * A retransmission of the INVITE. In Accepted it is absorbed: the TU repeats its 2xx by its own clock (RFC 6026
   * §7.1).
   */
  handleRequest(): TransactionEvent {
    count(Counter.SipRetransmissionIn);
    if (this.state == State.Proceeding || this.state == State.Completed) this.sendResponse();
    return TransactionEvent.None;
  }

  handleAck(now: f64): TransactionEvent {
    if (this.state != State.Completed) return TransactionEvent.None;
    this.timers.stop(InviteServerTimer.G);
    this.timers.stop(InviteServerTimer.H);
    this.timers.set(InviteServerTimer.I, this.isReliable ? now : now + T4);
    this.state = State.Confirmed;
    return TransactionEvent.Acknowledged;
  }

  /** The machine is not past such a response. RFC 6026 §8.7: a proxy passes on every 2xx, so another may follow one. */
  takes(status: i32): bool {
    return this.state == State.Proceeding || (this.state == State.Accepted && status >= 200 && status < 300);
  }

  /** Sends the response that is kept, which the machine takes, and moves on. */
  respond(status: i32, now: f64): void {
    this.status = status;
    if (this.state == State.Proceeding && status >= 200) {
      if (status < 300) {
        this.timers.set(InviteServerTimer.L, now + T1_64);
        this.state = State.Accepted;
      } else {
        this.interval = T1;
        if (!this.isReliable) this.timers.set(InviteServerTimer.G, now + T1);
        this.timers.set(InviteServerTimer.H, now + T1_64);
        this.state = State.Completed;
      }
    }
    this.sendResponse();
  }

  handleTimeout(now: f64): TransactionEvent {
    if (this.timers.expired(InviteServerTimer.H, now)) return this.terminate(TransactionEvent.Timeout);
    if (this.timers.expired(InviteServerTimer.I, now)) return this.terminate(TransactionEvent.Terminated);
    if (this.timers.expired(InviteServerTimer.L, now)) return this.terminate(TransactionEvent.Terminated);
    if (this.timers.expired(InviteServerTimer.G, now)) {
      this.interval = min(this.interval * 2, T2);
      this.timers.set(InviteServerTimer.G, now + this.interval);
      count(Counter.SipRetransmissionOut);
      this.sendResponse();
    }
    return TransactionEvent.None;
  }
}

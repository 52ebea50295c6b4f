// Non-INVITE server transaction. RFC 3261 §17.2.2, figure 8.

import { Counter, count } from "../../abi/counters";
import { T1_64 } from "../timers";
import { State, Transaction, TransactionEvent } from "./transaction";

export const enum NonInviteServerTimer { J }

@unmanaged
export class NonInviteServer extends Transaction {
  start(): void { this.state = State.Trying; }

  /** A retransmission of the request: what was answered last is answered again; in Trying that is nothing. */
  handleRequest(): TransactionEvent {
    count(Counter.SipRetransmissionIn);
    this.sendResponse();
    return TransactionEvent.None;
  }

  /** The machine is not past its response. */
  @inline get takesResponse(): bool { return this.state != State.Completed; }

  /** Sends the response that is kept, which the machine takes, and moves on. */
  respond(status: i32, now: f64): void {
    this.status = status;
    if (status < 200) {
      this.state = State.Proceeding;
    } else {
      this.timers.set(NonInviteServerTimer.J, this.isReliable ? now : now + T1_64);
      this.state = State.Completed;
      this.dropRequest();
    }
    this.sendResponse();
  }

  handleTimeout(now: f64): TransactionEvent {
    if (!this.timers.expired(NonInviteServerTimer.J, now)) return TransactionEvent.None;
    return this.terminate(TransactionEvent.Terminated);
  }
}

// One request under way: the response context of RFC 3261 §16. It ties a server transaction to the branches it was
// forwarded on, keeps the best final response (§16.7 step 6) and the Timer C of each branch (§16.8).

import { putBuffer, takeBuffer } from "../base/buffers";
import { copyBytes } from "../base/bytes";
import { Pool } from "../base/pool";
import { MAX_BRANCHES, MAX_FORWARDINGS } from "../limits";
import { Header } from "../sip/header";
import { Message } from "../sip/message";
import { WHOLE } from "../sip/q-value";
import { closeTransaction, transactionAt } from "../sip/transaction/table";
import { State } from "../sip/transaction/transaction";
import { out } from "../sip/writer";
import { TimerHeap } from "../time/timer-heap";
import { NEVER } from "../time/timer-table";
import { Owner } from "./answers";
import { NOBODY } from "./users";

/** No transaction. */
export const NO_TRANSACTION: i32 = -1;

@unmanaged
export class Branch {
  /** Timer C; after a CANCEL, when we stop waiting for the answer to the INVITE. */
  deadline: f64 = 0;
  client: i32 = 0;
  /** 0, then the last status received; 200 and more is final. */
  status: i16 = 0;
  isCancelled: bool = false;

  @inline get isPending(): bool { return this.status < 200; }
}

/** Above every q: nobody was asked yet. */
const HIGHEST: i16 = <i16>WHOLE + 1;
const BRANCH_SIZE: i32 = 16;
const FIXED_SIZE: i32 = 24;
const FORWARDING_SIZE: i32 = FIXED_SIZE + BRANCH_SIZE * MAX_BRANCHES;

@unmanaged
export class Forwarding {
  /**
   * A copy of the best final response, as it would be passed on; 0 while there is none, or when it is to be made by us.
   */
  private best: usize = 0;
  private bestLength: u16 = 0;
  bestStatus: i16 = 0;
  /** The server transaction that waits for the answer, or NO_TRANSACTION. */
  server: i32 = 0;
  /** The user who has more contacts to ask when those asked now refuse, or NOBODY. */
  callee: i32 = 0;
  /** The q of the contacts asked now, and how many of that q were asked. */
  q: i16 = 0;
  asked: u8 = 0;
  branches: u8 = 0;
  isInvite: bool = false;
  /** The caller gave up. */
  isCancelled: bool = false;
  /** Branches that still wait are to be cancelled: the caller gave up, or another branch has answered. */
  isStopping: bool = false;
  /** A 2xx was passed on. */
  isAnswered: bool = false;

  @inline branch(index: i32): Branch {
    return changetype<Branch>(changetype<usize>(this) + <usize>(FIXED_SIZE + index * BRANCH_SIZE));
  }

  /** When those asked now refuse, there are others. */
  @inline get isHunting(): bool { return this.callee != NOBODY; }

  addBranch(client: i32, deadline: f64): void {
    const branch = this.branch(this.branches++);
    branch.deadline = deadline;
    branch.client = client;
    branch.status = 0;
    branch.isCancelled = false;
  }

  /** The branch that this client transaction runs, or null. */
  branchOf(client: i32): Branch {
    for (let index = 0; index < <i32>this.branches; index++) {
      if (this.branch(index).client == client) return this.branch(index);
    }
    return changetype<Branch>(0);
  }

  hasPending(): bool {
    for (let index = 0; index < <i32>this.branches; index++) {
      if (this.branch(index).isPending) return true;
    }
    return false;
  }

  hasClients(): bool {
    for (let index = 0; index < <i32>this.branches; index++) {
      if (this.branch(index).client != NO_TRANSACTION) return true;
    }
    return false;
  }

  /** A pending branch whose deadline has come, or null. */
  dueBranch(now: f64): Branch {
    for (let index = 0; index < <i32>this.branches; index++) {
      if (this.branch(index).isPending && this.branch(index).deadline <= now) return this.branch(index);
    }
    return changetype<Branch>(0);
  }

  nextTimeout(): f64 {
    let soonest = NEVER;
    for (let index = 0; index < <i32>this.branches; index++) {
      if (this.branch(index).isPending) soonest = min(soonest, this.branch(index).deadline);
    }
    return soonest;
  }

  /** `status` is better than what came before. */
  isBetter(status: i32): bool { return this.bestStatus == 0 || rank(status) < rank(this.bestStatus); }

  /**
   * Keeps the response in `out` for when the other branches are done. Without a free buffer only its status is kept.
   */
  keepBest(status: i32): void {
    this.dropBest();
    this.bestStatus = <i16>status;
    const buffer: usize = out.length == 0 ? 0 : takeBuffer(out.length);
    if (buffer == 0) return;
    copyBytes(buffer, out.start, out.length);
    this.best = buffer;
    this.bestLength = <u16>out.length;
  }

  /** The best is one that we make ourselves. */
  keepBestStatus(status: i32): void {
    this.dropBest();
    this.bestStatus = <i16>status;
  }

  /** Writes the best response into `out`. False when we must make it ourselves. */
  writeBest(): bool {
    if (this.best == 0) return false;
    out.begin().span(this.best, this.bestLength);
    return true;
  }

  /** The challenges of another 401 or 407 join those of the best (§16.7 step 7). Leaves `out` with what it has written. */
  addChallenges(response: Message): void {
    if (this.best == 0) return;
    const length = <i32>this.bestLength;
    const fields = lengthOfFields(this.best, length);
    out.begin().span(this.best, fields)
      .copyFields(response, Header.WwwAuthenticate).copyFields(response, Header.ProxyAuthenticate)
      .span(this.best + <usize>fields, length - fields);
    if (out.length > 0) this.keepBest(this.bestStatus);
  }

  /** Its branches are all over, and make room for others. */
  forgetBranches(): void {
    for (let index = 0; index < <i32>this.branches; index++) {
      if (this.branch(index).client != NO_TRANSACTION) letGo(this.branch(index).client);
    }
    this.branches = 0;
  }

  dropBest(): void {
    if (this.best != 0) putBuffer(this.best);
    this.best = 0;
    this.bestLength = 0;
  }
}

@inline export function isChallenge(status: i32): bool { return status == 401 || status == 407; }

/** Of a message that we have written: up to the empty line. */
function lengthOfFields(at: usize, length: i32): i32 {
  let end = 0;
  while (end < length && load<u32>(at + <usize>end) != 0x0a0d0a0d) end++; // CR LF CR LF
  return min(end + 2, length);
}

/**
 * §16.7 step 6: 6xx before all; then the lowest class, and in it what tells the caller how to ask again. Lower is
 * better.
 */
function rank(status: i32): i32 {
  if (status >= 600) return 0;
  const isHelpful = isChallenge(status) || status == 415 || status == 420 || status == 484;
  // A phone that says something knows more than one that was never reached or was told to stop.
  const isSilence = status == 408 || status == 487;
  return (status / 100) * 10 + (isHelpful ? 0 : isSilence ? 2 : 1);
}

const pool: Pool = changetype<Pool>(memory.data(32, 16));
const heap: TimerHeap = changetype<TimerHeap>(memory.data(32, 16));

export const FORWARDINGS_SIZE: i32 = MAX_FORWARDINGS * (FORWARDING_SIZE + 4 + 16);

export function setupForwardings(at: usize): void {
  if (<i32>offsetof<Branch>() > BRANCH_SIZE) ERROR("a Branch has 16 bytes");
  if (<i32>offsetof<Forwarding>() > FIXED_SIZE) ERROR("branches stand behind a Forwarding");
  const links = at + <usize>(MAX_FORWARDINGS * FORWARDING_SIZE);
  pool.setup(at, FORWARDING_SIZE, links, MAX_FORWARDINGS);
  heap.setup(links + <usize>Pool.linksSize(MAX_FORWARDINGS), MAX_FORWARDINGS);
}

@inline export function forwardingsUsed(): i32 { return pool.used; }
@inline export function forwardingsNextTimeout(): f64 { return heap.nextTimeout; }
@inline export function forwardingAt(index: i32): Forwarding { return changetype<Forwarding>(pool.at(index)); }
@inline export function indexOfForwarding(forwarding: Forwarding): i32 {
  return pool.indexOf(changetype<usize>(forwarding));
}

/** A forwarding without branches, or null when all are under way. */
export function openForwarding(isInvite: bool): Forwarding {
  const forwarding = changetype<Forwarding>(pool.take());
  if (changetype<usize>(forwarding) == 0) return forwarding;
  memory.fill(changetype<usize>(forwarding), 0, FIXED_SIZE);
  forwarding.server = NO_TRANSACTION;
  forwarding.callee = NOBODY;
  forwarding.q = HIGHEST;
  forwarding.isInvite = isInvite;
  return forwarding;
}

/** Lets go of the transactions, which run to their ends by themselves, and gives the record back. */
export function closeForwarding(forwarding: Forwarding): void {
  if (forwarding.server != NO_TRANSACTION) letGoServer(forwarding.server);
  forwarding.forgetBranches();
  forwarding.dropBest();
  heap.set(indexOfForwarding(forwarding), NEVER);
  pool.put(changetype<usize>(forwarding));
}

/** A server transaction that got no final response, for whatever reason, will never get one. */
function letGoServer(index: i32): void {
  const server = transactionAt(index);
  if (server.state == State.Trying || server.state == State.Proceeding) closeTransaction(server);
  else letGo(index);
}

function letGo(index: i32): void {
  transactionAt(index).ownerKind = Owner.Nobody;
  transactionAt(index).owner = NO_TRANSACTION;
}

/** Moves the record's deadline after its branches have changed. */
export function armForwarding(forwarding: Forwarding): void {
  heap.set(indexOfForwarding(forwarding), forwarding.nextTimeout());
}

/** The forwarding that is due, or null. */
export function dueForwarding(now: f64): Forwarding {
  const index = heap.due(now);
  return index < 0 ? changetype<Forwarding>(0) : forwardingAt(index);
}

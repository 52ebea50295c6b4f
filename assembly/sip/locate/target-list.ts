// Where the requests for a name may go, the best first: RFC 3263 §4.3. A list holds addresses; names are gone by then.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../../abi/endpoint";
import { MAX_TARGETS } from "../../limits";
import { isAvoided } from "./blacklist";

/** Before the endpoint of each: its priority. */
const HEAD: i32 = 8;
const TARGET_SIZE: i32 = HEAD + ENDPOINT_SIZE;

/** Bytes of a TargetList. */
export const TARGET_LIST_SIZE: i32 = 8 + MAX_TARGETS * TARGET_SIZE;

const NONE: Endpoint = changetype<Endpoint>(0);

const moved: usize = memory.data(TARGET_SIZE, 8);

@unmanaged
export class TargetList {
  count: i32 = 0;
  private reserved: i32 = 0;

  @inline private slot(index: i32): usize { return changetype<usize>(this) + 8 + <usize>(index * TARGET_SIZE); }
  @inline at(index: i32): Endpoint { return endpointAt(this.slot(index) + HEAD); }
  /** RFC 2782: lower ones are tried first. Targets of one priority share the load. */
  @inline priority(index: i32): i32 { return load<i32>(this.slot(index)); }

  clear(): void { this.count = 0; }

  copyFrom(other: TargetList): void { memory.copy(changetype<usize>(this), changetype<usize>(other), TARGET_LIST_SIZE); }

  /** Behind all others. A target that is there already, and one too many, are left out. */
  add(target: Endpoint, priority: i32): void {
    if (this.count == MAX_TARGETS || this.indexOf(target) >= 0) return;
    store<i32>(this.slot(this.count), priority);
    this.at(this.count).copyFrom(target);
    this.count++;
  }

  /** -1 when it is not in the list. */
  indexOf(target: Endpoint): i32 {
    for (let index = 0; index < this.count; index++) {
      if (this.at(index).equals(target)) return index;
    }
    return -1;
  }

  /** The target that a request which went to `endpoint` was meant for: a long one may have gone by TCP (RFC 3261 §18.1.1). Or null. */
  serverAt(endpoint: Endpoint): Endpoint {
    let server = NONE;
    for (let index = 0; index < this.count; index++) {
      const target = this.at(index);
      if (!target.sameHost(endpoint) || target.port != endpoint.port) continue;
      if (target.transport == endpoint.transport) return target;
      server = target;
    }
    return server;
  }

  /** Somebody who answers for the name sits at that address, whatever the port. */
  hasHost(source: Endpoint): bool {
    for (let index = 0; index < this.count; index++) {
      if (this.at(index).sameHost(source)) return true;
    }
    return false;
  }

  /** Among targets of its priority, `target` comes first: whoever serves us now goes on doing so. */
  prefer(target: Endpoint): void {
    const index = this.indexOf(target);
    if (index < 0) return;
    let first = index;
    while (first > 0 && this.priority(first - 1) == this.priority(index)) first--;
    memory.copy(moved, this.slot(index), TARGET_SIZE);
    memory.copy(this.slot(first + 1), this.slot(first), <usize>((index - first) * TARGET_SIZE));
    memory.copy(this.slot(first), moved, TARGET_SIZE);
  }

  /** The best target that is not avoided now, or null. */
  next(now: f64): Endpoint {
    for (let index = 0; index < this.count; index++) {
      if (!isAvoided(this.at(index), now)) return this.at(index);
    }
    return NONE;
  }

  /** The same, and when all are avoided the best of them: somebody must be asked. Null for an empty list. */
  choose(now: f64): Endpoint {
    const target = this.next(now);
    return changetype<usize>(target) != 0 || this.count == 0 ? target : this.at(0);
  }
}

// The location service: where each user can be reached, and until when. RFC 3261 §10, which calls an entry a binding. A
// binding keeps the flow that its REGISTER came from, and calls go back by that flow, so a phone behind a NAT is
// reached. What has come by other proxies is called along its Path.

import { Report, pushReport } from "../abi/action";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../abi/endpoint";
import { Pool } from "../base/pool";
import { Text, textAt } from "../base/text";
import { CONTACT_SIZE, MAX_BINDINGS, MAX_CONTACTS } from "../limits";
import { Uri, uriAt } from "../sip/uri";
import { TimerHeap } from "../time/timer-heap";
import { NEVER } from "../time/timer-table";
import { note } from "./notes";
import { dropPath, given, keepPath } from "./path";
import { User, userAt } from "./users";

const FIXED_SIZE: i32 = 40;
const CONTACT_AT: i32 = FIXED_SIZE + ENDPOINT_SIZE;
const BINDING_SIZE: i32 = CONTACT_AT + ((4 + CONTACT_SIZE + 7) & ~7);

@unmanaged
export class Binding {
  /** Milliseconds on the monotonic clock. */
  expiresAt: f64 = 0;
  /** Keyed hash of the Call-ID of the REGISTER that wrote it last, and that REGISTER's number. */
  callId: u64 = 0;
  /** RFC 5626 §6: keyed hash of who has registered and by which of its flows, whatever the contact. 0 when it has not said. */
  flowId: u64 = 0;
  sequence: u32 = 0;
  user: i32 = 0;
  /** Next binding of the same user, of lower or equal q: index + 1, 0 for none. */
  next: i32 = 0;
  /** Thousandths. */
  q: i16 = 0;
  /** Where path.ts keeps its Path, 0 for none. */
  path: u16 = 0;

  /** The flow it was registered over, or the first proxy of its Path. */
  @inline get source(): Endpoint { return endpointAt(changetype<usize>(this) + FIXED_SIZE); }
  /** The contact's URI, without angle brackets. */
  @inline get contact(): Text { return textAt(changetype<usize>(this) + CONTACT_AT); }
}

const NONE: Binding = changetype<Binding>(0);

const pool: Pool = changetype<Pool>(memory.data(32, 16));
const heap: TimerHeap = changetype<TimerHeap>(memory.data(32, 16));
const uri: Uri = uriAt(memory.data(64, 16));
/** Where nthBinding() stands: the record it has looked at last, and the bindings up to it. */
let seenIndex: i32 = -1;
let seenOrdinal: i32 = 0;

export const LOCATION_SIZE: i32 = MAX_BINDINGS * (BINDING_SIZE + 4 + 16);

export function setupLocation(at: usize): void {
  if (<i32>offsetof<Binding>() > FIXED_SIZE) ERROR("a Binding's endpoint stands behind its fields");
  const links = at + <usize>(MAX_BINDINGS * BINDING_SIZE);
  pool.setup(at, BINDING_SIZE, links, MAX_BINDINGS);
  heap.setup(links + <usize>Pool.linksSize(MAX_BINDINGS), MAX_BINDINGS);
  restartSearch();
}

@inline function bindingAt(index: i32): Binding { return changetype<Binding>(pool.at(index)); }
@inline function indexOf(binding: Binding): i32 { return pool.indexOf(changetype<usize>(binding)); }
@inline export function bindingsUsed(): i32 { return pool.used; }
@inline export function locationNextTimeout(): f64 { return heap.nextTimeout; }

/** The `ordinal`-th of all bindings, in no order, or null. Asked for one after the other, each costs one step. */
export function nthBinding(ordinal: i32): Binding {
  if (ordinal < seenOrdinal) restartSearch();
  while (++seenIndex < pool.capacity) {
    if (pool.isUsed(seenIndex) && seenOrdinal++ == ordinal) return bindingAt(seenIndex);
  }
  restartSearch();
  return NONE;
}

function restartSearch(): void {
  seenIndex = -1;
  seenOrdinal = 0;
}

/** The user's binding of highest q, the newest of equals, or null. */
export function firstBinding(user: i32): Binding {
  const first = userAt(user).firstBinding;
  return first == 0 ? NONE : bindingAt(first - 1);
}

export function nextBinding(binding: Binding): Binding {
  return binding.next == 0 ? NONE : bindingAt(binding.next - 1);
}

/** The user's binding whose contact is that resource (§19.1.4), or null. */
export function findBinding(user: i32, contact: Uri): Binding {
  let binding = firstBinding(user);
  while (changetype<usize>(binding) != 0) {
    if (uri.parse(binding.contact.at, binding.contact.length) && uri.sameResource(contact)) return binding;
    binding = nextBinding(binding);
  }
  return NONE;
}

/** The user's binding of that flow, or null. */
export function findFlow(user: i32, flowId: u64): Binding {
  let binding = flowId == 0 ? NONE : firstBinding(user);
  while (changetype<usize>(binding) != 0 && binding.flowId != flowId) binding = nextBinding(binding);
  return binding;
}

/** The user has registered from that very address and port, and still is. */
export function isFlowOf(user: i32, source: Endpoint): bool {
  for (let binding = firstBinding(user); changetype<usize>(binding) != 0; binding = nextBinding(binding)) {
    if (binding.source.equals(source)) return true;
  }
  return false;
}

/** A new binding of the user, to be written and then placed; null when the table is full. */
export function addBinding(user: i32): Binding {
  if (userAt(user).bindings == MAX_CONTACTS) removeBinding(soonest(user));
  restartSearch();
  const binding = changetype<Binding>(pool.take());
  if (changetype<usize>(binding) == 0) return NONE;
  memory.fill(changetype<usize>(binding), 0, BINDING_SIZE);
  binding.user = user;
  binding.contact.setup(CONTACT_SIZE);
  userAt(user).bindings++;
  return binding;
}

/** Gives the binding the Path just read, or none; there is room for it. */
export function setPath(binding: Binding): void {
  dropPath(binding.path);
  binding.path = given.isEmpty ? 0 : keepPath();
}

/** As arrangeBinding(), and tells it. */
export function placeBinding(binding: Binding, isNew: bool): void {
  arrangeBinding(binding, isNew);
  report(isNew ? Report.BindingAdded : Report.BindingRefreshed, binding);
}

/** Puts a binding, just added or changed, in its place among the user's: higher q first, then the newer. */
export function arrangeBinding(binding: Binding, isNew: bool): void {
  if (!isNew) unlink(binding);
  let at = firstLink(binding.user);
  while (load<i32>(at) != 0 && bindingAt(load<i32>(at) - 1).q > binding.q) at = nextLink(at);
  binding.next = load<i32>(at);
  store<i32>(at, indexOf(binding) + 1);
  heap.set(indexOf(binding), binding.expiresAt);
}

export function removeBinding(binding: Binding): void {
  report(Report.BindingRemoved, binding);
  unlink(binding);
  dropPath(binding.path);
  userAt(binding.user).bindings--;
  heap.set(indexOf(binding), NEVER);
  restartSearch();
  pool.put(changetype<usize>(binding));
}

export function removeBindings(user: i32): void {
  while (userAt(user).firstBinding != 0) removeBinding(firstBinding(user));
}

/**
 * A connection is gone. Who registered by it may still listen where the Contact says (RFC 3261 §18.1.1); who gave a name,
 * or another transport, can't be reached any more (RFC 5626 §5.3).
 */
export function leaveFlow(flow: u32): void {
  for (let index = 0; index < pool.capacity; index++) {
    if (!pool.isUsed(index) || bindingAt(index).source.flow != flow) continue;
    const binding = bindingAt(index);
    const source = binding.source;
    const transport = source.transport;
    source.flow = 0;
    if (binding.path != 0) continue; // the proxy still listens there
    const isThere = uri.parse(binding.contact.at, binding.contact.length) && uri.address(source);
    if (!isThere || source.transport != transport) removeBinding(binding);
  }
}

/** Takes one binding out whose time has come. */
export function handleLocationTimeout(now: f64): void {
  const index = heap.due(now);
  if (index >= 0) removeBinding(bindingAt(index));
}

// A link is the address of an index + 1: in the user for the first binding, in a binding for the next.

@inline function firstLink(user: i32): usize {
  return changetype<usize>(userAt(user)) + offsetof<User>("firstBinding");
}

@inline function nextLink(link: usize): usize {
  return changetype<usize>(bindingAt(load<i32>(link) - 1)) + offsetof<Binding>("next");
}

function unlink(binding: Binding): void {
  let at = firstLink(binding.user);
  while (load<i32>(at) != indexOf(binding) + 1) at = nextLink(at);
  store<i32>(at, binding.next);
}

function soonest(user: i32): Binding {
  let soonest = firstBinding(user);
  for (let binding = soonest; changetype<usize>(binding) != 0; binding = nextBinding(binding)) {
    if (binding.expiresAt < soonest.expiresAt) soonest = binding;
  }
  return soonest;
}

/** "user contact" */
function report(what: Report, binding: Binding): void {
  const text = note();
  text.value(userAt(binding.user).name).text(" ").value(binding.contact);
  pushReport(what, -1, text.start, text.length);
}

// Answers binding requests where SIP is heard: RFC 5626 §8, RFC 8489 §6.3.1. Nothing is kept of who asks. An answer is a
// third longer than a question, so that nobody's address is of use to somebody who borrows it, each gets but so many a second.

import { Endpoint } from "../abi/endpoint";
import { sipHash } from "../base/sip-hash";
import { STUN_RESPONSE_SIZE, StunKind, parseStun, writeBindingResponse } from "./message";

/** Addresses are counted together with the others that fall on their place: the hash is keyed, nobody can choose. */
const PLACES: i32 = 256;
/** Answers a second: a site with 2,000 telephones behind one address has them every 20 s. */
const MOST_ANSWERS: i32 = 100;
/** A slot comes round again after this many answers: more than one drain of the actions can leave unread. */
const SLOTS: i32 = 16;

/** Of each place, how many answers are left in this second. */
const left: usize = memory.data(PLACES, 16);
const slots: usize = memory.data(SLOTS * STUN_RESPONSE_SIZE, 16);
let second: f64 = 0;
let nextSlot: i32 = 0;

/** The answer that answerStun() wrote. */
export let stunAnswerAt: usize = 0;
export let stunAnswerLength: i32 = 0;

export function resetStunServer(): void {
  second = -1;
  nextSlot = 0;
}

/** Whether there is an answer to the message at `at`, to be sent to `source`. */
export function answerStun(at: usize, length: i32, source: Endpoint, now: f64): bool {
  if (parseStun(at, length) != StunKind.Request || !isAllowed(source, now)) return false;
  stunAnswerAt = slots + <usize>(nextSlot * STUN_RESPONSE_SIZE);
  nextSlot = (nextSlot + 1) % SLOTS;
  stunAnswerLength = writeBindingResponse(stunAnswerAt, source);
  return true;
}

function isAllowed(source: Endpoint, now: f64): bool {
  if (Math.floor(now / 1000) != second) {
    second = Math.floor(now / 1000);
    memory.fill(left, <u8>MOST_ANSWERS, PLACES);
  }
  const place = left + <usize>(<i32>sipHash(source.address, 16) & (PLACES - 1));
  if (load<u8>(place) == 0) return false;
  store<u8>(place, load<u8>(place) - 1);
  return true;
}

// Every export of the server module: registrar, location service, proxy. What is not here, the host cannot reach.

import { pollAction as poll, resetActions } from "./abi/action";
import { counters, resetCounters } from "./abi/counters";
import { ENDPOINT_SIZE, endpointAt } from "./abi/endpoint";
import { reserve, spareBytes } from "./base/arena";
import { buffersSize, buffersUsed as buffersInUse, setupBuffers } from "./base/buffers";
import { seedRandom } from "./base/random";
import { setupHashKey } from "./base/sip-hash";
import {
  CONFIGURATION_TEXT_SIZE, SERVER_BUFFERS_1024, SERVER_BUFFERS_2048, SERVER_BUFFERS_4096, SERVER_BUFFERS_512,
  SERVER_PARTIALS, SERVER_TRANSACTIONS, SIP_DATAGRAM_SIZE,
} from "./limits";
import { setupCharacters } from "./sip/characters";
import { framingSize, setupFraming } from "./sip/framing";
import { setupHeaders } from "./sip/header";
import { STATELESS_SIZE, setupStateless } from "./sip/stateless";
import { setupTransactions, transactionsSize, transactionsUsed as transactionsInUse } from "./sip/transaction/table";
import { resetStunServer } from "./stun/server";
import { authenticationSize, setupAuthentication } from "./server/authentication";
import { BINDING_REPORT_SIZE, writeBindingReport } from "./server/binding-report";
import { configure } from "./server/configuration";
import {
  dispatchDatagram, dispatchFlowClosed, dispatchSendFailure, dispatchStream, runTimeout, rxDatagram, rxSource,
  soonestTimeout,
} from "./server/dispatch";
import { FORWARDINGS_SIZE, forwardingsUsed as forwardingsInUse, setupForwardings } from "./server/forwarding";
import { GUESSERS_SIZE, setupGuessers } from "./server/guessers";
import { LOCATION_SIZE, bindingsUsed, setupLocation } from "./server/location";
import { NOTES_SIZE, setupNotes } from "./server/notes";
import { PATHS_SIZE, setupPaths } from "./server/path";
import { resetRedirects } from "./server/redirect";
import { restore } from "./server/restoration";
import { Setting, resetSettings, setLocalEndpoint, setNumber } from "./server/settings";
import { USERS_SIZE, setupUsers, userCount as usersKnown } from "./server/users";

export { ActionKind, Report } from "./abi/action";
export { Counter } from "./abi/counters";
export { Family, Transport } from "./abi/endpoint";
export { panicLine } from "./abi/panic";
export { literalStrip, literalStripEnd } from "./base/literal";
export { DigestOffer, Setting } from "./server/settings";

export const ABI_VERSION: i32 = 1;

const SEED_SIZE: i32 = 32;
const seed: usize = memory.data(SEED_SIZE, 16);
const text: usize = memory.data(CONFIGURATION_TEXT_SIZE, 16);
const endpoint: usize = memory.data(ENDPOINT_SIZE, 16);
const bindingText: usize = memory.data(BINDING_REPORT_SIZE, 16);

let users: usize = 0;
let location: usize = 0;
let paths: usize = 0;
let nonces: usize = 0;
let guessers: usize = 0;
let stateless: usize = 0;
let notes: usize = 0;
let forwardings: usize = 0;
let transactions: usize = 0;
let buffers: usize = 0;
let partials: usize = 0;

// Set-up

/** 32 bytes from the operating system's generator go here before reset(). */
export function seedPointer(): usize { return seed; }

function layOut(): void {
  users = reserve(USERS_SIZE);
  location = reserve(LOCATION_SIZE);
  paths = reserve(PATHS_SIZE);
  nonces = reserve(authenticationSize());
  guessers = reserve(GUESSERS_SIZE);
  stateless = reserve(STATELESS_SIZE);
  notes = reserve(NOTES_SIZE);
  forwardings = reserve(FORWARDINGS_SIZE);
  transactions = reserve(transactionsSize(SERVER_TRANSACTIONS));
  buffers = reserve(buffersSize(SERVER_BUFFERS_512, SERVER_BUFFERS_1024, SERVER_BUFFERS_2048, SERVER_BUFFERS_4096));
  partials = reserve(framingSize(SERVER_PARTIALS));
}

/** Starts over: nobody is known, nobody is registered, nothing is under way. Settings go back to their defaults. */
export function reset(_now: f64): void {
  if (users == 0) layOut();
  seedRandom(seed);
  setupHashKey();
  setupCharacters();
  setupHeaders();
  resetActions();
  resetCounters();
  resetSettings();
  resetRedirects();
  setupBuffers(buffers, SERVER_BUFFERS_512, SERVER_BUFFERS_1024, SERVER_BUFFERS_2048, SERVER_BUFFERS_4096);
  setupTransactions(transactions, SERVER_TRANSACTIONS);
  setupFraming(partials, SERVER_PARTIALS);
  setupForwardings(forwardings);
  setupNotes(notes);
  setupStateless(stateless);
  resetStunServer();
  setupUsers(users);
  setupLocation(location);
  setupPaths(paths);
  setupAuthentication(nonces);
  setupGuessers(guessers);
}

/** Where the text for configureText() goes. */
export function textPointer(): usize { return text; }
export function textCapacity(): i32 { return CONFIGURATION_TEXT_SIZE; }

/** 0, the 1-based place of the error in the text, or -1: unknown setting or index, too long, or not possible now. */
export function configureText(setting: i32, index: i32, length: i32): i32 {
  if (length < 0 || length > CONFIGURATION_TEXT_SIZE) return -1;
  return configure(setting, index, text, length);
}

/** 0, or -1: unknown setting, or a value out of its bounds. */
export function configureNumber(setting: i32, _index: i32, value: f64): i32 { return setNumber(setting, value); }

/** Where the endpoint for configureEndpoint() goes. */
export function endpointPointer(): usize { return endpoint; }

/** 0, or -1: unknown setting or index, or 0.0.0.0, which no peer could answer to. Family 0 takes the entry out. */
export function configureEndpoint(setting: i32, index: i32): i32 {
  return setting == Setting.LocalEndpoint ? setLocalEndpoint(index, endpointAt(endpoint)) : -1;
}

/**
 * Takes back a binding from before a restart: "user contact" or "user contact path" is at textPointer(), the address that
 * it is called at is at rxSourcePointer(), `q` in thousandths, `lifetime` the milliseconds it has left. 0, or -1: nothing
 * has changed.
 */
export function restoreBinding(length: i32, q: i32, lifetime: f64, now: f64): i32 {
  if (length < 0 || length > CONFIGURATION_TEXT_SIZE) return -1;
  return restore(text, length, rxSource, q, lifetime, now);
}

// Inputs. Each takes the time, none reads a clock.

export function rxDatagramPointer(): usize { return rxDatagram; }
export function rxDatagramCapacity(): i32 { return SIP_DATAGRAM_SIZE; }
/** The Endpoint that the datagram came from. */
export function rxSourcePointer(): usize { return changetype<usize>(rxSource); }

export function handleDatagram(length: i32, now: f64): void { dispatchDatagram(length, now); }
/**
 * A chunk of a stream connection, which rxSource names by its flow. Takes one message at most, and says how many bytes are
 * done with: the host drains, then comes again with the rest.
 */
export function handleStream(length: i32, now: f64): i32 { return dispatchStream(length, now); }
/** The stream connection that rxSource names has ended, by whomever. */
export function handleFlowClosed(now: f64): void { dispatchFlowClosed(now); }
/** A message of a SendSip action, in the receive region, did not get to the endpoint in rxSource. */
export function handleSendFailure(length: i32, now: f64): void { dispatchSendFailure(length, now); }
/** Runs one thing that is due; call it while nextTimeout() is not after `now`. */
export function handleTimeout(now: f64): void { runTimeout(now); }

// Outputs

/** Address of the next Action, 0 when there is no more. */
export function pollAction(): usize { return poll(); }
/** When handleTimeout() is wanted next; Infinity: not at all. */
export function nextTimeout(): f64 { return soonestTimeout(); }

// Inspection

export function countersPointer(): usize { return counters; }
export function bindingCount(): i32 { return bindingsUsed(); }
/** Address of a BindingReport, valid until the next call; 0 when there are not so many. */
export function bindingReport(index: i32): usize { return writeBindingReport(bindingText, index); }
export function userCount(): i32 { return usersKnown(); }
export function transactionsMax(): i32 { return SERVER_TRANSACTIONS; }
export function transactionsUsed(): i32 { return transactionsInUse(); }
export function forwardingsUsed(): i32 { return forwardingsInUse(); }
export function buffersUsed(): i32 { return buffersInUse(); }
export function spareMemory(): i32 { return spareBytes(); }

// Which server of its registrar a line speaks to: RFC 3263 §4.3. Found by locate/, left when it does not answer, come back
// to when it may be asked again.

import { ActionKind, Report, pushAction, pushReport } from "../abi/action";
import { Endpoint, Family, Transport } from "../abi/endpoint";
import { ADDRESS_TEXT_SIZE, writeHostAddress } from "../base/address";
import { writeDecimal } from "../base/decimal";
import { MAX_LINES } from "../limits";
import { NEVER } from "../time/timer-table";
import { Account, accountAt } from "./account";
import { avoid, avoidedUntil, isAvoided, resetBlacklist } from "./locate/blacklist";
import { LOCATOR_SIZE, LocateEvent, Locator, LocatorState } from "./locate/locator";
import { registrationAt } from "./registration";

/** Texts of reports that are on their way to the host. */
const TEXTS: i32 = 16;
const TEXT_SIZE: i32 = ADDRESS_TEXT_SIZE + 7;

const texts: usize = memory.data(TEXTS * TEXT_SIZE, 16);
let nextText: i32 = 0;

let locators: usize = 0;

/** Bytes of memory for the locators of all lines. */
export const LOCATORS_SIZE: i32 = LOCATOR_SIZE * MAX_LINES;

export function setupLocators(at: usize): void {
  locators = at;
  resetBlacklist();
  for (let line = 0; line < MAX_LINES; line++) locatorAt(line).reset(line);
}

@inline function locatorAt(line: i32): Locator { return changetype<Locator>(locators + <usize>(line * LOCATOR_SIZE)); }

/** Looks for the line's registrar where its configuration says, unless that was done. */
export function locate(line: i32, now: f64): void {
  const account = accountAt(line), locator = locatorAt(line), host = account.registrarHost;
  const family = account.local.family == Family.V6 ? Family.V6 : Family.V4;
  const transport = account.registrarTransport;
  if (host.isEmpty || locator.isFor(host, account.registrarPort, transport, family)) return;
  account.clearHop();
  if (locator.state != LocatorState.Idle) registrationAt(line).forget();
  take(line, locator.start(host, account.registrarPort, transport, family, now), now);
}

/** `count` records answer a question of a Resolve action; negative: nobody could say. An answer that comes late is none. */
export function handleResolved(query: i32, records: usize, count: i32, now: f64): void {
  for (let line = 0; line < MAX_LINES; line++) {
    if (!locatorAt(line).isAskedBy(query)) continue;
    take(line, locatorAt(line).handleResolved(records, count, now), now);
    return;
  }
}

export function locatorsNextTimeout(): f64 {
  let soonest = NEVER;
  for (let line = 0; line < MAX_LINES; line++) soonest = min(soonest, locatorAt(line).deadline);
  return soonest;
}

/** Runs one due locator. False when none is due. */
export function handleLocatorTimeout(now: f64): bool {
  for (let line = 0; line < MAX_LINES; line++) {
    if (locatorAt(line).deadline > now) continue;
    take(line, locatorAt(line).handleTimeout(now), now);
    return true;
  }
  return false;
}

function take(line: i32, event: LocateEvent, now: f64): void {
  const account = accountAt(line), locator = locatorAt(line);
  switch (event) {
    case LocateEvent.Growing:
      // the first time, one server is enough to begin with; later the old ones serve until all new ones are known
      if (!account.isLocated) publish(line, now);
      break;
    case LocateEvent.Found:
      publish(line, now);
      account.isLocated = true;
      break;
    case LocateEvent.Unknown:
      if (account.targets.count == 0 && !locator.isReported) {
        pushReport(Report.NameUnknown, line, locator.host.at, locator.host.length);
      }
      locator.isReported = true;
      break;
    default:
  }
}

function publish(line: i32, now: f64): void {
  const account = accountAt(line), locator = locatorAt(line), targets = account.targets;
  locator.isReported = false;
  targets.copyFrom(locator.targets);
  targets.prefer(account.hop);
  for (let index = 0; index < targets.count; index++) {
    if (targets.at(index).transport != Transport.Tls) continue;
    const action = pushAction(ActionKind.ExpectName, line);
    action.endpoint.copyFrom(targets.at(index));
    action.payload = locator.host.at;
    action.length = locator.host.length;
  }
  if (targets.indexOf(account.hop) < 0) account.useHop(targets.choose(now));
  registrationAt(line).handleLocated(now);
}

/** Before a request outside a dialog: where the line is registered, or else the best server of those that may be asked. */
export function settleHop(line: i32, now: f64): void {
  const account = accountAt(line);
  if (account.targets.count == 0) return;
  if (registrationAt(line).isRegistered(now) && !isAvoided(account.hop, now)) return;
  account.useHop(account.targets.choose(now));
}

/**
 * A server of the line's registrar did not answer a request that went to `endpoint`, or answered 503 and asked for a pause
 * of so many ms; 0 for the usual one. It is left alone, and whoever is registered there looks for another. Returns the
 * server to try next, or null.
 */
export function leaveServer(line: i32, endpoint: Endpoint, pause: f64, now: f64): Endpoint {
  const targets = accountAt(line).targets;
  const server = targets.serverAt(endpoint);
  // there is no use in leaving the only one
  if (targets.count < 2 || changetype<usize>(server) == 0) return changetype<Endpoint>(0);
  if (!isAvoided(server, now)) {
    avoid(server, pause, now);
    reportEndpoint(Report.ServerAvoided, line, server, (avoidedUntil(server, now) - now) / 1000);
  }
  for (let each = 0; each < MAX_LINES; each++) registrationAt(each).handleServerLost(server, now);
  return targets.next(now);
}

/** The line is registered at `server`: calls go there too. */
export function settleAt(line: i32, server: Endpoint): void {
  const account = accountAt(line);
  if (account.targets.count == 0) return;
  if (!account.hop.equals(server)) reportEndpoint(Report.ServerChanged, line, server, 0);
  account.useHop(server);
  account.targets.prefer(server);
}

/** When a better server than `server` may be asked again; NEVER when none is waited for. */
export function betterServerAt(account: Account, server: Endpoint, now: f64): f64 {
  const targets = account.targets;
  const index = targets.indexOf(server);
  let soonest = NEVER;
  for (let better = 0; better < index && targets.priority(better) < targets.priority(index); better++) {
    soonest = min(soonest, avoidedUntil(targets.at(better), now));
  }
  return soonest;
}

/** "address:port" */
export function reportEndpoint(what: Report, line: i32, server: Endpoint, value: f64): void {
  const text = texts + <usize>(nextText * TEXT_SIZE);
  nextText = (nextText + 1) % TEXTS;
  let end = writeHostAddress(text, server);
  store<u8>(end++, 0x3a);
  end = writeDecimal(end, server.port);
  pushReport(what, line, text, <i32>(end - text), value);
}

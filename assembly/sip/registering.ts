// Orders to register, and to be registered no longer: of all lines, or of one whose settings have changed.

import { MAX_LINES } from "../limits";
import { accountAt } from "./account";
import { locate } from "./next-hop";
import { registrationAt } from "./registration";
import { subscriptionAt } from "./subscription";

/** Registers every account that is meant to. */
export function startRegistrations(now: f64): void {
  for (let line = 0; line < MAX_LINES; line++) startRegistration(line, now);
}

/** Withdraws every registration. */
export function stopRegistrations(now: f64): void {
  for (let line = 0; line < MAX_LINES; line++) stopRegistration(line, now);
}

/** The same for one line, after its settings have changed. */
export function startRegistration(line: i32, now: f64): void {
  locate(line, now);
  if (accountAt(line).register) registrationAt(line).start(now); // the mailbox is asked for after it
  else subscriptionAt(line).start(now);
}

/** Its settings have changed: what it has at a registrar that is not its own any more is left there. */
export function prepareRegistration(line: i32, now: f64): void { locate(line, now); }

export function stopRegistration(line: i32, now: f64): void {
  subscriptionAt(line).stop(now);
  registrationAt(line).stop(now);
}

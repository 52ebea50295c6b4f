// How long a session lives without a sign of life, and who gives it: RFC 4028. The refresh itself is in
// session-change.ts.

import { NOT_A_NUMBER, countDigits, parseDecimal } from "../base/decimal";
import { equalsIgnoreCase } from "../base/literal";
import { accountAt } from "./account";
import { Header } from "./header";
import { Message } from "./message";
import { hasToken } from "./option-tags";
import { findParameter, parameterAt, parameterLength } from "./parameters";
import { Session, SessionTimer } from "./session";
import { out } from "./writer";

/** Seconds below which nobody may go (§4), and our own Min-SE. */
export const LEAST_INTERVAL: i32 = 90;
/** A week: an `i32` of seconds and an `f64` of milliseconds hold it, and no call lasts longer unasked. */
const LONGEST_INTERVAL: i32 = 604_800;

const enum Refresher { Unsaid, Client, Server }

// What readInterval() found.
let seconds: i32 = 0;
let refresher: Refresher = Refresher.Unsaid;

function readSeconds(message: Message, header: Header): i32 {
  const field = message.first(header);
  if (changetype<usize>(field) == 0) return 0;
  const value = parseDecimal(field.value, countDigits(field.value, field.valueLength));
  return value == NOT_A_NUMBER ? 0 : <i32>min<i64>(value, LONGEST_INTERVAL);
}

/** Session-Expires (§4). False when there is none that can be read. */
function readInterval(message: Message): bool {
  seconds = readSeconds(message, Header.SessionExpires);
  refresher = Refresher.Unsaid;
  if (seconds == 0) return false;
  const field = message.first(Header.SessionExpires);
  const digits = countDigits(field.value, field.valueLength);
  if (!findParameter(field.value + <usize>digits, field.valueLength - digits, "refresher")) return true;
  if (equalsIgnoreCase(parameterAt, parameterLength, "uac")) refresher = Refresher.Client;
  else if (equalsIgnoreCase(parameterAt, parameterLength, "uas")) refresher = Refresher.Server;
  return true;
}

@inline function speaksTimer(request: Message): bool {
  return hasToken(request, Header.Supported, "timer") || hasToken(request, Header.Require, "timer");
}

// Requests of ours

/** What an INVITE or UPDATE of ours says (§7.1, §7.4): a session that has a timer keeps its refresher. */
export function putInterval(session: Session): void {
  if (session.leastInterval > LEAST_INTERVAL) out.headerNumber(Header.MinSE, session.leastInterval);
  const wanted = session.refreshInterval != 0 ? session.refreshInterval : accountAt(session.line).sessionInterval;
  out.header(Header.SessionExpires).decimal(max(wanted, session.leastInterval));
  if (session.refreshInterval != 0) out.text(session.isRefresher ? ";refresher=uac" : ";refresher=uas");
  out.line();
}

/** §7.2: what the 2xx to it says. Without Session-Expires there is no timer, or none any more. */
export function takeInterval(session: Session, response: Message, now: f64): void {
  session.refreshInterval = readInterval(response) ? max(seconds, LEAST_INTERVAL) : 0;
  session.isRefresher = refresher != Refresher.Server;
  restartSessionTimer(session, now);
}

/** §7.3: a 422 asks for more than we did; the same request, with more, is worth sending. */
export function takeMinimum(session: Session, response: Message): bool {
  const least = response.status == 422 ? readSeconds(response, Header.MinSE) : 0;
  if (least <= max(session.leastInterval, LEAST_INTERVAL)) return false;
  session.leastInterval = least;
  return true;
}

// Requests of the far end

/** §9: to be refused with 422 and our Min-SE. Only who speaks of timers can make use of that. */
export function isTooBrief(request: Message): bool {
  return readInterval(request) && seconds < LEAST_INTERVAL && speaksTimer(request);
}

/** §9, table 2: agrees on a timer in the 2xx to `request` that stands in `out`. */
export function agreeInterval(session: Session, request: Message): void {
  const canTime = speaksTimer(request);
  const isAsked = readInterval(request) && seconds >= LEAST_INTERVAL;
  const hadTimer = session.refreshInterval != 0;
  if (!canTime && !isAsked) {
    session.refreshInterval = 0;
    return;
  }
  session.leastInterval = readSeconds(request, Header.MinSE);
  session.refreshInterval = isAsked ? seconds : max(accountAt(session.line).sessionInterval, session.leastInterval);
  if (!canTime) session.isRefresher = true;
  else if (refresher != Refresher.Unsaid) session.isRefresher = refresher == Refresher.Server;
  else if (!hadTimer) session.isRefresher = !isAsked;
  if (canTime) out.headerText(Header.Require, "timer");
  out.header(Header.SessionExpires).decimal(session.refreshInterval)
    .text(session.isRefresher ? ";refresher=uas" : ";refresher=uac").line();
}

/** §10: the refresher refreshes at half of the time; without a refresh either side ends the session a little early. */
export function restartSessionTimer(session: Session, now: f64): void {
  const timers = session.timers;
  session.isRefreshDue = false;
  timers.stop(SessionTimer.Refresh);
  timers.stop(SessionTimer.Expire);
  if (session.refreshInterval != 0) {
    const interval = <f64>session.refreshInterval * 1000;
    if (session.isRefresher) timers.set(SessionTimer.Refresh, now + interval / 2);
    timers.set(SessionTimer.Expire, now + interval - min(32_000, interval / 3));
  }
  session.settle();
}

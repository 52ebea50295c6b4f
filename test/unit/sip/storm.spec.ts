// Everything at once: orders, requests, responses and lost time, sound and spoilt, from a printed seed. Nothing may
// trap, and once all is hung up and enough time has passed nothing may be left.

import { buffersUsed } from "../../../assembly/base/buffers";
import { writeText } from "../../../assembly/base/literal";
import { MAX_SESSIONS } from "../../../assembly/limits";
import { transactionsUsed } from "../../../assembly/sip/transaction/table";
import {
  SessionEvent, accountAt, answer, eventLine, eventSession, eventStatus, hangUp, invite, isSession, nextTimeout,
  registrationAt, reject, sendRinging, sessionAt, sessionsUsed, startRegistration, stopRegistration,
} from "../../../assembly/sip/user-agent";
import {
  advance, answerTo, drain, endOf, headerOf, hop, lastEvent, now, receive, sdp, sent, start, stranger,
} from "./wire";

const WALKS: i32 = 40;
const STEPS: i32 = 250;

const number = memory.data(16, 16);
const STATUSES = ["100 Trying", "180 Ringing", "183 Session Progress", "200 OK", "200 OK", "200 OK",
  "302 Moved Temporarily", "401 Unauthorized",
  "407 Proxy Authentication Required", "404 Not Found", "423 Interval Too Brief", "481 Call/Transaction Does Not Exist",
    "486 Busy Here",
  "487 Request Terminated", "503 Service Unavailable", "603 Decline"];
const METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "DANCE"];

let state: u32 = 1;

function random(below: i32): i32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return <i32>(state % <u32>below);
}

function pick(list: string[]): string { return list[random(list.length)]; }

/** One message in eight is spoilt in one to three places. */
function spoil(text: string): string {
  if (random(8) != 0) return text;
  for (let times = random(3); times >= 0; times--) {
    const at = random(text.length);
    const kind = random(3);
    if (kind == 0) text = text.substring(0, at) + String.fromCharCode(random(128)) + text.substring(at + 1);
    else if (kind == 1) text = text.substring(0, at);
    else text = text.substring(0, at) + text.substring(at, min(at + 40, text.length)) + text.substring(at);
    if (text.length == 0) return "x";
  }
  return text;
}

function description(): string {
  return random(4) == 0 ? "" : sdp(6000 + 2 * random(3), random(6) == 0 ? "18" : "0 8 101",
    random(3) == 0 ? "a=sendonly\r\n" : "");
}

function request(): string {
  const method = pick(METHODS);
  const call = random(4).toString();
  let sequence = 10 + random(6);
  let to = "<sip:101@example.test>";
  let callId = "call-" + call + "@bob", from = "<sip:102@example.test>;tag=bob" + call;
  if (random(2) == 0 && sent.length > 0) {
    // inside a dialog that one of the messages sent belongs to
    const known = sent[sent.length - 1 - random(min(sent.length, 6))].text;
    callId = headerOf(known, "Call-ID");
    if (known.startsWith("SIP/2.0")) {
      to = headerOf(known, "To");
      from = headerOf(known, "From");
      sequence = I32.parseInt(headerOf(known, "CSeq")) + (method == "ACK" || random(4) == 0 ? 0 : 1);
    } else {
      to = headerOf(known, "From");
      from = headerOf(known, "To");
    }
  }
  return method + " sip:101@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK" + call + "-" +
    random(3).toString() + "\r\nFrom: " + from +
    "\r\nTo: " + to + "\r\nCall-ID: " + callId + "\r\nCSeq: " + sequence.toString() + " " + method +
    "\r\nContact: <sip:102@198.51.100.7:5080>\r\n" + (random(20) == 0 ? "Require: x\r\n" : "") +
      endOf(method == "INVITE" || method == "ACK" ? description() : "");
}

function response(): string {
  if (sent.length == 0) return "SIP/2.0 200 OK\r\n\r\n";
  const known = sent[sent.length - 1 - random(min(sent.length, 8))].text;
  const status = pick(STATUSES);
  const extra = "Contact: <sip:bob@198.51.100.7:5080>\r\nMin-Expires: 4000\r\nExpires: 60\r\n" +
    "WWW-Authenticate: Digest realm=\"r\", nonce=\"" +
    random(5).toString() + "\"\r\nProxy-Authenticate: Digest realm=\"r\", nonce=\"" + random(5).toString() +
      "\", qop=\"auth\", stale=true\r\n";
  return answerTo(known, status, "tag" + random(2).toString(), extra, description());
}

/** Nobody is told of a session that is not there. */
function check(event: SessionEvent, seed: string): void {
  assert(sessionsUsed() <= MAX_SESSIONS, seed);
  if (event == SessionEvent.None) return;
  assert(eventLine == 0 && eventSession >= 0 && eventSession < MAX_SESSIONS, seed);
  const isOver = event == SessionEvent.Failed || event == SessionEvent.Ended || event == SessionEvent.Refused;
  if (isOver) assert(!isSession(eventSession) || sessionAt(eventSession).isReleased, seed + ": over and still there");
  else assert(isSession(eventSession) && !sessionAt(eventSession).isReleased, seed +
    ": told of a session that is gone");
  if (event == SessionEvent.Failed) assert(eventStatus >= 300 && eventStatus < 700, seed);
}

function order(): void {
  const session = random(6);
  switch (random(9)) {
    case 0:
    case 1: invite(0, number, <i32>(writeText(number, "102") - number), now); break;
    case 2: sendRinging(session, now); break;
    case 3:
    case 4: answer(session, now); break;
    case 5: reject(session, 486, now); break;
    case 6: hangUp(session, now); break;
    case 7: startRegistration(0, now); break;
    default: stopRegistration(0, now);
  }
  drain();
}

function walk(walkNumber: i32): void {
  const seed = "seed " + walkNumber.toString();
  state = <u32>walkNumber * 2654435761 + 1;
  start(walkNumber % 10);
  accountAt(0).register = false;
  for (let step = 0; step < STEPS; step++) {
    const what = random(10);
    if (what < 3) order();
    else if (what < 6) check(receive(spoil(request()), random(12) == 0 ? stranger : hop), seed);
    else if (what < 9) check(receive(spoil(response()), random(12) == 0 ? stranger : hop), seed);
    else advance(<f64>random(random(4) == 0 ? 40_000 : 600));
    // registering is switched on for the orders only: a request may come to 101 itself
    accountAt(0).register = random(2) == 0;
  }
  stopRegistration(0, now);
  for (let session = 0; session < MAX_SESSIONS; session++) hangUp(session, now);
  drain();
  advance(200_000);
  expect(sessionsUsed()).toBe(0, seed + ": sessions");
  expect(transactionsUsed()).toBe(0, seed + ": transactions");
  expect(buffersUsed()).toBe(0, seed + ": buffers");
  expect(nextTimeout()).toBe(Infinity, seed + ": timers");
}

describe("a storm", () => {
  test("of orders and messages, sound and spoilt, leaves nothing behind", () => {
    for (let index = 0; index < WALKS; index++) walk(index);
  });
});

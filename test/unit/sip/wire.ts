// A user agent on the bench: virtual time, a wire that a spec reads and writes as text.
// The hop is 192.0.2.1:5060, we are 192.0.2.2:5070, line 0 is extension 101 of example.test.

import { Action, ActionKind, Report, pollAction, resetActions } from "../../../assembly/abi/action";
import { Counter, counters, resetCounters } from "../../../assembly/abi/counters";
import { Endpoint, Family, Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { parseIPv4 } from "../../../assembly/base/address";
import { buffersSize, setupBuffers } from "../../../assembly/base/buffers";
import { writeText } from "../../../assembly/base/literal";
import { seedRandom } from "../../../assembly/base/random";
import { setupHashKey } from "../../../assembly/base/sip-hash";
import { Text } from "../../../assembly/base/text";
import { CodecOrder } from "../../../assembly/abi/settings";
import { setupCharacters } from "../../../assembly/sip/characters";
import { setupHeaders } from "../../../assembly/sip/header";
import { setupTransactions, transactionsSize } from "../../../assembly/sip/transaction/table";
import {
  SessionEvent, accountAt, handleSip, handleTimeout, nextTimeout, setupUserAgent, startRegistrations, userAgentSize,
} from "../../../assembly/sip/user-agent";

export const TRANSACTIONS: i32 = 16;
const BUFFERS: i32 = 24;

const seed = memory.data(32, 16);
const datagram = memory.data(65536 + 16, 16);
const textArea = memory.data(256, 16);
export const hop: Endpoint = endpointAt(memory.data(24, 8));
export const stranger: Endpoint = endpointAt(memory.data(24, 8));
export const media: Endpoint = endpointAt(memory.data(24, 8));
let userAgent: usize = 0;
let transactions: usize = 0;
let buffers: usize = 0;

export class Sent {
  constructor(public at: f64, public text: string, public host: u32, public port: u16) {}
}

export class Reported {
  constructor(public report: i32, public line: i32, public text: string, public value: f64) {}
}

/** What left since the last start(), oldest first. */
export let sent: Array<Sent> = [];
export let reported: Array<Reported> = [];
export let now: f64 = 0;
/** The last event that was not None, and how many there were. */
export let lastEvent: SessionEvent = SessionEvent.None;
export let events: i32 = 0;

export function setEndpoint(endpoint: Endpoint, address: string, port: u16): void {
  endpoint.clear();
  parseIPv4(textArea, <i32>(writeText(textArea, address) - textArea), endpoint.address);
  endpoint.port = port;
  endpoint.family = <u8>Family.V4;
  endpoint.transport = <u8>Transport.Udp;
}

export function setText(text: Text, value: string): void {
  text.set(textArea, <i32>(writeText(textArea, value) - textArea));
}

/** A fresh user agent at time 0. */
export function start(seedDigit: i32 = 0): void {
  if (userAgent == 0) {
    userAgent = heap.alloc(userAgentSize());
    transactions = heap.alloc(transactionsSize(TRANSACTIONS));
    buffers = heap.alloc(buffersSize(BUFFERS, BUFFERS, 4, 4));
  }
  writeText(seed, "0123456789abcdef0123456789abcdef");
  store<u8>(seed, <u8>(0x30 + seedDigit));
  seedRandom(seed);
  setupHashKey();
  setupCharacters();
  setupHeaders();
  resetActions();
  resetCounters();
  setupBuffers(buffers, BUFFERS, BUFFERS, 4, 4);
  setupTransactions(transactions, TRANSACTIONS);
  setupUserAgent(userAgent);
  setEndpoint(hop, "192.0.2.1", 5060);
  setEndpoint(stranger, "203.0.113.9", 5060);
  setEndpoint(media, "192.0.2.2", 4000);
  const account = accountAt(0);
  setText(account.user, "101");
  setText(account.domain, "example.test");
  setText(account.password, "secret");
  account.hop.copyFrom(hop);
  setEndpoint(account.local, "192.0.2.2", 5070);
  accountAt(0).media.copyFrom(media);
  account.keepAlive = 0;
  accountAt(0).codecs = CodecOrder.AThenMu;
  sent = [];
  reported = [];
  now = 0;
  lastEvent = SessionEvent.None;
  events = 0;
}

function note(event: SessionEvent): SessionEvent {
  if (event != SessionEvent.None) {
    lastEvent = event;
    events++;
  }
  return event;
}

/** Reads what the core ordered. */
export function drain(): void {
  for (let at = pollAction(); at != 0; at = pollAction()) {
    const action = changetype<Action>(at);
    const text = action.length > 0 ? String.UTF8.decodeUnsafe(action.payload, action.length) : "";
    if (action.kind == ActionKind.SendSip) sent.push(new Sent(now, text, action.endpoint.address0,
      action.endpoint.port));
    else if (action.kind == ActionKind.Report) reported.push(new Reported(action.code, action.line, text,
      action.value));
  }
}

/** `text` arrives now. */
export function receive(text: string, source: Endpoint = hop): SessionEvent {
  const length = String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, datagram);
  const event = note(handleSip(datagram, <i32>length, source, now));
  drain();
  return event;
}

/** Time passes, timers run. */
export function advanceTo(time: f64): void {
  drain();
  while (nextTimeout() <= time) {
    now = nextTimeout();
    note(handleTimeout(now));
    drain();
  }
  now = time;
}

export function advance(duration: f64): void { advanceTo(now + duration); }

export function counted(counter: Counter): u32 { return load<u32>(counters + (<usize>counter << 2)); }

/** The last message sent. */
export function last(): string { return sent.length == 0 ? "" : sent[sent.length - 1].text; }

/** Messages sent that begin with `start`. */
export function countSent(start: string): i32 {
  let count = 0;
  for (let index = 0; index < sent.length; index++) {
    if (sent[index].text.startsWith(start)) count++;
  }
  return count;
}

/** The last message sent that begins with `start`. */
export function lastSent(start: string): string {
  for (let index = sent.length - 1; index >= 0; index--) {
    if (sent[index].text.startsWith(start)) return sent[index].text;
  }
  return "";
}

/** Times of the messages that begin with `start`, with commas between, in ms. */
export function timesOf(start: string): string {
  let times = "";
  for (let index = 0; index < sent.length; index++) {
    if (sent[index].text.startsWith(start)) times += (times.length == 0 ? "" : ",") + (<i64>sent[index].at).toString();
  }
  return times;
}

/** Value of the first header field of that name; empty when there is none. */
export function headerOf(text: string, name: string): string {
  const at = text.indexOf("\r\n" + name + ": ");
  if (at < 0) return "";
  const from = at + name.length + 4;
  return text.substring(from, text.indexOf("\r\n", from));
}

export function bodyOf(text: string): string { return text.substring(text.indexOf("\r\n\r\n") + 4); }

/** Value of a parameter, up to `;`, `,`, `>` or the end. */
export function parameterOf(value: string, name: string): string {
  const at = value.indexOf(name + "=");
  if (at < 0) return "";
  let end = at + name.length + 1;
  const from = end;
  while (end < value.length && !";,>\r".includes(value.charAt(end))) end++;
  return value.substring(from, end);
}

/** The response that a server makes of `request`; `tag` goes into the To when it has none. `extra` are whole lines. */
export function answerTo(request: string, status: string, tag: string = "", extra: string = "",
  body: string = ""): string {
  const to = headerOf(request, "To");
  return "SIP/2.0 " + status + "\r\nVia: " + headerOf(request, "Via") +
    "\r\nFrom: " + headerOf(request, "From") + "\r\nTo: " + to +
      (tag.length > 0 && !to.includes(";tag=") ? ";tag=" + tag : "") +
    "\r\nCall-ID: " + headerOf(request, "Call-ID") + "\r\nCSeq: " + headerOf(request, "CSeq") + "\r\n" + extra +
      endOf(body);
}

/** Content-Type, Content-Length and body. */
export function endOf(body: string): string {
  return (body.length > 0 ? "Content-Type: application/sdp\r\n" : "") + "Content-Length: " + body.length.toString() +
    "\r\n\r\n" + body;
}

/** A description with one audio line; `lines` are whole attribute lines. */
export function sdp(port: i32, formats: string = "0 8 101", lines: string = ""): string {
  return "v=0\r\no=- 7 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio " + port.toString() +
    " RTP/AVP " +
    formats + "\r\na=rtpmap:101 telephone-event/8000\r\n" + lines;
}

/** A fresh user agent whose line 0 is registered; returns the URI of its contact. */
export function startRegistered(seedDigit: i32 = 0): string {
  start(seedDigit);
  accountAt(0).register = true;
  startRegistrations(now);
  drain();
  const request = last();
  receive(answerTo(request, "200 OK", "r", "Expires: 3600\r\n"));
  const contact = headerOf(request, "Contact");
  return contact.substring(1, contact.indexOf(">"));
}

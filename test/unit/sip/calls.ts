// Calls on the wire of wire.ts, both ways: we are 101, the other phone is Bob, 102.

import { buffersUsed } from "../../../assembly/base/buffers";
import { writeText } from "../../../assembly/base/literal";
import { transactionsUsed } from "../../../assembly/sip/transaction/table";
import { SessionEvent, answer, hangUp, invite, sendRinging, sessionsUsed } from "../../../assembly/sip/user-agent";
import { advance, answerTo, drain, endOf, headerOf, lastSent, now, receive, sdp } from "./wire";

/** Contact of Bob. */
export const CONTACT = "Contact: <sip:bob@198.51.100.7:5080>\r\n";
const number = memory.data(64, 16);

/** We call; the session, or -1. */
export function dial(digits: string): i32 {
  const session = invite(0, number, <i32>(writeText(number, digits) - number), now);
  drain();
  return session;
}

export function hang(session: i32 = 0): void {
  hangUp(session, now);
  drain();
}

/** We call Bob and he answers; the INVITE. */
export function callOut(): string {
  dial("102");
  const request = lastSent("INVITE");
  receive(answerTo(request, "200 OK", "bob", CONTACT, sdp(6000)));
  return request;
}

/** A request of Bob. `toTag` makes it one inside the dialog. */
export function request(
  method: string, branch: string, sequence: i32, toTag: string = "", extra: string = "", body: string = "",
): string {
  return method + " sip:101@192.0.2.2:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK" + branch +
    "\r\nVia: SIP/2.0/UDP 198.51.100.7:5080;branch=z9hG4bKbob;received=198.51.100.7\r\nMax-Forwards: 69\r\n" +
    "From: \"Bob \\\"B\\\"\" <sip:%2b102@example.test>;tag=bob\r\nTo: <sip:101@example.test>" +
    (toTag.length > 0 ? ";tag=" + toTag : "") + "\r\nCall-ID: call-1@bob\r\nCSeq: " + sequence.toString() + " " +
    method + "\r\nContact: <sip:102@198.51.100.7:5080>\r\n" + extra + endOf(body);
}

/** Bob calls us. */
export function inviteIn(branch: string = "i1", body: string = sdp(6000)): SessionEvent {
  return receive(request("INVITE", branch, 10, "", "", body));
}

/** The tag that our last response carried. */
export function ownTag(): string { return headerOf(lastSent("SIP/2.0 "), "To").split(";tag=")[1]; }

export function ring(): void {
  sendRinging(0, now);
  drain();
}

export function lift(): bool {
  const done = answer(0, now);
  drain();
  return done;
}

/** Bob calls and we answer; our tag. */
export function callIn(): string {
  inviteIn();
  ring();
  lift();
  const tag = ownTag();
  receive(request("ACK", "a1", 10, tag));
  return tag;
}

/** Every record and buffer has been given back. */
export function expectClean(): void {
  advance(64_001);
  expect(sessionsUsed()).toBe(0, "sessions");
  expect(transactionsUsed()).toBe(0, "transactions");
  expect(buffersUsed()).toBe(0, "buffers");
}

// Who has messages waiting: RFC 3842, as a registrar tells it in NOTIFY, asked (subscription.ts) or not.

import { indexOfByte } from "../base/bytes";
import { countDigits, parseDecimal } from "../base/decimal";
import { equalsIgnoreCase } from "../base/literal";
import { MAX_LINES } from "../limits";
import { TOKEN, countClass, skipSpace } from "./characters";
import { isFirstToken, isOfType } from "./field-value";
import { Header } from "./header";
import { Message } from "./message";
import { SessionEvent, raiseForLine } from "./session-event";

const MOST_MESSAGES: i64 = 99_999;

/** What is known of one line's mailbox. */
@unmanaged
export class Mailbox {
  /** The registrar has said something. */
  isKnown: bool = false;
  hasMessages: bool = false;
  /** Voice messages, as far as the registrar counts them; 0 and 0 when it only says that there are some. */
  newMessages: i32 = 0;
  oldMessages: i32 = 0;
}

const MAILBOX_SIZE: i32 = 12;

const mailboxes: usize = memory.data(MAILBOX_SIZE * MAX_LINES, 16);
const told: Mailbox = changetype<Mailbox>(memory.data(MAILBOX_SIZE, 16));

@inline export function mailboxAt(line: i32): Mailbox {
  return changetype<Mailbox>(mailboxes + <usize>(line * MAILBOX_SIZE));
}

export function setupMailboxes(): void {
  if (<i32>offsetof<Mailbox>() > MAILBOX_SIZE) ERROR("MAILBOX_SIZE is too small");
  memory.fill(mailboxes, 0, MAILBOX_SIZE * MAX_LINES);
}

/** RFC 6665 §4.1.3 and RFC 3842 §3.4: the status that a NOTIFY of somebody's mailbox is refused with, or 0. */
export function refusalOfSummary(request: Message): i32 {
  if (!isFirstToken(request.first(Header.Event), "message-summary")) return 489;
  return request.bodyLength == 0 || isOfType(request, "application", "simple-message-summary") ? 0 : 415;
}

/** A NOTIFY of the mailbox of a line, answered already. MessagesWaiting when it brings news. */
export function takeSummary(request: Message, line: i32): SessionEvent {
  memory.fill(changetype<usize>(told), 0, MAILBOX_SIZE);
  readSummary(request.bodyAt, request.bodyAt + <usize>request.bodyLength);
  const mailbox = mailboxAt(line);
  if (!told.isKnown || memory.compare(changetype<usize>(told), changetype<usize>(mailbox), MAILBOX_SIZE) == 0) {
    return SessionEvent.None;
  }
  memory.copy(changetype<usize>(mailbox), changetype<usize>(told), MAILBOX_SIZE);
  return raiseForLine(SessionEvent.MessagesWaiting, line);
}

/** §5.2: `Messages-Waiting: yes`, and of the counts those of voice: `Voice-Message: 4/8 (1/2)`. */
function readSummary(at: usize, end: usize): void {
  while (at < end) {
    const length = indexOfByte(at, <i32>(end - at), 0x0a);
    const stop = length < 0 ? end : at + <usize>length;
    const nameLength = countClass(at, stop, TOKEN);
    const colon = skipSpace(at + <usize>nameLength, stop);
    if (colon < stop && load<u8>(colon) == 0x3a) {
      const value = skipSpace(colon + 1, stop);
      if (equalsIgnoreCase(at, nameLength, "messages-waiting")) readStatus(value, stop);
      else if (equalsIgnoreCase(at, nameLength, "voice-message")) readCounts(value, stop);
    }
    at = stop + 1;
  }
}

function readStatus(at: usize, end: usize): void {
  const length = countClass(at, end, TOKEN);
  told.hasMessages = equalsIgnoreCase(at, length, "yes");
  told.isKnown = told.hasMessages || equalsIgnoreCase(at, length, "no");
}

function readCounts(at: usize, end: usize): void {
  const newDigits = countDigits(at, <i32>(end - at));
  const slash = at + <usize>newDigits;
  if (newDigits == 0 || slash >= end || load<u8>(slash) != 0x2f) return;
  const oldDigits = countDigits(slash + 1, <i32>(end - slash) - 1);
  told.newMessages = <i32>max<i64>(parseDecimal(at, newDigits, MOST_MESSAGES), 0);
  told.oldMessages = <i32>max<i64>(parseDecimal(slash + 1, oldDigits, MOST_MESSAGES), 0);
}

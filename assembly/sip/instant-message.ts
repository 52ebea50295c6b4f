// Short messages: MESSAGE, RFC 3428, outside and inside a dialog. One that comes is told to the log, as text that can do
// no harm there; one that goes out is paid for with the account's credentials.

import { Report, pushReport } from "../abi/action";
import { Endpoint } from "../abi/endpoint";
import { indexOfByte } from "../base/bytes";
import { equalsIgnoreCase } from "../base/literal";
import { accountAt } from "./account";
import { putCredentials, takeChallenge } from "./credentials";
import { DIALOG_SIZE, Dialog } from "./dialog/dialog";
import { isOfType } from "./field-value";
import { Header } from "./header";
import { Message } from "./message";
import { Method } from "./method";
import { setOutboundRoutes } from "./outbound";
import { findParameter, parameterAt, parameterLength } from "./parameters";
import { Owner } from "./session";
import { reasonPhrase } from "./status";
import { refusedRequest, openClient, startClient, storedRequest } from "./transaction/table";
import { BRANCH_LENGTH, Transaction, TransactionEvent } from "./transaction/transaction";
import { Uri } from "./uri";
import { Writer, out } from "./writer";

/** RFC 3428 §8: no message is longer, its header included. */
const LONGEST: i32 = 1300;
const TEXT_SIZE: i32 = 2 * LONGEST;

/** One a time: the host reads a report before the next input. */
const text: usize = memory.data(TEXT_SIZE, 16);
const writer: Writer = changetype<Writer>(memory.data(16, 16));
const uri: Uri = changetype<Uri>(memory.data(64, 16));
/** A MESSAGE makes none, and is written like a request of one. */
const dialog: Dialog = changetype<Dialog>(memory.data(DIALOG_SIZE, 16));

// Messages to us

/** The status that a MESSAGE is refused with, or 0. */
export function refusalOfMessage(request: Message): i32 {
  if (request.bodyLength > LONGEST) return 413;
  return request.bodyLength == 0 || isPlainText(request) ? 0 : 415;
}

/** RFC 3428 §4 and RFC 2046 §4.1.2: text/plain, in UTF-8 or what is part of it. */
function isPlainText(request: Message): bool {
  const encoding = request.first(Header.ContentEncoding);
  if (changetype<usize>(encoding) != 0 && !equalsIgnoreCase(encoding.value, encoding.valueLength, "identity")) {
    return false;
  }
  if (!isOfType(request, "text", "plain")) return false;
  const type = request.first(Header.ContentType);
  const semicolon = indexOfByte(type.value, type.valueLength, 0x3b);
  if (semicolon < 0) return true;
  if (!findParameter(type.value + <usize>semicolon, type.valueLength - semicolon, "charset")) return true;
  const isQuoted = parameterLength > 1 && load<u8>(parameterAt) == 0x22;
  const at = isQuoted ? parameterAt + 1 : parameterAt, length = isQuoted ? parameterLength - 2 : parameterLength;
  return equalsIgnoreCase(at, length, "utf-8") || equalsIgnoreCase(at, length, "us-ascii");
}

/** A MESSAGE to a line, answered already. */
export function takeMessage(request: Message, line: i32): void {
  begin(request.fromUri).text(": ");
  putHarmless(request.bodyAt, request.bodyLength);
  end(Report.MessageReceived, line, 0);
}

function begin(whom: Uri): Writer {
  writer.beginAt(text, TEXT_SIZE);
  if (whom.userLength > 0) putHarmless(whom.userAt, whom.userLength);
  else putHarmless(whom.hostAt, whom.hostLength);
  return writer;
}

function end(report: Report, line: i32, status: i32): void {
  pushReport(report, line, writer.start, writer.length, status);
}

/** A terminal obeys control characters, also those that UTF-8 writes with two bytes: a blank stands for each. */
function putHarmless(at: usize, length: i32): void {
  for (let index = 0; index < length; index++) {
    const byte = load<u8>(at + <usize>index);
    const isLong = byte == 0xc2 && index + 1 < length && (load<u8>(at + <usize>index, 1) & 0xe0) == 0x80;
    if (isLong) index++;
    if (isLong || byte < 0x20 || byte == 0x7f) writer.text(" ");
    else writer.span(at + <usize>index, 1);
  }
}

// Messages of ours

/** Sends a text to a number. 0, or the status that says why not. */
export function sendMessage(
  line: i32, numberAt: usize, numberLength: i32, textAt: usize, textLength: i32, now: f64,
): i32 {
  const account = accountAt(line);
  if (!account.isUsable) return 480;
  if (numberLength < 1) return 484;
  dialog.reset();
  dialog.startClient();
  out.begin();
  account.putNumber(numberAt, numberLength);
  dialog.remoteUri.set(out.start, out.length);
  dialog.remoteTarget.set(out.start, out.length);
  out.begin();
  account.putAddress();
  dialog.localUri.set(out.start, out.length);
  setOutboundRoutes(dialog, line);
  const transaction = openClient(Method.Message, Owner.Message, line << 8);
  if (changetype<usize>(transaction) == 0) return 503;
  dialog.beginRequest(Method.Message, account.local, account.displayName, transaction.branch, BRANCH_LENGTH);
  out.headerText(Header.ContentType, "text/plain;charset=UTF-8").body(textAt, textLength);
  return startClient(transaction, account.hop, now) ? 0 : 503;
}

/** What came of a MESSAGE. `response` is meaningless for Timeout. */
export function handleMessageResponse(
  transaction: Transaction, event: TransactionEvent, response: Message, source: Endpoint, now: f64,
): void {
  const line = transaction.owner >> 8, challenges = transaction.owner & 0xff;
  switch (event) {
    case TransactionEvent.Success:
      begin(response.toUri);
      end(Report.MessageSent, line, response.status);
      break;
    case TransactionEvent.Failure:
      if (takeChallenge(accountAt(line), response, source, challenges) && sendAgain(line, challenges + 1, now)) break;
      tellFailure(response, response.status, line);
      break;
    case TransactionEvent.Timeout: tellFailure(storedRequest(transaction), 408, line);
  }
}

function tellFailure(message: Message, status: i32, line: i32): void {
  begin(message.toUri).text(": ").decimal(status).text(" ").text(reasonPhrase(status));
  end(Report.MessageFailed, line, status);
}

/** The same with the answer to the challenge that was taken (RFC 3261 §22.2). */
function sendAgain(line: i32, challenges: i32, now: f64): bool {
  const account = accountAt(line);
  const before = refusedRequest();
  const transaction = openClient(Method.Message, Owner.Message, (line << 8) | challenges);
  if (changetype<usize>(transaction) == 0) return false;
  out.begin().requestLine("MESSAGE", before.uriAt, before.uriLength);
  out.via(account.local, transaction.branch, BRANCH_LENGTH).headerText(Header.MaxForwards, "70")
    .copyFields(before, Header.Route).copyFields(before, Header.From).copyFields(before, Header.To)
    .copyFields(before, Header.CallId)
    .header(Header.CSeq).decimal(before.sequence + 1).text(" MESSAGE").line()
    .copyFields(before, Header.ContentType).body(before.bodyAt, before.bodyLength);
  putCredentials(account);
  return startClient(transaction, account.hop, now);
}

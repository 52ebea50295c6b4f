// What a telephone shows of its mailbox: RFC 3842 comes in, dial tone stutters.

import { Report } from "../abi/action";
import { mailboxAt } from "../sip/user-agent";
import { Call } from "./call";
import { beginReport, endReport } from "./report-text";

/** The next dial tone tells whether messages wait; one with a display or a lamp is told at once. */
export function showMailbox(call: Call, now: f64): void {
  const mailbox = mailboxAt(call.index);
  call.line.showMailbox(mailbox.hasMessages, mailbox.newMessages, now);
  const text = beginReport();
  if (mailbox.newMessages + mailbox.oldMessages > 0) {
    text.decimal(mailbox.newMessages).text(" new, ").decimal(mailbox.oldMessages).text(" old");
  } else {
    text.text(mailbox.hasMessages ? "yes" : "none");
  }
  endReport(Report.MessagesWaiting, call.index, mailbox.hasMessages ? 1 : 0);
}

// What the core reports, as log lines.

import { Report } from "./adapter-abi.ts";
import type { LogLevel } from "./log.ts";

interface ReportText {
  level: LogLevel;
  message: string;
}

const TEXTS: Record<number, { level: LogLevel; words: string }> = {
  [Report.OffHook]: { level: "info", words: "off-hook" },
  [Report.OnHook]: { level: "info", words: "on-hook" },
  [Report.Flash]: { level: "info", words: "hook flash" },
  [Report.Digit]: { level: "debug", words: "digit" },
  [Report.Dialled]: { level: "info", words: "dialled" },
  [Report.CallStarted]: { level: "info", words: "calls" },
  [Report.CallRinging]: { level: "info", words: "the far end rings" },
  [Report.CallIncoming]: { level: "info", words: "rings, called by" },
  [Report.CallAnswered]: { level: "info", words: "talks to" },
  [Report.CallEnded]: { level: "info", words: "call ended with" },
  [Report.CallFailed]: { level: "warn", words: "call failed:" },
  [Report.Registered]: { level: "info", words: "registered" },
  [Report.RegistrationFailed]: { level: "warn", words: "registration failed:" },
  [Report.Unregistered]: { level: "info", words: "registration withdrawn" },
  [Report.Howler]: { level: "warn", words: "left off-hook: howler" },
  [Report.MediaStarted]: { level: "debug", words: "sound starts" },
  [Report.MediaStopped]: { level: "debug", words: "sound stops" },
  [Report.BindingAdded]: { level: "info", words: "registered:" },
  [Report.BindingRemoved]: { level: "info", words: "no longer registered:" },
  [Report.CallRouted]: { level: "info", words: "call" },
  [Report.AuthenticationFailed]: { level: "warn", words: "authentication failed:" },
  [Report.BindingRefreshed]: { level: "debug", words: "registered again:" },
  [Report.Referred]: { level: "info", words: "is sent on to" },
  [Report.TransferStarted]: { level: "info", words: "transfers" },
  [Report.TransferProgress]: { level: "info", words: "transfer under way:" },
  [Report.Transferred]: { level: "info", words: "transferred" },
  [Report.TransferFailed]: { level: "warn", words: "transfer failed:" },
  [Report.CallReplaced]: { level: "info", words: "call taken over by" },
  [Report.NameUnknown]: { level: "error", words: "no address is known yet for its registrar" },
  [Report.ServerChanged]: { level: "info", words: "uses the server" },
  [Report.ServerAvoided]: { level: "warn", words: "does not ask for a while the server" },
  [Report.CallRefused]: { level: "warn", words: "call refused from" },
  [Report.MessageReceived]: { level: "info", words: "message from" },
  [Report.MessageSent]: { level: "info", words: "message delivered to" },
  [Report.MessageFailed]: { level: "warn", words: "message not delivered to" },
  [Report.DigitReceived]: { level: "debug", words: "the far end sends digit" },
  [Report.MessagesWaiting]: { level: "info", words: "messages waiting:" },
  [Report.SubscriptionFailed]: { level: "warn", words: "the registrar does not tell of the mailbox:" },
  [Report.MediaMapped]: { level: "info", words: "sound is seen from outside at" },
  [Report.StunFailed]: { level: "warn", words: "the STUN server does not answer: calls say the box's own address" },
  [Report.MachineHeard]: {
    level: "info",
    words: "a fax machine or a modem: no echo is cancelled, the delay is fixed; heard",
  },
  [Report.LockedOut]: { level: "warn", words: "guessed too often and is not heard for a while:" },
};

/** What the core says when it refuses an order, by its SIP status. */
const REFUSALS: Record<number, string> = {
  480: "has no registrar yet",
  481: "is not in a call that is answered",
  484: "needs a number",
  491: "is busy with another transfer of this call",
  503: "can't now: no room in a table; try again",
};

/** Why a line refuses an order. `line` counts from 1. */
export function refusalText(line: number, status: number): string {
  return `line ${line} ${REFUSALS[status] ?? `refuses with ${status}`}`;
}

/** `text` is what the core adds: a number, a status, an address. */
export function reportText(report: number, text: string): ReportText {
  const known = TEXTS[report] ?? { level: "debug" as const, words: `report ${report}` };
  return { level: known.level, message: text === "" ? known.words : `${known.words} ${text}` };
}

/** It says that a registration has begun, goes on or has ended. */
export function isOfLocation(report: number): boolean {
  return report === Report.BindingAdded || report === Report.BindingRemoved || report === Report.BindingRefreshed;
}

// One call in the place of another: Replaces, RFC 3891.

import { indexOfByte } from "../base/bytes";
import { WORD, isAll } from "./characters";
import { DialogState } from "./dialog/dialog";
import { Header } from "./header";
import { Message } from "./message";
import { endOfParameters, findParameter, parameterAt, parameterLength } from "./parameters";
import { SessionState, sessionOfDialog } from "./session";
import { Writer } from "./writer";
import { Dialog } from "./dialog/dialog";

const SEMICOLON: u8 = 0x3b;

/** The session that the last findReplaced() found, -1 for none. */
export let replaced: i32 = -1;

// The parts of the value read last.
let callIdLength: i32 = 0;
let toTagAt: usize = 0, toTagLength: i32 = 0;
let fromTagAt: usize = 0, fromTagLength: i32 = 0;
let isEarlyOnly: bool = false;

/** callid *(SEMI replaces-param), with both tags (§6.1). */
export function isReplaces(at: usize, length: i32): bool {
  callIdLength = indexOfByte(at, length, SEMICOLON);
  if (callIdLength < 1 || !isCallId(at, callIdLength)) return false;
  const parameters = at + <usize>callIdLength, end = at + <usize>length;
  const rest = length - callIdLength;
  if (endOfParameters(parameters, end) != end || !findParameter(parameters, rest, "to-tag")) return false;
  toTagAt = parameterAt;
  toTagLength = parameterLength;
  if (!findParameter(parameters, rest, "from-tag")) return false;
  fromTagAt = parameterAt;
  fromTagLength = parameterLength;
  isEarlyOnly = findParameter(parameters, rest, "early-only");
  return toTagLength > 0 && fromTagLength > 0;
}

/** word [ "@" word ] */
function isCallId(at: usize, length: i32): bool {
  const sign = indexOfByte(at, length, 0x40);
  return sign < 0 ? isAll(at, length, WORD)
    : isAll(at, sign, WORD) && isAll(at + <usize>sign + 1, length - sign - 1, WORD);
}

/**
 * §3: `replaced` is the session of `line` whose place the INVITE takes; -1 when it is a call of its own. The status to
 * refuse with, or 0. Who the sender is has been looked at before: only the line's own hop may ring it.
 */
export function findReplaced(invite: Message, line: i32): i32 {
  replaced = -1;
  const field = invite.first(Header.Replaces);
  if (changetype<usize>(field) == 0) return 0;
  if (invite.isRepeated(Header.Replaces) || !isReplaces(field.value, field.valueLength)) return 400;
  const session =
    sessionOfDialog(line, field.value, callIdLength, toTagAt, toTagLength, fromTagAt, fromTagLength);
  if (changetype<usize>(session) == 0) return 481;
  switch (session.state) {
    case SessionState.Proceeding: // a call of ours that rings
      if (session.dialog.state != DialogState.Early) return 481;
      break;
    case SessionState.Answered:
    case SessionState.Confirmed:
      if (session.isReleased) return 603;
      if (isEarlyOnly) return 486;
      break;
    case SessionState.Terminating:
    case SessionState.Notifying: return 603;
    default: return 481; // it rings here: only its caller could have it replaced
  }
  replaced = session.index;
  return 0;
}

/** The value that names `dialog` to its far end, escaped for a Refer-To (RFC 3515 §2.1). */
export function putEscapedReplaces(out: Writer, dialog: Dialog): void {
  out.escaped(dialog.callId.at, dialog.callId.length).text("%3Bto-tag%3D");
  putTag(out, dialog.remoteTag.at, dialog.remoteTag.length);
  out.text("%3Bfrom-tag%3D");
  putTag(out, dialog.localTag.at, dialog.localTag.length);
}

/** §4: a peer without tags has the tag 0. */
function putTag(out: Writer, at: usize, length: i32): void {
  if (length == 0) out.text("0");
  else out.escaped(at, length);
}

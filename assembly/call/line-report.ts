// What the console shows of one line, as one record that the host reads. Filled on demand.

import { RtpStream } from "../rtp/stream";
import { registrationAt } from "../sip/registration";
import { mailboxAt, sessionAt } from "../sip/user-agent";
import { callAt } from "./call";

/** Offsets are part of the ABI: append, never reorder. Times in monotonic milliseconds. */
@unmanaged
export class LineReport {
  /** When the call's state began. */
  since: f64 = 0;
  jitterMs: f64 = 0;
  delayMs: f64 = 0;
  /** Negative until both sides have reported. */
  roundTripMs: f64 = 0;
  /** When the registration held ends, in the past when there is none; when the next REGISTER is due, Infinity for never. */
  registeredUntil: f64 = 0;
  nextRegister: f64 = 0;
  lineState: i32 = 0;
  callState: i32 = 0;
  isIncoming: i32 = 0;
  /** RTP payload type in use, -1 for none. */
  payloadType: i32 = 0;
  packetsSent: i32 = 0;
  packetsReceived: i32 = 0;
  lost: i32 = 0;
  late: i32 = 0;
  concealedSamples: i32 = 0;
  registrationState: i32 = 0;
  /** Last final status of a REGISTER, 0 before one. */
  registrationStatus: i32 = 0;
  isOffHook: i32 = 0;
  peer: usize = 0;
  peerLength: i32 = 0;
  callId: usize = 0;
  callIdLength: i32 = 0;
  /** A CryptoSuite. */
  cryptoSuite: i32 = 0;
  /** What the registrar says of the mailbox: 1 while messages wait, -1 when it has said nothing; and how many. */
  messagesWaiting: i32 = 0;
  newMessages: i32 = 0;
  oldMessages: i32 = 0;
  /** Of the ear's echo at the microphone, and of what the canceller leaves of it, in dB; negative while nothing is known. */
  echoLossDb: f64 = 0;
  echoEnhancementDb: f64 = 0;
}

const report: LineReport = changetype<LineReport>(memory.data(160, 16));

export function fillLineReport(line: i32): usize {
  if (offsetof<LineReport>() > 160) ERROR("a LineReport has 160 bytes");
  memory.fill(changetype<usize>(report), 0, offsetof<LineReport>());
  const call = callAt(line);
  report.since = call.since;
  report.lineState = call.line.state;
  report.isOffHook = call.line.isOffHook ? 1 : 0;
  report.callState = call.state;
  report.payloadType = -1;
  report.echoLossDb = call.sound.canceller.lossDb;
  report.echoEnhancementDb = call.sound.canceller.enhancementDb;
  fillStream(call.stream);
  if (!call.isIdle) {
    const session = sessionAt(call.session);
    report.isIncoming = session.isIncoming ? 1 : 0;
    if (session.media.accepted) {
      report.payloadType = session.media.payloadType;
      report.cryptoSuite = session.media.cryptoSuite;
    }
    report.peer = session.remoteUser.at;
    report.peerLength = session.remoteUser.length;
    report.callId = session.dialog.callId.at;
    report.callIdLength = session.dialog.callId.length;
  }
  const registration = registrationAt(line);
  report.registrationState = registration.state;
  report.registrationStatus = registration.status;
  report.registeredUntil = registration.registeredUntil;
  report.nextRegister = registration.deadline;
  const mailbox = mailboxAt(line);
  report.messagesWaiting = mailbox.isKnown ? (mailbox.hasMessages ? 1 : 0) : -1;
  report.newMessages = mailbox.newMessages;
  report.oldMessages = mailbox.oldMessages;
  return changetype<usize>(report);
}

/** Of the stream that runs, or of the last one: a call's figures are asked for after it too. */
function fillStream(stream: RtpStream): void {
  report.jitterMs = stream.jitterMs;
  report.delayMs = stream.delayMs;
  report.roundTripMs = stream.roundTripMs;
  report.packetsSent = stream.packetsSent;
  report.packetsReceived = stream.packetsReceived;
  report.lost = stream.lost;
  report.late = stream.late;
  report.concealedSamples = stream.concealedSamples;
}

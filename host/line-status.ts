// A line as people see it, out of the core's LineReport: the shapes of status.ts.

import {
  CALL_STATES,
  CRYPTO_SUITES,
  LINE_STATES,
  LineReportAt,
  TONE_NAMES,
  ToneNotation,
  toneNumber,
} from "./adapter-abi.ts";
import { callQuality } from "./call-quality.ts";
import type { Clock } from "./clock.ts";
import type { LineConfig } from "./config/types.ts";
import type { Core } from "./core.ts";
import type { CoreReport } from "./core-report.ts";
import type { PhonePort } from "./phone/port.ts";
import type { CallStatus, LineStatus, RegistrationStatus, RtpStatus, ToneStatus } from "./status.ts";

/** `index` counts from 0, `now` is monotonic. */
export function lineStatus(
  report: CoreReport,
  line: LineConfig,
  index: number,
  port: Pick<PhonePort, "driver" | "card"> | undefined,
  now: number,
): LineStatus {
  return {
    line: index + 1,
    user: line.user,
    displayName: line.display,
    state: LINE_STATES[report.i32(LineReportAt.lineState)] ?? "unknown",
    hook: report.i32(LineReportAt.isOffHook) === 1 ? "off" : "on",
    registered: report.f64(LineReportAt.registeredUntil) > now,
    country: line.country,
    messages: messages(report),
    echo: echo(report),
    driver: port?.driver ?? "none",
    card: port?.card ?? null,
  };
}

function echo(report: CoreReport): LineStatus["echo"] {
  const lossDb = report.f64(LineReportAt.echoLossDb);
  const enhancementDb = report.f64(LineReportAt.echoEnhancementDb);
  return lossDb < 0 ? null : { lossDb, enhancementDb: enhancementDb < 0 ? null : enhancementDb };
}

function messages(report: CoreReport): LineStatus["messages"] {
  const areWaiting = report.i32(LineReportAt.messagesWaiting);
  if (areWaiting < 0) return null;
  return {
    areWaiting: areWaiting === 1,
    new: report.i32(LineReportAt.newMessages),
    old: report.i32(LineReportAt.oldMessages),
  };
}

/** `index` counts from 0. */
export function toneStatus(core: Core, line: LineConfig, index: number): ToneStatus[] {
  return TONE_NAMES.map((tone) => ({
    tone,
    isOwn: line[`tone_${tone}`] !== undefined,
    sections: core.text("toneText", index, toneNumber(tone), ToneNotation.sections),
    assignments: core.text("toneText", index, toneNumber(tone), ToneNotation.assignments),
  }));
}

/** Undefined when the line has no call. */
export function callStatus(
  report: CoreReport,
  quality: CoreReport,
  index: number,
  clock: Clock,
): CallStatus | undefined {
  const state = report.i32(LineReportAt.callState);
  if (state === 0) return undefined;
  const payloadType = report.i32(LineReportAt.payloadType);
  const suite = report.i32(LineReportAt.cryptoSuite);
  return {
    line: index + 1,
    direction: report.i32(LineReportAt.isIncoming) === 1 ? "in" : "out",
    peer: report.text(LineReportAt.peer),
    state: CALL_STATES[state] ?? "unknown",
    since: clock.wallClock() - (clock.now() - report.f64(LineReportAt.since)),
    codec: payloadType < 0 ? "" : payloadType === 8 ? "PCMA" : "PCMU",
    protection: suite === 0 ? "" : `SRTP ${CRYPTO_SUITES[suite]}`,
    callId: report.text(LineReportAt.callId),
    rtp: payloadType < 0 ? null : rtpStatus(report),
    quality: payloadType < 0 ? null : callQuality(quality),
  };
}

export function rtpStatus(report: CoreReport): RtpStatus {
  const roundTrip = report.f64(LineReportAt.roundTripMs);
  return {
    sent: report.i32(LineReportAt.packetsSent),
    received: report.i32(LineReportAt.packetsReceived),
    lost: report.i32(LineReportAt.lost),
    late: report.i32(LineReportAt.late),
    jitterMs: report.f64(LineReportAt.jitterMs),
    delayMs: report.f64(LineReportAt.delayMs),
    roundTripMs: roundTrip < 0 ? null : roundTrip,
    concealedMs: report.i32(LineReportAt.concealedSamples) / 8,
  };
}

/** `servers`: of registrar-servers.ts. */
export function registrationStatus(
  report: CoreReport,
  servers: Pick<RegistrationStatus, "inUse" | "avoided">,
  line: LineConfig,
  index: number,
  now: number,
): RegistrationStatus {
  const seconds = (at: number) => (Number.isFinite(at) && at > now ? Math.round((at - now) / 1000) : null);
  const until = report.f64(LineReportAt.registeredUntil);
  const status = report.i32(LineReportAt.registrationStatus);
  return {
    line: index + 1,
    addressOfRecord: `sip:${line.user}@${line.domain}`,
    server: line.registrar,
    ...servers,
    state: line.register ? (until > now ? "registered" : "not registered") : "not wanted",
    expiresSeconds: seconds(until),
    nextSeconds: seconds(report.f64(LineReportAt.nextRegister)),
    lastAnswer: status === 0 ? "" : String(status),
  };
}

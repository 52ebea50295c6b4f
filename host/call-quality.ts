// How the sound of a call fares, out of the core's record (assembly/call/quality-report.ts), as people and programs see it.

import { QualityReportAt, VoipMetricsAt } from "./adapter-abi.ts";
import type { CoreReport } from "./core-report.ts";
import type { Log } from "./log.ts";
import type { CallQuality, RtpStatus, SoundQuality } from "./status.ts";

/** Null for what nobody has measured. */
function known(value: number, scale = 1): number | null {
  return Number.isNaN(value) ? null : Math.round(value * scale * 100) / 100;
}

function soundQuality(report: CoreReport, at: number): SoundQuality | null {
  const figure = (offset: number, scale = 1) => known(report.f64(at + offset), scale);
  const rating = figure(VoipMetricsAt.rating);
  const lossPercent = figure(VoipMetricsAt.lossRate, 100);
  if (lossPercent === null) return null;
  return {
    rating,
    listeningMos: figure(VoipMetricsAt.listeningMos),
    conversationMos: figure(VoipMetricsAt.conversationMos),
    lossPercent,
    discardPercent: figure(VoipMetricsAt.discardRate, 100) ?? 0,
    burstPercent: figure(VoipMetricsAt.burstDensity, 100) ?? 0,
    burstMs: figure(VoipMetricsAt.burstMs) ?? 0,
    gapPercent: figure(VoipMetricsAt.gapDensity, 100) ?? 0,
    gapMs: figure(VoipMetricsAt.gapMs) ?? 0,
    endSystemMs: figure(VoipMetricsAt.endSystemMs) ?? 0,
    signalDbm0: figure(VoipMetricsAt.signalDbm0),
    noiseDbm0: figure(VoipMetricsAt.noiseDbm0),
    echoReturnLossDb: figure(VoipMetricsAt.echoReturnLoss),
  };
}

export function callQuality(report: CoreReport): CallQuality {
  const level = (offset: number) => known(report.f64(offset)) ?? 0;
  return {
    here: soundQuality(report, QualityReportAt.here),
    there: soundQuality(report, QualityReportAt.there),
    sentDbm0: level(QualityReportAt.sentDbm0),
    sentPeakDbm0: level(QualityReportAt.sentPeakDbm0),
    heardDbm0: level(QualityReportAt.heardDbm0),
    heardPeakDbm0: level(QualityReportAt.heardPeakDbm0),
  };
}

/** `4.38 (R 91)`, or undefined without a figure. */
function opinionText(quality: SoundQuality | null): string | undefined {
  if (quality?.conversationMos == null) return undefined;
  return `${quality.conversationMos.toFixed(2)} (R ${quality.rating?.toFixed(0)})`;
}

/** Tells the log of the sound of a call that ends, if there was any. `index` counts from 0. */
export function tellQuality(log: Log, index: number, report: CoreReport, rtp: RtpStatus): void {
  if (rtp.sent + rtp.received > 0) log.info(`line ${index + 1}`, qualityText(callQuality(report), rtp));
}

function qualityText({ here, there }: CallQuality, rtp: RtpStatus): string {
  const heard = opinionText(here);
  const said = opinionText(there);
  return [
    `sound: MOS ${heard ?? "unknown"} here${said ? `, ${said} at the far end` : ""}`,
    `${rtp.received} packets received, ${rtp.sent} sent`,
    `${rtp.lost} lost, ${rtp.late} late`,
    `jitter ${rtp.jitterMs.toFixed(1)} ms, buffer ${rtp.delayMs.toFixed(0)} ms`,
    rtp.roundTripMs === null ? "round trip unknown" : `round trip ${rtp.roundTripMs.toFixed(0)} ms`,
  ].join("; ");
}

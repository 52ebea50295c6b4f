// How the sound of a line's call fares, both ways, as one record that the host reads. Filled on demand; of the stream
// that runs, or of the last one.

import { copyBytes } from "../base/bytes";
import { VOIP_METRICS_SIZE, VoipMetrics } from "../rtp/voip-metrics";
import { callAt } from "./call";

const LEVELS: usize = 2 * VOIP_METRICS_SIZE;

/** What is heard here, what the far end says that it hears, and after both the levels now: f64 all of them. */
const report: usize = memory.data(<i32>LEVELS + 40, 16);

/** Offsets are part of the ABI: append, never reorder. */
export function fillQualityReport(line: i32): usize {
  if (<i32>offsetof<VoipMetrics>() > VOIP_METRICS_SIZE) ERROR("VOIP_METRICS_SIZE is part of the ABI");
  const call = callAt(line), stream = call.stream;
  call.measureEcho();
  copyBytes(report, changetype<usize>(stream.measure()), VOIP_METRICS_SIZE);
  copyBytes(report + VOIP_METRICS_SIZE, changetype<usize>(stream.reports.remote), VOIP_METRICS_SIZE);
  store<f64>(report, stream.sentLevel.dbm0, LEVELS);
  store<f64>(report, stream.sentLevel.peakDbm0, LEVELS + 8);
  store<f64>(report, stream.heardLevel.dbm0, LEVELS + 16);
  store<f64>(report, stream.heardLevel.peakDbm0, LEVELS + 24);
  store<f64>(report, <f64>stream.reports.remoteFractionLost / 256, LEVELS + 32);
  return report;
}

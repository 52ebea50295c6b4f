// When reports about one stream leave, what is in them, and what those of the other side say. RFC 3550 §6.2 and §6.3 for
// the times, §6.1 for what belongs together, §6.4 for what the figures mean.

import { ActionKind, pushAction } from "../abi/action";
import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { randomUnit, writeRandomHex } from "../base/random";
import { NEVER } from "../time/timer-table";
import { RtpPeer, isSomewhere } from "./peer";
import { RtpReceiver } from "./receiver";
import {
  CONTROL_PACKET_SIZE, ControlPacket, ReportBlock, shortNtpOf, writeDescription, writeGoodbye, writeReceiverReport,
  writeSenderReport,
} from "./rtcp";
import { RtpSender } from "./sender";
import { Protection } from "./srtp/protection";
import { VOIP_METRICS_SIZE, VoipMetrics } from "./voip-metrics";

/**
 * §6.2: the least mean time between reports, and half of it before the first one. A twentieth of the bandwidth of two
 * streams of G.711 would allow for more of them, so it is the only bound.
 */
const REPORT_INTERVAL: f64 = 5000;
/** §6.3.1: e - 3/2, which makes up for what reconsideration adds. */
const COMPENSATION: f64 = 1.21828;
/** No round trip has been measured. */
export const UNKNOWN_ROUND_TRIP: f64 = -1;

/** RFC 7022 §4.2: 96 random bits. */
const CNAME_LENGTH: i32 = 24;
const SLOT_SIZE: i32 = 192;
const SLOTS: i32 = 4;

// After the fields.
const CNAME: usize = 64;
const REMOTE: usize = (CNAME + CNAME_LENGTH + 15) & ~15;
const PACKETS: usize = REMOTE + VOIP_METRICS_SIZE;

export const RTCP_SESSION_SIZE: i32 = <i32>PACKETS + SLOT_SIZE * SLOTS;

const control = changetype<ControlPacket>(memory.data(CONTROL_PACKET_SIZE, 16));
const report = changetype<ReportBlock>(memory.data(32, 16));

@unmanaged
export class RtcpSession {
  /** When the next report is due, if it is not put off then. */
  nextTimeout: f64 = 0;
  /** When the last one left. */
  private reportedAt: f64 = 0;
  /** Round trip in ms, or UNKNOWN_ROUND_TRIP. */
  roundTripMs: f64 = 0;
  /** Packets of ours when the last report left, and the one before it; packets of theirs at the last one. */
  private sentBefore: u32 = 0;
  private sentEarlier: u32 = 0;
  private heardBefore: u32 = 0;
  /** Share that the other side lost of ours, of 256, by its last report. */
  remoteFractionLost: i32 = 0;
  private line: i32 = 0;
  private slot: i32 = 0;
  private hasReported: bool = false;

  /** RFC 3611: what the other side says of our sound, as far as it says anything. */
  @inline get remote(): VoipMetrics { return changetype<VoipMetrics>(changetype<usize>(this) + REMOTE); }
  @inline private get cname(): usize { return changetype<usize>(this) + CNAME; }

  /** No session. The packets stay: the host may still have to read them. */
  reset(line: i32): void {
    if (offsetof<RtcpSession>() > CNAME) ERROR("the name follows at 64");
    const slot = this.slot;
    memory.fill(changetype<usize>(this), 0, PACKETS);
    this.slot = slot;
    this.line = line;
    this.roundTripMs = UNKNOWN_ROUND_TRIP;
    this.remote.reset();
    this.nextTimeout = NEVER;
  }

  start(now: f64): void {
    writeRandomHex(this.cname, CNAME_LENGTH);
    this.reportedAt = now;
    this.nextTimeout = now + this.interval();
  }

  /** §6.3.1: nothing is sent at even times, or all would send at the same moment. */
  private interval(): f64 {
    const mean = this.hasReported ? REPORT_INTERVAL : REPORT_INTERVAL / 2;
    return mean * (0.5 + randomUnit()) / COMPENSATION;
  }

  /** §6.3.6: thrown again when it is due, so that nobody is early by luck. True when a report is to leave now. */
  isDue(now: f64): bool {
    if (now < this.nextTimeout) return false;
    const at = this.reportedAt + this.interval();
    if (at <= now) return true;
    this.nextTimeout = at;
    return false;
  }

  /**
   * Sends a report, the last one with a goodbye. `frameAt` is when the frame at the sender's timestamp began,
   * `metrics` what the other side has asked for, if it has. §6.3.7: who has sent nothing takes no leave.
   */
  send(
    sender: RtpSender, receiver: RtpReceiver, metrics: VoipMetrics | null, peer: RtpPeer, protection: Protection,
    frameAt: f64, isLast: bool, now: f64,
  ): void {
    if (isLast && sender.packets == 0 && !this.hasReported) return;
    const heard = receiver.packets;
    let block: ReportBlock | null = null;
    if (receiver.isHearing && heard != this.heardBefore) { // §6.4: of sources heard since the last report
      receiver.fillReport(report, now);
      block = report;
    }
    this.heardBefore = heard;
    const isSender = sender.packets != this.sentEarlier; // since the last report or the one before it
    this.sentEarlier = this.sentBefore;
    this.sentBefore = sender.packets;
    this.hasReported = true;
    this.reportedAt = now;
    this.nextTimeout = isLast ? NEVER : now + this.interval();
    if (!isSomewhere(peer.control)) return;

    this.slot = (this.slot + 1) % SLOTS;
    const at = changetype<usize>(this) + PACKETS + <usize>(this.slot * SLOT_SIZE);
    let end: usize;
    if (isSender) {
      const timestamp = sender.timestamp + <u32>(min(max(now - frameAt, 0), 60000) * 8);
      end = writeSenderReport(at, sender.ssrc, now, timestamp, sender.packets, sender.octets, block);
    } else {
      end = writeReceiverReport(at, sender.ssrc, block);
    }
    end = writeDescription(end, sender.ssrc, this.cname, CNAME_LENGTH);
    if (metrics && receiver.isHearing) end = metrics.write(end, sender.ssrc, receiver.ssrc);
    if (isLast) end = writeGoodbye(end, sender.ssrc);

    const action = pushAction(ActionKind.SendRtcp, this.line);
    action.payload = at;
    action.length = protection.protectControl(at, <i32>(end - at));
    action.endpoint.copyFrom(peer.control);
    count(Counter.RtcpOut);
  }

  /** A packet from a place that reports may come from. False when it is none. */
  handlePacket(
    at: usize, length: i32, source: Endpoint, sender: RtpSender, receiver: RtpReceiver, peer: RtpPeer, now: f64,
  ): bool {
    if (!control.parse(at, length, sender.ssrc)) return false;
    if (control.hasBlock) this.takeBlock(control.block, now);
    if (control.extended != 0) this.remote.parse(control.extended, control.extendedSize, sender.ssrc);
    // who sends the sound is known by its SSRC, which others have to guess
    if (!receiver.isHearing || control.ssrc != receiver.ssrc) return true;
    peer.followControl(source);
    if (control.hasSenderReport) receiver.handleSenderReport(control.senderTime, now);
    if (control.hasGoodbye) receiver.handleGoodbye();
    return true;
  }

  /** §6.4.1: what the other side says of our packets. */
  private takeBlock(block: ReportBlock, now: f64): void {
    this.remoteFractionLost = block.fractionLost;
    if (block.lastReport == 0) return;
    const trip = <i32>(shortNtpOf(now) - block.lastReport - block.sinceLastReport);
    if (trip >= 0) this.roundTripMs = <f64>trip / 65.536;
  }
}

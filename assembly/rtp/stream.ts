// The media of one line: sound and digits out and in, and the reports about both. RFC 3550, RFC 4961 (one port for both
// ways), RFC 4733 (digits), RFC 3711 (protection). Whoever negotiates calls start() and updateRemote(); the audio frames and the sockets do
// the rest.

import { ActionKind, pushAction } from "../abi/action";
import { Counter, count } from "../abi/counters";
import { Endpoint } from "../abi/endpoint";
import { DIGIT_PLAYER_SIZE, DigitPlayer } from "../audio/digit-player";
import { Law, encodeFrame, encodeSample } from "../audio/g711";
import { LEVEL_METER_SIZE, LevelMeter } from "../audio/level-meter";
import { FRAME_SAMPLES, RTP_SLOTS } from "../limits";
import { FixedDelay } from "./fixed-delay";
import { LOSS_RUNS_SIZE, LossRuns } from "./loss-runs";
import {
  PAYLOAD_TYPE_COMFORT_NOISE, PAYLOAD_TYPE_PCMA, PAYLOAD_TYPE_PCMU, RTP_HEADER_SIZE, RtpPacket, payloadTypeOf,
} from "./packet";
import { Claim, RTP_PEER_SIZE, RtpPeer, isSomewhere } from "./peer";
import { RTP_RECEIVER_SIZE, ReceiverEvent, RtpReceiver } from "./receiver";
import { RTCP_SESSION_SIZE, RtcpSession } from "./rtcp-session";
import { RTP_SENDER_SIZE, RtpSender } from "./sender";
import { PROTECTION_SIZE, Protection, REFUSED_PACKET } from "./srtp/protection";
import {
  EventFrame, TELEPHONE_EVENT_RECEIVER_SIZE, TELEPHONE_EVENT_SENDER_SIZE, TELEPHONE_EVENT_SIZE, TelephoneEventReceiver,
  TelephoneEventSender,
} from "./telephone-event";
import { VOIP_METRICS_SIZE, VoipMetrics } from "./voip-metrics";

const RTP_SLOT_SIZE: i32 = 192;

// After the fields.
const FIXED: usize = 120;
const PEER: usize = 128;
const SENDER: usize = (PEER + RTP_PEER_SIZE + 15) & ~15;
const EVENT_SENDER: usize = SENDER + RTP_SENDER_SIZE;
const EVENT_RECEIVER: usize = EVENT_SENDER + TELEPHONE_EVENT_SENDER_SIZE;
const PROTECTION: usize = (EVENT_RECEIVER + TELEPHONE_EVENT_RECEIVER_SIZE + 15) & ~15;
const RECEIVER: usize = PROTECTION + PROTECTION_SIZE;
const REPORTS: usize = RECEIVER + RTP_RECEIVER_SIZE;
const SENT_LEVEL: usize = REPORTS + RTCP_SESSION_SIZE;
const HEARD_LEVEL: usize = SENT_LEVEL + LEVEL_METER_SIZE;
const LOSSES: usize = HEARD_LEVEL + LEVEL_METER_SIZE;
const WIRE_DIGITS: usize = (LOSSES + LOSS_RUNS_SIZE + 15) & ~15;
const EAR_DIGITS: usize = WIRE_DIGITS + DIGIT_PLAYER_SIZE;
const SLOTS: usize = (EAR_DIGITS + DIGIT_PLAYER_SIZE + 15) & ~15;

export const RTP_STREAM_SIZE: i32 = <i32>SLOTS + RTP_SLOT_SIZE * RTP_SLOTS;

const packet = changetype<RtpPacket>(memory.data(32, 16));
const metrics = changetype<VoipMetrics>(memory.data(VOIP_METRICS_SIZE, 16));

@unmanaged
export class RtpStream {
  private frameAt: f64 = 0;
  /** Of sound that comes. */
  private packetMs: f64 = 0;
  private playUntil: f64 = 0;
  /** RFC 3611 §4.7.4: dB from the far end's voice to what comes back of it, by who knows the line; NaN for nobody. */
  echoReturnLoss: f64 = 0;
  private line: i32 = 0;
  private law: Law = Law.Mu;
  private eventPayloadType: i32 = 0;
  /** Numbers that were negotiated beside the usual ones: what we send sound as, what we get it as, what we get events as. */
  private payloadType: i32 = 0;
  private receivePayloadType: i32 = 0;
  private receiveEventPayloadType: i32 = 0;
  private slot: i32 = 0;
  isRunning: bool = false;
  /** RFC 3611 §5: the other side wants to know how its sound fares. */
  reportsMetrics: bool = false;
  private sends: bool = false;
  private receives: bool = false;
  /** The next packet of sound begins a talkspurt. */
  private isSpurt: bool = false;

  @inline private get base(): usize { return changetype<usize>(this); }
  @inline private get fixed(): FixedDelay { return changetype<FixedDelay>(this.base + FIXED); }
  @inline private get peer(): RtpPeer { return changetype<RtpPeer>(this.base + PEER); }
  @inline private get sender(): RtpSender { return changetype<RtpSender>(this.base + SENDER); }
  @inline private get receiver(): RtpReceiver { return changetype<RtpReceiver>(this.base + RECEIVER); }
  @inline get reports(): RtcpSession { return changetype<RtcpSession>(this.base + REPORTS); }
  /** What the far end gets of us, and we of it. */
  @inline get sentLevel(): LevelMeter { return changetype<LevelMeter>(this.base + SENT_LEVEL); }
  @inline get heardLevel(): LevelMeter { return changetype<LevelMeter>(this.base + HEARD_LEVEL); }
  @inline private get losses(): LossRuns { return changetype<LossRuns>(this.base + LOSSES); }
  @inline private get events(): TelephoneEventSender {
    return changetype<TelephoneEventSender>(this.base + EVENT_SENDER);
  }
  @inline private get heard(): TelephoneEventReceiver {
    return changetype<TelephoneEventReceiver>(this.base + EVENT_RECEIVER);
  }
  /** RFC 3711: whoever negotiates it starts it, after start(). */
  @inline get protection(): Protection { return changetype<Protection>(this.base + PROTECTION); }
  /** Digits as sound: to the far end, and to the ear. */
  @inline get wireDigits(): DigitPlayer { return changetype<DigitPlayer>(this.base + WIRE_DIGITS); }
  @inline get earDigits(): DigitPlayer { return changetype<DigitPlayer>(this.base + EAR_DIGITS); }

  // Statistics

  get packetsSent(): u32 { return this.sender.packets; }
  get packetsReceived(): u32 { return this.receiver.packets; }
  get lost(): i32 { return this.receiver.lost; }
  get late(): u32 { return this.receiver.buffer.late; }
  get duplicate(): u32 { return this.receiver.buffer.duplicates; }
  get concealedSamples(): u32 { return this.receiver.buffer.concealedSamples; }
  get jitterMs(): f64 { return <f64>this.receiver.jitterSamples / 8; }
  get delayMs(): f64 { return <f64>this.receiver.buffer.delaySamples / 8; }
  get roundTripMs(): f64 { return this.reports.roundTripMs; }
  get nextTimeout(): f64 { return this.reports.nextTimeout; }
  /** Telephone events were negotiated. */
  get hasEvents(): bool { return this.eventPayloadType >= 0; }
  /** A digit is being sent or waits for it. */
  get isSendingDigits(): bool { return this.events.isBusy || this.wireDigits.isBusy; }

  // Start and stop

  setup(line: i32): void {
    if (offsetof<RtpStream>() > FIXED) ERROR("the fixed delay follows at 120");
    memory.fill(this.base, 0, RTP_STREAM_SIZE);
    this.line = line;
    this.wireDigits.setup();
    this.earDigits.setup();
    this.reset();
  }

  /** Everything but the slots: the host may still have to read them. */
  private reset(): void {
    const line = this.line, slot = this.slot;
    memory.fill(this.base, 0, RECEIVER);
    this.line = line;
    this.slot = slot;
    this.receiver.start();
    this.wireDigits.stop();
    this.earDigits.stop();
    this.reports.reset(line);
    this.sentLevel.reset();
    this.heardLevel.reset();
    this.losses.reset();
    this.echoReturnLoss = NaN;
  }

  /**
   * Both directions open. `eventPayloadType` is -1 when no telephone events were negotiated.
   * An unset `remoteControl` is the port after `remote`; `own` is where we said that we are.
   */
  start(law: Law, eventPayloadType: i32, remote: Endpoint, remoteControl: Endpoint, own: Endpoint, now: f64): void {
    this.reset();
    this.sender.start();
    this.reports.start(now);
    this.isRunning = true;
    this.frameAt = now;
    this.setDirection(true, true);
    this.updateRemote(law, eventPayloadType, remote, remoteControl, own, now);
  }

  /** A new agreement in the middle of the call. Numbers run on; a new address is awaited anew. */
  updateRemote(
    law: Law, eventPayloadType: i32, remote: Endpoint, remoteControl: Endpoint, own: Endpoint, now: f64,
  ): void {
    this.law = law;
    this.eventPayloadType = eventPayloadType;
    this.setPayloadTypes(payloadTypeOf(law), payloadTypeOf(law), eventPayloadType);
    if (this.peer.agree(remote, remoteControl, own, now)) this.isSpurt = true;
  }

  /** RFC 3264 §6.1 lets each side number its formats: what we send sound as, what we get it as, what we get events as. */
  setPayloadTypes(send: i32, receive: i32, receiveEvents: i32): void {
    this.payloadType = send;
    this.receivePayloadType = receive;
    this.receiveEventPayloadType = receiveEvents;
  }

  /** RFC 3264 §6.1: hold and its like. What is not received is silence in the ear. */
  setDirection(sends: bool, receives: bool): void {
    if (sends && !this.sends) this.isSpurt = true;
    if (receives && !this.receives) this.receiver.buffer.restart();
    this.sends = sends;
    this.receives = receives;
  }

  /** Says goodbye to the other side. Statistics stay until the next start. */
  stop(now: f64): void {
    if (!this.isRunning) return;
    this.sendReport(now, true);
    this.isRunning = false;
    this.events.reset();
    this.protection.stop();
  }

  /** Machines talk: the delay stays as it is. Until the stream stops. */
  passThrough(): void { this.fixed.fix(); }

  // Frames

  /** FRAME_SAMPLES samples from the phone. */
  sendFrame(pcm: usize, now: f64): void {
    if (!this.isRunning) return;
    this.frameAt = now;
    this.wireDigits.handleFrame(pcm, false);
    this.sentLevel.handleFrame(pcm, FRAME_SAMPLES);
    const frame = this.events.handleFrame(this.sender.timestamp);
    if (this.sends && isSomewhere(this.peer.media)) {
      if (frame == EventFrame.Event) this.sendEvent();
      else this.sendSound(pcm, frame == EventFrame.Silence);
    }
    this.sender.advance();
  }

  /** FRAME_SAMPLES samples for the phone. Always fills them. */
  takeFrame(pcm: usize, now: f64): void {
    if (!this.isRunning || !this.receives) {
      memory.fill(pcm, 0, FRAME_SAMPLES * 2);
      return;
    }
    const concealed = this.concealedSamples;
    this.fixed.take(this.receiver.buffer, pcm, now);
    if (this.concealedSamples != concealed) count(Counter.RtpConcealed);
    this.earDigits.handleFrame(pcm, this.heard.soundingDigit(now) != 0 || now < this.playUntil);
    this.heardLevel.handleFrame(pcm, FRAME_SAMPLES);
  }

  private sendSound(pcm: usize, isMuted: bool): void {
    const at = this.nextSlot();
    const type = this.payloadType;
    const payload = this.sender.writeHeader(at, type, this.isSpurt, this.sender.timestamp, FRAME_SAMPLES);
    if (isMuted) memory.fill(payload, encodeSample(this.law, 0), FRAME_SAMPLES);
    else encodeFrame(this.law, payload, pcm, FRAME_SAMPLES);
    this.isSpurt = false;
    this.pushRtp(at, RTP_HEADER_SIZE + FRAME_SAMPLES);
  }

  private sendEvent(): void {
    const at = this.nextSlot();
    const events = this.events;
    this.sender.writeHeader(at, this.eventPayloadType, events.marker, events.timestamp, TELEPHONE_EVENT_SIZE);
    events.write(at + RTP_HEADER_SIZE);
    this.isSpurt = true;
    this.pushRtp(at, RTP_HEADER_SIZE + TELEPHONE_EVENT_SIZE);
  }

  private nextSlot(): usize {
    this.slot = (this.slot + 1) % RTP_SLOTS;
    return this.base + SLOTS + <usize>(this.slot * RTP_SLOT_SIZE);
  }

  private pushRtp(at: usize, length: i32): void {
    const action = pushAction(ActionKind.SendRtp, this.line);
    action.payload = at;
    action.length = this.protection.protect(at, length, this.sender.rollover);
    action.endpoint.copyFrom(this.peer.media);
    count(Counter.RtpOut);
  }

  /** Either law may come under its usual number whatever was agreed (RFC 3264 §6.1): the ear need not miss it. */
  private isSound(payloadType: i32): bool {
    return payloadType == this.receivePayloadType || payloadType == PAYLOAD_TYPE_PCMU || payloadType == PAYLOAD_TYPE_PCMA;
  }

  private lawOf(payloadType: i32): Law {
    if (payloadType == this.receivePayloadType) return this.law;
    return payloadType == PAYLOAD_TYPE_PCMA ? Law.A : Law.Mu;
  }

  // Digits

  /** Queues a digit as an event. False where telephone events were not agreed, or too many wait. */
  sendDigit(ascii: i32, _now: f64): bool {
    return this.isRunning && this.eventPayloadType >= 0 && this.events.put(ascii);
  }

  /** While held, the digit in the air does not end. */
  holdDigit(isHeld: bool): void { this.events.isHeld = isHeld; }

  /** Queues a digit as sound, in place of what the phone says. */
  speakDigit(ascii: i32): void {
    if (this.isRunning) this.wireDigits.put(ascii, this.wireDigits.lowDbm0);
  }

  /** A digit that came by another way than RTP is heard for `duration` ms. */
  playDigit(ascii: i32, duration: i32, now: f64): void {
    this.earDigits.put(ascii, this.earDigits.lowDbm0);
    this.playUntil = now + <f64>duration;
  }

  /** A digit that comes as an event is heard as sound, in place of whatever else there is. */
  private takeEvent(now: f64): void {
    const heard = this.heard;
    const digit = heard.handlePayload(packet.payload, packet.payloadLength, packet.timestamp, now);
    // RFC 4733 §2.3.3: the volume is that of both frequencies together.
    const ear = this.earDigits;
    if (digit != 0) ear.put(digit, -3.0 - <f64>max(heard.volume, 6) - <f64>ear.twist / 2);
  }

  // Network

  /** A datagram on the media port. */
  handlePacket(at: usize, length: i32, source: Endpoint, now: f64): void {
    count(Counter.RtpIn);
    length = this.protection.unprotect(at, length);
    if (length == REFUSED_PACKET) return;
    if (!packet.parse(at, length)) {
      count(Counter.RtpMalformed);
      return;
    }
    const isConvincing = this.isSound(packet.payloadType) || packet.payloadType == this.receiveEventPayloadType;
    const claim = this.isRunning ? this.peer.claimOf(source, isConvincing, now) : Claim.Stranger;
    if (claim == Claim.Stranger) {
      count(Counter.RtpStranger);
      return;
    }
    if (claim == Claim.Better || (claim == Claim.First && packet.ssrc != this.receiver.ssrc)) {
      this.receiver.forgetSource();
    }
    const event = this.receiver.handlePacket(packet);
    if (event == ReceiverEvent.Refused) return;
    if (event == ReceiverEvent.Restarted) {
      this.receiver.buffer.restart();
      this.losses.restart();
      this.heard.reset();
    }
    const isUseful = !this.receives || this.takePayload(now);
    this.losses.handlePacket(packet.sequence, !isUseful);
  }

  /** False for sound that came too late to be heard. */
  private takePayload(now: f64): bool {
    if (packet.payloadType == this.receiveEventPayloadType) {
      this.takeEvent(now);
      return true;
    }
    if (packet.payloadType == PAYLOAD_TYPE_COMFORT_NOISE) return this.receiver.takeNoise(packet);
    if (!this.isSound(packet.payloadType)) return true;
    this.packetMs = <f64>packet.payloadLength / 8;
    return this.receiver.takeSound(packet, this.lawOf(packet.payloadType), now);
  }

  /** A datagram on the control port. */
  handleControl(at: usize, length: i32, source: Endpoint, now: f64): void {
    count(Counter.RtcpIn);
    length = this.protection.unprotectControl(at, length);
    if (length == REFUSED_PACKET) return;
    if (!this.isRunning || !this.peer.acceptsControl(source)) {
      count(Counter.RtpStranger);
    } else if (!this.reports.handlePacket(at, length, source, this.sender, this.receiver, this.peer, now)) {
      count(Counter.RtpMalformed);
    }
  }

  handleTimeout(now: f64): void {
    if (this.reports.isDue(now)) this.sendReport(now, false);
  }

  private sendReport(now: f64, isLast: bool): void {
    const metrics = this.reportsMetrics ? this.measure() : null;
    this.reports.send(this.sender, this.receiver, metrics, this.peer, this.protection, this.frameAt, isLast, now);
  }

  /** How the other side's sound fares; good until the next call. */
  measure(): VoipMetrics {
    const reports = this.reports;
    metrics.measure(
      this.losses.settled(), this.heardLevel, this.packetMs, this.delayMs, reports.roundTripMs,
      reports.remote.endSystemMs, !this.fixed.isFixed,
    );
    metrics.echoReturnLoss = this.echoReturnLoss;
    return metrics;
  }
}

@inline export function rtpStreamAt(address: usize): RtpStream { return changetype<RtpStream>(address); }

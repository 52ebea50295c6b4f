// DTMF digits as RTP payload. RFC 4733: §2.3 draws the payload, §2.5.1 tells the sender, §2.5.2 the receiver what to
// do.

import { FRAME_SAMPLES } from "../limits";
import { load16, store16 } from "../base/network-order";

export const TELEPHONE_EVENT_SIZE: i32 = 4;

const EVENTS: i32 = 16;
const END_BIT: i32 = 0x80;
const VOLUME_MASK: i32 = 0x3f;
/** What we say of our own digits, −dBm0. */
const OUR_VOLUME: i32 = 10;
/** §2.5.1.3: what the duration field holds. A longer event goes on in a new segment. */
const LONGEST_SEGMENT: i32 = 0xffff;

/** RFC 4733 table 3: event code of an ASCII digit, -1 when it has none. */
export function eventOfDigit(ascii: i32): i32 {
  if (ascii >= 0x30 && ascii <= 0x39) return ascii - 0x30;
  if (ascii == 0x2a) return 10;
  if (ascii == 0x23) return 11;
  if (ascii >= 0x41 && ascii <= 0x44) return ascii - 0x41 + 12;
  return -1;
}

/** ASCII of an event, 0 when it is no digit. */
export function digitOfEvent(event: i32): i32 {
  if (event < 10) return 0x30 + event;
  if (event == 10) return 0x2a;
  if (event == 11) return 0x23;
  return event < EVENTS ? 0x41 + event - 12 : 0;
}

// Sender

/** What a 20 ms frame is to carry. */
export const enum EventFrame { Audio, Event, Silence }

const QUEUE: i32 = 32;
/** 100 ms: every receiver hears that. */
const SHORTEST_EVENT: i32 = 800;
/** §2.5.1.4: the last packet is sent three times in all. */
const END_PACKETS: i32 = 3;
/** 40 ms between digits: a gateway that turns them into sound needs the pause (Q.24). */
const PAUSE_FRAMES: i32 = 2;

export const TELEPHONE_EVENT_SENDER_SIZE: i32 = 80;

@unmanaged
export class TelephoneEventSender {
  private event: i32 = 0;
  private duration: i32 = 0;
  private total: i32 = 0;
  private endsLeft: i32 = 0;
  private pauseLeft: i32 = 0;
  private queued: i32 = 0;
  private isSending: bool = false;
  /** While true the digit in the air does not end: the key is still held. */
  isHeld: bool = false;
  /** RTP marker bit of the packet due now: the first of its event. */
  marker: bool = false;
  /** RTP timestamp of the packet due now: when its event, or the segment of it, began. */
  timestamp: u32 = 0;

  @inline private get queue(): usize { return changetype<usize>(this) + TELEPHONE_EVENT_SENDER_SIZE - QUEUE; }
  get isBusy(): bool { return this.isSending || this.pauseLeft > 0 || this.queued > 0; }

  reset(): void {
    if (<i32>offsetof<TelephoneEventSender>() + QUEUE > TELEPHONE_EVENT_SENDER_SIZE) ERROR("the queue is at the end");
    memory.fill(changetype<usize>(this), 0, TELEPHONE_EVENT_SENDER_SIZE);
  }

  /** Queues a digit. False when it is none, or the queue is full. */
  put(ascii: i32): bool {
    const event = eventOfDigit(ascii);
    if (event < 0 || this.queued == QUEUE) return false;
    store<u8>(this.queue + <usize>this.queued, <u8>event);
    this.queued++;
    return true;
  }

  /** One more 20 ms frame begins at RTP time `now`. Event: call write() for its payload. */
  handleFrame(now: u32): EventFrame {
    if (!this.isSending) {
      if (this.pauseLeft > 0) {
        this.pauseLeft--;
        return EventFrame.Silence;
      }
      if (this.queued == 0) return EventFrame.Audio;
      this.begin(now);
    } else {
      this.marker = false;
      if (this.duration == LONGEST_SEGMENT && this.endsLeft == END_PACKETS) this.continueSegment();
    }
    if (this.endsLeft == END_PACKETS) {
      this.total += FRAME_SAMPLES;
      this.duration = min(<i32>(now + FRAME_SAMPLES - this.timestamp), LONGEST_SEGMENT);
      if (this.isHeld || this.total < SHORTEST_EVENT || this.duration == LONGEST_SEGMENT) return EventFrame.Event;
    }
    if (--this.endsLeft == 0) {
      this.isSending = false;
      this.pauseLeft = PAUSE_FRAMES;
    }
    return EventFrame.Event;
  }

  /** Writes the payload, returns the address after it. */
  write(at: usize): usize {
    store<u8>(at, <u8>this.event);
    store<u8>(at, <u8>((this.endsLeft < END_PACKETS ? END_BIT : 0) | OUR_VOLUME), 1);
    store16(at + 2, <u16>this.duration);
    return at + TELEPHONE_EVENT_SIZE;
  }

  private begin(now: u32): void {
    this.event = load<u8>(this.queue);
    memory.copy(this.queue, this.queue + 1, --this.queued);
    this.timestamp = now;
    this.total = 0;
    this.endsLeft = END_PACKETS;
    this.isSending = true;
    this.marker = true;
  }

  private continueSegment(): void { this.timestamp += LONGEST_SEGMENT; }
}

// Receiver

/** A sender that falls silent in the middle of a digit is heard this much longer. */
const LOST_END: f64 = 120;
/** After this time a timestamp from the past is a new beginning and not a late packet. */
const FORGET: f64 = 5000;

export const TELEPHONE_EVENT_RECEIVER_SIZE: i32 = 48;

@unmanaged
export class TelephoneEventReceiver {
  private startedAt: f64 = 0;
  private lastAt: f64 = 0;
  private soundUntil: f64 = 0;
  private timestamp: u32 = 0;
  private event: i32 = 0;
  private isEnded: bool = false;
  private hasHeard: bool = false;
  /** −dBm0 of the last digit. */
  volume: i32 = 0;

  reset(): void {
    if (<i32>offsetof<TelephoneEventReceiver>() > TELEPHONE_EVENT_RECEIVER_SIZE) ERROR("48 bytes are too few");
    memory.fill(changetype<usize>(this), 0, TELEPHONE_EVENT_RECEIVER_SIZE);
  }

  /** ASCII of the digit that sounds, 0 while none does. */
  soundingDigit(now: f64): i32 { return this.hasHeard && now < this.soundUntil ? digitOfEvent(this.event) : 0; }

  /** Takes one payload. ASCII of a digit that was not known before, else 0. */
  handlePayload(at: usize, length: i32, timestamp: u32, now: f64): i32 {
    if (length < TELEPHONE_EVENT_SIZE) return 0;
    const event = <i32>load<u8>(at);
    if (event >= EVENTS) return 0;
    const flags = <i32>load<u8>(at, 1);
    const isEnd = (flags & END_BIT) != 0;
    const duration = <f64>load16(at + 2) / 8;
    let digit = 0;

    const after = <i32>(timestamp - this.timestamp);
    if (this.hasHeard && now - this.lastAt < FORGET) {
      if (after < 0) return 0; // late: a digit already heard
      if (after == 0 && (this.isEnded || event != this.event)) return 0; // the end once more
    }
    const isSegment = after == LONGEST_SEGMENT && event == this.event && !this.isEnded;
    if (!this.hasHeard || (after != 0 && !isSegment) || this.isEnded) {
      digit = digitOfEvent(event);
      this.startedAt = now;
    } else if (isSegment) {
      this.startedAt += <f64>LONGEST_SEGMENT / 8;
    }
    this.hasHeard = true;
    this.timestamp = timestamp;
    this.event = event;
    this.isEnded = isEnd;
    this.volume = flags & VOLUME_MASK;
    this.lastAt = now;
    this.soundUntil = isEnd ? this.startedAt + duration : now + LOST_END;
    return digit;
  }
}

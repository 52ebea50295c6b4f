// What the box tells about itself, and what it may be ordered to do: the contract between the running box and whoever asks
// (console, web page, scripts). Plain JSON-able shapes; nothing here knows the core's memory.

import type { ToneName } from "./adapter-abi.ts";
import type { Clock } from "./clock.ts";
import type { CardStatus } from "./phone/card-counters.ts";
import type { ShownCall } from "./phone/display-message.ts";
import type { LevelReading, LoopEdge } from "./phone/tested-port.ts";
import type { UpdateAccess } from "./status-update.ts";

export { TONE_NAMES, type ToneName } from "./adapter-abi.ts";
export type { LevelReading, LoopEdge } from "./phone/tested-port.ts";
export type * from "./status-update.ts";
export type { ByteLink } from "./update/xmodem.ts";
export type { CardStatus, ShownCall };

export interface LineStatus {
  /** Counted from 1. */
  line: number;
  /** The user part of the line's address-of-record: its extension. */
  user: string;
  displayName: string;
  /** The line machine's state as a word, e.g. `idle`, `dial-tone`, `ringing`, `talking`, `howler`. */
  state: string;
  hook: "on" | "off";
  registered: boolean;
  /** ISO 3166 code of the tone table in use. */
  country: string;
  /** What waits in the mailbox; null while the registrar has said nothing of it. */
  messages: { areWaiting: boolean; new: number; old: number } | null;
  /** What is known of the echo that the phone's own ear makes; null while nothing is. */
  echo: EchoStatus | null;
  /** Which driver the port has: `simulated`, `gpio`… */
  driver: string;
  /** Of a port behind a serial line (phone/serial-card.ts); null for all others. */
  card: CardStatus | null;
}

/** A tone of a line in both notations of the trade. */
export interface ToneStatus {
  tone: ToneName;
  /** Set for this line, and not the country's. */
  isOwn: boolean;
  /** `480@-21,620@-21;*(.5/.5/1+2)` */
  sections: string;
  /** `f1=480@-21,f2=620@-21,c=500/500;`; empty for tones that this notation has no words for. */
  assignments: string;
}

export interface EchoStatus {
  /** How much softer than what the phone hears its echo is (ERL), in dB. */
  lossDb: number;
  /** How much softer still the canceller has made it (ERLE); null until it knows the line well. */
  enhancementDb: number | null;
}

/** Figures of the RTP stream of one call, both ways. */
export interface RtpStatus {
  sent: number;
  received: number;
  lost: number;
  late: number;
  /** RFC 3550 §6.4.1, in milliseconds. */
  jitterMs: number;
  /** What the jitter buffer adds now. */
  delayMs: number;
  /** From RTCP; null until both sides have reported. */
  roundTripMs: number | null;
  concealedMs: number;
}

/**
 * How one direction's sound is heard, by RFC 3611 §4.7 and ITU-T G.107. Shares are percent of the packets; null is what
 * nobody has measured.
 */
export interface SoundQuality {
  /** 0 to 100. */
  rating: number | null;
  /** Opinion scores, 1 to 4.5: of listening alone, and with the delay that two who talk notice. */
  listeningMos: number | null;
  conversationMos: number | null;
  lossPercent: number;
  /** Came too late. */
  discardPercent: number;
  /** Of neither use, within bursts and outside of them; and how long a burst and what lies between two lasts. */
  burstPercent: number;
  burstMs: number;
  gapPercent: number;
  gapMs: number;
  /** What the hearing side's own packets and jitter buffer add. */
  endSystemMs: number;
  /** Of the voice, and of the noise between its words. */
  signalDbm0: number | null;
  noiseDbm0: number | null;
  echoReturnLossDb: number | null;
}

export interface CallQuality {
  /** What this line hears; null before anything has come. */
  here: SoundQuality | null;
  /** What the far end says that it hears; null when it says nothing. */
  there: SoundQuality | null;
  /** Levels now, -100 for silence. */
  sentDbm0: number;
  sentPeakDbm0: number;
  heardDbm0: number;
  heardPeakDbm0: number;
}

export interface CallStatus {
  line: number;
  direction: "out" | "in";
  /** The other end's address, as it would be dialled or shown. */
  peer: string;
  state: string;
  /** When this state began: wall clock, milliseconds since 1970. */
  since: number;
  /** `PCMA`, `PCMU`; empty before an answer. */
  codec: string;
  /** `SRTP AES_CM_128_HMAC_SHA1_80`; empty while sound goes unprotected. */
  protection: string;
  callId: string;
  rtp: RtpStatus | null;
  /** Null before sound is agreed on. */
  quality: CallQuality | null;
}

export interface RegistrationStatus {
  line: number;
  addressOfRecord: string;
  /** Where it is sent, `host:port`. */
  server: string;
  /** Which of the registrar's servers requests go to, `UDP 192.0.2.1:5060`; empty while none is known. */
  inUse: string;
  /** Those that are left alone for a while, because they did not answer or could not serve. */
  avoided: readonly string[];
  state: string;
  /** Of the binding that is held; null without one. */
  expiresSeconds: number | null;
  /** Until the next refresh or retry; null when none is due. */
  nextSeconds: number | null;
  /** Last final answer, e.g. `200 OK`; empty before one. */
  lastAnswer: string;
}

export interface BindingStatus {
  addressOfRecord: string;
  contact: string;
  /** The proxies on the way to it, as it registered. */
  path?: string;
  expiresSeconds: number;
}

export interface ServerStatus {
  /** `host:port` it listens on. */
  address: string;
  users: number;
  bindings: readonly BindingStatus[];
  transactions: number;
  transactionsMax: number;
  counters: Readonly<Record<string, number>>;
}

export interface VersionStatus {
  /** The program's name. */
  name: string;
  version: string;
  abiVersion: number;
  node: string;
  /** As configured; the console's prompt. */
  hostname: string;
  board: string;
  uptimeSeconds: number;
}

export interface LogLine {
  /** Wall clock, milliseconds since 1970. */
  time: number;
  level: string;
  area: string;
  message: string;
  fields?: Readonly<Record<string, unknown>>;
}

export interface LogAccess {
  /** The newest `count` lines, oldest first. */
  recent(count: number): readonly LogLine[];
  /** Tells of each new line until the returned function is called. */
  onLine(listener: (line: LogLine) => void): () => void;
}

/** One SIP message on the wire. A message between two parts of the same box is told once. */
export interface SipEvent {
  /** Monotonic milliseconds. */
  time: number;
  /** Seen from the box. */
  direction: "in" | "out";
  /** Short names of both ends for a ladder: `phone1 101`, `server`, `127.0.0.1:5080`. */
  from: string;
  to: string;
  /** `INVITE 102`, `407 Proxy Authentication Required`. */
  summary: string;
  callId: string;
  cSeq: string;
}

/** What a word of a configuration path can become; "" when any text within `description` will do. */
export interface ConfigCompletion {
  readonly token: string;
  readonly description: string;
}

/**
 * The configuration as the console uses it. Paths are words as typed, `["line", "1", "ring_timeout"]`, and may be cut short.
 * Every method throws an Error whose message names the key and what is allowed.
 */
export interface ConfigAccess {
  /** The candidate differs from the running configuration. */
  readonly isChanged: boolean;
  /** Changes the candidate. The words behind the key are its value. */
  set(words: readonly string[]): void;
  delete(words: readonly string[]): void;
  /** What differs, candidate against running, as `- …` and `+ …` lines. Empty when nothing does. Secrets are masked. */
  compare(): readonly string[];
  /** Checks, saves and applies the candidate. */
  commit(): Promise<unknown>;
  /** The candidate becomes what ran `commits` commits ago. */
  rollback(commits: number): Promise<void>;
  /** The candidate becomes the running configuration. */
  discard(): void;
  /** What can stand in place of the last of `words`, which may be empty. */
  complete(words: readonly string[], options?: { forDelete?: boolean }): readonly ConfigCompletion[];
  /** The text of the file, secrets masked. */
  show(options?: { candidate?: boolean }): string;
  /** The same as a value. */
  showTree(options?: { candidate?: boolean }): unknown;
}

export type LineTest = "tone" | "ring" | "stop";

/**
 * What a line may be ordered to do, each with its text: `transfer` the far end of its call to a number; `connect` the far end
 * with that of another line's call, counted from 1, so that both lines are free; `message` sends "NUMBER TEXT".
 */
export type LineOrder = "transfer" | "connect" | "message";

/** What can be seen of a telephone. */
export interface TelephoneStatus {
  line: number;
  handset: "lifted" | "on the hook";
  isRinging: boolean;
  mode: "dtmf" | "pulse";
  /** What its display shows, the newest call first. */
  calls: ShownCall[];
  /** What its lamp shows; null until it was told. */
  messages: { areWaiting: boolean; count?: number } | null;
}

/** Instruments at a line's port (phone/tested-port.ts). Durations in ms; one at a time, and only while the line has sound. */
export interface LineInstruments {
  /** The loop's last edges, bounce and all. */
  readonly edges: readonly LoopEdge[];
  /** Mean levels in dBm0. */
  level(duration: number): Promise<LevelReading>;
  /** How much softer than noise for the ear what the microphone gets is, in dB. */
  echoLoss(duration: number): Promise<number>;
  /** The phone hears itself. */
  loopBack(duration: number): Promise<void>;
  stopTest(): void;
}

/** The telephone on a simulated port. Orders return at once; the phone takes its time. */
export interface SimulatedTelephone {
  status(): Omit<TelephoneStatus, "line">;
  mode: "dtmf" | "pulse";
  /** Which hybrid, of 1 to 8, gives what the phone hears back to the line; 0 for none. */
  set echo(number: number);
  lift(): void;
  hang(): void;
  dial(digits: string, mode?: "dtmf" | "pulse"): void;
  flash(): void;
}

/** The board's sound. Times in ms. */
export interface SoundStatus {
  driver: string;
  channels: number;
  frames: number;
  /** Frames given up because the program was held up for too long. */
  skipped: number;
  /** How late frames came. */
  lateness: { p50: number; p99: number; max: number };
  /** What is on its way to the ear. */
  delay: number;
  /** Frames whose sound for the ear came too late. */
  late: number;
  /** Times that the card ran over or dry. */
  xruns: number;
  losses: number;
  /** Times that the card's thread ended by itself. */
  threadEnds: number;
  /** The card's thread has real-time priority. */
  isRealTime: boolean;
}

/** Bursts out to the ear and back: ms, dB, and what went wrong meanwhile. `least`, `most` and `loss` are 0 when none was heard. */
export interface SoundTest {
  bursts: number;
  heard: number;
  least: number;
  most: number;
  loss: number;
  xruns: number;
  late: number;
}

/** All that a console may ask or order. Lines count from 1. */
export interface Box {
  readonly clock: Clock;
  readonly log: LogAccess;
  readonly config: ConfigAccess;
  /** Undefined when this system was not started from a slot. */
  readonly update: UpdateAccess | undefined;
  /** The driver of each phone port that the board has: `simulated`, `gpio`, `serial`. */
  readonly ports: readonly string[];
  lines(): readonly LineStatus[];
  tones(line: number): readonly ToneStatus[];
  calls(): readonly CallStatus[];
  registrations(): readonly RegistrationStatus[];
  /** Null when this box runs no server. */
  server(): ServerStatus | null;
  version(): VersionStatus;
  /** Throws an Error that says why when the line is not free for it. `which` tone when not dial tone, ring (1 to 10) when not the country's. */
  testLine(line: number, test: LineTest, which?: ToneName | number): void;
  /** Throws an Error that says why when it can't be. */
  orderLine(line: number, order: LineOrder, text: string): void;
  instruments(line: number): LineInstruments;
  sound(): SoundStatus;
  /** Fails with an Error that says why when the sound is in use, or has not that channel. */
  testSound(channel: number): Promise<SoundTest>;
  /** Undefined unless the port is simulated. */
  phone(line: number): SimulatedTelephone | undefined;
  /** Tells of each SIP message until the returned function is called. */
  onSip(listener: (event: SipEvent) => void): () => void;
}

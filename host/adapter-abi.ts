// Numbers of adapter.wasm as the host uses them: assembly/abi/settings.ts, call/line-report.ts. A test holds them against the module.

export const TextSetting = {
  User: 1,
  DisplayName: 2,
  Domain: 3,
  AuthUser: 4,
  Password: 5,
  RegistrarHost: 6,
  DialPlan: 7,
  Country: 8,
  Identity: 9,
  Rings: 10,
  ToneOf: 64,
} as const;

export const NumberSetting = {
  Expires: 1,
  Register: 2,
  RingTimeout: 3,
  DialMode: 4,
  FlashMin: 5,
  FlashMax: 6,
  Codecs: 7,
  FirstDigitTimeout: 8,
  LongDigitTimeout: 9,
  ShortDigitTimeout: 10,
  RegistrarPort: 11,
  RegistrarTransport: 12,
  Srtp: 13,
  MessageWaiting: 14,
  DigitMode: 15,
  KeepAlive: 16,
  TransmitGain: 17,
  ReceiveGain: 18,
  SessionTimer: 19,
  CurrentDrop: 20,
  AnswerReversal: 21,
  CallerId: 22,
  CallerIdSource: 23,
  CallerIdLatin1: 24,
  CallerIdDigits: 25,
  LocalClock: 26,
  Secure: 27,
  DigitLevel: 28,
  DigitTwist: 29,
  DigitTone: 30,
  DigitPause: 31,
  EchoCanceller: 32,
  EchoDelay: 33,
} as const;

/** Of a number setting whose 0 says something: the country's. */
export const OF_COUNTRY = 1e6;

/** Where callers' numbers and names are read, by the words of the configuration. */
export const CallerIdSource = { auto: 0, from: 1, "remote-party-id": 2, "p-asserted-identity": 3 } as const;
/** assembly/line/caller-id-scheme.ts, by the words of the configuration: at its number. NumberSetting.CallerId is one more. */
export const CALLER_ID_SCHEMES = [
  "none",
  "bellcore",
  "etsi-during-ringing",
  "etsi-dual-tone",
  "etsi-reversal",
  "etsi-ring-pulse",
  "bt",
  "ntt",
  "dtmf-denmark",
  "dtmf-sweden",
  "dtmf-brazil",
  "dtmf-general",
  "bellcore-single",
] as const;
export const DialMode = { both: 0, dtmf: 1, pulse: 2 } as const;
export const DigitMode = { events: 0, info: 1, inband: 2 } as const;
export const CodecOrder = { MuThenA: 0, AThenMu: 1, MuOnly: 2, AOnly: 3 } as const;
export const SrtpUse = { off: 0, optional: 1, required: 2 } as const;
export const EndpointSetting = { Signalling: 1, Media: 2, Hop: 3, StunServer: 4 } as const;
export const LineOrder = { transfer: 0, connect: 1, message: 2 } as const;
export const LineTest = { stop: 0, tone: 1, ring: 2, toneOf: 16, ringOf: 32 } as const;

/** assembly/line/tones.ts Tone from Dial on, as the console and the configuration call them. */
export const TONE_NAMES = [
  "dial",
  "ringback",
  "busy",
  "congestion",
  "howler",
  "stutter",
  "call_waiting",
  "confirmation",
  "recall",
  "information",
] as const;
export type ToneName = (typeof TONE_NAMES)[number];
export const toneNumber = (name: ToneName): number => TONE_NAMES.indexOf(name) + 1;

export const ToneNotation = { assignments: 0, sections: 1 } as const;

/** assembly/abi/action.ts Report. */
export const Report = {
  OffHook: 1,
  OnHook: 2,
  Flash: 3,
  Digit: 4,
  Dialled: 5,
  CallStarted: 6,
  CallRinging: 7,
  CallIncoming: 8,
  CallAnswered: 9,
  CallEnded: 10,
  CallFailed: 11,
  Registered: 12,
  RegistrationFailed: 13,
  Unregistered: 14,
  Howler: 15,
  MediaStarted: 16,
  MediaStopped: 17,
  BindingAdded: 18,
  BindingRemoved: 19,
  CallRouted: 20,
  AuthenticationFailed: 21,
  BindingRefreshed: 22,
  LockedOut: 23,
  Referred: 24,
  TransferStarted: 25,
  TransferProgress: 26,
  Transferred: 27,
  TransferFailed: 28,
  CallReplaced: 29,
  NameUnknown: 30,
  ServerChanged: 31,
  ServerAvoided: 32,
  CallRefused: 33,
  MessageReceived: 34,
  MessageSent: 35,
  MessageFailed: 36,
  DigitReceived: 37,
  MessagesWaiting: 38,
  SubscriptionFailed: 39,
  MediaMapped: 40,
  StunFailed: 41,
  MachineHeard: 42,
} as const;

/** assembly/abi/endpoint.ts Transport, in words. */
export const TRANSPORTS = ["", "UDP", "TCP", "TLS"] as const;

/** assembly/line/line.ts LineState, in words. */
export const LINE_STATES = [
  "idle",
  "ringing",
  "dial-tone",
  "dialling",
  "waiting",
  "ringback",
  "talking",
  "busy",
  "congestion",
  "disconnected",
  "howler",
  "parked",
] as const;

/** assembly/call/call.ts CallState, in words. */
export const CALL_STATES = ["idle", "calling", "ringing", "early", "incoming", "active"] as const;

/** assembly/sdp/crypto.ts CryptoSuite, by the names of RFC 4568 §6.2. */
export const CRYPTO_SUITES = ["", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] as const;

/** assembly/abi/counters.ts, in words. */
export const COUNTERS = [
  "datagramsIn",
  "datagramsOut",
  "actionsDropped",
  "sipKeepAlive",
  "sipMalformed",
  "sipUnmatchedResponse",
  "sipRetransmissionIn",
  "sipRetransmissionOut",
  "sipTransactionTimeout",
  "sipTransactionsFull",
  "sipRefused",
  "rtpIn",
  "rtpOut",
  "rtpStranger",
  "rtpMalformed",
  "rtpLate",
  "rtpDuplicate",
  "rtpConcealed",
  "rtcpIn",
  "rtcpOut",
  "registrationsRefused",
  "authenticationFailed",
  "bindingsFull",
  "callsRouted",
  "callsRefused",
  "guessesDropped",
  "srtpForged",
  "srtpReplayed",
] as const;

/** Offsets in a LineReport. Texts are an address and a length. */
export const LineReportAt = {
  since: 0,
  jitterMs: 8,
  delayMs: 16,
  roundTripMs: 24,
  registeredUntil: 32,
  nextRegister: 40,
  lineState: 48,
  callState: 52,
  isIncoming: 56,
  payloadType: 60,
  packetsSent: 64,
  packetsReceived: 68,
  lost: 72,
  late: 76,
  concealedSamples: 80,
  registrationState: 84,
  registrationStatus: 88,
  isOffHook: 92,
  peer: 96,
  callId: 104,
  cryptoSuite: 112,
  messagesWaiting: 116,
  newMessages: 120,
  oldMessages: 124,
  echoLossDb: 128,
  echoEnhancementDb: 136,
} as const;

/** Offsets in one direction's figures (assembly/rtp/voip-metrics.ts); NaN is unknown. */
export const VoipMetricsAt = {
  lossRate: 0,
  discardRate: 8,
  burstDensity: 16,
  gapDensity: 24,
  burstMs: 32,
  gapMs: 40,
  roundTripMs: 48,
  endSystemMs: 56,
  signalDbm0: 64,
  noiseDbm0: 72,
  echoReturnLoss: 80,
  rating: 88,
  listeningMos: 96,
  conversationMos: 104,
  jitterBufferMs: 112,
} as const;

/** Offsets in the record of assembly/call/quality-report.ts. */
export const QualityReportAt = {
  here: 0,
  there: 128,
  sentDbm0: 256,
  sentPeakDbm0: 264,
  heardDbm0: 272,
  heardPeakDbm0: 280,
} as const;

/** Offsets in a ServerReport (assembly/sip/server-report.ts), and bytes of one of its servers. */
export const ServerReportAt = { count: 0, inUse: 8, servers: 32, size: 32 } as const;

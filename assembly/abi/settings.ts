// What the host may set, by number. A setting belongs to a line of the adapter, or to the whole of it (line 0). Append, never reorder.

/** configureText */
export const enum TextSetting {
  None,
  User,
  DisplayName,
  Domain,
  AuthUser,
  Password,
  RegistrarHost,
  DialPlan,
  Country,
  /** 64 hexadecimal digits that the box keeps to itself, the same at every start. For all lines. */
  Identity,
  /** Callers that ring in a way of their own: for ringOfCaller() of line/rings.ts. */
  Rings,
  /** And a Tone of line/tones.ts: what sounds instead of the country's, in a notation of line/tone-text.ts; nothing for the country's. */
  ToneOf = 64,
}

/** configureNumber */
export const enum NumberSetting {
  None,
  /** Seconds asked of the registrar. */
  Expires,
  /** 1: the line registers. */
  Register,
  /** How long the phone rings before the caller is told 480, in milliseconds. */
  RingTimeout,
  /** A DialMode. */
  DialMode,
  /** Milliseconds; 0 is the country's. Set the shortest first: both take effect with the longest. */
  FlashMin,
  FlashMax,
  /** A CodecOrder. */
  Codecs,
  /** Milliseconds to wait for the first digit, for the next one of an incomplete number, and of one that could be longer. */
  FirstDigitTimeout,
  LongDigitTimeout,
  ShortDigitTimeout,
  /** Port of the registrar, 0 when none is given. */
  RegistrarPort,
  /** The Transport that the registrar is spoken to by; None when the DNS may say. */
  RegistrarTransport,
  /** A SrtpUse. */
  Srtp,
  /** 1: the line subscribes to its mailbox. */
  MessageWaiting,
  /** A DigitMode. */
  DigitMode,
  /** Seconds between two keep-alives, at the most; 0 for none. */
  KeepAlive,
  /** dB, and may be negative: from the phone to the network, and from there to the phone. */
  TransmitGain,
  ReceiveGain,
  /** Seconds that a call may go on without a sign of life. */
  SessionTimer,
  /** How long the loop current drops when the far end has hung up, ms; 0 for not at all, OF_COUNTRY for the country's. */
  CurrentDrop,
  /** 1: tip and ring are reversed while somebody talks who has answered this line's call. */
  AnswerReversal,
  /** Who the phone is told calls: 0 as in the line's country, else a CallerIdScheme + 1. */
  CallerId,
  /** A CallerIdSource. */
  CallerIdSource,
  /** 1: names keep the letters of ISO 8859-1. */
  CallerIdLatin1,
  /** First and last digit of CallerIdScheme.DtmfGeneral: ASCII, the first in the high byte. */
  CallerIdDigits,
  /** Local time at monotonic zero, in milliseconds since 1970. For all lines. */
  LocalClock,
  /** 1: the line's address is a sips URI. */
  Secure,
  /** Digits that the adapter sounds: -dBm0 of the lower frequency, dB that the higher is louder, ms of tone and of pause. */
  DigitLevel,
  DigitTwist,
  DigitTone,
  DigitPause,
  /** 1: the echo of what the phone hears is taken out of what it says. */
  EchoCanceller,
  /** Milliseconds from handing a frame out to when its sound is in a frame from the microphone, at the least. */
  EchoDelay,
}

/** Of a number whose 0 says something. */
export const OF_COUNTRY: f64 = 1e6;

export const enum DialMode { Both, Dtmf, Pulse }
/** How the digits of a call go: as telephone events (RFC 4733), by INFO, or as sound alone. */
export const enum DigitMode { Events, Info, Inband }
export const enum CodecOrder { MuThenA, AThenMu, MuOnly, AOnly }
/** Where a caller's number and name are read; Best: of these, the first that there is, from the end backwards. */
export const enum CallerIdSource { Best, From, RemotePartyId, AssertedIdentity }
export const enum SrtpUse { Off, Optional, Required }

/** configureEndpoint */
export const enum EndpointSetting {
  None,
  /** What peers see of the adapter: Via and Contact. For all lines. */
  Signalling,
  /** Where the line's RTP arrives; RTCP on the port after it. */
  Media,
  /** The registrar or outbound proxy of the line, where it is known by its address alone. */
  Hop,
  /** Who is asked where sound is seen from outside; nobody is until it is set. For all lines. */
  StunServer,
}

/** orderLine; each takes a text. */
export const enum LineOrder {
  /** The far end of the call is sent to this number. */
  Transfer,
  /** The far end of the call is connected with that of the call of this line, counted from 1; both lines are free then. */
  Connect,
  /** A number, a blank and a text to be sent there. */
  Message,
}

/** testLine. ToneOf and a Tone of line/tones.ts: that tone, for as long as a test lasts; RingOf and a ring of line/rings.ts. */
export const enum LineTest { Stop, Tone, Ring, ToneOf = 16, RingOf = 32 }

/** What a configure call answers when it refuses. A text that is wrong at one place answers that place, from 1. */
export const REFUSED: i32 = -1;

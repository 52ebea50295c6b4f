// What a checked configuration holds. Made by generate.mjs from the JSON Schemas; change those.

export type * from "./board-types.ts";

/** The configuration of a tipring box. The single source of keys, defaults, ranges and help texts. */
export interface Config {
  /** The box as a whole. */
  readonly system: SystemConfig;
  /** The adapter's own address, for SIP and sound. */
  readonly sip: SipConfig;
  /** The built-in SIP server. */
  readonly server: ServerConfig;
  /** Who proves what in encrypted connections; all are PEM files. */
  readonly tls: TlsConfig;
  /** The phone lines, in the order of their sockets. */
  readonly line: readonly LineConfig[];
  /** The console on a serial port. */
  readonly console: ConsoleConfig;
  /** New systems for a box that runs from an image. */
  readonly update: UpdateConfig;
  /** Recording of everything the core is told, for `tipring replay`. */
  readonly recorder: RecorderConfig;
}

/** The box as a whole. */
export interface SystemConfig {
  /** Name of the box, shown in the console's prompt. */
  readonly hostname: string;
  /** Tones, ring cadence, caller ID and flash window; UK means GB. */
  readonly country: string;
  /** Where the box stands, as in Europe/Berlin, for the time that phones show; the machine's own when left out. */
  readonly time_zone?: string;
  /** Least important log entry that is kept. */
  readonly log_level: "error" | "warn" | "info" | "debug";
}

/** The adapter's own address, for SIP and sound. */
export interface SipConfig {
  /** Address of this box that servers and other phones send to; auto: the one that it has in its network. */
  readonly bind: string;
  /** UDP port of the adapter. */
  readonly port: number;
  /** First UDP port for sound; each line takes two, RTP on the even one. */
  readonly rtp_port: number;
  /** STUN server that tells where a NAT shows the box's sound to the outside; without it calls say bind. */
  readonly stun_server?: string;
}

/** The built-in SIP server. */
export interface ServerConfig {
  /** Run the built-in server. */
  readonly enabled: boolean;
  /** Address of this box that phones register at; auto: the one that it has in its network. */
  readonly bind: string;
  /** Port of the server, for UDP and TCP. */
  readonly port: number;
  /** Take connections by TCP as well. */
  readonly tcp: boolean;
  /** Port for connections by TLS; without it there are none. */
  readonly tls_port?: number;
  /** Name that phones are shown when asked for a password. */
  readonly realm: string;
  /** Digest algorithms that passwords are proven with, the preferred one first; older phones fail when there is more than MD5. */
  readonly digest: readonly ("MD5" | "SHA-256" | "SHA-512-256")[];
  /** Domain that the server answers for, after the @ of an address. Without it: server bind. */
  readonly domain: string;
  /** Numbers that are no user's and are to be asked for elsewhere, by how they begin. */
  readonly redirect: readonly ServerRedirect[];
  /** Who may register at the built-in server. */
  readonly user: readonly ServerUser[];
}

/** Where the numbers of one prefix are. */
export interface ServerRedirect {
  /** How the numbers begin; the longest prefix counts. */
  readonly prefix: string;
  /** Server that the whole number is to be asked for at, or somebody's address. */
  readonly to: string;
}

/** One user of the built-in server. */
export interface ServerUser {
  /** Extension, or name before the @. */
  readonly name: string;
  /** Password that the phone registers with. */
  readonly password: string;
  /** Name shown in lists. Without it: the user's name. */
  readonly display: string;
}

/** Who proves what in encrypted connections; all are PEM files. */
export interface TlsConfig {
  /** File with the server's certificate and those between it and its authority. */
  readonly certificate?: string;
  /** File with the private key of the certificate. */
  readonly key?: string;
  /** File with the authorities that vouch for registrars; the usual ones when left out. */
  readonly ca?: string;
}

/** One phone line. */
export interface LineConfig {
  /** Extension or account name, before the @ of the line's address. */
  readonly user: string;
  /** Name that called parties are shown. Without it: the line's user. */
  readonly display: string;
  /** Password of the account. Without it: that of the built-in server's user of the same name. */
  readonly password: string;
  /** Server that the line registers at and sends its calls to. Without it: the built-in server. */
  readonly registrar: string;
  /** How the registrar is spoken to; auto: as its domain's DNS says, UDP where that says nothing. */
  readonly transport: "auto" | "udp" | "tcp" | "tls";
  /** Domain of the line's address, after the @. Without it: the registrar's host; at the built-in server, server domain. */
  readonly domain: string;
  /** Register at the registrar. */
  readonly register: boolean;
  /** Lifetime asked for in a registration. In seconds. */
  readonly expires: number;
  /** Longest silence towards the registrar, so that a NAT on the way stays open; 0 for none. In seconds. */
  readonly keep_alive: number;
  /** How long a call goes on without a sign of life from the other side before it is ended. In seconds. */
  readonly session_timer: number;
  /** What the line is: the phone in the board's socket of its number, or the echo test. */
  readonly phone: "socket" | "echo";
  /** Country of this line, when not the box's; UK means GB. Without it: system country. */
  readonly country: string;
  /** How numbers are dialled: tones, rotary pulses, or both. */
  readonly dial_mode: "both" | "dtmf" | "pulse";
  /** Numbers that may be dialled, as in ([2-9]xx|00x.|*xx); any when left out. */
  readonly dial_plan?: string;
  /** How long dial tone waits for the first digit. In seconds. */
  readonly first_digit_timeout: number;
  /** Pause after a digit that ends the number, while it is not one of the dial plan yet. In seconds. */
  readonly long_digit_timeout: number;
  /** Pause after a digit that ends the number, once it is one and could be longer. In seconds. */
  readonly short_digit_timeout: number;
  /** How digits dialled in a call go: as events in the sound's stream (RFC 4733; as sound where the far end knows none), by SIP INFO, or always as sound. */
  readonly dtmf: "events" | "info" | "inband";
  /** How the phone is told who calls, country: as is usual there. */
  readonly caller_id: string;
  /** Where the registrar's calls say who calls; auto: P-Asserted-Identity, else Remote-Party-ID, else From. */
  readonly caller_id_source: "auto" | "from" | "remote-party-id" | "p-asserted-identity";
  /** Letters that the phone's display has: plain ones, or those of ISO 8859-1 as well. */
  readonly caller_id_letters: "ascii" | "latin1";
  /** First and last digit of caller ID by dtmf-general. */
  readonly caller_id_digits: string;
  /** Of digits that the adapter sounds itself: level of the lower frequency. In dBm0. */
  readonly dtmf_level: number;
  /** How much louder their higher frequency is. In dB. */
  readonly dtmf_twist: number;
  /** How long each of them sounds, where nobody holds a key. In ms. */
  readonly dtmf_tone: number;
  /** Silence after each of them. In ms. */
  readonly dtmf_pause: number;
  /** Ask the registrar whether messages wait for this line (RFC 3842); dial tone stutters then, and phones with a lamp or a display for it are told. */
  readonly message_waiting: boolean;
  /** How long the phone rings before the caller is told that nobody answers. In seconds. */
  readonly ring_timeout: number;
  /** Callers that ring in a way of their own, each with one of the rings 1 to 10; * leaves the rest of a number open. */
  readonly distinctive_ring?: string;
  /** Shortest break of the loop that is a flash, when not the country's. In ms. */
  readonly flash_min?: number;
  /** Longest break of the loop that is a flash, when not the country's. In ms. */
  readonly flash_max?: number;
  /** How long the loop current drops when the far end has hung up, when not the country's; 0 for not at all. In ms. */
  readonly current_drop?: number;
  /** Dial tone, when not the country's. */
  readonly tone_dial?: string;
  /** Ringback tone, when not the country's. */
  readonly tone_ringback?: string;
  /** Busy tone, when not the country's. */
  readonly tone_busy?: string;
  /** Congestion tone, which the trade also calls reorder or fast busy, when not the country's. */
  readonly tone_congestion?: string;
  /** What a handset left off the hook makes, when not the country's. */
  readonly tone_howler?: string;
  /** Dial tone while messages wait, when not the country's. */
  readonly tone_stutter?: string;
  /** Tone of a waiting call, when not the country's. */
  readonly tone_call_waiting?: string;
  /** Tone of a feature that was set, when not the country's. */
  readonly tone_confirmation?: string;
  /** Dial tone after a flash, when not the country's. */
  readonly tone_recall?: string;
  /** Tone of a number that cannot be reached, when not the country's. */
  readonly tone_information?: string;
  /** Reverse tip and ring while somebody talks who has answered this line's call. */
  readonly answer_reversal: boolean;
  /** Voice codecs, the preferred one first. */
  readonly codecs: readonly ("PCMU" | "PCMA")[];
  /** How much louder the far end hears the phone; negative for softer. In dB. */
  readonly transmit_gain: number;
  /** How much louder the phone hears the far end; negative for softer. In dB. */
  readonly receive_gain: number;
  /** Take the echo of the phone's own ear out of what the far end hears. */
  readonly echo_canceller: boolean;
  /** Whether sound is encrypted (SRTP by SDES): never, when the other side can, or no call without; the keys are secret with transport tls alone. */
  readonly srtp: "off" | "optional" | "required";
}

/** The console on a serial port. */
export interface ConsoleConfig {
  /** Serial port of the console; without it there is none. */
  readonly serial?: string;
  /** Speed of the serial port, 8N1. In baud. */
  readonly baud: 9600 | 19200 | 38400 | 57600 | 115200;
}

/** New systems for a box that runs from an image. */
export interface UpdateConfig {
  /** Where `update now` takes an update from. */
  readonly url?: string;
  /** How long a new system runs until it counts as good, if no line has registered and no sound has passed before. In minutes. */
  readonly health_minutes: number;
}

/** Recording of everything the core is told, for `tipring replay`. */
export interface RecorderConfig {
  /** Record from the start, until the file is as large as allowed. */
  readonly enabled: boolean;
  /** How large a recording may grow before it stops; an hour of talk on one line takes about 60. In MB. */
  readonly megabytes: number;
  /** Where recordings are kept. */
  readonly directory: string;
}

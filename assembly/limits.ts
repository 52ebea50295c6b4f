// Every capacity of both modules. Change a number, rebuild, done: base/arena.ts says when initialMemory is too small for it.

// Shared

/** A power of two, and more than any single input can cause. */
export const MAX_ACTIONS: i32 = 256;
/** RFC 3261 §18.1.1: the largest UDP datagram. */
export const SIP_DATAGRAM_SIZE: i32 = 65535;
/** The largest SIP message that we write or keep. A request that asks us to keep more is answered 513. */
export const SIP_MESSAGE_SIZE: i32 = 4096;
/** Header fields of one message. More is a 400: nobody sends them in good faith. */
export const MAX_HEADERS: i32 = 128;

// Adapter

export const MAX_LINES: i32 = 8;
/** INVITE, REGISTER and what strangers open meanwhile. */
export const ADAPTER_TRANSACTIONS: i32 = 64;
/** 20 ms at 8 kHz. */
export const FRAME_SAMPLES: i32 = 160;
/** RTP and RTCP: an Ethernet frame's worth. */
export const RTP_DATAGRAM_SIZE: i32 = 1536;
/** Rule 5 of the core: outgoing RTP payloads that stay valid, a line. */
export const RTP_SLOTS: i32 = 8;
/** Longest dialled number, star codes included. */
export const MAX_DIGITS: i32 = 64;
/** Longest text setting of a line: URI, display name, password, dial plan. */
export const SETTING_SIZE: i32 = 255;
/** Longest dial plan. */
export const DIAL_PLAN_SIZE: i32 = 1023;
/** SIP sessions of all lines: two a line, and as many that are still taking leave. */
export const MAX_SESSIONS: i32 = 32;

// Server

/** Each keeps a copy of one message, or two while it runs; INVITE and BYE stay 32 s after they end. */
export const SERVER_TRANSACTIONS: i32 = 8192;
export const MAX_USERS: i32 = 1024;
/** RFC 3261 §10: contacts of all addresses-of-record together. */
export const MAX_BINDINGS: i32 = 4096;

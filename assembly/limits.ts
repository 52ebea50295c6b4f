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
/** A call between two lines takes up to six, most of them for 32 s after it has ended: eight people who redial a busy number. */
export const ADAPTER_TRANSACTIONS: i32 = 256;
/** 20 ms at 8 kHz. */
export const FRAME_SAMPLES: i32 = 160;
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
/** Kept SIP messages of the adapter, by buffer size. */
export const ADAPTER_BUFFERS_512: i32 = 192;
export const ADAPTER_BUFFERS_1024: i32 = 128;
export const ADAPTER_BUFFERS_2048: i32 = 32;
export const ADAPTER_BUFFERS_4096: i32 = 16;

/** Messages of stream connections that have not come whole yet. */
export const ADAPTER_PARTIALS: i32 = 8;
/** Addresses that a registrar's name may lead to, and servers that its SRV records may name. */
export const MAX_TARGETS: i32 = 16;
export const MAX_SERVERS: i32 = 8;
/** Servers that are left alone for a while; of more, the one that may be asked again first makes room. */
export const MAX_AVOIDED: i32 = 32;

// Server

/** A call takes five while it is set up; three of them stay for 32 s after it has ended: about 1,000 calls a second. */
export const SERVER_TRANSACTIONS: i32 = 98304;
/** Messages that wait or may be asked for again, by size. A ringing call keeps its INVITE and its last answer; one that
 * has ended keeps the answer to its BYE: 1,000 calls a second for 32 s. What more there was room for is in MAX_PATHS. */
export const SERVER_BUFFERS_512: i32 = 32768;
export const SERVER_BUFFERS_1024: i32 = 5120;
export const SERVER_BUFFERS_2048: i32 = 2560;
export const SERVER_BUFFERS_4096: i32 = 256;
/** Requests under way, and answered INVITEs for 32 s. */
export const MAX_FORWARDINGS: i32 = 32768;
/** Phones that ring together for one INVITE. */
export const MAX_BRANCHES: i32 = 4;
/** Contacts of one user: of more, the one that ends first makes room. */
export const MAX_CONTACTS: i32 = 8;
export const CONTACT_SIZE: i32 = 255;
export const MAX_USERS: i32 = 10240;
/** RFC 3261 §10: contacts of all addresses-of-record together. */
export const MAX_BINDINGS: i32 = 16384;
/** RFC 3327: contacts that are behind other proxies, and the longest Path of one. More is a 503, a longer one a 513. */
export const MAX_PATHS: i32 = 4096;
export const PATH_SIZE: i32 = 255;
export const USER_NAME_SIZE: i32 = 63;
export const MAX_DOMAINS: i32 = 8;
/** Addresses of its own that a server answers on. */
export const MAX_LOCAL_ENDPOINTS: i32 = 12;
/** Nonces whose counts are remembered, a power of two. */
export const MAX_NONCES: i32 = 8192;
/** Addresses, and users' names from an address, whose wrong passwords are remembered; a power of two. */
export const MAX_GUESSERS: i32 = 4096;
/** Prefixes that the server redirects. */
export const MAX_REDIRECTS: i32 = 16;
/** Longest configuration text. */
export const CONFIGURATION_TEXT_SIZE: i32 = 2048;
/** Route values of one request. */
export const MAX_ROUTES: i32 = 16;
/** Messages of stream connections that have not come whole yet. */
export const SERVER_PARTIALS: i32 = 256;

// Sound card

/** Lines that one card has sound for: left and right. */
export const SOUND_CHANNELS: i32 = 2;
/** Channels of a card, those without a line included. */
export const MAX_CARD_CHANNELS: i32 = 8;

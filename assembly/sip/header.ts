// Header fields that the core knows by number: RFC 3261 §20 and the extensions that it speaks, with compact forms
// (§7.3.3).

import { lower } from "../base/bytes";

export const enum Header {
  /** A name that we pass on and never read. */
  Other,
  Accept, AcceptEncoding, AcceptLanguage, AlertInfo, Allow, AllowEvents, AuthenticationInfo, Authorization, CallId,
  CallInfo, Contact, ContentDisposition, ContentEncoding, ContentLanguage, ContentLength, ContentType, CSeq, Date,
  Diversion, ErrorInfo, Event, Expires, FlowTimer, From, HistoryInfo, InReplyTo, MaxForwards, MimeVersion, MinExpires, MinSE,
  Organization, PAssertedIdentity, Path, PPreferredIdentity, Priority, Privacy, ProxyAuthenticate, ProxyAuthorization,
  ProxyRequire, RAck, Reason, RecordRoute, ReferTo, ReferredBy, RemotePartyId, Replaces, ReplyTo, Require, RetryAfter,
  Route, RSeq, Server, ServiceRoute, SessionExpires, SipETag, SipIfMatch, Subject, SubscriptionState, Supported,
  Timestamp, To, Unsupported, UserAgent, Via, Warning, WwwAuthenticate, MaxBreadth,
  ReferSub, InfoPackage, RecvInfo,
  Count,
}

/** By Header; spelt as RFC 3261 §20 and its extensions spell them, for the writer. */
const NAMES: StaticArray<string> = [
  "", "Accept", "Accept-Encoding", "Accept-Language", "Alert-Info", "Allow", "Allow-Events", "Authentication-Info",
  "Authorization", "Call-ID", "Call-Info", "Contact", "Content-Disposition", "Content-Encoding", "Content-Language",
  "Content-Length", "Content-Type", "CSeq", "Date", "Diversion", "Error-Info", "Event", "Expires", "Flow-Timer",
  "From", "History-Info", "In-Reply-To", "Max-Forwards", "MIME-Version", "Min-Expires", "Min-SE", "Organization",
  "P-Asserted-Identity", "Path", "P-Preferred-Identity", "Priority", "Privacy", "Proxy-Authenticate",
  "Proxy-Authorization", "Proxy-Require", "RAck", "Reason", "Record-Route", "Refer-To", "Referred-By",
  "Remote-Party-ID", "Replaces", "Reply-To", "Require", "Retry-After", "Route", "RSeq", "Server", "Service-Route",
  "Session-Expires", "SIP-ETag", "SIP-If-Match", "Subject", "Subscription-State", "Supported", "Timestamp", "To",
  "Unsupported", "User-Agent", "Via", "Warning", "WWW-Authenticate", "Max-Breadth", "Refer-Sub", "Info-Package", "Recv-Info",
];

@inline export function headerName(header: Header): string { return unchecked(NAMES[<i32>header]); }

/** Compact forms, by letter a-z (§7.3.3 and the registry that RFC 3968 set up). */
function compactForm(letter: u8): Header {
  switch (letter) {
    case 0x62: return Header.ReferredBy; // b
    case 0x63: return Header.ContentType;
    case 0x65: return Header.ContentEncoding;
    case 0x66: return Header.From;
    case 0x69: return Header.CallId;
    case 0x6b: return Header.Supported;
    case 0x6c: return Header.ContentLength;
    case 0x6d: return Header.Contact;
    case 0x6f: return Header.Event;
    case 0x72: return Header.ReferTo;
    case 0x73: return Header.Subject;
    case 0x74: return Header.To;
    case 0x75: return Header.AllowEvents;
    case 0x76: return Header.Via;
    case 0x78: return Header.SessionExpires;
    default: return Header.Other;
  }
}

/** Longer than the longest name. */
const NAME_SIZE: i32 = 32;
/** By Header, in lower case; the last byte is the length. */
const names: usize = memory.data(NAME_SIZE * <i32>Header.Count, 16);
const SLOTS: i32 = 256;
/** Open addressing; a byte a slot holds the Header, 0 is empty. */
const slots: usize = memory.data(SLOTS, 16);

/** Letters count alike in either case. The factors were searched for: no two of our names meet. */
@inline function hash(at: usize, length: i32): i32 {
  const first = <i32>load<u8>(at) | 0x20, last = <i32>load<u8>(at + <usize>length - 1) | 0x20;
  const middle = <i32>load<u8>(at + <usize>(length >> 1)) | 0x20;
  return (length * 16 + first * 27 + last * 15 + middle) & (SLOTS - 1);
}

/** Fills the name table. Once, before the first message. */
export function setupHeaders(): void {
  memory.fill(slots, 0, SLOTS);
  memory.fill(names, 0, NAME_SIZE * <i32>Header.Count);
  for (let header = 1; header < <i32>Header.Count; header++) {
    const name = unchecked(NAMES[header]);
    const at = names + <usize>(header * NAME_SIZE);
    for (let index = 0; index < name.length; index++) {
      store<u8>(at + <usize>index, lower(<u8>name.charCodeAt(index)));
    }
    store<u8>(at, <u8>name.length, NAME_SIZE - 1);
    store<u8>(slots + <usize>hash(at, name.length), <u8>header);
  }
}

function isName(header: i32, at: usize, length: i32): bool {
  const name = names + <usize>(header * NAME_SIZE);
  if (<i32>load<u8>(name, NAME_SIZE - 1) != length) return false;
  if (length <= 16) return sameLetters(at, name) >= length;
  return sameLetters(at, name) == 16 && sameLetters(at + 16, name + 16) >= length - 16;
}

/** How many of the 16 bytes at `at` are, in either case, those at `name`. */
@inline function sameLetters(at: usize, name: usize): i32 {
  const bytes = v128.load(at);
  const isUpper = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x41)), i8x16.splat(26));
  const lowered = v128.or(bytes, v128.and(isUpper, i8x16.splat(0x20)));
  return ctz(i8x16.bitmask(i8x16.ne(lowered, v128.load(name))) | 0x10000);
}

/** The header field that a name, long or compact, in any case, stands for. May load up to 15 bytes past the name. */
export function headerOf(at: usize, length: i32): Header {
  if (length == 1) return compactForm(lower(load<u8>(at)));
  if (length < 2 || length >= NAME_SIZE) return Header.Other;
  const header = <i32>load<u8>(slots + <usize>hash(at, length));
  return isName(header, at, length) ? <Header>header : Header.Other;
}

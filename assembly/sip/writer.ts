// Writes SIP messages into bounded memory. RFC 3261 §7.3.1: one header field a line, no folding.
// One message is written at a time, so there is one writer, `out`. What does not fit sets `isFull`, and nothing more is
// written.

import { Endpoint, Family, Transport } from "../abi/endpoint";
import { writeHostAddress } from "../base/address";
import { copyBytes } from "../base/bytes";
import { writeDecimal } from "../base/decimal";
import { writeHex } from "../base/hex";
import { equalsIgnoreCase, writeText } from "../base/literal";
import { Text } from "../base/text";
import { SIP_MESSAGE_SIZE } from "../limits";
import { TOKEN, UNRESERVED, USER, countClass, isClass, skipQuoted, skipSpace } from "./characters";
import { Header, headerName } from "./header";
import { Field, Message } from "./message";
import { NameAddr } from "./name-addr";
import { reasonPhrase } from "./status";
import { Via } from "./via";

/** What our user agent takes (§20.5). */
export const ALLOWED: string = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, REFER, NOTIFY, INFO, MESSAGE";

/** No single number or address is longer. */
const SHORT: i32 = 48;

@unmanaged
export class Writer {
  start: usize = 0;
  at: usize = 0;
  end: usize = 0;
  isFull: bool = false;

  /** Starts a message in the shared scratch buffer of SIP_MESSAGE_SIZE bytes. */
  begin(): Writer { return this.beginAt(scratch, SIP_MESSAGE_SIZE); }

  beginAt(start: usize, capacity: i32): Writer {
    this.start = start;
    this.at = start;
    this.end = start + <usize>capacity;
    this.isFull = false;
    return this;
  }

  /** Bytes written, 0 when something did not fit. */
  @inline get length(): i32 { return this.isFull ? 0 : <i32>(this.at - this.start); }

  private reserve(length: i32): bool {
    if (this.isFull || length < 0 || <i32>(this.end - this.at) < length) {
      this.isFull = true;
      return false;
    }
    return true;
  }

  text(text: string): Writer {
    if (this.reserve(text.length)) this.at = writeText(this.at, text);
    return this;
  }

  span(at: usize, length: i32): Writer {
    if (this.reserve(length)) {
      copyBytes(this.at, at, length);
      this.at += <usize>length;
    }
    return this;
  }

  @inline value(text: Text): Writer { return this.span(text.at, text.length); }

  /** A display name in quotes with a space after it; nothing when it is empty. Control characters are left out. */
  displayName(name: Text): Writer {
    if (name.isEmpty) return this;
    this.text("\"");
    for (let index = 0; index < <i32>name.length; index++) {
      const at = name.at + <usize>index;
      const byte = load<u8>(at);
      if (byte < 0x20 || byte == 0x7f) continue;
      if (byte == 0x22 || byte == 0x5c) this.text("\\");
      this.span(at, 1);
    }
    return this.text("\" ");
  }

  /** The user part of a URI from any text, with escapes where the grammar wants them (RFC 3261 §25.1). */
  userPart(at: usize, length: i32): Writer {
    for (let index = 0; index < length; index++) {
      const byte = load<u8>(at + <usize>index);
      if (isClass(byte, USER)) {
        this.span(at + <usize>index, 1);
      } else if (this.text("%").reserve(2)) {
        this.at = writeHex(this.at, at + <usize>index, 1);
      }
    }
    return this;
  }

  /** Any text as the value of a header field inside a URI (RFC 3261 §19.1.1): all but letters, digits and marks escaped. */
  escaped(at: usize, length: i32): Writer {
    for (let index = 0; index < length; index++) {
      if (isClass(load<u8>(at + <usize>index), UNRESERVED)) {
        this.span(at + <usize>index, 1);
      } else if (this.text("%").reserve(2)) {
        this.at = writeHex(this.at, at + <usize>index, 1);
      }
    }
    return this;
  }

  decimal(value: u64): Writer {
    if (this.reserve(SHORT)) this.at = writeDecimal(this.at, value);
    return this;
  }

  /** The address alone, IPv6 in brackets. */
  host(endpoint: Endpoint): Writer {
    if (this.reserve(SHORT)) this.at = writeHostAddress(this.at, endpoint);
    return this;
  }

  /** address:port */
  hostPort(endpoint: Endpoint): Writer { return this.host(endpoint).text(":").decimal(endpoint.port); }

  /** The URI parameter that a stream wants. */
  transport(endpoint: Endpoint): Writer {
    if (endpoint.transport == Transport.Tcp) return this.text(";transport=tcp");
    return endpoint.transport == Transport.Tls ? this.text(";transport=tls") : this;
  }

  line(): Writer { return this.text("\r\n"); }

  /** `Name: ` */
  header(header: Header): Writer { return this.text(headerName(header)).text(": "); }

  /** A header field whose value is a constant. */
  headerText(header: Header, value: string): Writer { return this.header(header).text(value).line(); }

  headerNumber(header: Header, value: u64): Writer { return this.header(header).decimal(value).line(); }

  /** Copies every field of that kind, in order, under its own name. */
  copyFields(message: Message, header: Header): Writer {
    for (let field = message.first(header); changetype<usize>(field) != 0; field = message.next(field)) {
      this.header(header).span(field.value, field.valueLength).line();
    }
    return this;
  }

  /** The end of the header and the body. Content-Type must have been written when there is a body. */
  body(at: usize, length: i32): Writer {
    return this.headerNumber(Header.ContentLength, length).line().span(at, length);
  }

  /** `<method> <uri> SIP/2.0` */
  requestLine(method: string, uriAt: usize, uriLength: i32): Writer {
    return this.text(method).text(" ").span(uriAt, uriLength).text(" SIP/2.0\r\n");
  }

  /** `reason` says more than the status code's own phrase would. */
  statusLine(status: i32, reason: string = ""): Writer {
    return this.text("SIP/2.0 ").decimal(status).text(" ").text(reason.length > 0 ? reason : reasonPhrase(status)).line();
  }

  /** Our own Via, with rport (RFC 3581 §3). `local` is the address that peers see. */
  via(local: Endpoint, branchAt: usize, branchLength: i32): Writer {
    return this.header(Header.Via).text("SIP/2.0/").text(transportName(local.transport)).text(" ").hostPort(local)
      .text(";rport;branch=").span(branchAt, branchLength).line();
  }

  /**
   * The Via fields of a request as we pass them on or answer them: the topmost gets `received` and `rport` (RFC 3261
   * §18.2.1, RFC 3581 §4), every other stays as it is.
   */
  receivedVias(message: Message, source: Endpoint): Writer {
    const top = message.first(Header.Via);
    this.header(Header.Via);
    this.topVia(top, source);
    this.line();
    for (let field = message.next(top); changetype<usize>(field) != 0; field = message.next(field)) {
      this.header(Header.Via).span(field.value, field.valueLength).line();
    }
    return this;
  }

  private topVia(field: Field, source: Endpoint): void {
    const end = field.value + <usize>field.valueLength;
    via.parse(field.value, field.valueLength);
    this.span(field.value, <i32>(via.parametersAt - field.value));
    // every parameter but received and rport, which are ours to say
    let at = via.parametersAt;
    const stop = at + <usize>via.parametersLength;
    while (at < stop) {
      const name = skipSpace(at + 1, stop);
      let next = name;
      while (next < stop && load<u8>(next) != 0x3b) next = load<u8>(next) == 0x22 ? skipQuoted(next, stop) : next + 1;
      const length = countClass(name, next, TOKEN);
      const isOurs = equalsIgnoreCase(name, length, "received") || equalsIgnoreCase(name, length, "rport");
      if (!isOurs) this.span(at, <i32>(next - at));
      at = next;
    }
    this.text(";received=");
    if (source.family == Family.V6) this.plainAddress(source);
    else this.host(source);
    if (via.hasParameter("rport")) this.text(";rport=").decimal(source.port);
    if (via.next < end) this.text(",").span(via.next, <i32>(end - via.next));
  }

  /** Via `received` takes an IPv6 address without its brackets (RFC 3261 §25.1 via-received). */
  private plainAddress(endpoint: Endpoint): void {
    const start = this.at;
    this.host(endpoint);
    if (this.isFull) return;
    copyBytes(start, start + 1, <i32>(this.at - start) - 2);
    this.at -= 2;
  }
}

const scratch: usize = memory.data(SIP_MESSAGE_SIZE, 16);
const via: Via = changetype<Via>(memory.data(64, 16));

const address: NameAddr = changetype<NameAddr>(memory.data(64, 16));

/** The message being written. */
export const out: Writer = changetype<Writer>(memory.data(16, 16));

export function transportName(transport: u8): string {
  return transport == Transport.Tcp ? "TCP" : transport == Transport.Tls ? "TLS" : "UDP";
}

/** The To of a parsed message carries a tag: the request is inside a dialog, or the response forms one. */
export function hasToTag(message: Message): bool {
  const to = message.first(Header.To);
  return address.parse(to.value, to.valueLength) && address.hasParameter("tag");
}

/**
 * Begins a response to `request` in `out`: status line, Via, From, To (with `tag` added when it has none and one is
 * given), Call-ID and CSeq (§8.2.6.2). The caller adds the rest and the body.
 */
export function beginResponse(
  request: Message, source: Endpoint, status: i32, tagAt: usize, tagLength: i32, reason: string = "",
): Writer {
  out.begin().statusLine(status, reason).receivedVias(request, source).copyFields(request, Header.From);
  const to = request.first(Header.To);
  if (changetype<usize>(to) != 0) { // a malformed request may have none
    out.header(Header.To).span(to.value, to.valueLength);
    if (tagLength > 0 && !hasToTag(request)) out.text(";tag=").span(tagAt, tagLength);
    out.line();
  }
  out.copyFields(request, Header.CallId).copyFields(request, Header.CSeq);
  if (status == 100) out.copyFields(request, Header.Timestamp);
  return out;
}

/** A whole response without more than its mandatory fields. */
export function writePlainResponse(
  request: Message, source: Endpoint, status: i32, tagAt: usize, tagLength: i32,
): void {
  beginResponse(request, source, status, tagAt, tagLength).body(0, 0);
}

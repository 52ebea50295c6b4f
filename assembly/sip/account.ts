// The accounts of the adapter, one for each line: who it is, where it registers, what it answers a challenge with.

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { CallerIdSource, CodecOrder, SrtpUse } from "../abi/settings";
import { copyBytes, equalBytes } from "../base/bytes";
import { parseHex, writeHex } from "../base/hex";
import { writeHmacSha256 } from "../base/hmac";
import { random32, writeRandomHex } from "../base/random";
import { SHA256_BYTES } from "../base/sha256";
import { Text, textAt } from "../base/text";
import { MAX_LINES, SETTING_SIZE } from "../limits";
import { Header } from "./header";
import { TARGET_LIST_SIZE, TargetList } from "./locate/target-list";
import { Writer, out } from "./writer";

const TEXT_SIZE: i32 = (4 + SETTING_SIZE + 3) & ~3;
const TEXTS: i32 = 6;
const ENDPOINTS: i32 = 4;
/** Hexadecimal digits that make a contact unguessable. */
const SECRET_SIZE: i32 = 12;
/** A UUID: RFC 9562 §4. */
const INSTANCE_SIZE: i32 = 36;
/** How long a registration is asked for, in seconds, unless a setting says otherwise. */
const USUAL_EXPIRES: i32 = 3600;
/** Seconds. NATs forget what is silent for 30 s. */
const USUAL_KEEP_ALIVE: i32 = 20;
/** Seconds: RFC 4028 §7.1. */
const USUAL_SESSION: i32 = 1800;

const FIXED_SIZE: i32 = 56;
const TARGETS_AT: i32 = FIXED_SIZE + ENDPOINTS * ENDPOINT_SIZE +
  ((TEXTS * TEXT_SIZE + SECRET_SIZE + INSTANCE_SIZE + 7) & ~7);
const ACCOUNT_SIZE: i32 = TARGETS_AT + TARGET_LIST_SIZE;

/** Bytes of the box's identity, which comes in twice as many hexadecimal digits. */
const IDENTITY_SIZE: i32 = 32;

const identity: usize = memory.data(IDENTITY_SIZE, 16);
const addressOfRecord: usize = memory.data(2 * SETTING_SIZE + 1, 16);
const digest: usize = memory.data(SHA256_BYTES, 16);

let hasIdentity: bool = false;

@unmanaged
export class Account {
  /** Hashes of the realms that asked for our password when we registered, the proxy's apart. 0 while there is none. */
  realm: u64 = 0;
  proxyRealm: u64 = 0;
  /** Seconds asked of the registrar. */
  expires: i32 = 0;
  /** Seconds between two datagrams that keep a NAT open, at the most; 0 for none. */
  keepAlive: i32 = 0;
  /** Seconds that a call of ours may go on without a sign of life (RFC 4028 §7.1). */
  sessionInterval: i32 = 0;
  /** The laws of G.711 that the line speaks, the better one first. */
  codecs: CodecOrder = CodecOrder.MuThenA;
  /** Digits go as sound alone: telephone events are neither offered nor taken. */
  isInband: bool = false;
  /** Whether its sound is protected. */
  srtp: SrtpUse = SrtpUse.Off;
  /** The account registers. Without it the hop's calls to the account's own user are taken. */
  register: bool = false;
  /** All targets of the registrar's name are known. */
  isLocated: bool = false;
  /** Port of the registrar, 0 when the configuration names none. */
  registrarPort: u16 = 0;
  /** None: whatever the DNS says. */
  registrarTransport: Transport = Transport.None;
  /** Where callers' numbers and names are read. */
  callerIdSource: CallerIdSource = CallerIdSource.Best;
  /** Its address is a sips URI: RFC 5630 §3. */
  isSecure: bool = false;
  /** The account asks to be told of its messages. */
  subscribes: bool = false;

  @inline private field(offset: i32): usize { return changetype<usize>(this) + <usize>(FIXED_SIZE + offset); }
  @inline private text(index: i32): Text { return textAt(this.field(ENDPOINTS * ENDPOINT_SIZE + index * TEXT_SIZE)); }

  /** Where requests outside a dialog go: one of `targets`, the registrar or an outbound proxy. */
  @inline get hop(): Endpoint { return endpointAt(this.field(0)); }
  /** What peers see of us: Via and Contact. Its transport is the hop's. */
  @inline get local(): Endpoint { return endpointAt(this.field(ENDPOINT_SIZE)); }
  /** Where the line receives RTP. */
  @inline get media(): Endpoint { return endpointAt(this.field(2 * ENDPOINT_SIZE)); }
  /** Where the registrar sees us, set when that is not `local`: a NAT is between. */
  @inline get seen(): Endpoint { return endpointAt(this.field(3 * ENDPOINT_SIZE)); }
  /** The place that our Contact names. */
  @inline get place(): Endpoint { return this.seen.isSet ? this.seen : this.local; }

  /** User part of the address-of-record. */
  @inline get user(): Text { return this.text(0); }
  @inline get displayName(): Text { return this.text(1); }
  /** Host part of the address-of-record. */
  @inline get domain(): Text { return this.text(2); }
  /** Name for digest; empty: the user. */
  @inline get authUser(): Text { return this.text(3); }
  @inline get password(): Text { return this.text(4); }
  /** Host of the registrar or outbound proxy, as configured: a name to resolve into `hop`, or an address. */
  @inline get registrarHost(): Text { return this.text(5); }

  /** Wherever the registrar's name leads, the best first. Empty when the hop was given as an address. */
  @inline get targets(): TargetList { return changetype<TargetList>(changetype<usize>(this) + TARGETS_AT); }

  @inline private get secret(): usize { return this.field(ENDPOINTS * ENDPOINT_SIZE + TEXTS * TEXT_SIZE); }
  @inline private get instance(): usize { return this.secret + SECRET_SIZE; }

  /** There is somebody to be and somewhere to send. */
  @inline get isUsable(): bool {
    return !this.user.isEmpty && !this.domain.isEmpty && this.hop.isSet && this.local.isSet;
  }

  /** The registrar speaks from there: whichever of its servers it is. */
  isHop(source: Endpoint): bool { return this.hop.sameHost(source) || this.targets.hasHost(source); }

  /** Requests go to `target` from now on. */
  useHop(target: Endpoint): void {
    this.hop.copyFrom(target);
    this.local.transport = target.transport;
  }

  /** The registrar is not known any more. */
  clearHop(): void {
    this.hop.clear();
    this.targets.clear();
    this.isLocated = false;
  }

  reset(): void {
    if (<i32>offsetof<Account>() > FIXED_SIZE) ERROR("an Account's texts stand behind its fields");
    memory.fill(changetype<usize>(this), 0, ACCOUNT_SIZE);
    this.expires = USUAL_EXPIRES;
    this.keepAlive = USUAL_KEEP_ALIVE;
    this.sessionInterval = USUAL_SESSION;
    for (let index = 0; index < TEXTS; index++) this.text(index).setup(SETTING_SIZE);
    writeRandomHex(this.secret, SECRET_SIZE);
    for (let index: usize = 0; index < 16; index += 4) store<u32>(digest + index, random32());
    this.writeInstance(digest);
  }

  /** From 16 bytes, in the form of a random one (RFC 9562 §5.4). */
  private writeInstance(bytes: usize): void {
    store<u8>(bytes, (load<u8>(bytes, 6) & 0x0f) | 0x40, 6);
    store<u8>(bytes, (load<u8>(bytes, 8) & 0x3f) | 0x80, 8);
    let at = this.instance;
    for (let index: usize = 0; index < 16; index++) {
      if (index == 4 || index == 6 || index == 8 || index == 10) store<u8>(at++, 0x2d);
      writeHex(at, bytes + index, 1);
      at += 2;
    }
  }

  /**
   * The secret and the instance that belong to the account at this box: the same after a restart, so that a registrar which keeps one
   * contact per account takes it for the one that it has. Without an identity it is one of this start.
   */
  settleSecret(): void {
    if (!hasIdentity) return;
    const userLength = <i32>this.user.length, domainLength = <i32>this.domain.length;
    copyBytes(addressOfRecord, this.user.at, userLength);
    store<u8>(addressOfRecord + <usize>userLength, 0x40);
    copyBytes(addressOfRecord + <usize>userLength + 1, this.domain.at, domainLength);
    writeHmacSha256(digest, identity, IDENTITY_SIZE, addressOfRecord, userLength + 1 + domainLength);
    writeHex(this.secret, digest, SECRET_SIZE >> 1);
    this.writeInstance(digest + <usize>(SHA256_BYTES - 16));
  }

  private putScheme(isSecure: bool): Writer { return out.text(isSecure ? "sips:" : "sip:"); }

  /** The URI of the domain, in `out`. */
  putDomain(): Writer { return this.putScheme(this.isSecure).value(this.domain); }

  /** The address-of-record, in `out`. */
  putAddress(): Writer { return this.putScheme(this.isSecure).value(this.user).text("@").value(this.domain); }

  /** Somebody of the same domain, in `out`. */
  putNumber(at: usize, length: i32): Writer {
    return this.putScheme(this.isSecure).userPart(at, length).text("@").value(this.domain);
  }

  /**
   * Contact of the message in `out`, without the end of its line: the account's user and its secret, so that only who
   * was told can ring us.
   */
  putContact(): Writer { return this.putContactAt(this.place, this.isSecure).text(">"); }

  /** The same without the closing bracket, for any place. */
  putContactAt(place: Endpoint, isSecure: bool): Writer {
    out.header(Header.Contact).text("<");
    this.putScheme(isSecure).value(this.user).text("-").span(this.secret, SECRET_SIZE).text("@").hostPort(place);
    return isSecure ? out : out.transport(this.local);
  }

  /** RFC 5626 §4.1: who registers, whatever its address, as a parameter of the Contact in `out`. */
  putInstance(): void { out.text(';+sip.instance="<urn:uuid:').span(this.instance, INSTANCE_SIZE).text('>"'); }

  /** The span is the user part of our Contact. */
  isContactUser(at: usize, length: i32): bool {
    const userLength = <usize>this.user.length;
    return length == <i32>userLength + 1 + SECRET_SIZE && equalBytes(at, this.user.at, <i32>userLength) &&
      load<u8>(at + userLength) == 0x2d && equalBytes(at + userLength + 1, this.secret, SECRET_SIZE);
  }
}

let accounts: usize = 0;

/** Bytes of memory for the accounts of all lines. */
export const ACCOUNTS_SIZE: i32 = ACCOUNT_SIZE * MAX_LINES;

export function setupAccounts(at: usize): void {
  accounts = at;
  hasIdentity = false;
  for (let line = 0; line < MAX_LINES; line++) accountAt(line).reset();
}

@inline export function accountAt(line: i32): Account {
  return changetype<Account>(accounts + <usize>(line * ACCOUNT_SIZE));
}

/** Gives the box its identity: 64 hexadecimal digits that nobody else knows. False when they are not. */
export function setIdentity(at: usize, length: i32): bool {
  if (length != 2 * IDENTITY_SIZE || !parseHex(at, length, identity)) return false;
  hasIdentity = true;
  for (let line = 0; line < MAX_LINES; line++) accountAt(line).settleSecret();
  return true;
}

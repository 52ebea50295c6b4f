// What a line and its registrar tell each other with a registration, beyond the contact: RFC 5626 (outbound), RFC 5627
// (GRUU), RFC 3608 (Service-Route), RFC 3327 (Path, which concerns proxies and is only let pass), RFC 3581 (a NAT).

import { ENDPOINT_SIZE, Endpoint, Transport, endpointAt } from "../abi/endpoint";
import { NOT_A_NUMBER, parseDecimal } from "../base/decimal";
import { parseHostAddress } from "../base/address";
import { Text, textAt } from "../base/text";
import { MAX_LINES, SETTING_SIZE } from "../limits";
import { Account, accountAt } from "./account";
import { Dialog } from "./dialog/dialog";
import { MOST_SECONDS, secondsOf } from "./field-value";
import { Header } from "./header";
import { Message } from "./message";
import { NameAddr } from "./name-addr";
import { hasToken } from "./option-tags";
import { parameterAt, parameterLength } from "./parameters";
import { setServiceRoutes } from "./dialog/route-set";
import { Scheme, Uri } from "./uri";
import { Via } from "./via";
import { Writer, out } from "./writer";

const QUOTE: u8 = 0x22;

const ROUTES_SIZE: i32 = 511;
const FIXED_SIZE: i32 = 16;
const FORMER_AT: i32 = FIXED_SIZE;
const GRUU_AT: i32 = FORMER_AT + ENDPOINT_SIZE;
const ROUTES_AT: i32 = GRUU_AT + 4 + SETTING_SIZE + 1;
const OUTBOUND_SIZE: i32 = (ROUTES_AT + 4 + ROUTES_SIZE + 7) & ~7;

const contact: NameAddr = changetype<NameAddr>(memory.data(64, 16));
const uri: Uri = changetype<Uri>(memory.data(64, 16));
const via: Via = changetype<Via>(memory.data(64, 16));
const learned: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const listed: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));

@unmanaged
export class Outbound {
  /** ms that the registrar lets a flow be silent (Flow-Timer), 0 when it has not said. */
  flowTimer: f64 = 0;
  /** The registrar keeps our flow (RFC 5626 §6), answers STUN on it (§8), and needs no contact that it can reach. */
  isKept: bool = false;
  /** 439: a proxy on the way can't do that. */
  private isRefused: bool = false;
  /** The contact was changed to where we are seen, and since then not confirmed. */
  private isMoving: bool = false;

  @inline private field(offset: i32): usize { return changetype<usize>(this) + <usize>offset; }
  /** Where our contact was before it moved: to be taken out. */
  @inline private get former(): Endpoint { return endpointAt(this.field(FORMER_AT)); }
  /** The public GRUU, empty when we were given none. */
  @inline get gruu(): Text { return textAt(this.field(GRUU_AT)); }
  /** Service-Route values with commas between. */
  @inline get routes(): Text { return textAt(this.field(ROUTES_AT)); }

  reset(): void {
    if (<i32>offsetof<Outbound>() > FIXED_SIZE) ERROR("an Outbound's texts stand behind its fields");
    memory.fill(changetype<usize>(this), 0, OUTBOUND_SIZE);
    this.gruu.setup(SETTING_SIZE);
    this.routes.setup(ROUTES_SIZE);
  }

  /** Supported and Contact of a REGISTER in `out`. */
  putContact(account: Account, seconds: i32): void {
    out.headerText(Header.Supported, this.isRefused ? "path, gruu" : "path, outbound, gruu");
    account.putContact();
    account.putInstance();
    if (!this.isRefused) out.text(";reg-id=1");
    out.text(";expires=").decimal(seconds).line();
    if (this.former.isSet) account.putContactAt(this.former, account.isSecure).text(">;expires=0").line();
  }

  /** RFC 5626 §4.2.1: a 439 is answered by registering without outbound. False when that was done already. */
  takeRefusal(status: i32): bool {
    if (status != 439 || this.isRefused) return false;
    this.isRefused = true;
    return true;
  }

  /**
   * Takes the 2xx of a REGISTER. True when the contact has to be registered anew, since it is not where the registrar
   * sees us: once, for a NAT that shows another place each time would have no end of it.
   */
  take(account: Account, response: Message, source: Endpoint): bool {
    this.isKept = hasToken(response, Header.Require, "outbound");
    const seconds = secondsOf(response, Header.FlowTimer);
    this.flowTimer = seconds > 0 ? <f64>seconds * 1000 : 0;
    setServiceRoutes(this.routes, response);
    this.former.clear();
    if (this.isKept || source.transport != Transport.Udp || !readSeen(account, response)) return false;
    const wasMoving = this.isMoving, place = account.place;
    this.isMoving = !learned.sameHost(place) || learned.port != place.port;
    if (!this.isMoving) return false;
    this.former.copyFrom(place);
    account.seen.copyFrom(learned);
    return !wasMoving;
  }

  /** Seconds that the registrar keeps our contact: its own parameter, else Expires, else what we asked for (§10.2.4). */
  takeGranted(account: Account, response: Message, asked: i32): i32 {
    this.gruu.clear();
    let granted = -1;
    for (let field = response.first(Header.Contact); changetype<usize>(field) != 0; field = response.next(field)) {
      const end = field.value + <usize>field.valueLength;
      for (let at = field.value; at < end; at = contact.next) {
        if (!contact.parse(at, <i32>(end - at))) break;
        if (!uri.parse(contact.uriAt, contact.uriLength) || !account.isContactUser(uri.userAt, uri.userLength)) continue;
        const isHere = isAt(account.place);
        // the one of before a restart of the NAT is still listed
        if (granted >= 0 && !isHere) continue;
        if (contact.hasParameter("expires")) {
          const seconds = parseDecimal(parameterAt, parameterLength);
          if (seconds != NOT_A_NUMBER) granted = <i32>min<i64>(seconds, MOST_SECONDS);
        }
        this.takeGruu();
        if (isHere && granted >= 0) return granted;
      }
    }
    if (granted >= 0) return granted;
    const seconds = secondsOf(response, Header.Expires);
    return seconds >= 0 ? seconds : asked;
  }

  /** RFC 5627 §4.2, in quotes. What is no SIP URI is none. */
  private takeGruu(): void {
    this.gruu.clear();
    if (!contact.hasParameter("pub-gruu") || parameterLength < 3 || load<u8>(parameterAt) != QUOTE) return;
    const at = parameterAt + 1, length = parameterLength - 2;
    if (uri.parse(at, length) && uri.scheme <= Scheme.Sips && uri.hostLength > 0) this.gruu.set(at, length);
  }
}

/** The URI just read names that very place. */
function isAt(place: Endpoint): bool {
  listed.clear();
  return uri.address(listed) && listed.port == place.port && listed.sameHost(place);
}

/** RFC 3581: where the registrar saw the REGISTER come from, into `learned`. */
function readSeen(account: Account, response: Message): bool {
  const top = response.first(Header.Via);
  if (!via.parse(top.value, top.valueLength)) return false;
  learned.copyFrom(account.local);
  if (via.hasParameter("received") && !parseHostAddress(parameterAt, parameterLength, learned)) return false;
  if (via.hasParameter("rport") && parameterLength > 0) {
    const port = parseDecimal(parameterAt, parameterLength, 65535);
    if (port <= 0) return false;
    learned.port = <u16>port;
  }
  return learned.family == account.local.family;
}

/** ms that a refusal asks us to wait, 0 when it does not say. */
export function retryAfter(response: Message): f64 { return <f64>max(secondsOf(response, Header.RetryAfter), 0) * 1000; }

/**
 * Contact of a message of a dialog, without the end of its line: where the far end reaches this line and no other. RFC
 * 5630 §5.1: a sips URI in a dialog that was begun with one, and no other.
 */
export function putDialogContact(line: i32, isSecure: bool): Writer {
  const outbound = outboundAt(line), account = accountAt(line);
  if (!outbound.gruu.isEmpty && isSecure == account.isSecure) return out.header(Header.Contact).text("<").value(outbound.gruu).text(">");
  account.putContactAt(account.place, isSecure);
  if (outbound.isKept) out.text(";ob"); // RFC 5626 §4.3: by the flow that we registered
  return out.text(">");
}

/** RFC 3608 §5: a request outside a dialog goes by the routes that its registrar wants. */
export function setOutboundRoutes(dialog: Dialog, line: i32): void {
  const routes = outboundAt(line).routes;
  dialog.routes.set(routes.at, routes.length);
}

let outbounds: usize = 0;

/** Bytes of memory for all lines. */
export const OUTBOUNDS_SIZE: i32 = OUTBOUND_SIZE * MAX_LINES;

export function setupOutbounds(at: usize): void {
  outbounds = at;
  for (let line = 0; line < MAX_LINES; line++) outboundAt(line).reset();
}

@inline export function outboundAt(line: i32): Outbound {
  return changetype<Outbound>(outbounds + <usize>(line * OUTBOUND_SIZE));
}

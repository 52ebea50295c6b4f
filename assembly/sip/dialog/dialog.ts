// A dialog: RFC 3261 §12. Both roles, one record: identifiers, sequence numbers, remote target and route set.

import { Endpoint } from "../../abi/endpoint";
import { sameSpan } from "../../base/bytes";
import { random32, writeRandomHex } from "../../base/random";
import { Text, textAt } from "../../base/text";
import { Header } from "../header";
import { Message } from "../message";
import { Method, methodName } from "../method";
import { NameAddr } from "../name-addr";
import { parameterAt, parameterLength } from "../parameters";
import { Scheme, Uri } from "../uri";
import { out } from "../writer";
import {
  addressOfUri, findFirstRoute, firstRouteAt, firstRouteLength, isLooseRoute, setRoutesOfRequest, setRoutesOfResponse,
  writeRoutes,
} from "./route-set";

/** §12: Early between a provisional response with a tag and the final one. */
export const enum DialogState { None, Early, Confirmed }

/** What a request inside the dialog is, by its number (§12.2.2). */
export const enum Sequence { Next, Late }

/** Digits of a tag of ours. */
export const TAG_SIZE: i32 = 16;

const CALL_ID_SIZE: i32 = 252;
const TAG_TEXT_SIZE: i32 = 252;
const URI_SIZE: i32 = 508;
const ROUTES_SIZE: i32 = 1020;

const FIXED_SIZE: i32 = 16;
const LOCAL_TAG: i32 = FIXED_SIZE + 4 + CALL_ID_SIZE;
const REMOTE_TAG: i32 = LOCAL_TAG + 4 + TAG_SIZE;
const LOCAL_URI: i32 = REMOTE_TAG + 4 + TAG_TEXT_SIZE;
const REMOTE_URI: i32 = LOCAL_URI + 4 + URI_SIZE;
const REMOTE_TARGET: i32 = REMOTE_URI + 4 + URI_SIZE;
const ROUTES: i32 = REMOTE_TARGET + 4 + URI_SIZE;

/** Bytes of a Dialog. */
export const DIALOG_SIZE: i32 = ROUTES + 4 + ROUTES_SIZE;

const address: NameAddr = changetype<NameAddr>(memory.data(64, 16));
const uri: Uri = changetype<Uri>(memory.data(64, 16));

@unmanaged
export class Dialog {
  state: DialogState = DialogState.None;
  /** CSeq number of the last request that we sent. */
  localSequence: u32 = 0;
  /** CSeq number of the last request that came; meaningless until one came. */
  remoteSequence: u32 = 0;
  hasRemoteSequence: bool = false;
  /** §12.1: it was begun with a sips URI. */
  isSecure: bool = false;

  @inline private text(offset: i32): Text { return textAt(changetype<usize>(this) + <usize>offset); }
  @inline get callId(): Text { return this.text(FIXED_SIZE); }
  @inline get localTag(): Text { return this.text(LOCAL_TAG); }
  /** Empty for a peer of RFC 2543. */
  @inline get remoteTag(): Text { return this.text(REMOTE_TAG); }
  @inline get localUri(): Text { return this.text(LOCAL_URI); }
  @inline get remoteUri(): Text { return this.text(REMOTE_URI); }
  /** The peer's Contact. */
  @inline get remoteTarget(): Text { return this.text(REMOTE_TARGET); }
  @inline get routes(): Text { return this.text(ROUTES); }

  /** An empty dialog with a fresh tag of ours. */
  reset(): void {
    if (<i32>offsetof<Dialog>() > FIXED_SIZE) ERROR("a Dialog's texts stand behind its fields");
    memory.fill(changetype<usize>(this), 0, FIXED_SIZE);
    this.callId.setup(CALL_ID_SIZE);
    this.localTag.setup(TAG_SIZE);
    this.remoteTag.setup(TAG_TEXT_SIZE);
    this.localUri.setup(URI_SIZE);
    this.remoteUri.setup(URI_SIZE);
    this.remoteTarget.setup(URI_SIZE);
    this.routes.setup(ROUTES_SIZE);
    writeRandomHex(this.localTag.at, TAG_SIZE);
    this.localTag.length = <u16>TAG_SIZE;
  }

  /**
   * Our side of a dialog to be: a fresh Call-ID and a first number (§8.1.1.4, §8.1.1.5). The URIs are the caller's to
   * set.
   */
  startClient(): void {
    writeRandomHex(this.callId.at, 32);
    this.callId.length = 32;
    this.localSequence = (random32() & 0xffff) + 1;
  }

  /** §12.1.1: the dialog that answering `request` makes. False when a part is missing, malformed or does not fit. */
  setRequest(request: Message): bool {
    this.localSequence = random32() & 0xffff;
    this.remoteSequence = request.sequence;
    this.hasRemoteSequence = true;
    this.isSecure = request.uri.scheme == Scheme.Sips;
    const callId = request.first(Header.CallId);
    return this.callId.set(callId.value, callId.valueLength) && setUri(this.localUri, request, Header.To) &&
      setUri(this.remoteUri, request, Header.From) && this.setRemoteTag() && setRoutesOfRequest(this.routes, request) &&
      this.setCaller(request);
  }

  /** Our side of a dialog again, from a request of ours: all but what a response brings. */
  setOwnRequest(request: Message): bool {
    const callId = request.first(Header.CallId);
    this.localSequence = request.sequence;
    return this.callId.set(callId.value, callId.valueLength) && setUri(this.remoteUri, request, Header.To) &&
      setUri(this.localUri, request, Header.From) && address.hasParameter("tag") &&
      this.localTag.set(parameterAt, parameterLength);
  }

  /**
   * §12.1.2: the dialog that a response to our request makes. False when a part is missing, malformed or does not fit.
   */
  setResponse(response: Message, state: DialogState): bool {
    const to = response.first(Header.To);
    if (!address.parse(to.value, to.valueLength) || !this.setRemoteTag()) return false;
    if (!setRoutesOfResponse(this.routes, response) || !this.setRemoteTarget(response)) return false;
    this.state = state;
    return true;
  }

  /** From `address`. A missing tag is an empty one (§12.1.1). */
  private setRemoteTag(): bool {
    this.remoteTag.clear();
    return !address.hasParameter("tag") || this.remoteTag.set(parameterAt, parameterLength);
  }

  /** The Contact of the INVITE that makes a dialog; RFC 2543, which has no tag in the From, lets that do without. */
  setCaller(invite: Message): bool {
    if (invite.has(Header.Contact) || invite.from.hasParameter("tag")) return this.setRemoteTarget(invite);
    return invite.fromUri.hostLength > 0 && this.remoteTarget.set(invite.from.uriAt, invite.from.uriLength);
  }

  /** The one Contact of `message`, a SIP URI. Leaves the target as it was when there is none that fits. */
  setRemoteTarget(message: Message): bool {
    const contact = message.first(Header.Contact);
    return changetype<usize>(contact) != 0 && address.parse(contact.value, contact.valueLength) &&
      uri.parse(address.uriAt, address.uriLength) && uri.hostLength > 0 &&
      this.remoteTarget.set(address.uriAt, address.uriLength);
  }

  /** §12.2.2: a request of the peer belongs to this dialog. */
  isOfRequest(request: Message): bool {
    return this.hasCallId(request) && this.isToUs(request) && this.isFromPeer(request);
  }

  /** RFC 6665 §4.1.2.4: the peer's side of our dialog, from a request of the peer. False when a part is missing. */
  setPeer(request: Message): bool {
    const from = request.first(Header.From);
    if (!address.parse(from.value, from.valueLength) || !this.setRemoteTag()) return false;
    this.remoteSequence = request.sequence;
    this.hasRemoteSequence = true;
    return setRoutesOfRequest(this.routes, request) && this.setRemoteTarget(request);
  }

  /** The To of a request has our tag. */
  isToUs(request: Message): bool { return hasTag(request, Header.To, this.localTag); }

  /** The From of a request has the tag of this dialog's peer. */
  isFromPeer(request: Message): bool { return hasTag(request, Header.From, this.remoteTag); }

  @inline hasCallId(message: Message): bool {
    const callId = message.first(Header.CallId);
    return this.callId.equals(callId.value, callId.valueLength);
  }

  /** The To tag of a response is the one that made this dialog. */
  isOfResponse(response: Message): bool { return hasTag(response, Header.To, this.remoteTag); }

  /** The number of a new request that is no ACK. Late must be answered 500 (§12.2.2). */
  takeSequence(request: Message): Sequence {
    if (this.hasRemoteSequence && request.sequence <= this.remoteSequence) return Sequence.Late;
    this.remoteSequence = request.sequence;
    this.hasRemoteSequence = true;
    return Sequence.Next;
  }

  /**
   * Begins a request inside the dialog in `out` with the number that localSequence holds: Request-URI, Via, Max-
   * Forwards, routes, From, To, Call-ID, CSeq. `local` goes into the Via, `displayName` into the From.
   */
  beginRequest(method: Method, local: Endpoint, displayName: Text, branchAt: usize, branchLength: i32): void {
    out.begin();
    const name = methodName(method);
    if (findFirstRoute(this.routes) && !isLooseRoute) out.requestLine(name, firstRouteAt, firstRouteLength);
    else out.requestLine(name, this.remoteTarget.at, this.remoteTarget.length);
    out.via(local, branchAt, branchLength).headerText(Header.MaxForwards, "70");
    writeRoutes(this.routes, this.remoteTarget.at, this.remoteTarget.length);
    out.header(Header.From).displayName(displayName).text("<").value(this.localUri).text(">;tag=")
      .value(this.localTag).line();
    out.header(Header.To).text("<").value(this.remoteUri).text(">");
    if (!this.remoteTag.isEmpty) out.text(";tag=").value(this.remoteTag);
    out.line().header(Header.CallId).value(this.callId).line()
      .header(Header.CSeq).decimal(this.localSequence).text(" ").text(name).line();
  }

  /**
   * Where a request goes: the first route or the remote target where that is an address, else `hop` (an outbound proxy,
   * §8.1.2).
   */
  destination(hop: Endpoint, into: Endpoint): void {
    into.copyFrom(hop);
    if (findFirstRoute(this.routes)) addressOfUri(firstRouteAt, firstRouteLength, into);
    else addressOfUri(this.remoteTarget.at, this.remoteTarget.length, into);
  }
}

/** Leaves the value in `address`. */
function setUri(text: Text, message: Message, header: Header): bool {
  const field = message.first(header);
  return address.parse(field.value, field.valueLength) && text.set(address.uriAt, address.uriLength);
}

function hasTag(message: Message, header: Header, tag: Text): bool {
  const field = message.first(header);
  if (!address.parse(field.value, field.valueLength)) return false;
  return address.hasParameter("tag") ? tag.equals(parameterAt, parameterLength) : tag.isEmpty;
}

/** Two messages have the same To tag: they belong to the same phone's dialog. */
export function hasSameToTag(a: Message, b: Message): bool {
  const field = a.first(Header.To);
  if (!address.parse(field.value, field.valueLength) || !address.hasParameter("tag")) return false;
  const tagAt = parameterAt, tagLength = parameterLength;
  const other = b.first(Header.To);
  return address.parse(other.value, other.valueLength) && address.hasParameter("tag") &&
    sameSpan(tagAt, tagLength, parameterAt, parameterLength);
}

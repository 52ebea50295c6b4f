// Where media comes from and goes to. RFC 4961: one port for both ways, so behind NAT packets go back to where packets
// come from. Who is at the place agreed on is heard first, and pushes out whoever was taken for the other side before.

import { ENDPOINT_SIZE, Endpoint, Family } from "../abi/endpoint";

/** What is taken for the other side, by how good its claim is. Nobody is pushed out but by a better one. */
const enum Latch {
  /** Nothing came yet. */
  Open,
  /** Another host than agreed, which can't be reached from here: NAT, or a stranger. */
  Elsewhere,
  /** The host agreed on, from another port: NAT, or what is left of its last call. */
  Host,
  /** Just where the agreement says. */
  Place,
}

/** What a packet is to the stream. */
export const enum Claim {
  Stranger,
  /** From where media comes. */
  Known,
  /** The first after an agreement. */
  First,
  /** Whoever was heard before had no better right than to be the first. */
  Better,
}

/** ms after an agreement in which only the very place that it names is heard: whoever is there gets the first word. */
const PATIENCE: f64 = 200;

const AGREED: usize = 24;
const AGREED_CONTROL: usize = AGREED + ENDPOINT_SIZE;
const MEDIA: usize = AGREED_CONTROL + ENDPOINT_SIZE;
const CONTROL: usize = MEDIA + ENDPOINT_SIZE;

export const RTP_PEER_SIZE: i32 = <i32>CONTROL + ENDPOINT_SIZE;

@unmanaged
export class RtpPeer {
  /** When somebody who is not at the agreed place may be heard. */
  private othersAt: f64 = 0;
  private latch: Latch = Latch.Open;
  /** The other side may be behind NAT: it showed an address of a private network that is not ours. */
  private isHidden: bool = false;
  /** Reports come from `control`. */
  private isControlKnown: bool = false;

  @inline private get agreed(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + AGREED); }
  @inline private get agreedControl(): Endpoint {
    return changetype<Endpoint>(changetype<usize>(this) + AGREED_CONTROL);
  }
  /** Where our packets go. */
  @inline get media(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + MEDIA); }
  /** Where our reports go. */
  @inline get control(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + CONTROL); }

  reset(): void {
    if (offsetof<RtpPeer>() > AGREED) ERROR("the endpoints follow at 24");
    memory.fill(changetype<usize>(this), 0, RTP_PEER_SIZE);
  }

  /**
   * What was negotiated: `own` is where we said that we are. An unset `control` is the port after `media`. True when
   * the place is another than before.
   */
  agree(media: Endpoint, control: Endpoint, own: Endpoint, now: f64): bool {
    this.isHidden = isPrivate(media) && !isSameNetwork(media, own);
    this.agreedControl.copyFrom(control.isSet ? control : media);
    if (!control.isSet) this.agreedControl.port++;
    if (samePlace(media, this.agreed)) return false;
    this.agreed.copyFrom(media);
    this.media.copyFrom(media);
    this.forgetControl();
    this.latch = Latch.Open;
    this.othersAt = now + PATIENCE;
    return true;
  }

  private forgetControl(): void {
    this.control.copyFrom(this.agreedControl);
    this.isControlKnown = false;
  }

  /** Whose the packet from `source` is. Only a convincing one can make somebody of a stranger. */
  claimOf(source: Endpoint, isConvincing: bool, now: f64): Claim {
    if (this.latch != Latch.Open && samePlace(source, this.media)) return Claim.Known;
    const latch = this.latchOf(source);
    if (!isConvincing || latch <= this.latch || (latch != Latch.Place && now < this.othersAt)) return Claim.Stranger;
    const isFirst = this.latch == Latch.Open;
    this.latch = latch;
    if (!samePlace(source, this.media)) this.media.copyFrom(source);
    if (isFirst) return Claim.First;
    this.forgetControl();
    return Claim.Better;
  }

  private latchOf(source: Endpoint): Latch {
    // A host with an address of the Internet sends from it. Only one of a private network shows another one here, so
    // only then may a packet from anywhere be its.
    if (!source.sameHost(this.agreed)) return this.isHidden ? Latch.Elsewhere : Latch.Open;
    return source.port == this.agreed.port ? Latch.Place : Latch.Host;
  }

  /** A report comes from where reports come from, or it may be the first one of the other side. */
  acceptsControl(source: Endpoint): bool {
    if (samePlace(source, this.control) || samePlace(source, this.agreedControl)) return true;
    return !this.isControlKnown && (source.sameHost(this.media) || source.sameHost(this.agreedControl));
  }

  /** A report that was accepted is the other side's: ours go back to where it came from. The agreed place stays best. */
  followControl(source: Endpoint): void {
    this.isControlKnown = true;
    if (!samePlace(source, this.control)) this.control.copyFrom(source);
  }
}

/** Transport and flow aside: media knows only UDP. */
function samePlace(a: Endpoint, b: Endpoint): bool { return a.port == b.port && a.sameHost(b); }

/** An address that only its own network knows: RFC 1918, RFC 6598, RFC 4193. */
function isPrivate(endpoint: Endpoint): bool {
  const first = endpoint.address0 & 0xff;
  const second = endpoint.address0 >> 8 & 0xff;
  if (endpoint.family == Family.V6) return (first & 0xfe) == 0xfc;
  return first == 10 || (first == 172 && (second & 0xf0) == 16) || (first == 192 && second == 168) ||
    (first == 100 && (second & 0xc0) == 64);
}

/** Both are of one private network, as far as addresses show: each reaches the other where it says that it is. */
function isSameNetwork(a: Endpoint, b: Endpoint): bool {
  if (a.family != b.family || !isPrivate(b)) return false;
  const first = a.address0 & 0xff;
  if (first != (b.address0 & 0xff)) return false;
  return a.family == Family.V6 || first == 10 || (a.address0 >> 8 & 0xff) == (b.address0 >> 8 & 0xff);
}

/** RFC 3264 §8.4: to 0.0.0.0, or to port 0, nothing is sent. */
export function isSomewhere(endpoint: Endpoint): bool {
  const address = endpoint.address0 | endpoint.address1 | endpoint.address2 | endpoint.address3;
  return address != 0 && endpoint.port != 0;
}

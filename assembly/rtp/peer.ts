// Where media comes from and goes to. RFC 4961: one port for both ways, so behind NAT packets go back to where packets
// come from.

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

const AGREED: usize = 8;
const MEDIA: usize = AGREED + ENDPOINT_SIZE;
const CONTROL: usize = MEDIA + ENDPOINT_SIZE;

export const RTP_PEER_SIZE: i32 = <i32>CONTROL + ENDPOINT_SIZE;

@unmanaged
export class RtpPeer {
  private latch: Latch = Latch.Open;

  @inline private get agreed(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + AGREED); }
  /** Where our packets go. */
  @inline get media(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + MEDIA); }
  /** Where our reports go. */
  @inline get control(): Endpoint { return changetype<Endpoint>(changetype<usize>(this) + CONTROL); }

  reset(): void {
    if (offsetof<RtpPeer>() > AGREED) ERROR("the endpoints follow at 8");
    memory.fill(changetype<usize>(this), 0, RTP_PEER_SIZE);
  }

  /** What was negotiated. An unset `control` is the port after `media`. True when the place is another than before. */
  agree(media: Endpoint, control: Endpoint): bool {
    if (samePlace(media, this.agreed)) return false;
    this.agreed.copyFrom(media);
    this.media.copyFrom(media);
    this.control.copyFrom(control.isSet ? control : media);
    if (!control.isSet) this.control.port++;
    this.latch = Latch.Open;
    return true;
  }

  /** A packet from `source` is, or with this packet becomes, the other side's. Only a convincing one can become it. */
  accepts(source: Endpoint, isConvincing: bool): bool {
    if (this.latch != Latch.Open && samePlace(source, this.media)) return true;
    const claim = this.claimOf(source);
    if (!isConvincing || claim <= this.latch) return false;
    this.latch = claim;
    if (!samePlace(source, this.media)) this.media.copyFrom(source);
    return true;
  }

  private claimOf(source: Endpoint): Latch {
    // A host with an address of the Internet sends from it. Only one of a private network shows another one here, so only then may a
    // packet from anywhere be its.
    if (!source.sameHost(this.agreed)) return isPrivate(this.agreed) ? Latch.Elsewhere : Latch.Open;
    return source.port == this.agreed.port ? Latch.Place : Latch.Host;
  }

  /** A report comes from the host of the other side. */
  acceptsControl(source: Endpoint): bool { return source.sameHost(this.media) || source.sameHost(this.control); }

  /** The reports of the host that media comes from are answered to where they come from. */
  followControl(source: Endpoint): void {
    if (source.sameHost(this.media) && !samePlace(source, this.control)) this.control.copyFrom(source);
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

/** RFC 3264 §8.4: to 0.0.0.0, or to port 0, nothing is sent. */
export function isSomewhere(endpoint: Endpoint): bool {
  const address = endpoint.address0 | endpoint.address1 | endpoint.address2 | endpoint.address3;
  return address != 0 && endpoint.port != 0;
}

// A transport address as it crosses the border: 24 bytes, read and written by the host.

import { copyBytes, equalBytes } from "../base/bytes";

/** RFC 3261 §18: the transports. Numbers are part of the ABI. */
export const enum Transport { None, Udp, Tcp, Tls }

/** Address families by their IP version. */
export const enum Family { None = 0, V4 = 4, V6 = 6 }

export const ENDPOINT_SIZE: i32 = 24;

@unmanaged
export class Endpoint {
  /** Network order. An IPv4 address fills the first four bytes, the rest is zero. */
  address0: u32 = 0;
  address1: u32 = 0;
  address2: u32 = 0;
  address3: u32 = 0;
  port: u16 = 0;
  family: u8 = 0;
  transport: u8 = 0;
  /** The host's number of a stream connection, 0 for datagrams. */
  flow: u32 = 0;

  @inline get address(): usize { return changetype<usize>(this); }
  @inline get isSet(): bool { return this.family != Family.None; }

  copyFrom(other: Endpoint): void {
    if (offsetof<Endpoint>() != ENDPOINT_SIZE) ERROR("Endpoint is part of the ABI: 24 bytes");
    copyBytes(changetype<usize>(this), changetype<usize>(other), ENDPOINT_SIZE);
  }

  clear(): void { memory.fill(changetype<usize>(this), 0, ENDPOINT_SIZE); }

  /** Same host, whatever the port: the test for a registrar's or a peer's address. */
  sameHost(other: Endpoint): bool {
    return this.family == other.family && equalBytes(this.address, other.address, 16);
  }

  /** Same address, port and transport. Flows are compared by who owns them. */
  equals(other: Endpoint): bool {
    return this.port == other.port && this.transport == other.transport && this.sameHost(other);
  }
}

@inline export function endpointAt(address: usize): Endpoint { return changetype<Endpoint>(address); }

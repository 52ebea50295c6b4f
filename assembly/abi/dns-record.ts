// A record of the DNS as it crosses the border: the host writes an answer's records one after another into the receive
// region and calls handleResolved(). RFC 1035, RFC 3596, RFC 2782, RFC 3403.

/** Types by their numbers in the DNS. Part of the ABI: a Resolve action names one. */
export const enum RecordType { A = 1, Aaaa = 28, Srv = 33, Naptr = 35 }

/** Bytes of a record. */
export const DNS_RECORD_SIZE: i32 = 320;
/** More than that of one answer are not looked at. */
export const MOST_RECORDS: i32 = 64;
/** RFC 1035 §2.3.4, as text: the longest name. */
export const DNS_NAME_SIZE: i32 = 253;
export const DNS_SERVICE_SIZE: i32 = 32;

/** Fields that a type does not have are 0. */
@unmanaged
export class DnsRecord {
  /** Seconds. */
  ttl: u32 = 0;
  /** A RecordType. */
  type: u16 = 0;
  /** SRV: priority. NAPTR: order. */
  priority: u16 = 0;
  /** SRV: weight. NAPTR: preference. */
  weight: u16 = 0;
  port: u16 = 0;
  /** NAPTR: its flag, a small letter; 0 when there is none or more than one. */
  flag: u8 = 0;
  serviceLength: u8 = 0;
  nameLength: u8 = 0;
  private reserved: u8 = 0;

  /** A and AAAA, in network order. */
  @inline get address(): usize { return changetype<usize>(this) + 16; }
  @inline get service(): usize { return changetype<usize>(this) + 32; }
  /** SRV: the target. NAPTR: the replacement. Without a dot at its end. */
  @inline get name(): usize { return changetype<usize>(this) + 64; }
}

@inline export function dnsRecordAt(records: usize, index: i32): DnsRecord {
  return changetype<DnsRecord>(records + <usize>(index * DNS_RECORD_SIZE));
}

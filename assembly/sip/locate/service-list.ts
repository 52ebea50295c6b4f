// The services of a domain that we speak, in the order to try them: RFC 3263 §4.1. They come from NAPTR records
// (RFC 3403), or from the transports that we have.

import { DNS_NAME_SIZE, DnsRecord, RecordType } from "../../abi/dns-record";
import { Transport } from "../../abi/endpoint";
import { copyBytes } from "../../base/bytes";
import { equalsIgnoreCase, writeText } from "../../base/literal";

@unmanaged
export class Service {
  order: u16 = 0;
  preference: u16 = 0;
  transport: u8 = 0;
  /** Of the name whose SRV records say where. */
  nameLength: u8 = 0;

  @inline get name(): usize { return changetype<usize>(this) + 8; }
}

/** One for each transport, whatever the records say. */
const MOST_SERVICES: i32 = 3;
const SERVICE_SIZE: i32 = 8 + ((DNS_NAME_SIZE + 7) & ~7);
const SMALL_S: u8 = 0x73;

/** Bytes of a ServiceList. */
export const SERVICE_LIST_SIZE: i32 = 8 + MOST_SERVICES * SERVICE_SIZE;

@unmanaged
export class ServiceList {
  count: i32 = 0;
  private reserved: i32 = 0;

  @inline at(index: i32): Service {
    return changetype<Service>(changetype<usize>(this) + 8 + <usize>(index * SERVICE_SIZE));
  }

  clear(): void { this.count = 0; }

  /** By order, then by preference. What we don't speak is left out, and for a secure name whatever is not secure. */
  addRecord(record: DnsRecord, isSecure: bool): void {
    const transport = serviceTransport(record.service, record.serviceLength);
    if (record.type != RecordType.Naptr || record.flag != SMALL_S || transport == Transport.None) return;
    if ((isSecure && transport != Transport.Tls) || record.nameLength == 0) return;
    let place = this.count;
    while (place > 0 && isBefore(record, this.at(place - 1))) place--;
    if (place == MOST_SERVICES) return;
    if (this.count < MOST_SERVICES) this.count++;
    memory.copy(changetype<usize>(this.at(place + 1)), changetype<usize>(this.at(place)),
      <usize>((this.count - 1 - place) * SERVICE_SIZE));
    const service = this.at(place);
    service.order = record.priority;
    service.preference = record.weight;
    service.transport = <u8>transport;
    service.nameLength = record.nameLength;
    copyBytes(service.name, record.name, record.nameLength);
  }

  /** The service of `host` over `transport`, by its usual name. One that is too long for a name is left out. */
  addUsual(transport: Transport, hostAt: usize, hostLength: i32): void {
    const service = this.at(this.count);
    const prefix = transport == Transport.Udp ? "_sip._udp." : transport == Transport.Tcp ? "_sip._tcp." : "_sips._tcp.";
    if (prefix.length + hostLength > DNS_NAME_SIZE) return;
    copyBytes(writeText(service.name, prefix), hostAt, hostLength);
    service.nameLength = <u8>(prefix.length + hostLength);
    service.transport = <u8>transport;
    this.count++;
  }
}

@inline function isBefore(record: DnsRecord, service: Service): bool {
  return record.priority < service.order || (record.priority == service.order && record.weight < service.preference);
}

/** RFC 3263 §4.1, RFC 3261 §26.2.2: SIPS is SIP over TLS. */
function serviceTransport(at: usize, length: i32): Transport {
  if (equalsIgnoreCase(at, length, "sip+d2u")) return Transport.Udp;
  if (equalsIgnoreCase(at, length, "sip+d2t")) return Transport.Tcp;
  return equalsIgnoreCase(at, length, "sips+d2t") ? Transport.Tls : Transport.None;
}

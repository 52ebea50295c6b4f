// Records of the DNS as a core takes them: assembly/abi/dns-record.ts, one after another.

import { isIPv4, isIPv6 } from "node:net";
import { addressBytes } from "../endpoint.ts";
import { type DnsRecord, DnsType } from "./resolver.ts";

const RECORD_SIZE = 320;
/** More than that of one answer are not handed over. */
const MOST_RECORDS = 64;
const MOST_NAME = 253;
const MOST_SERVICE = 32;
const MOST_U16 = 0xffff;
const At = { ttl: 0, type: 4, priority: 6, weight: 8, port: 10, flag: 12, serviceLength: 13, nameLength: 14 } as const;
const [ADDRESS, SERVICE, NAME] = [16, 32, 64];

export interface WrittenRecords {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** A name, as its owner wrote it: without the dot at its end, and "." for nobody. */
const nameBytes = (name: string): Buffer => Buffer.from(name === "" ? "." : name.replace(/(.)\.$/, "$1"), "latin1");

function write(target: Buffer, at: number, record: DnsRecord): boolean {
  const name = nameBytes("target" in record ? record.target : "replacement" in record ? record.replacement : "");
  const service = Buffer.from("service" in record ? record.service : "", "latin1");
  if (name.length > MOST_NAME || service.length > MOST_SERVICE) return false;
  target.writeUInt32LE(record.ttl >>> 0, at + At.ttl);
  target.writeUInt16LE(DnsType[record.type], at + At.type);
  switch (record.type) {
    case "A":
    case "AAAA":
      if (!(record.type === "A" ? isIPv4 : isIPv6)(record.address)) return false;
      target.set(addressBytes(record.address), at + ADDRESS);
      return true;
    case "SRV":
      target.writeUInt16LE(record.priority & MOST_U16, at + At.priority);
      target.writeUInt16LE(record.weight & MOST_U16, at + At.weight);
      target.writeUInt16LE(record.port & MOST_U16, at + At.port);
      break;
    case "NAPTR":
      target.writeUInt16LE(record.order & MOST_U16, at + At.priority);
      target.writeUInt16LE(record.preference & MOST_U16, at + At.weight);
      target[at + At.flag] = record.flags.length === 1 ? record.flags.toLowerCase().charCodeAt(0) : 0;
      target[at + At.serviceLength] = service.length;
      target.set(service, at + SERVICE);
      break;
  }
  target[at + At.nameLength] = name.length;
  target.set(name, at + NAME);
  return true;
}

/** What a core has no room for is left out. */
export function writeRecords(records: readonly DnsRecord[]): WrittenRecords {
  const bytes = Buffer.alloc(Math.min(records.length, MOST_RECORDS) * RECORD_SIZE);
  let count = 0;
  for (const record of records) {
    if (count === MOST_RECORDS) break;
    if (write(bytes, count * RECORD_SIZE, record)) count++;
    else bytes.fill(0, count * RECORD_SIZE, (count + 1) * RECORD_SIZE);
  }
  return { bytes: bytes.subarray(0, count * RECORD_SIZE), count };
}

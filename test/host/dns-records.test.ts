// Records of the DNS on their way into a core: assembly/abi/dns-record.ts says where each field stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { writeRecords } from "../../host/net/dns-records.ts";
import type { DnsRecord } from "../../host/net/resolver.ts";

const SIZE = 320;
const A: DnsRecord = { type: "A", ttl: 300, address: "192.0.2.1" };
const SRV: DnsRecord = { type: "SRV", ttl: 1, priority: 1, weight: 2, port: 5061, target: "a.example.test" };
const NAPTR: DnsRecord = {
  ...{ type: "NAPTR", ttl: 86_400, order: 10, preference: 20, flags: "S", service: "SIPS+D2T" },
  replacement: "_sips._tcp.example.test",
};

/** The fields of one record, read as the core reads them. */
function read(bytes: Uint8Array, index: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + index * SIZE, SIZE);
  const text = (at: number, length: number): string =>
    Buffer.from(bytes).toString("latin1", index * SIZE + at, index * SIZE + at + length);
  return {
    ttl: view.getUint32(0, true),
    type: view.getUint16(4, true),
    numbers: [6, 8, 10].map((at) => view.getUint16(at, true)),
    flag: String.fromCharCode(view.getUint8(12)),
    service: text(32, view.getUint8(13)),
    name: text(64, view.getUint8(14)),
    address: [...bytes.subarray(index * SIZE + 16, index * SIZE + 32)],
  };
}

const nothing = { flag: "\0", service: "", name: "" };
const NO_ADDRESS = Array<number>(16).fill(0);

test("RFC 1035 §3.4.1, RFC 3596 §2.2: addresses, four bytes or sixteen", () => {
  const { bytes, count } = writeRecords([A, { type: "AAAA", ttl: 5, address: "2001:db8::ff" }]);
  assert.equal(count, 2);
  const first = { ttl: 300, type: 1, numbers: [0, 0, 0], ...nothing };
  assert.deepEqual(read(bytes, 0), { ...first, address: [192, 0, 2, 1, ...NO_ADDRESS.slice(4)] });
  const second = { ttl: 5, type: 28, numbers: [0, 0, 0], ...nothing };
  assert.deepEqual(read(bytes, 1), { ...second, address: [0x20, 0x01, 0x0d, 0xb8, ...NO_ADDRESS.slice(5), 0xff] });
});

test("RFC 2782: priority, weight, port and target; RFC 3403 §4.1: order, preference, flag, service and replacement", () => {
  const { bytes, count } = writeRecords([SRV, NAPTR]);
  assert.equal(count, 2);
  const service = { ...nothing, ttl: 1, type: 33, numbers: [1, 2, 5061], name: "a.example.test", address: NO_ADDRESS };
  assert.deepEqual(read(bytes, 0), service);
  assert.deepEqual(read(bytes, 1), {
    ...{ ttl: 86_400, type: 35, numbers: [10, 20, 0], flag: "s", service: "SIPS+D2T" },
    ...{ name: "_sips._tcp.example.test", address: NO_ADDRESS },
  });
});

test("a name is written without the dot at its end, and nobody's is a dot (RFC 2782)", () => {
  const names = ["a.example.test.", "", "."].map((target): DnsRecord => ({ ...SRV, target }));
  const { bytes } = writeRecords(names);
  assert.deepEqual(
    names.map((_, index) => read(bytes, index).name),
    ["a.example.test", ".", "."],
  );
});

test("what a core has no room for is left out, and those after it close up", () => {
  const records: DnsRecord[] = [
    { ...SRV, target: "x".repeat(254) },
    { ...NAPTR, service: "x".repeat(33) },
    { ...A, address: "192.0.2" },
    A,
    { ...SRV, target: "y".repeat(253) },
  ];
  const { bytes, count } = writeRecords(records);
  assert.deepEqual([count, bytes.length], [2, 2 * SIZE]);
  assert.deepEqual(
    [0, 1].map((index) => [read(bytes, index).type, read(bytes, index).name.length]),
    [
      [1, 0],
      [33, 253],
    ],
  );
});

test("flags of more than one letter are none that we know; numbers keep to sixteen bits, a time to thirty-two", () => {
  const odd: DnsRecord = { ...NAPTR, flags: "SA", order: 70_000, ttl: 2 ** 32 - 1 };
  const { bytes } = writeRecords([odd]);
  const { flag, numbers, ttl } = read(bytes, 0);
  assert.deepEqual([flag, numbers[0], ttl], ["\0", 70_000 - 65_536, 2 ** 32 - 1]);
});

test("no more than 64, and none at all", () => {
  assert.equal(writeRecords(Array(65).fill(A)).count, 64);
  assert.deepEqual([writeRecords([]).count, writeRecords([]).bytes.length], [0, 0]);
});

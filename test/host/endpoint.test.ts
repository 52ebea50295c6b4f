// Transport addresses between Node's words and the core's 24 bytes.

import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { AddressMemo, addressOf, ENDPOINT_SIZE, portOf, Transport, writeEndpoint } from "../../host/endpoint.ts";

const port = fc.integer({ min: 0, max: 65535 });

function written(address: string, port = 5060, transport?: number, flow?: number): Uint8Array {
  const bytes = new Uint8Array(ENDPOINT_SIZE).fill(0xaa);
  writeEndpoint(bytes, 0, address, port, transport, flow);
  return bytes;
}

/** RFC 5952's form, as the WHATWG URL parser writes it. */
const canonical = (address: string): string => new URL(`http://[${address}]/`).hostname.slice(1, -1);

test("any IPv4 address and port come back as they went in", () => {
  fc.assert(
    fc.property(fc.ipV4(), port, (address, port) => {
      const bytes = written(address, port);
      assert.equal(addressOf(bytes, 0), address);
      assert.equal(portOf(bytes, 0), port);
      assert.equal(bytes[18], 4);
      assert.deepEqual([...bytes.subarray(4, 16)], Array(12).fill(0));
    }),
  );
});

test("RFC 5952: any IPv6 address comes back in its one short form, however it was written", () => {
  fc.assert(
    fc.property(fc.ipV6(), port, (address, port) => {
      const bytes = written(address, port);
      const text = addressOf(bytes, 0);
      assert.equal(text, canonical(address));
      assert.equal(portOf(bytes, 0), port);
      assert.equal(bytes[18], 6);
    }),
    { numRuns: 2000 },
  );
});

test("any 16 bytes are an IPv6 address that is read back as the same bytes", () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65535 })), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (groups) => {
      const bytes = new Uint8Array(ENDPOINT_SIZE);
      groups.forEach((group, index) => {
        bytes[2 * index] = group >> 8;
        bytes[2 * index + 1] = group & 255;
      });
      bytes[18] = 6;
      const text = addressOf(bytes, 0);
      assert.ok(isIPv6(text), `${groups.map((group) => group.toString(16)).join(":")} became ${text}`);
      assert.deepEqual(written(text, 0).subarray(0, 16), bytes.subarray(0, 16));
    }),
    { numRuns: 2000 },
  );
});

test("IPv6 addresses that are hard to write", () => {
  for (const [address, bytes] of [
    ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
    ["1::", [1, 0, 0, 0, 0, 0, 0, 0]],
    ["2001:db8::8a2e:370:7334", [0x2001, 0xdb8, 0, 0, 0, 0x8a2e, 0x370, 0x7334]],
    ["::ffff:192.0.2.128", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x280]],
    ["64:ff9b::192.0.2.33", [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x221]],
    ["fe80::1%eth0", [0xfe80, 0, 0, 0, 0, 0, 0, 1]],
    ["1:0:0:2:0:0:0:3", [1, 0, 0, 2, 0, 0, 0, 3]],
    ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
  ] as const) {
    const view = new DataView(written(address).buffer);
    assert.deepEqual(
      bytes.map((_, index) => view.getUint16(2 * index)),
      [...bytes],
      address,
    );
  }
});

test("port, family, transport and flow stand where the core looks for them (assembly/abi/endpoint.ts)", () => {
  const bytes = written("192.0.2.7", 0x1234, Transport.Tls, 0xdeadbeef);
  assert.deepEqual([...bytes], [192, 0, 2, 7, ...Array(12).fill(0), 0x34, 0x12, 4, 3, 0xef, 0xbe, 0xad, 0xde]);
});

test("an endpoint may stand anywhere in a buffer", () => {
  const bytes = new Uint8Array(100).subarray(7);
  writeEndpoint(bytes, 30, "192.0.2.7", 5060, Transport.Udp, 5);
  assert.equal(addressOf(bytes, 30), "192.0.2.7");
  assert.equal(portOf(bytes, 30), 5060);
  assert.equal(bytes[30 + 20], 5);
  assert.ok(bytes.subarray(0, 30).every((byte) => byte === 0));
  assert.ok(bytes.subarray(54).every((byte) => byte === 0));
});

test("what is no address is refused, by name", () => {
  for (const text of ["", "localhost", "1.2.3", "1.2.3.256", "::g", "1:2:3:4:5:6:7:8:9"])
    assert.throws(
      () => written(text),
      (error: Error) => error instanceof RangeError && error.message.includes(`"${text}"`),
    );
});

test("more addresses than are remembered are written as well as the first", () => {
  for (let round = 0; round < 2; round++) {
    for (let host = 0; host < 600; host++) {
      const address = `10.0.${host >> 8}.${host & 255}`;
      assert.equal(addressOf(written(address), 0), address);
    }
  }
});

test("a memo says the same as the bytes, whoever sends in turn", () => {
  const memo = new AddressMemo();
  const addresses = [
    "192.0.2.1",
    "::1",
    "10.0.0.1",
    "::",
    "0.0.0.0",
    "2001:db8::5",
    "192.0.2.2",
    "192.0.2.3",
    "10.1.1.1",
  ];
  for (let round = 0; round < 300; round++) {
    const address = addresses[(round * round + round) % addresses.length]!;
    assert.equal(memo.text(written(address), 0), address, `round ${round}`);
  }
});

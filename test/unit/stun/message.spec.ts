// STUN messages: the vectors of RFC 5769, and what is none.

import { ENDPOINT_SIZE, Endpoint, Family, endpointAt } from "../../../assembly/abi/endpoint";
import { parseAddress } from "../../../assembly/base/address";
import { parseHex } from "../../../assembly/base/hex";
import { seedRandom } from "../../../assembly/base/random";
import { setupHashKey } from "../../../assembly/base/sip-hash";
import { STUN_CLIENT_SIZE, StunEvent, stunClientAt } from "../../../assembly/stun/client";
import { StunKind, looksLikeStun, parseStun, readMappedAddress, writeBindingRequest } from "../../../assembly/stun/message";
import { answerStun, resetStunServer, stunAnswerAt, stunAnswerLength } from "../../../assembly/stun/server";

const bytes = memory.data(256, 16);
const text = memory.data(512, 16);
const seed = memory.data(32, 16);
const place = endpointAt(memory.data(ENDPOINT_SIZE, 8));
const wanted = endpointAt(memory.data(ENDPOINT_SIZE, 8));
const client = stunClientAt(memory.data(STUN_CLIENT_SIZE, 16));

/** RFC 5769 §2.2: 192.0.2.1, port 32853. */
const IPV4 = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643" +
  "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
/** RFC 5769 §2.3: 2001:db8:1234:5678:11:2233:4455:6677, port 32853. */
const IPV6 = "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9fa" +
  "a5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";
const REQUEST = "000100002112a442000102030405060708090a0b";

function put(hex: string): i32 {
  String.UTF8.encodeUnsafe(changetype<usize>(hex), hex.length, text);
  parseHex(text, hex.length, bytes);
  return hex.length >> 1;
}

function address(literal: string, port: u16): Endpoint {
  String.UTF8.encodeUnsafe(changetype<usize>(literal), literal.length, text);
  wanted.clear();
  parseAddress(text, literal.length, wanted);
  wanted.port = port;
  return wanted;
}

function start(): void {
  for (let index: usize = 0; index < 32; index++) store<u8>(seed + index, <u8>(index * 5));
  seedRandom(seed);
  setupHashKey();
  resetStunServer();
  place.clear();
  client.reset();
}

describe("STUN messages", () => {
  it("RFC 5769 §2.2: an address of IPv4 is read, the fingerprint checked", () => {
    start();
    const length = put(IPV4);
    expect(looksLikeStun(bytes, length)).toBeTruthy();
    expect(parseStun(bytes, length)).toBe(StunKind.Response);
    expect(readMappedAddress(place)).toBeTruthy();
    expect(place.sameHost(address("192.0.2.1", 32853))).toBeTruthy();
    expect(place.port).toBe(32853);
    for (let index = 24; index < 48; index++) { // the address and the text before it
      if (index >= 36 && index < 40) continue;
      for (let bit = 0; bit < 8; bit++) {
        put(IPV4);
        store<u8>(bytes + <usize>index, <u8>(<i32>load<u8>(bytes + <usize>index) ^ (1 << bit)));
        expect(parseStun(bytes, length) == StunKind.Response).toBeFalsy();
      }
    }
    put(IPV4);
    for (let cut = 0; cut < length; cut++) expect(parseStun(bytes, cut)).toBe(StunKind.None);
  });

  it("RFC 5769 §2.3: and one of IPv6", () => {
    start();
    expect(parseStun(bytes, put(IPV6))).toBe(StunKind.Response);
    expect(readMappedAddress(place)).toBeTruthy();
    expect(place.family).toBe(<u8>Family.V6);
    expect(place.sameHost(address("2001:db8:1234:5678:11:2233:4455:6677", 0))).toBeTruthy();
    expect(place.port).toBe(32853);
  });

  it("RFC 8489 §6.3.1: the answer says where the question came from, without a fingerprint to one without", () => {
    start();
    const length = put(REQUEST);
    expect(answerStun(bytes, length, address("198.51.100.7", 40000), 1000)).toBeTruthy();
    expect(stunAnswerLength).toBe(32);
    expect(parseStun(stunAnswerAt, stunAnswerLength)).toBe(StunKind.Response);
    expect(readMappedAddress(place)).toBeTruthy();
    expect(place.sameHost(wanted) && place.port == 40000).toBeTruthy();
    expect(load<u64>(stunAnswerAt, 8) == load<u64>(bytes, 8)).toBeTruthy();

    writeBindingRequest(bytes, seed);
    expect(answerStun(bytes, 28, address("2001:db8::7", 5060), 1000)).toBeTruthy();
    expect(stunAnswerLength).toBe(52);
    expect(parseStun(stunAnswerAt, stunAnswerLength)).toBe(StunKind.Response);
    expect(readMappedAddress(place)).toBeTruthy();
    expect(place.sameHost(wanted) && place.port == 5060).toBeTruthy();
  });

  it("RFC 8489 §6.3.1.1: 420 names the attribute that nobody understands", () => {
    start();
    const length = put("000100082112a442000102030405060708090a0b0003000400000006"); // CHANGE-REQUEST
    expect(answerStun(bytes, length, address("198.51.100.7", 40000), 1000)).toBeTruthy();
    expect(parseStun(stunAnswerAt, stunAnswerLength)).toBe(StunKind.ErrorResponse);
    const answer = put("011100102112a442000102030405060708090a0b0009000400000414000a000200030000");
    expect(stunAnswerLength).toBe(answer);
    expect(memory.compare(stunAnswerAt, bytes, answer)).toBe(0);
  });

  it("nobody is answered more than a hundred times a second, and nothing that is no question at all", () => {
    start();
    put(REQUEST);
    let answers = 0;
    for (let index = 0; index < 1000; index++) if (answerStun(bytes, 20, address("198.51.100.7", <u16>index), 1500)) answers++;
    expect(answers).toBe(100);
    expect(answerStun(bytes, 20, address("198.51.100.8", 5), 1500)).toBeTruthy();
    expect(answerStun(bytes, 20, address("198.51.100.7", 5), 2000)).toBeTruthy();
    expect(answerStun(bytes, put(IPV4), wanted, 2000)).toBeFalsy();
    expect(answerStun(bytes, 19, wanted, 2000)).toBeFalsy();
  });
});

describe("StunClient", () => {
  it("RFC 8489 §6.2.1: 0, 500, 1500, 3500, 7500, 15500, 31500 ms, and given up at 39500", () => {
    start();
    client.ask(address("192.0.2.9", 3478), 0);
    let now: f64 = 0, wait: f64 = 500;
    for (let index = 0; index < 7; index++) {
      expect(client.deadline).toBe(now);
      expect(client.handleTimeout(now)).toBe(StunEvent.Send);
      now += wait;
      wait *= 2;
    }
    expect(client.deadline).toBe(39500);
    expect(client.handleTimeout(39500)).toBe(StunEvent.Failed);
    expect(client.isAsking).toBeFalsy();
  });

  it("only who was asked may answer, and only this question", () => {
    start();
    client.ask(address("192.0.2.9", 3478), 0);
    client.handleTimeout(0);
    answerStun(client.request, 28, address("198.51.100.7", 40000), 0);
    const at = stunAnswerAt, length = stunAnswerLength;
    expect(client.handleMessage(at, length, address("192.0.2.8", 3478))).toBe(StunEvent.None);
    expect(client.handleMessage(at, length, address("192.0.2.9", 3479))).toBe(StunEvent.None);
    expect(client.handleMessage(bytes, put(IPV4), address("192.0.2.9", 3478))).toBe(StunEvent.None);
    expect(client.mapped.isSet).toBeFalsy();
    expect(client.handleMessage(at, length, address("192.0.2.9", 3478))).toBe(StunEvent.Answered);
    expect(client.mapped.port).toBe(40000);
    expect(client.handleMessage(at, length, wanted)).toBe(StunEvent.None); // a copy
    const first = load<u64>(client.request, 8);
    client.ask(wanted, 100);
    expect(load<u64>(client.request, 8) == first).toBeFalsy();
  });
});

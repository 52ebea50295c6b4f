// What a session description says, however it is written, and bodies that are none.

import { equals } from "../../../assembly/base/literal";
import { random32, seedRandom } from "../../../assembly/base/random";
import { Codec, Connection, Direction, MediaType, Protocol } from "../../../assembly/sdp/description";
import { parseDescription } from "../../../assembly/sdp/parser";
import { put } from "../base/support";
import { BODY_SIZE, HEAD, body, isEndpoint, parse, session } from "./support";

const OFFER: string =
  "v=0\r\n" +
  "o=alice 2890844526 18446744073709551615 IN IP4 host.atlanta.example.com\r\n" +
  "s=A call\r\n" +
  "c=IN IP4 192.0.2.1\r\n" +
  "t=0 0\r\n" +
  "a=recvonly\r\n" +
  "m=audio 49170 RTP/AVP 98 8 0 97 101\r\n" +
  "c=IN IP6 2001:db8::7\r\n" +
  "a=rtpmap:98 PCMU/8000\r\n" +
  "a=rtpmap:8 PCMA/8000/1\r\n" +
  "a=rtpmap:97 iLBC/8000\r\n" +
  "a=fmtp:97 mode=20\r\n" +
  "a=rtpmap:101 telephone-event/8000\r\n" +
  "a=fmtp:101 0-11,16\r\n" +
  "a=ptime:30\r\n" +
  "a=maxptime:60\r\n" +
  "a=sendonly\r\n" +
  "a=rtcp:53020 IN IP4 192.0.2.9\r\n" +
  "a=rtcp-mux\r\n" +
  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n" +
  "m=video 51372/2 RTP/AVPF 31 32\r\n" +
  "a=rtpmap:31 H261/90000\r\n" +
  "m=image 0 udptl t38\r\n" +
  "c=IN IP4 phone.example.com\r\n";

const seed = memory.data(32, 16);

function isSpan(start: i32, length: i32, text: string): bool { return equals(session.at(start), length, text); }

/** One audio line, `lines` behind it. */
function audio(lines: string): bool { return parse(HEAD + "m=audio 4000 RTP/AVP 0 101\r\n" + lines); }

describe("a session description", () => {
  it("RFC 8866 §5: is read whole", () => {
    expect(parse(OFFER)).toBeTruthy();
    expect(session.sessionId).toBe(2890844526);
    expect(session.version).toBe(18446744073709551615);
    expect(session.connection).toBe(Connection.Usable);
    expect(isEndpoint(session.address, "192.0.2.1", 0)).toBeTruthy();
    expect(isSpan(session.timeStart, session.timeLength, "0 0")).toBeTruthy();
    expect(session.mediaCount).toBe(3);

    const first = session.media(0);
    expect(first.type).toBe(MediaType.Audio);
    expect(first.protocol).toBe(Protocol.RtpAvp);
    expect(first.port).toBe(49170);
    expect(first.portCount).toBe(1);
    expect(isEndpoint(first.remote, "2001:db8::7", 49170)).toBeTruthy();
    expect(first.direction).toBe(Direction.SendOnly);
    expect(first.rtcpPort).toBe(53020);
    expect(isEndpoint(first.rtcpAddress, "192.0.2.9", 0)).toBeTruthy();
    expect(first.formatCount).toBe(5);
    expect(first.format(0).payloadType).toBe(98);
    expect(first.format(0).codec).toBe(Codec.Pcmu);
    expect(first.format(1).codec).toBe(Codec.Pcma);
    expect(first.format(2).codec).toBe(Codec.Pcmu);
    expect(first.format(3).codec).toBe(Codec.Other);
    expect(first.format(4).codec).toBe(Codec.TelephoneEvent);
    expect(first.format(4).events).toBe(0xfff);

    const second = session.media(1);
    expect(second.type).toBe(MediaType.Other);
    expect(second.protocol).toBe(Protocol.Other);
    expect(second.portCount).toBe(2);
    expect(isSpan(second.typeStart, second.typeLength, "video")).toBeTruthy();
    expect(isSpan(second.protocolStart, second.protocolLength, "RTP/AVPF")).toBeTruthy();
    expect(isSpan(second.formatsStart, second.formatsLength, "31 32")).toBeTruthy();
    expect(second.direction).toBe(Direction.RecvOnly);
    expect(isEndpoint(second.remote, "192.0.2.1", 51372)).toBeTruthy();

    const third = session.media(2);
    expect(third.port).toBe(0);
    expect(third.format(0).payloadType).toBe(-1);
    expect(third.connection).toBe(Connection.Unusable);
    expect(third.remote.isSet).toBeFalsy();
  });

  it("may end its lines in LF, in blanks, and the last one in nothing", () => {
    expect(parse("v=0\no=- 1 2 IN IP4 a\nc=IN  IP4 192.0.2.1 \nm=audio 4000 RTP/AVP 0 8 \na=sendonly ")).toBeTruthy();
    expect(isEndpoint(session.media(0).remote, "192.0.2.1", 4000)).toBeTruthy();
    expect(session.media(0).direction).toBe(Direction.SendOnly);
    expect(isSpan(session.media(0).formatsStart, session.media(0).formatsLength, "0 8")).toBeTruthy();
  });

  it("may have empty lines and lines that we do not know", () => {
    expect(parse(
      "v=0\r\no=- 1 2 IN IP4 a\r\ns=\r\nz=1 2\r\nb=AS:64\r\n\r\nm=audio 4000 RTP/AVP 0\r\ni=x\r\n\r\n",
    )).toBeTruthy();
    expect(session.media(0).connection).toBe(Connection.Missing);
  });

  it("may have no media", () => {
    expect(parse(HEAD)).toBeTruthy();
    expect(session.mediaCount).toBe(0);
  });

  it("is malformed without its version, its origin or the parts of a line", () => {
    expect(parse("")).toBeFalsy();
    expect(parse("\r\n\r\n")).toBeFalsy();
    expect(parse("v=0\r\n")).toBeFalsy();
    expect(parse("v=1\r\no=- 1 2 IN IP4 a\r\n")).toBeFalsy();
    expect(parse("o=- 1 2 IN IP4 a\r\nv=0\r\n")).toBeFalsy();
    expect(parse("v=0\r\no=- 1 2 IN IP4\r\n")).toBeFalsy();
    expect(parse("v=0\r\no=- x 2 IN IP4 a\r\n")).toBeFalsy();
    expect(parse("v=0\r\no=- 1 -2 IN IP4 a\r\n")).toBeFalsy();
    expect(parse("v=0\r\no=- 1 2 IN IP4 a\r\no=- 1 2 IN IP4 a\r\n")).toBeFalsy();
    expect(parse(HEAD + "c=IN IP4 192.0.2.2\r\n")).toBeFalsy();
    expect(parse(HEAD + "hello\r\n")).toBeFalsy();
    expect(parse(HEAD + "a\r\n")).toBeFalsy();
    expect(parse(HEAD + "a=x\ry=1\r\n")).toBeFalsy();
    expect(parse(HEAD + "m=audio\r\n")).toBeFalsy();
    expect(parse(HEAD + "m=audio 4000\r\n")).toBeFalsy();
    expect(parse(HEAD + "m=audio 65536 RTP/AVP 0\r\n")).toBeFalsy();
    expect(parse(HEAD + "m=audio -1 RTP/AVP 0\r\n")).toBeFalsy();
    expect(parse(HEAD + "m=audio x RTP/AVP 0\r\n")).toBeFalsy();
    expect(parse(HEAD + "m=audio 4000/ RTP/AVP 0\r\n")).toBeFalsy();
    expect(parse(HEAD + "m=audio 4000/0 RTP/AVP 0\r\n")).toBeFalsy();
    expect(audio("c=IN IP4\r\n")).toBeFalsy();
  });

  it("has at most eight media lines, and as many formats as it likes", () => {
    let text = HEAD + "m=audio 4000 RTP/AVP 0";
    for (let format = 1; format < 100; format++) text += " " + format.toString();
    text += "\r\n";
    expect(parse(text)).toBeTruthy();
    expect(session.media(0).formatCount).toBe(24);
    expect(session.media(0).format(23).payloadType).toBe(23);
    expect(isSpan(session.media(0).formatsStart + session.media(0).formatsLength - 5, 5, "98 99")).toBeTruthy();
    for (let line = 1; line < 8; line++) text += "m=video 0 RTP/AVP 31\r\n";
    expect(parse(text)).toBeTruthy();
    expect(session.mediaCount).toBe(8);
    expect(parse(text + "m=video 0 RTP/AVP 31\r\n")).toBeFalsy();
  });
});

describe("where to send", () => {
  it("RFC 2543 §B.5: 0.0.0.0 is a hold, and so is ::", () => {
    expect(audio("c=IN IP4 0.0.0.0\r\n")).toBeTruthy();
    expect(session.media(0).connection).toBe(Connection.Hold);
    expect(session.media(0).remote.isSet).toBeFalsy();
    expect(audio("c=IN IP6 ::\r\n")).toBeTruthy();
    expect(session.media(0).connection).toBe(Connection.Hold);
  });

  it("is the first of a line's addresses, the others being layers", () => {
    audio("c=IN IP4 192.0.2.2\r\nc=IN IP4 192.0.2.3\r\n");
    expect(isEndpoint(session.media(0).remote, "192.0.2.2", 4000)).toBeTruthy();
  });

  it("is no name, no group, no other network and no address of the other family", () => {
    const table: StaticArray<string> = [
      "IN IP4 phone.example.com", "IN IP4 224.2.1.1/127/3", "IN IP4 224.2.1.1", "IN IP4 255.255.255.255",
      "IN IP6 ff15::101", "IN IP4 2001:db8::1", "IN IP6 192.0.2.1", "TN RFC2543 +1-201-406-4090", "IN IP4 192.0.2.300",
      "ATM NSAP 47.0091",
    ];
    for (let row = 0; row < table.length; row++) {
      expect(audio("c=" + table[row] + "\r\n")).toBeTruthy(table[row]);
      expect(session.media(0).connection).toBe(Connection.Unusable, table[row]);
      expect(session.media(0).remote.isSet).toBeFalsy(table[row]);
    }
  });
});

describe("attributes", () => {
  it("that make no sense leave the line as it was", () => {
    expect(audio(
      "a=rtpmap:0\r\na=rtpmap:\r\na=rtpmap\r\na=rtpmap:999 PCMA/8000\r\na=rtpmap:96 PCMA/8000\r\na=fmtp:101\r\n" +
        "a=fmtp:101 3-1\r\na=fmtp:101 0-999\r\na=fmtp:101 x\r\na=rtcp:0\r\n" +
        "a=rtcp:99999\r\na=rtcp:\r\na=ptime:x\r\na=\r\na=:\r\n",
    )).toBeTruthy();
    const media = session.media(0);
    expect(media.format(0).codec).toBe(Codec.Pcmu);
    expect(media.format(1).events).toBe(0xffff);
    expect(media.rtcpPort).toBe(0);
    expect(media.direction).toBe(Direction.SendRecv);
  });

  it("say the direction once", () => {
    audio("a=recvonly\r\na=sendrecv\r\n");
    expect(session.media(0).direction).toBe(Direction.RecvOnly);
  });

  it("name codecs in any case, at 8 kHz and on one channel only", () => {
    audio("a=rtpmap:101 Telephone-Event/8000\r\n");
    expect(session.media(0).format(1).codec).toBe(Codec.TelephoneEvent);
    audio("a=rtpmap:101 telephone-event/48000\r\n");
    expect(session.media(0).format(1).codec).toBe(Codec.Other);
    audio("a=rtpmap:101 pcma/8000/2\r\n");
    expect(session.media(0).format(1).codec).toBe(Codec.Other);
    audio("a=rtpmap:0 opus/48000/2\r\n");
    expect(session.media(0).format(0).codec).toBe(Codec.Other);
    audio("a=rtpmap:101 PCMA\r\n");
    expect(session.media(0).format(1).codec).toBe(Codec.Other);
  });

  it("RFC 4733 §2.4.1: events are a list of numbers and spans", () => {
    audio("a=fmtp:101 0-15\r\n");
    expect(session.media(0).format(1).events).toBe(0xffff);
    audio("a=fmtp:101 0-9,10,11,66,70-255\r\n");
    expect(session.media(0).format(1).events).toBe(0x0fff);
    audio("a=fmtp:101 1,3\r\n");
    expect(session.media(0).format(1).events).toBe(0b1010);
  });

  it("RFC 3605 §2.1: a port for RTCP alone", () => {
    audio("a=rtcp:4711\r\n");
    expect(session.media(0).rtcpPort).toBe(4711);
    expect(session.media(0).rtcpAddress.isSet).toBeFalsy();
  });
});

describe("a damaged body", () => {
  it("cut at any byte, is read or refused, and nothing beyond the cut is seen", () => {
    const length = put(body, OFFER);
    for (let cut = 0; cut <= length; cut++) {
      put(body, OFFER);
      memory.fill(body + <usize>cut, 0x39, <usize>(BODY_SIZE - cut)); // digits, which any number would take in
      if (!parseDescription(body, cut, session)) continue;
      for (let index = 0; index < session.mediaCount; index++) {
        const media = session.media(index);
        expect(media.formatsStart + media.formatsLength <= cut).toBeTruthy();
        expect(media.protocolStart + media.protocolLength <= cut).toBeTruthy();
      }
      expect(session.timeStart + session.timeLength <= cut).toBeTruthy();
    }
    expect(parseDescription(body, length, session)).toBeTruthy();
  });

  it("changed at random, never traps and never points outside (seed: 32 zero bytes)", () => {
    seedRandom(seed);
    const length = put(body, OFFER);
    for (let round = 0; round < 20000; round++) {
      if ((round & 15) == 0) put(body, OFFER);
      const at = body + <usize>(random32() % <u32>length);
      const other = body + <usize>(random32() % <u32>length);
      switch (random32() & 3) {
        case 0:
          store<u8>(at, <u8>random32());
          break;
        case 1:
          store<u8>(at, load<u8>(other));
          break;
        case 2:
          memory.copy(at, other, min<usize>(16, body + <usize>length - max(at, other)));
          break;
        default:
          store<u8>(at, <u8>(48 + random32() % 10));
      }
      if (!parseDescription(body, length, session)) continue;
      expect(session.mediaCount <= 8).toBeTruthy();
      for (let index = 0; index < session.mediaCount; index++) {
        const media = session.media(index);
        expect(media.formatCount <= 24 && media.port >= 0 && media.port < 65536).toBeTruthy();
        expect(media.formatsStart >= 0 && media.formatsStart + media.formatsLength <= length).toBeTruthy();
        expect(media.typeStart > 0 && media.protocolStart + media.protocolLength <= length).toBeTruthy();
      }
    }
  });
});

// Offers and answers: what a phone user hears of what both sides say.

import { CodecOrder } from "../../../assembly/abi/settings";
import { equals } from "../../../assembly/base/literal";
import { random32, seedRandom } from "../../../assembly/base/random";
import { Direction, reverseDirection } from "../../../assembly/sdp/description";
import { LOCAL_MEDIA_SIZE, Law, LocalMedia } from "../../../assembly/sdp/local-media";
import {
  MEDIA_CHOICE_SIZE, MediaChoice, NegotiationResult, answerOffer, applyAnswer,
} from "../../../assembly/sdp/negotiation";
import { parseDescription } from "../../../assembly/sdp/parser";
import { writeAnswer, writeNextOffer, writeOffer } from "../../../assembly/sdp/writer";
import { put } from "../base/support";
import { BODY_SIZE, HEAD, body, isEndpoint, parse, session, setEndpoint } from "./support";

const local = changetype<LocalMedia>(memory.data(LOCAL_MEDIA_SIZE, 16));
const choice = changetype<MediaChoice>(memory.data(MEDIA_CHOICE_SIZE, 16));
const output = memory.data(BODY_SIZE, 16);
const seed = memory.data(32, 16);

/** Answers the media lines `lines`. */
function offered(lines: string): NegotiationResult {
  expect(parse(HEAD + lines)).toBeTruthy(lines);
  return answerOffer(session, local, choice);
}

/** Takes the media lines `lines` as the answer to our offer. */
function answered(lines: string): NegotiationResult {
  expect(parse(HEAD + lines)).toBeTruthy(lines);
  return applyAnswer(session, local, choice);
}

function writes(end: usize, text: string): void {
  expect(end).not.toBe(0);
  expect(equals(output, <i32>(end - output), text)).toBeTruthy(String.UTF8.decodeUnsafe(output, end - output) + text);
}

function answerIs(text: string): void {
  writes(writeAnswer(output, output + BODY_SIZE, local, session, choice), text);
}

const OUR_HEAD: string = "v=0\r\no=- 42 1 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=0 0\r\n";

beforeEach(() => {
  local.reset(42, CodecOrder.MuThenA);
  setEndpoint(local.endpoint, "198.51.100.5", 16384);
});

describe("our offer", () => {
  it("RFC 3264 §5.1: both laws in our order, and telephone events", () => {
    writes(
      writeOffer(output, output + BODY_SIZE, local),
      OUR_HEAD + "m=audio 16384 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n" +
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendrecv\r\n",
    );
  });

  it("one law, no events, IPv6, on hold", () => {
    local.reset(18446744073709551615, CodecOrder.AThenMu);
    local.secondLaw = Law.None;
    local.eventPayloadType = -1;
    local.direction = Direction.SendOnly;
    local.version = 2;
    setEndpoint(local.endpoint, "2001:db8::5", 16386);
    writes(
      writeOffer(output, output + BODY_SIZE, local),
      "v=0\r\no=- 18446744073709551615 2 IN IP6 2001:db8::5\r\ns=-\r\nc=IN IP6 2001:db8::5\r\nt=0 0\r\n" +
        "m=audio 16386 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendonly\r\n",
    );
  });

  it("is what our parser reads, and our answerer takes", () => {
    const end = writeOffer(output, output + BODY_SIZE, local);
    expect(parseDescription(output, <i32>(end - output), session)).toBeTruthy();
    expect(session.sessionId).toBe(42);
    expect(answerOffer(session, local, choice)).toBe(NegotiationResult.Ok);
    expect(choice.law).toBe(Law.Pcmu);
    expect(choice.eventPayloadType).toBe(101);
    expect(isEndpoint(choice.remote, "198.51.100.5", 16384)).toBeTruthy();
  });

  it("that does not fit is not written", () => {
    const length = writeOffer(output, output + BODY_SIZE, local) - output;
    for (let room: usize = 0; room < length; room++) {
      store<u8>(output + room, 0xa5);
      expect(writeOffer(output, output + room, local)).toBe(0);
      expect(load<u8>(output + room)).toBe(0xa5);
    }
    expect(writeOffer(output, output + length, local)).toBe(output + length);
  });
});

describe("our answer", () => {
  it("RFC 3264 §6.1: takes the codec that the other side likes best", () => {
    expect(offered("m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.law).toBe(Law.Pcma);
    expect(choice.payloadType).toBe(8);
    expect(choice.receivePayloadType).toBe(8);
    expect(choice.eventPayloadType).toBe(101);
    expect(choice.receiveEventPayloadType).toBe(101);
    expect(choice.events).toBe(0xffff);
    expect(choice.direction).toBe(Direction.SendRecv);
    expect(isEndpoint(choice.remote, "192.0.2.1", 4000)).toBeTruthy();
    expect(isEndpoint(choice.remoteRtcp, "192.0.2.1", 4001)).toBeTruthy();
    answerIs(
      OUR_HEAD + "m=audio 16384 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n" +
        "a=fmtp:101 0-15\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendrecv\r\n",
    );
  });

  it("RFC 3264 §6: refuses video and unknown lines one by one, in their places", () => {
    expect(offered(
      "m=video 51372 RTP/AVP 31 32\r\na=rtpmap:31 H261/90000\r\n" +
        "m=audio 0 RTP/AVP 0\r\n" +
        "m=audio 5000 RTP/SAVP 0\r\n" +
        "m=audio 6000 RTP/AVP 97 9\r\n" +
        "m=audio 4000 RTP/AVP 0\r\n" +
        "m=audio 7000 RTP/AVP 8\r\n" +
        "m=x-unknown 9 x/y a  b c\r\n" +
        "m=image 8000/2 udptl t38\r\n",
    )).toBe(NegotiationResult.Ok);
    expect(choice.mediaIndex).toBe(4);
    expect(isEndpoint(choice.remote, "192.0.2.1", 4000)).toBeTruthy();
    answerIs(
      OUR_HEAD + "m=video 0 RTP/AVP 31 32\r\nm=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/SAVP 0\r\n" +
        "m=audio 0 RTP/AVP 97 9\r\nm=audio 16384 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendrecv\r\n" +
        "m=audio 0 RTP/AVP 8\r\nm=x-unknown 0 x/y a  b c\r\nm=image 0 udptl t38\r\n",
    );
  });

  it("takes a law and the events at any number, and calls them by it", () => {
    expect(offered(
      "m=audio 4000 RTP/AVP 111 98 96\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:98 PCMU/8000\r\n" +
        "a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-11\r\n",
    )).toBe(NegotiationResult.Ok);
    expect(choice.law).toBe(Law.Pcmu);
    expect(choice.payloadType).toBe(98);
    expect(choice.receivePayloadType).toBe(98);
    expect(choice.eventPayloadType).toBe(96);
    expect(choice.events).toBe(0xfff);
    answerIs(
      OUR_HEAD + "m=audio 16384 RTP/AVP 98 96\r\na=rtpmap:98 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\n" +
        "a=fmtp:96 0-15\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendrecv\r\n",
    );
  });

  it("has no events where either side has none", () => {
    offered("m=audio 4000 RTP/AVP 0\r\n");
    expect(choice.eventPayloadType).toBe(-1);
    local.eventPayloadType = -1;
    offered("m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n");
    expect(choice.eventPayloadType).toBe(-1);
    expect(choice.receiveEventPayloadType).toBe(-1);
  });

  it("keeps to the laws that the line is set to", () => {
    local.reset(42, CodecOrder.AThenMu);
    local.secondLaw = Law.None;
    expect(offered("m=audio 4000 RTP/AVP 0 8\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.law).toBe(Law.Pcma);
    expect(offered("m=audio 4000 RTP/AVP 0\r\n")).toBe(NegotiationResult.NoCodec);
  });

  it("goes to an IPv6 phone, and to RTCP where it wants it", () => {
    expect(offered("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:DB8::1\r\na=rtcp:5001 IN IP6 2001:db8::2\r\n"))
      .toBe(NegotiationResult.Ok);
    expect(isEndpoint(choice.remote, "2001:db8::1", 4000)).toBeTruthy();
    expect(isEndpoint(choice.remoteRtcp, "2001:db8::2", 5001)).toBeTruthy();
    offered("m=audio 4000 RTP/AVP 0\r\na=rtcp:7\r\n");
    expect(isEndpoint(choice.remoteRtcp, "192.0.2.1", 7)).toBeTruthy();
    offered("m=audio 65535 RTP/AVP 0\r\n");
    expect(choice.remoteRtcp.isSet).toBeFalsy();
  });

  it("gives a refused line a format when it came without any", () => {
    expect(offered("m=video 0 RTP/AVP\r\nm=audio 4000 RTP/AVP 8\r\n")).toBe(NegotiationResult.Ok);
    answerIs(
      OUR_HEAD + "m=video 0 RTP/AVP 0\r\nm=audio 16384 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n" +
        "a=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendrecv\r\n",
    );
  });

  it("repeats the time of the offer", () => {
    expect(parse(
      "v=0\r\no=- 1 2 IN IP4 a\r\nc=IN IP4 192.0.2.1\r\nt=2873397496 2873404696\r\nm=audio 4000 RTP/AVP 0\r\n",
    )).toBeTruthy();
    expect(answerOffer(session, local, choice)).toBe(NegotiationResult.Ok);
    answerIs(
      "v=0\r\no=- 42 1 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=2873397496 2873404696\r\n" +
        "m=audio 16384 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendrecv\r\n",
    );
  });

  it("says why there is none, and can still refuse every line", () => {
    expect(offered("")).toBe(NegotiationResult.NoAudio);
    expect(offered("m=audio 0 RTP/AVP 0\r\n")).toBe(NegotiationResult.NoAudio);
    expect(offered("m=audio 4000 RTP/SAVP 0\r\n")).toBe(NegotiationResult.NoProtection);
    expect(offered("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example.com\r\n")).toBe(NegotiationResult.NoAddress);
    expect(offered("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example.com\r\nm=audio 4000 RTP/AVP 9\r\n"))
      .toBe(NegotiationResult.NoAddress);
    expect(offered("m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 3 9\r\nm=video 5000 RTP/AVP 31\r\n"))
      .toBe(NegotiationResult.NoCodec);
    expect(choice.accepted).toBeFalsy();
    answerIs(OUR_HEAD + "m=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 3 9\r\nm=video 0 RTP/AVP 31\r\n");
  });

  it("that does not fit is not written", () => {
    offered("m=video 51372 RTP/AVP 31 32\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n");
    const length = writeAnswer(output, output + BODY_SIZE, local, session, choice) - output;
    for (let room: usize = 0; room < length; room++) {
      expect(writeAnswer(output, output + room, local, session, choice)).toBe(0);
    }
  });
});

describe("reports that are asked for", () => {
  it("RFC 3611 §5: the far end gets VoIP metrics when it names them, for a line or for all of them", () => {
    const audio = "m=audio 9000 RTP/AVP 0\r\n";
    offered(audio);
    expect(choice.wantsMetrics).toBeFalsy();
    offered(audio + "a=rtcp-xr:rcvr-rtt=all:10 voip-metrics\r\n");
    expect(choice.wantsMetrics).toBeTruthy();
    offered(audio + "a=rtcp-xr:stat-summary=loss\r\na=sendrecv\r\n");
    expect(choice.wantsMetrics).toBeFalsy();
    offered(audio + "a=rtcp-xr\r\n");
    expect(choice.wantsMetrics).toBeFalsy();
    offered("a=rtcp-xr:voip-metrics\r\n" + audio);
    expect(choice.wantsMetrics).toBeTruthy();
    offered("a=rtcp-xr:voip-metrics\r\n" + audio + "a=rtcp-xr:pkt-loss-rle\r\n");
    expect(choice.wantsMetrics).toBeFalsy();
    answered(audio + "a=rtcp-xr:voip-metrics\r\n");
    expect(choice.wantsMetrics).toBeTruthy();
  });
});

describe("hold", () => {
  it("RFC 3264 §6.1: each direction is answered by its mirror, never wider than we want", () => {
    const names: StaticArray<string> = ["inactive", "sendonly", "recvonly", "sendrecv"];
    for (let theirs = 0; theirs < 4; theirs++) {
      for (let ours = 0; ours < 4; ours++) {
        local.direction = ours;
        expect(offered("m=audio 4000 RTP/AVP 0\r\na=" + names[theirs] + "\r\n")).toBe(NegotiationResult.Ok);
        const mirrored = ((theirs & 1) != 0 ? 2 : 0) + ((theirs & 2) != 0 ? 1 : 0);
        expect(choice.direction).toBe(ours & mirrored);
        expect(choice.sends).toBe((ours & mirrored & 1) != 0);
        expect(choice.receives).toBe((ours & mirrored & 2) != 0);
        answerIs(
          OUR_HEAD + "m=audio 16384 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=" +
            names[ours & mirrored] + "\r\n",
        );
      }
    }
    expect(reverseDirection(Direction.SendOnly)).toBe(Direction.RecvOnly);
  });

  it("at the session level holds every line that does not say otherwise", () => {
    expect(offered("a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.RecvOnly);
    expect(offered("a=inactive\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.SendRecv);
  });

  it("RFC 3264 §8.4: c=0.0.0.0 means we send nothing, and the call stands", () => {
    expect(offered("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.RecvOnly);
    expect(choice.remote.isSet || choice.remoteRtcp.isSet).toBeFalsy();
    expect(offered("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=sendonly\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.RecvOnly);
    expect(offered("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::\r\na=inactive\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.Inactive);
  });
});

describe("their answer", () => {
  it("RFC 3264 §7: settles law, events and address", () => {
    expect(answered("m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.law).toBe(Law.Pcma);
    expect(choice.payloadType).toBe(8);
    expect(choice.eventPayloadType).toBe(101);
    expect(choice.receiveEventPayloadType).toBe(101);
    expect(choice.direction).toBe(Direction.SendRecv);
    expect(isEndpoint(choice.remote, "192.0.2.1", 4000)).toBeTruthy();
  });

  it("RFC 3264 §6.1: may give other numbers for what it gets", () => {
    expect(answered(
      "m=audio 4000 RTP/AVP 98 96\r\na=rtpmap:98 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\n",
    )).toBe(NegotiationResult.Ok);
    expect(choice.payloadType).toBe(98);
    expect(choice.receivePayloadType).toBe(0);
    expect(choice.eventPayloadType).toBe(96);
    expect(choice.receiveEventPayloadType).toBe(101);
  });

  it("without events leaves the call without them", () => {
    expect(answered("m=audio 4000 RTP/AVP 0\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.eventPayloadType).toBe(-1);
    expect(choice.receiveEventPayloadType).toBe(-1);
  });

  it("holds us, or is held by us", () => {
    expect(answered("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.RecvOnly);
    local.direction = Direction.SendOnly;
    expect(answered("m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.SendOnly);
    expect(answered("m=audio 4000 RTP/AVP 0\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.direction).toBe(Direction.SendOnly);
  });

  it("that fits no offer of ours is told", () => {
    expect(answered("")).toBe(NegotiationResult.Malformed);
    expect(answered("m=audio 0 RTP/AVP 0\r\n")).toBe(NegotiationResult.NoAudio);
    expect(answered("m=video 4000 RTP/AVP 0\r\n")).toBe(NegotiationResult.NoAudio);
    expect(answered("m=audio 4000 RTP/SAVP 0\r\n")).toBe(NegotiationResult.NoProtection);
    expect(answered("m=audio 4000 RTP/AVP 18\r\n")).toBe(NegotiationResult.NoCodec);
    expect(answered("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 host.example.com\r\n")).toBe(NegotiationResult.NoAddress);
    expect(choice.accepted).toBeFalsy();
  });
});

describe("a later offer", () => {
  it("RFC 3264 §8: keeps every line in its place, and the number of the events", () => {
    expect(offered(
      "m=video 51372 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n",
    )).toBe(NegotiationResult.Ok);
    local.version++;
    local.direction = Direction.SendOnly;
    writes(
      writeNextOffer(output, output + BODY_SIZE, local, session),
      "v=0\r\no=- 42 2 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=0 0\r\nm=video 0 RTP/AVP 31\r\n" +
        "m=audio 16384 RTP/AVP 0 8 96\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n" +
        "a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:20\r\na=rtcp-xr:voip-metrics\r\na=sendonly\r\n",
    );
    expect(answered("m=audio 4000 RTP/AVP 0\r\n")).toBe(NegotiationResult.Malformed);
    expect(answered("m=video 0 RTP/AVP 31\r\nm=audio 4002 RTP/AVP 0\r\na=recvonly\r\n")).toBe(NegotiationResult.Ok);
    expect(choice.mediaIndex).toBe(1);
    expect(choice.direction).toBe(Direction.SendOnly);
    expect(isEndpoint(choice.remote, "192.0.2.1", 4002)).toBeTruthy();
  });
});

describe("random offers", () => {
  it("are answered line by line with what our own parser reads, or not at all (seed: 32 zero bytes)", () => {
    seedRandom(seed);
    const text = HEAD + "m=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 98 0 101\r\na=rtpmap:98 PCMA/8000\r\n" +
      "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n";
    const length = put(body, text);
    let agreed = 0;
    for (let round = 0; round < 20000; round++) {
      if ((round & 3) == 0) put(body, text);
      store<u8>(body + <usize>(random32() % <u32>length), <u8>(32 + random32() % 96));
      if (!parseDescription(body, length, session)) continue;
      const result = answerOffer(session, local, choice);
      applyAnswer(session, local, choice);
      if (result == NegotiationResult.Ok) agreed++;
      answerOffer(session, local, choice);
      const lines = session.mediaCount;
      const end = writeAnswer(output, output + BODY_SIZE, local, session, choice);
      expect(end).not.toBe(0);
      expect(parseDescription(output, <i32>(end - output), session)).toBeTruthy();
      expect(session.mediaCount).toBe(lines);
    }
    expect(agreed).toBeGreaterThan(1000);
  });
});

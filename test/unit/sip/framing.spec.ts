// Messages on a stream: RFC 3261 §18.3, §7.5; keep-alives RFC 5626 §3.5.1.

import { Action, ActionKind, pollAction, resetActions } from "../../../assembly/abi/action";
import { ENDPOINT_SIZE, Endpoint, Family, Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { SIP_MESSAGE_SIZE } from "../../../assembly/limits";
import { setupCharacters } from "../../../assembly/sip/characters";
import {
  Frame, forgetFlow, frameAt, frameLength, frameRefusal, frameTaken, framingSize, parseFault, setupFraming, takeFrame,
} from "../../../assembly/sip/framing";
import { setupHeaders } from "../../../assembly/sip/header";
import { MESSAGE_SIZE, Message, messageAt } from "../../../assembly/sip/message";

const PARTIALS: i32 = 2;
const source: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 16));
const chunk = memory.data(16384, 16);
const memoryOfPartials = memory.data(3 * 4200, 16);
const message: Message = messageAt(memory.data(MESSAGE_SIZE, 16));

const BODY = "v=0\r\n\r\nOPTIONS sip:x SIP/2.0\r\n\r\n";

function headOf(contentLength: string): string {
  return "MESSAGE sip:a@example.test SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:b@x>;tag=1\r\n" +
    "To: <sip:a@x>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n" + contentLength + "\r\n";
}

function whole(body: string, name: string = "Content-Length"): string {
  return headOf(name + ": " + body.length.toString() + "\r\n") + body;
}

/** Messages found since begin(), with a bar after each; faults as "!status"; orders as "pong" and "close". */
let found: string = "";
let now: f64 = 0;

function begin(): void {
  setupCharacters();
  setupHeaders();
  resetActions();
  assert(framingSize(PARTIALS) <= 3 * 4200);
  setupFraming(memoryOfPartials, PARTIALS);
  source.clear();
  source.family = <u8>Family.V4;
  source.transport = <u8>Transport.Tcp;
  source.flow = 7;
  found = "";
  now = 1000;
}

function orders(): void {
  for (let at = pollAction(); at != 0; at = pollAction()) {
    const action = changetype<Action>(at);
    found += action.kind == ActionKind.CloseFlow ? "close" + action.endpoint.flow.toString() + "|"
      : action.kind == ActionKind.SendSip && action.length == 2 ? "pong|" : "?|";
  }
}

/** A chunk arrives, as the host hands it over: until all of it is done with. */
function arrive(text: string): void {
  const length = <i32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, chunk);
  let at: usize = chunk;
  const end = chunk + <usize>length;
  while (at < end) {
    const frame = takeFrame(source, at, <i32>(end - at), now);
    if (frame == Frame.Message) found += String.UTF8.decodeUnsafe(frameAt, frameLength) + "|";
    orders();
    if (frame == Frame.Fault) {
      found += "!" + frameRefusal.toString() + "|";
      forgetFlow(source.flow);
      return;
    }
    assert(frameTaken > 0, "it gets on");
    at += <usize>frameTaken;
  }
}

describe("messages on a stream", () => {
  beforeEach(begin);

  test("RFC 3261 §18.3: Content-Length says where a message ends, whatever its body looks like", () => {
    arrive(whole(BODY));
    expect(found).toBe(whole(BODY) + "|");
  });

  test("RFC 3261 §7.3.3: the compact form, blanks before the colon, other letters, a value on the next line", () => {
    const texts = ["l: 2", "L :2", "content-length\t:  2", "CONTENT-LENGTH: 02", "Content-Length:\r\n 2", "l: 2 \t"];
    for (let index = 0; index < texts.length; index++) {
      begin();
      const text = headOf(texts[index] + "\r\n") + "ab";
      arrive(text + whole(""));
      expect(found).toBe(text + "|" + whole("") + "|", texts[index]);
    }
  });

  test("cut at every byte, it is the same message", () => {
    const text = whole(BODY) + whole("", "l");
    for (let cut = 1; cut < text.length; cut++) {
      begin();
      arrive(text.substring(0, cut));
      arrive(text.substring(cut));
      expect(found).toBe(whole(BODY) + "|" + whole("", "l") + "|", cut.toString());
    }
  });

  test("byte by byte, with line ends between, it is the same messages", () => {
    const text = whole(BODY) + "\r\n" + whole("x") + "\r\n" + whole("");
    for (let index = 0; index < text.length; index++) arrive(text.charAt(index));
    expect(found).toBe(whole(BODY) + "|" + whole("x") + "|" + whole("") + "|");
  });

  test("many in one chunk come one at a time, in their order", () => {
    let text = "", expected = "";
    for (let index = 0; index < 20; index++) {
      text += whole(index.toString());
      expected += whole(index.toString()) + "|";
    }
    arrive(text + whole("the end").substring(0, 50));
    expect(found).toBe(expected);
    arrive(whole("the end").substring(50));
    expect(found).toBe(expected + whole("the end") + "|");
  });

  test("RFC 3261 §18.3: without a Content-Length, with two, or with none that is a number, nobody knows where the next begins", () => {
    const texts = ["", "l: 1\r\nContent-Length: 2\r\n", "l: x\r\n", "l: -1\r\n", "l:\r\n", "l: 1x\r\n", "l: 99999999999\r\n"];
    for (let index = 0; index < texts.length; index++) {
      begin();
      arrive(headOf(texts[index]));
      expect(found).toBe("!400|", texts[index]);
      parseFault(message);
      expect(message.isRequest).toBe(true);
      expect(message.refusal).toBe(400);
    }
  });

  test("names that only begin like it are not it", () => {
    arrive(headOf("l-x: 5\r\nContent-Lengths: 7\r\nX-l: 9\r\nl: 0\r\n"));
    expect(found.endsWith("l: 0\r\n\r\n|")).toBe(true);
  });

  test("a message larger than any that we keep is refused as soon as that is known", () => {
    arrive(headOf("l: 4096\r\n"));
    expect(found).toBe("!513|");
    parseFault(message);
    expect(message.refusal).toBe(513);
    begin();
    arrive(headOf("X: " + "x".repeat(SIP_MESSAGE_SIZE)));
    expect(found).toBe("!513|");
    begin();
    for (let index = 0; index < SIP_MESSAGE_SIZE - 1; index++) arrive("x");
    expect(found).toBe("");
    arrive("x");
    expect(found).toBe("!513|");
  });

  test("the largest that we keep is taken, in one piece and in two", () => {
    const text = whole("b".repeat(SIP_MESSAGE_SIZE - whole("").length - 3));
    expect(text.length).toBe(SIP_MESSAGE_SIZE);
    arrive(text);
    arrive(text.substring(0, 2000));
    arrive(text.substring(2000) + whole(""));
    expect(found).toBe(text + "|" + text + "|" + whole("") + "|");
  });

  test("RFC 5626 §3.5.1: two line ends are a ping and get one back, cut wherever they are", () => {
    for (let cut = 0; cut < 4; cut++) {
      begin();
      arrive("\r\n\r\n".substring(0, cut));
      now += 200;
      arrive("\r\n\r\n".substring(cut));
      expect(found).toBe("pong|", cut.toString());
    }
  });

  test("RFC 5626 §3.5.1: one line end is the answer to a ping: nothing comes of it, nor of the next one", () => {
    arrive("\r\n");
    now += 25000;
    arrive("\r\n");
    source.flow = 8;
    arrive("\r\n");
    expect(found).toBe("");
  });

  test("what waits for its rest has few places: the flow that has waited longest is closed", () => {
    const text = whole(BODY);
    for (let flow = 1; flow <= 3; flow++) {
      source.flow = flow;
      now += 1;
      arrive(text.substring(0, 40));
    }
    expect(found).toBe("close1|");
    source.flow = 2;
    arrive(text.substring(40));
    source.flow = 3;
    arrive(text.substring(40));
    expect(found).toBe("close1|" + text + "|" + text + "|");
  });

  test("a flow that is closed leaves nothing behind", () => {
    arrive(whole(BODY).substring(0, 40));
    forgetFlow(7);
    arrive(whole(""));
    expect(found).toBe(whole("") + "|");
  });
});

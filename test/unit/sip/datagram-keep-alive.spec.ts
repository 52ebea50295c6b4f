// What keeps a NAT open between a line and its registrar: RFC 5626 §3.5.2, §4.4.2, §8.

import { Action, ActionKind, pollAction } from "../../../assembly/abi/action";
import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../../../assembly/abi/endpoint";
import { resetStunServer, answerStun, stunAnswerAt, stunAnswerLength } from "../../../assembly/stun/server";
import {
  accountAt, handleSip, handleTimeout, nextTimeout, registrationAt, startRegistrations, stopRegistrations,
} from "../../../assembly/sip/user-agent";
import { advance, answerTo, drain, hop, last, now, receive, setEndpoint, start, stranger } from "./wire";

const request = memory.data(64, 16);
const outside: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 8));

/** What was sent since the last look, in letters: R a REGISTER, P two line ends, B a binding request. */
let letters = "";
let times: f64[] = [];
let clock: f64 = 0;

function look(): void {
  for (let at = pollAction(); at != 0; at = pollAction()) {
    const action = changetype<Action>(at);
    if (action.kind != ActionKind.SendSip) continue;
    const first = load<u8>(action.payload);
    letters += first == 0 ? "B" : first == 13 ? "P" : "R";
    times.push(clock);
    if (first == 0) memory.copy(request, action.payload, action.length);
  }
}

/** Time passes without the wire's own eyes; the registrar does not answer. */
function pass(until: f64): void {
  while (nextTimeout() <= until) {
    clock = nextTimeout();
    handleTimeout(clock);
    look();
  }
  clock = until;
}

/** Until something more is sent. */
function next(): void {
  const before = letters.length;
  while (letters.length == before && nextTimeout() < clock + 100_000) pass(nextTimeout());
}

function register(extra: string): void {
  accountAt(0).keepAlive = 20;
  accountAt(0).register = true;
  startRegistrations(now);
  drain();
  receive(answerTo(last(), "200 OK", "r", extra + "Expires: 86400\r\n"));
  advance(10_000); // its transaction is gone
  clock = now;
  letters = "";
  times = [];
}

/** The server sees the last binding request come from `port`. */
function answer(port: u16, source: Endpoint = hop): void {
  setEndpoint(outside, "203.0.113.5", port);
  resetStunServer();
  answerStun(request, 28, outside, clock);
  handleSip(stunAnswerAt, stunAnswerLength, source, clock);
  look();
}

describe("keep-alives by datagrams", () => {
  beforeEach(() => start());

  test("a registrar that has said nothing gets two line ends each 16 to 20 s, as long as we are registered", () => {
    register("");
    pass(now + 2_000_000);
    expect(letters.includes("B") || letters.includes("R")).toBe(false);
    let shortest: f64 = 1e9, longest: f64 = 0;
    for (let index = 1; index < times.length; index++) {
      shortest = min(shortest, times[index] - times[index - 1]);
      longest = max(longest, times[index] - times[index - 1]);
    }
    expect(shortest >= 16_000 && shortest < 17_000 && longest <= 20_000 && longest > 19_000).toBe(true);
  });

  test("RFC 5626 §4.4.1: Flow-Timer says how often; keep_alive 0 is never", () => {
    register("Flow-Timer: 100\r\n");
    pass(now + 1_000_000);
    expect(times.length >= 10 && times.length <= 13).toBe(true);
    start();
    accountAt(0).register = true;
    startRegistrations(now);
    drain();
    receive(answerTo(last(), "200 OK", "r", "Flow-Timer: 100\r\nExpires: 86400\r\n"));
    clock = now;
    letters = "";
    pass(now + 1_000_000);
    expect(letters).toBe("");
  });

  test("RFC 5626 §8: who keeps our flow is asked by STUN; another place than before is a new registration", () => {
    register("Require: outbound\r\n");
    for (let round = 0; round < 3; round++) {
      next();
      answer(round < 2 ? 61000 : 61001);
    }
    expect(letters).toBe("BBB");
    pass(clock + 5_000);
    expect(letters.startsWith("BBBR")).toBe(true);
  });

  test("strangers and old answers are not heard", () => {
    register("Require: outbound\r\n");
    next();
    answer(61000);
    next();
    answer(61001, stranger);
    answer(61000);
    answer(61001); // the same question once more
    pass(clock + 5_000);
    expect(letters).toBe("BB");
  });

  test("a registrar that has answered and does so no more is registered with anew", () => {
    register("Require: outbound\r\n");
    next();
    answer(61000);
    pass(clock + 65_000);
    expect(letters.substring(0, 9)).toBe("BBBBBBBBR");
  });

  test("one that never answers gets line ends, and stays registered", () => {
    register("Require: outbound\r\n");
    pass(now + 200_000);
    expect(letters.startsWith("BBBBBBBP")).toBe(true);
    expect(letters.includes("R")).toBe(false);
    expect(registrationAt(0).isRegistered(clock)).toBe(true);
  });

  test("whoever is withdrawn is silent", () => {
    register("Require: outbound\r\n");
    stopRegistrations(now);
    drain();
    receive(answerTo(last(), "200 OK", "r"));
    advance(10_000);
    clock = now;
    letters = "";
    pass(now + 100_000);
    expect(letters).toBe("");
  });
});

// RFC 3263 §4, question by question.

import { Family, Transport } from "../../../../assembly/abi/endpoint";
import { LocateEvent, LocatorState } from "../../../../assembly/sip/locate/locator";
import { MAX_TARGETS } from "../../../../assembly/limits";
import { NEVER } from "../../../../assembly/time/timer-table";
import {
  answer, asked, blank, found, locate, locator, now, pass, putAddress, putServer, putService, questions, seed, silence,
} from "./zone";

describe("RFC 3263 §4.1 and §4.2: what is asked", () => {
  beforeEach(() => {
    seed();
    blank();
  });

  test("an address is its own target, and nobody is asked", () => {
    expect(locate("192.0.2.7")).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.7 5060 udp");
    expect(locate("192.0.2.7", 5080, Transport.Tcp)).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.7 5080 tcp");
    expect(locate("192.0.2.7", 0, Transport.Tls)).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.7 5061 tls");
    expect(questions).toBe(0);
    expect(locator.deadline).toBe(NEVER);
  });

  test("an address for which there is no socket is none", () => {
    expect(locate("2001:db8::1")).toBe(LocateEvent.Unknown);
    expect(locate("2001:db8::1", 0, Transport.None, Family.V6)).toBe(LocateEvent.Found);
    expect(found()).toBe("2001:db8::1 5060 udp");
  });

  test("a port leaves nothing to ask but the address", () => {
    locate("pbx.example", 5070);
    expect(asked).toBe("A pbx.example");
    putAddress("192.0.2.1");
    putAddress("192.0.2.2");
    expect(answer()).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.1 5070 udp, 192.0.2.2 5070 udp");
    expect(questions).toBe(1);
  });

  test("a transport leaves out NAPTR", () => {
    locate("pbx.example", 0, Transport.Tcp);
    expect(asked).toBe("SRV _sip._tcp.pbx.example");
    putServer(10, 0, 5062, "a.example");
    answer();
    expect(asked).toBe("A a.example");
    putAddress("192.0.2.1");
    expect(answer()).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.1 5062 tcp");
  });

  test("no SRV: the host itself, at the usual port", () => {
    locate("pbx.example", 0, Transport.Udp);
    expect(asked).toBe("SRV _sip._udp.pbx.example");
    answer();
    expect(asked).toBe("A pbx.example");
    putAddress("192.0.2.9");
    expect(answer()).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.9 5060 udp");
  });

  test("nothing given: NAPTR, by order and then by preference; what we don't speak is left out", () => {
    locate("example.com");
    expect(asked).toBe("NAPTR example.com");
    putService(50, 50, "s", "SIPS+D2T", "_sips._tcp.example.com");
    putService(90, 50, "s", "SIP+D2T", "_sip._tcp.example.com");
    putService(50, 10, "s", "sip+d2u", "udp.example.com");
    putService(10, 10, "s", "SIP+D2S", "_sip._sctp.example.com");
    putService(10, 10, "u", "SIP+D2U", "wrong-flag.example.com");
    putService(10, 10, "s", "E2U+sip", "wrong-service.example.com");
    answer();
    expect(asked).toBe("SRV udp.example.com");
    answer(); // the service has no servers, so the next one is asked
    expect(asked).toBe("SRV _sips._tcp.example.com");
    answer();
    expect(asked).toBe("SRV _sip._tcp.example.com");
    putServer(1, 0, 5060, "b.example.com");
    answer();
    putAddress("192.0.2.3");
    expect(answer()).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.3 5060 tcp");
  });

  test("RFC 3263 §4.1: for a secure name only what is secure", () => {
    locate("example.com", 0, Transport.Tls);
    expect(asked).toBe("NAPTR example.com");
    putService(1, 1, "s", "SIP+D2U", "_sip._udp.example.com");
    putService(2, 1, "s", "SIPS+D2T", "_sips._tcp.example.com");
    answer();
    expect(asked).toBe("SRV _sips._tcp.example.com");
    answer();
    expect(asked).toBe("A example.com");
    putAddress("192.0.2.3");
    answer();
    expect(found()).toBe("192.0.2.3 5061 tls");
  });

  test("no NAPTR: SRV for each transport, then the host over UDP", () => {
    locate("example.com");
    answer();
    expect(asked).toBe("SRV _sip._udp.example.com");
    answer();
    expect(asked).toBe("SRV _sip._tcp.example.com");
    answer();
    expect(asked).toBe("SRV _sips._tcp.example.com");
    answer();
    expect(asked).toBe("A example.com");
    putAddress("192.0.2.3");
    answer();
    expect(found()).toBe("192.0.2.3 5060 udp");
  });

  test("a name server that does not know NAPTR is not the end", () => {
    locate("example.com");
    silence();
    expect(asked).toBe("SRV _sip._udp.example.com");
    answer();
    silence();
    expect(asked).toBe("SRV _sips._tcp.example.com");
  });

  test("no name server at all: two questions are enough to know", () => {
    locate("example.com");
    expect(silence()).toBe(LocateEvent.None);
    expect(silence()).toBe(LocateEvent.Unknown);
    expect(questions).toBe(2);
    expect(locator.deadline - now).toBe(10_000);
  });

  test("RFC 2782: a target of '.' says that there is no such service, so the host is not asked either", () => {
    locate("example.com", 0, Transport.Udp);
    putServer(0, 0, 5060, ".");
    expect(answer()).toBe(LocateEvent.Unknown);
    expect(questions).toBe(1);
  });

  test("RFC 3263 §4.3: the servers in order, each with all its addresses", () => {
    locate("example.com", 0, Transport.Udp);
    putServer(20, 0, 5061, "b.example.com");
    putServer(10, 0, 5060, "a.example.com");
    putServer(30, 0, 5062, "c.example.com");
    answer();
    expect(asked).toBe("A a.example.com");
    putAddress("192.0.2.1");
    putAddress("192.0.2.2");
    expect(answer()).toBe(LocateEvent.Growing); // good enough to begin with
    expect(asked).toBe("A b.example.com");
    expect(answer()).toBe(LocateEvent.None);
    putAddress("192.0.2.3");
    putAddress("2001:db8::3");
    expect(answer()).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.1 5060 udp, 192.0.2.2 5060 udp, 192.0.2.3 5062 udp");
  });

  test("sockets of IPv6 ask for its addresses and take no others", () => {
    locate("pbx.example", 5070, Transport.Udp, Family.V6);
    expect(asked).toBe("AAAA pbx.example");
    putAddress("192.0.2.1");
    putAddress("2001:db8::9");
    answer();
    expect(found()).toBe("2001:db8::9 5070 udp");
  });
});

describe("how long an answer holds", () => {
  beforeEach(() => {
    seed();
    blank();
  });

  test("it is asked again when the youngest record has had its time", () => {
    locate("example.com", 0, Transport.Udp);
    putServer(10, 0, 5060, "a.example.com", 900);
    answer();
    putAddress("192.0.2.1", 120);
    putAddress("192.0.2.2", 3600);
    answer();
    expect(locator.deadline - now).toBe(120_000);
    pass(119_999);
    expect(questions).toBe(2);
    pass(1);
    expect(asked).toBe("SRV _sip._udp.example.com");
    expect(questions).toBe(3);
  });

  test("a TTL of 0 is half a minute, one of years is a day, one with its top bit set is 0 (RFC 2181 §8)", () => {
    const ttls: u32[] = [0, 0xffffffff, 0x80000000, 0x7fffffff];
    const expected: f64[] = [30_000, 30_000, 30_000, 86_400_000];
    for (let index = 0; index < ttls.length; index++) {
      locate("pbx.example", 5060);
      putAddress("192.0.2.1", ttls[index]);
      answer();
      expect(locator.deadline - now).toBe(expected[index]);
    }
  });

  test("a name that nobody knows is asked for every ten seconds", () => {
    locate("pbx.example", 5060);
    expect(answer()).toBe(LocateEvent.Unknown);
    expect(locator.deadline - now).toBe(10_000);
    pass(10_000);
    expect(questions).toBe(2);
    silence();
    pass(10_000);
    putAddress("192.0.2.1");
    expect(answer()).toBe(LocateEvent.Found);
  });

  test("a question that the host forgets counts as one that nobody answered", () => {
    locate("example.com", 0, Transport.Udp);
    pass(60_000);
    expect(asked).toBe("A example.com");
  });

  test("what some records are missing of is asked again soon", () => {
    locate("example.com", 0, Transport.Udp);
    putServer(10, 0, 5060, "a.example.com", 900);
    putServer(20, 0, 5060, "b.example.com", 900);
    answer();
    putAddress("192.0.2.1", 900);
    answer();
    expect(silence()).toBe(LocateEvent.Found);
    expect(found()).toBe("192.0.2.1 5060 udp");
    expect(locator.deadline - now).toBe(30_000);
  });

  test("more records than there is room for: as many as there is room for, those of the lowest priority", () => {
    locate("example.com", 0, Transport.Udp);
    for (let index = 63; index >= 0; index--) putServer(<u16>index, 0, 5060, "s" + index.toString() + ".example.com");
    answer();
    expect(asked).toBe("A s0.example.com");
    for (let index = 0; index < 64; index++) putAddress("192.0.2." + index.toString());
    answer();
    expect(locator.targets.count).toBe(MAX_TARGETS);
    for (let index = 1; index < 8; index++) {
      expect(asked).toBe("A s" + index.toString() + ".example.com");
      answer();
    }
    expect(locator.state).toBe(LocatorState.Found);
  });

  test("an answer that comes twice, or to another question, changes nothing", () => {
    locate("pbx.example", 5060);
    putAddress("192.0.2.1");
    answer();
    putAddress("203.0.113.66");
    expect(answer()).toBe(LocateEvent.None);
    expect(found()).toBe("192.0.2.1 5060 udp");
  });
});

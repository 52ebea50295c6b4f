// Via values and the way back: RFC 3261 §20.42, §18.2.2, RFC 3581.

import { Endpoint, Transport, endpointAt } from "../../../assembly/abi/endpoint";
import { setupCharacters } from "../../../assembly/sip/characters";
import { parameterAt, parameterLength } from "../../../assembly/sip/parameters";
import { Via, responseDestination } from "../../../assembly/sip/via";
import { at, put, span } from "./text";
import { setEndpoint } from "./wire";

const via: Via = changetype<Via>(memory.data(64, 16));
const source: Endpoint = endpointAt(memory.data(24, 8));
const destination: Endpoint = endpointAt(memory.data(24, 8));

function parse(text: string): bool {
  setupCharacters();
  return via.parse(at, put(text));
}

/** transport, host, port, branch. */
function parts(text: string): string {
  if (!parse(text)) return "refused";
  return (<i32>via.transport).toString() + "|" + span(via.hostAt, via.hostLength) + "|" + via.port.toString() + "|" +
    span(via.branchAt, via.branchLength);
}

describe("Via, RFC 3261 §20.42", () => {
  test("the examples", () => {
    expect(parts("SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7"))
      .toBe("1|erlang.bell-telephone.com|5060|z9hG4bK87asdks7");
    expect(parts("SIP/2.0/UDP 192.0.2.1:5060 ;received=192.0.2.207 ;branch=z9hG4bK77asjd"))
      .toBe("1|192.0.2.1|5060|z9hG4bK77asjd");
    expect(parts("SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1"))
      .toBe("1|first.example.com|4000|z9hG4bKa7c6a8dlze.1");
  });

  test("transports, IPv6, no port, no branch", () => {
    expect(parts("sip/2.0/tcp a")).toBe("2|a|0|");
    expect(parts("SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK1")).toBe("3|[2001:db8::1]|5061|z9hG4bK1");
    expect(parts("SIP/2.0/SCTP a;branch=1")).toBe("0|a|0|1");
    expect(parts("SIP/7.0/UDP a;branch=1")).toBe("1|a|0|1");
    expect(parse("SIP/2.0/UDP a;branch=z9hG4bK") && via.isRfc3261).toBe(false, "the cookie alone is no branch");
    expect(parse("SIP/2.0/UDP a;branch=z9hG4bK1") && via.isRfc3261).toBe(true);
    expect(parse("SIP/2.0/UDP a;branch=1") && via.isRfc3261).toBe(false);
  });

  test("a list is read value by value", () => {
    const text = "SIP/2.0/UDP a;branch=z9hG4bK1;x=\"a,b\" , SIP/2.0/UDP b;branch=z9hG4bK2";
    expect(parse(text)).toBe(true);
    expect(span(via.branchAt, via.branchLength)).toBe("z9hG4bK1");
    expect(via.parse(via.next, <i32>(at + <usize>text.length - via.next))).toBe(true);
    expect(span(via.hostAt, via.hostLength)).toBe("b");
  });

  test("what is no Via", () => {
    const no = ["", "SIP", "SIP/2.0", "SIP/2.0/", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 UDP a",
      "/2.0/UDP a", "SIP//UDP a", "SIP/2.0/UDP a b",
      "SIP/2.0/UDP a:", "SIP/2.0/UDP a:x", "SIP/2.0/UDP a:0", "SIP/2.0/UDP a:65536", "SIP/2.0/UDP ::1",
        "SIP/2.0/UDP [::1", "SIP/2.0/UDP a;x=\"y",
      "SIP/2.0/UDP :5060", "SIP/2.0/UDP [::1]x"];
    for (let index = 0; index < no.length; index++) expect(parse(no[index])).toBe(false, no[index]);
  });

  test("cut at every byte, nothing behind the end is looked at", () => {
    const text = "SIP / 2.0 / UDP [2001:db8::1] : 5060 ;rport;branch=\"z9\",SIP/2.0/UDP b";
    for (let length = 0; length <= text.length; length++) {
      const part = text.substring(0, length);
      const whole = parts(part);
      put(part, 0x35);
      expect(via.parse(at, length)).toBe(whole != "refused", part);
      put(part, 0x3a);
      expect(via.parse(at, length)).toBe(whole != "refused", part);
      if (whole != "refused") expect(via.next <= at + <usize>length).toBe(true, part);
    }
  });

  test("RFC 3261 §18.2.2 and RFC 3581 §4: where the answer goes", () => {
    setEndpoint(source, "192.0.2.1", 40000);
    parse("SIP/2.0/UDP a:5070;branch=z9hG4bK1");
    responseDestination(via, source, destination);
    expect(destination.sameHost(source)).toBe(true);
    expect(destination.port).toBe(5070);
    parse("SIP/2.0/UDP a;branch=z9hG4bK1");
    responseDestination(via, source, destination);
    expect(destination.port).toBe(5060);
    parse("SIP/2.0/UDP a:5070;rport;branch=z9hG4bK1");
    responseDestination(via, source, destination);
    expect(destination.port).toBe(40000);
    source.transport = <u8>Transport.Tcp;
    parse("SIP/2.0/TCP a:5070;branch=z9hG4bK1");
    responseDestination(via, source, destination);
    expect(destination.port).toBe(40000);
    expect(via.hasParameter("branch") && span(parameterAt, parameterLength) == "z9hG4bK1").toBe(true);
  });
});

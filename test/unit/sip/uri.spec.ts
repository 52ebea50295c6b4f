// SIP, SIPS and tel URIs: RFC 3261 §19.1, RFC 3966, RFC 5118.

import { Endpoint, Family, endpointAt } from "../../../assembly/abi/endpoint";
import { setupCharacters } from "../../../assembly/sip/characters";
import { parameterAt, parameterLength } from "../../../assembly/sip/parameters";
import { Scheme, Uri, isHost } from "../../../assembly/sip/uri";
import { at, put, span } from "./text";

const uri: Uri = changetype<Uri>(memory.data(64, 16));
const other: Uri = changetype<Uri>(memory.data(64, 16));
const otherText = memory.data(256, 16);
const endpoint: Endpoint = endpointAt(memory.data(24, 8));

function parse(text: string): bool {
  setupCharacters();
  return uri.parse(at, put(text));
}

/** scheme, user, password, host, port, parameters and headers with bars between. */
function parts(text: string): string {
  if (!parse(text)) return "refused";
  return (<i32>uri.scheme).toString() + "|" + span(uri.userAt, uri.userLength) + "|" +
    span(uri.passwordAt, uri.passwordLength) + "|" +
    span(uri.hostAt, uri.hostLength) + "|" + uri.port.toString() + "|" + span(uri.parametersAt, uri.parametersLength) +
      "|" +
    span(uri.headersAt, uri.headersLength);
}

function same(a: string, b: string): bool {
  parse(a);
  const length = String.UTF8.encodeUnsafe(changetype<usize>(b), b.length, otherText);
  return other.parse(otherText, <i32>length) && uri.sameResource(other);
}

describe("a URI", () => {
  test("RFC 3261 §19.1.3: the examples", () => {
    expect(parts("sip:alice@atlanta.com")).toBe("1|alice||atlanta.com|0||");
    expect(parts("sip:alice:secretword@atlanta.com;transport=tcp"))
      .toBe("1|alice|secretword|atlanta.com|0|;transport=tcp|");
    expect(parts("sips:alice@atlanta.com?subject=project%20x&priority=urgent"))
      .toBe("2|alice||atlanta.com|0||subject=project%20x&priority=urgent");
    expect(parts("sip:+1-212-555-1212:1234@gateway.com;user=phone"))
      .toBe("1|+1-212-555-1212|1234|gateway.com|0|;user=phone|");
    expect(parts("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com"))
      .toBe("1|||atlanta.com|0|;method=REGISTER|to=alice%40atlanta.com");
    expect(parts("sip:alice;day=tuesday@atlanta.com")).toBe("1|alice;day=tuesday||atlanta.com|0||");
    expect(parts("sip:1212@gateway.com")).toBe("1|1212||gateway.com|0||");
    expect(parts("sips:1212@gateway.com")).toBe("2|1212||gateway.com|0||");
    expect(parts("sip:alice@192.0.2.4")).toBe("1|alice||192.0.2.4|0||");
  });

  test("ports, flags, schemes in any case, user parts with every character allowed", () => {
    expect(parts("SIP:a@b:5070;lr")).toBe("1|a||b|5070|;lr|");
    expect(parts("sIpS:a@b:65535")).toBe("2|a||b|65535||");
    expect(parts("sip:a-_.!~*'()&=+$,;?/b@c")).toBe("1|a-_.!~*'()&=+$,;?/b||c|0||");
    expect(parts("sip:%61%2f@c")).toBe("1|%61%2f||c|0||");
    expect(parts("sip:*21*102%23@c")).toBe("1|*21*102%23||c|0||");
    expect(parts("sip:b;maddr=[::1];x=/:&+$")).toBe("1|||b|0|;maddr=[::1];x=/:&+$|");
  });

  test("RFC 5118 §4: IPv6 references", () => {
    expect(parts("sip:[2001:db8::10]")).toBe("1|||[2001:db8::10]|0||");
    expect(parts("sip:[2001:db8::10:5070]")).toBe("1|||[2001:db8::10:5070]|0||", "no port: it is part of the address");
    expect(parts("sip:a@[2001:db8::10]:5070;lr")).toBe("1|a||[2001:db8::10]|5070|;lr|");
    expect(parts("sip:[::ffff:192.0.2.10]:19823")).toBe("1|||[::ffff:192.0.2.10]|19823||");
    expect(parts("sip:2001:db8::10")).toBe("refused");
    expect(parts("sip:[2001:db8::10")).toBe("refused");
    expect(parts("sip:[]")).toBe("refused");
    expect(parts("sip:[2001:db8:::10]")).toBe("refused");
  });

  test("RFC 3966: telephone numbers", () => {
    expect(parts("tel:+1-201-555-0123")).toBe("3|+1-201-555-0123||||0||".replace("||||0||", "|||0||"));
    expect(parts("tel:7042;phone-context=example.com")).toBe("3|7042|||0|;phone-context=example.com|");
    expect(parts("tel:")).toBe("refused");
  });

  test("other schemes are known to be others", () => {
    expect(parse("mailto:a@b")).toBe(true);
    expect(uri.scheme).toBe(Scheme.Other);
    expect(parse("nobodyKnowsThisScheme:totallyopaquecontent")).toBe(true);
    const no = ["", ":", "x", "x:", ":x", "1x:y", " sip:a@b", "sip", "<sip:a@b>", "x y:z", "x:y z"];
    for (let index = 0; index < no.length; index++) expect(parse(no[index])).toBe(false, no[index]);
  });

  test("what is no URI", () => {
    const no = ["sip:", "sip:@b", "sip:a@", "sip:a@b@c", "sip:a b@c", "sip:a@b c", "sip:a@b:", "sip:a@b:0",
      "sip:a@b:65536", "sip:a@b:5060x",
      "sip:%@b", "sip:%4@b", "sip:%4g@b", "sip:a@b;", "sip:a@b;;lr", "sip:a@b;=x", "sip:a@b; lr", "sip:a@b;x=\"y\"",
        "sip:a@b_c", "sip:a\"b@c",
      "sip:a<b@c", "sip:a@b>", "sip:a:b\"@c"];
    for (let index = 0; index < no.length; index++) expect(parse(no[index])).toBe(false, no[index]);
  });

  test("parameters are found by name, whatever the case", () => {
    parse("sip:a@b;Transport=TCP;LR;maddr=1.2.3.4");
    expect(uri.hasParameter("transport")).toBe(true);
    expect(span(parameterAt, parameterLength)).toBe("TCP");
    expect(uri.hasParameter("lr")).toBe(true);
    expect(parameterLength).toBe(0);
    expect(uri.hasParameter("l")).toBe(false);
    expect(uri.hasParameter("addr")).toBe(false);
  });

  test("an address is written out with its port, a name is not", () => {
    expect(parse("sip:a@192.0.2.7:5080") && uri.address(endpoint)).toBe(true);
    expect(endpoint.family).toBe(<u8>Family.V4);
    expect(endpoint.port).toBe(5080);
    expect(load<u32>(endpoint.address)).toBe(0x070200c0);
    expect(parse("sip:[2001:db8::1]") && uri.address(endpoint)).toBe(true);
    expect(endpoint.family).toBe(<u8>Family.V6);
    expect(endpoint.port).toBe(5060);
    expect(parse("sip:example.com") && uri.address(endpoint)).toBe(false);
    expect(parse("sip:192.0.2.256") && uri.address(endpoint)).toBe(false);
    expect(parse("tel:+1") && uri.address(endpoint)).toBe(false);
  });

  test("RFC 3261 §19.1.4: users differ by case, hosts do not, a port is not its default", () => {
    expect(same("sip:carol@chicago.com", "sip:carol@CHICAGO.com;transport=udp")).toBe(true);
    expect(same("sip:carol@chicago.com", "sip:Carol@chicago.com")).toBe(false);
    expect(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060")).toBe(false);
    expect(same("sip:bob@biloxi.com", "sips:bob@biloxi.com")).toBe(false);
    expect(same("sip:bob@biloxi.com", "sip:biloxi.com")).toBe(false);
  });

  test("a host alone", () => {
    setupCharacters();
    expect(isHost(at, put("a.example-1.com"))).toBe(true);
    expect(isHost(at, put("192.0.2.1"))).toBe(true);
    expect(isHost(at, put("[::1]"))).toBe(true);
    const no = ["", "a b", "a:1", "[::1", "::1", "[]", "[x]", "a/b"];
    for (let index = 0; index < no.length; index++) expect(isHost(at, put(no[index]))).toBe(false, no[index]);
  });

  test("cut at every byte, nothing behind the end is looked at", () => {
    const text = "sip:alice%20b:secret@[2001:db8::192.0.2.1]:5060;transport=udp;lr?to=a%40b";
    setupCharacters();
    for (let length = 0; length <= text.length; length++) {
      const part = text.substring(0, length);
      const fine = uri.parse(at, put(part, 0x41));
      const hash = uri.userLength + 100 * uri.hostLength + 10_000 * uri.port + 1000 * uri.parametersLength;
      expect(uri.parse(at, put(part, 0x40))).toBe(fine, part);
      expect(uri.userLength + 100 * uri.hostLength + 10_000 * uri.port + 1000 * uri.parametersLength).toBe(hash, part);
      expect(uri.parse(at, put(part, 0x5d))).toBe(fine, part);
    }
  });
});

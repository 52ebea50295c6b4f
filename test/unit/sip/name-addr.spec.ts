// From, To, Contact and Route values, parameters, CSeq: RFC 3261 §20.10, §20.16, §25.1.

import { setupCharacters } from "../../../assembly/sip/characters";
import { cseqMethodAt, cseqMethodLength, cseqNumber, parseCSeq } from "../../../assembly/sip/cseq";
import { NameAddr } from "../../../assembly/sip/name-addr";
import { findParameter, parameterAt, parameterLength } from "../../../assembly/sip/parameters";
import { at, put, span } from "./text";

const address: NameAddr = changetype<NameAddr>(memory.data(64, 16));

function parse(text: string): bool {
  setupCharacters();
  return address.parse(at, put(text));
}

/** display name, URI and parameters with bars between. */
function parts(text: string): string {
  if (!parse(text)) return "refused";
  return span(address.displayAt, address.displayLength) + "|" + span(address.uriAt, address.uriLength) + "|" +
    span(address.parametersAt, address.parametersLength);
}

describe("name-addr and addr-spec, RFC 3261 §20.10", () => {
  test("with and without name, quotes, brackets and blanks", () => {
    expect(parts("\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s"))
      .toBe("\"A. G. Bell\"|sip:agb@bell-telephone.com|;tag=a48s");
    expect(parts("sip:+12125551212@server.phone2net.com;tag=887s"))
      .toBe("|sip:+12125551212@server.phone2net.com|;tag=887s");
    expect(parts("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8"))
      .toBe("Anonymous|sip:c8oqz84zk7z@privacy.org|;tag=hyh8");
    expect(parts("Mr. Watson   <sip:watson@bell.com>")).toBe("Mr. Watson|sip:watson@bell.com|");
    expect(parts("<sip:a@b;lr?x=y>;q=0.7")).toBe("|sip:a@b;lr?x=y|;q=0.7");
    expect(parts("  <sip:a@b>")).toBe("|sip:a@b|");
    expect(parts("\"say \\\"hi\\\" <\" <sip:a@b>")).toBe("\"say \\\"hi\\\" <\"|sip:a@b|");
    expect(parts("\"\"<sip:a@b>")).toBe("\"\"|sip:a@b|");
    expect(parts("sip:a@b ; tag = x")).toBe("|sip:a@b|; tag = x");
    expect(parts("*")).toBe("|*|");
  });

  test("a list is read value by value; a comma in quotes or brackets is no end", () => {
    const text = "\"Watson, T\" <sip:w@b.com;x=1,2>;q=0.7;e=\"a,b\", <sip:c@d> ,sip:e@f";
    expect(parse(text)).toBe(true);
    const end = at + <usize>text.length;
    expect(span(address.uriAt, address.uriLength)).toBe("sip:w@b.com;x=1,2");
    expect(address.parse(address.next, <i32>(end - address.next))).toBe(true);
    expect(span(address.uriAt, address.uriLength)).toBe("sip:c@d");
    expect(address.parse(address.next, <i32>(end - address.next))).toBe(true);
    expect(span(address.uriAt, address.uriLength)).toBe("sip:e@f");
    expect(address.next).toBe(end);
  });

  test("without brackets a URI has no comma, semicolon or question mark of its own", () => {
    expect(parts("sip:a@b;lr")).toBe("|sip:a@b|;lr");
    expect(parts("sip:a@b?x=y")).toBe("refused");
  });

  test("what is neither", () => {
    const no = ["", " ", "\"A <sip:a@b>", "A <sip:a@b", "<>", "<sip:a@b> tag=x", "\"A\" sip:a@b", "<sip:a@b>;e=\"x",
      "A \"B\" <sip:a@b>", "A@B <sip:a@b>",
      "sip:a@b>"];
    for (let index = 0; index < no.length; index++) expect(parse(no[index])).toBe(false, no[index]);
  });

  test("cut at every byte, nothing behind the end is looked at", () => {
    const text = "\"A \\\"B\\\"\" <sip:a@b;lr>;tag=\"x,y\";q=1";
    for (let length = 0; length <= text.length; length++) {
      const part = text.substring(0, length);
      const whole = parts(part);
      const fine = address.parse(at, put(part, 0x3e));
      expect(fine).toBe(whole != "refused", part);
      expect(address.parse(at, put(part, 0x22))).toBe(fine, part);
      if (fine) expect(address.next).toBe(at + <usize>length);
    }
  });
});

function parameter(text: string, name: string): string {
  setupCharacters();
  return findParameter(at, put(text), name) ? span(parameterAt, parameterLength) : "-";
}

describe("parameters", () => {
  test("values, flags, quotes, blanks, case", () => {
    expect(parameter(";a=1;b=2", "b")).toBe("2");
    expect(parameter(" ; a = 1 ; B = \"x;b=3\" ;c", "b")).toBe("\"x;b=3\"");
    expect(parameter(";lr;tag=x", "lr")).toBe("");
    expect(parameter(";tag=a=b==", "tag")).toBe("a=b==");
    expect(parameter(";tagx=1;xtag=2", "tag")).toBe("-");
    expect(parameter("", "tag")).toBe("-");
    expect(parameter(";", "tag")).toBe("-");
    expect(parameter(";tag=\"x", "tag")).toBe("-");
    expect(parameter(";tag=", "tag")).toBe("");
    expect(parameter("tag=1", "tag")).toBe("-");
    expect(parameter(";a=1,;tag=2", "tag")).toBe("-", "a comma ends the value");
  });
});

describe("CSeq, RFC 3261 §20.16", () => {
  test("number and method", () => {
    setupCharacters();
    expect(parseCSeq(at, put("4711 INVITE"))).toBe(true);
    expect(cseqNumber).toBe(4711);
    expect(span(cseqMethodAt, cseqMethodLength)).toBe("INVITE");
    expect(parseCSeq(at, put("0\t \tX-y"))).toBe(true);
    const no = ["", "1", "1 ", " 1 INVITE", "INVITE", "1INVITE", "1 IN VITE", "1 INVITE ", "2147483648 INVITE",
      "+1 INVITE", "1 INV/ITE"];
    for (let index = 0; index < no.length; index++) expect(parseCSeq(at, put(no[index]))).toBe(false, no[index]);
  });
});

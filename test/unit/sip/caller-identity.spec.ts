// Whom a call is from: RFC 3325 and Remote-Party-ID where the registrar says so, RFC 3323 for those who stay unknown.

import { CallerIdSource } from "../../../assembly/abi/settings";
import { accountAt } from "../../../assembly/sip/account";
import { callerField } from "../../../assembly/sip/caller-identity";
import { Header } from "../../../assembly/sip/header";
import { eventSession, sessionAt } from "../../../assembly/sip/user-agent";
import { request } from "./calls";
import { message, parse } from "./text";
import { receive, sdp, start } from "./wire";

const ASSERTED = "P-Asserted-Identity: \"Anna Berg\" <sip:+46701234567@example.test>\r\n";
const REMOTE = "Remote-Party-ID: \"Bo Dahl\" <sip:0709876543@example.test>;party=calling;screen=yes;privacy=off\r\n";

/** Number and name of whoever calls with these fields besides the From of +102, Bob "B"; "private" for one who hides. */
function caller(fields: string, source: CallerIdSource = CallerIdSource.Best): string {
  start();
  accountAt(0).callerIdSource = source;
  receive(request("INVITE", "i1", 10, "", fields, sdp(6000)));
  const session = sessionAt(eventSession);
  const user = session.remoteUser, name = session.remoteDisplayName;
  return (session.isPrivate ? "private " : "") + String.UTF8.decodeUnsafe(user.at, user.length) + " " +
    String.UTF8.decodeUnsafe(name.at, name.length);
}

describe("the caller", () => {
  it("is who the From says where nobody vouches for anybody", () => {
    expect(caller("")).toBe("+102 Bob \"B\"");
  });

  it("RFC 3325 §9.1: is who the registrar vouches for, P-Asserted-Identity before Remote-Party-ID", () => {
    expect(caller(REMOTE + ASSERTED)).toBe("+46701234567 Anna Berg");
    expect(caller(REMOTE)).toBe("0709876543 Bo Dahl");
    expect(caller("P-Asserted-Identity: <tel:+46-701-23;phone-context=x>\r\n")).toBe("+46-701-23 ");
    expect(caller("P-Asserted-Identity: \"A, B\" <sip:1@a>, <tel:+1>\r\n")).toBe("1 A, B");
  });

  it("is who the configured field says, or the From where that is missing", () => {
    expect(caller(REMOTE + ASSERTED, CallerIdSource.From)).toBe("+102 Bob \"B\"");
    expect(caller(REMOTE + ASSERTED, CallerIdSource.RemotePartyId)).toBe("0709876543 Bo Dahl");
    expect(caller(ASSERTED, CallerIdSource.RemotePartyId)).toBe("+102 Bob \"B\"");
    expect(caller(REMOTE, CallerIdSource.AssertedIdentity)).toBe("+102 Bob \"B\"");
  });

  it("RFC 3325 §5: is who the From says when the request comes from elsewhere", () => {
    parse(request("INVITE", "i1", 10, "", REMOTE + ASSERTED));
    expect(callerField(message, false, CallerIdSource.Best).value).toBe(message.first(Header.From).value);
    expect(callerField(message, true, CallerIdSource.Best).value).not.toBe(message.first(Header.From).value);
  });

  it("RFC 3323 §4.2, RFC 3325 §7: is private who asks for it, and nobody else", () => {
    expect(caller(ASSERTED + "Privacy: id\r\n")).toBe("private +102 Bob \"B\"");
    expect(caller(ASSERTED + "Privacy: critical ; ID\r\n")).toBe("private +102 Bob \"B\"");
    expect(caller("Privacy: user;header;session\r\n")).toBe("private +102 Bob \"B\"");
    expect(caller(ASSERTED + "Privacy: none\r\n")).toBe("+46701234567 Anna Berg");
    expect(caller(ASSERTED + "Privacy: history, critical\r\n")).toBe("+46701234567 Anna Berg");
    expect(caller("Privacy: \r\n")).toBe("+102 Bob \"B\"");
  });

  it("is private whose Remote-Party-ID says so", () => {
    expect(caller("Remote-Party-ID: <sip:1@a>;privacy=full\r\n")).toBe("private +102 Bob \"B\"");
    expect(caller("Remote-Party-ID: <sip:1@a>;privacy=name\r\n")).toBe("1 ");
  });

  it("a field that cannot be read tells nothing of anybody", () => {
    expect(caller("P-Asserted-Identity: <<<\r\n")).toBe(" ");
    expect(caller("Remote-Party-ID: ;;;privacy=\r\n")).toBe(" ");
  });
});

describe("RFC 3323 §4.1.1.3: an anonymous From", () => {
  it("is private", () => {
    start();
    const text = request("INVITE", "i1", 10, "", "", sdp(6000))
      .replace("<sip:%2b102@example.test>", "<sip:anonymous@Anonymous.Invalid>");
    receive(text);
    expect(sessionAt(eventSession).isPrivate).toBe(true);
  });
});

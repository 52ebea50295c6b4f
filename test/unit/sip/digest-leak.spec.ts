// Who never gets the digest of our password: every request of ours, challenged by anybody but the registrar that the account
// is configured with, for any realm but its own, or in a call that somebody else has begun. RFC 3261 §26.1, RFC 7616 §5.

import { Endpoint } from "../../../assembly/abi/endpoint";
import { accountAt, hold, startRegistrations, stopRegistrations } from "../../../assembly/sip/user-agent";
import { CONTACT, callIn, callOut, dial, hang, lift, ownTag, request, ring } from "./calls";
import {
  advance, answerTo, drain, headerOf, hop, last, lastSent, now, receive, sdp, sent, setEndpoint, start, stranger,
} from "./wire";

const peer: Endpoint = changetype<Endpoint>(memory.data(24, 8));

const OUR_REALM = "example.test";
const STATUSES: string[] = ["401 Unauthorized", "407 Proxy Authentication Required"];
const REALMS: string[] = [OUR_REALM, "bob.test", ""];
const OUT = 0, IN = 1;

function challengeOf(status: string, realm: string): string {
  return (status.startsWith("401") ? "WWW" : "Proxy") + "-Authenticate: Digest realm=\"" + realm +
    "\", nonce=\"evil\", qop=\"auth\"\r\n";
}

/** Registered at the hop, with a digest for its realm. */
function begin(): void {
  start();
  accountAt(0).register = true;
  startRegistrations(now);
  drain();
  receive(answerTo(last(), "401 Unauthorized", "r", challengeOf("401", OUR_REALM).replace("evil", "good")));
  receive(answerTo(last(), "200 OK", "r", "Expires: 86400\r\n"));
  advance(40_000);
  accountAt(0).register = false; // calls to 101 itself are taken now
}

/** A request of that method is under way in a call of that direction; its text. */
function provoke(method: string, direction: i32): string {
  if (method == "REGISTER") {
    stopRegistrations(now);
    drain();
  } else if (method == "INVITE") {
    dial("102");
  } else if (method == "PRACK") {
    dial("102");
    receive(answerTo(lastSent("INVITE"), "183 Session Progress", "bob", CONTACT + "Require: 100rel\r\nRSeq: 5\r\n", sdp(6000)));
  } else if (method == "UPDATE") {
    refresh(direction);
  } else {
    let tag = "";
    if (direction == OUT) callOut();
    else tag = callIn();
    advance(40_000);
    if (method == "BYE") {
      hang(0);
    } else if (method == "re-INVITE") {
      hold(0, true, now);
      drain();
    } else if (method == "NOTIFY") {
      const referral = "Refer-To: <sip:103@example.test>\r\n";
      receive(direction == IN ? request("REFER", "r1", 20, tag, referral) : referOfCallee(referral));
    }
  }
  return lastSent(method == "re-INVITE" ? "INVITE" : method);
}

/** A call whose session we refresh: RFC 4028, by UPDATE since the far end takes it. */
function refresh(direction: i32): void {
  const timer = "Allow: INVITE, UPDATE\r\nSupported: timer\r\nSession-Expires: 90;refresher=";
  if (direction == OUT) {
    dial("102");
    receive(answerTo(lastSent("INVITE"), "200 OK", "bob", CONTACT + "Require: timer\r\n" + timer + "uac\r\n", sdp(6000)));
  } else {
    receive(request("INVITE", "i1", 10, "", timer + "uas\r\n", sdp(6000)));
    ring();
    lift();
    receive(request("ACK", "a1", 10, ownTag()));
  }
  advance(46_000);
}

/** A REFER of Bob, whom we have called. */
function referOfCallee(extra: string): string {
  const ours = lastSent("INVITE");
  return "REFER sip:101@192.0.2.2:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKr1\r\nMax-Forwards: 69\r\n" +
    "From: " + headerOf(ours, "To") + ";tag=bob\r\nTo: " + headerOf(ours, "From") + "\r\nCall-ID: " +
    headerOf(ours, "Call-ID") + "\r\nCSeq: 20 REFER\r\n" + CONTACT + extra + "Content-Length: 0\r\n\r\n";
}

/** What goes out after the challenge carries nothing of our password. */
function staysSilent(method: string, direction: i32, status: string, realm: string, source: Endpoint, who: string): void {
  begin();
  const text = provoke(method, direction);
  const what = method + (direction == OUT ? " out " : " in ") + status + " '" + realm + "' " + who;
  expect(text.length > 0).toBe(true, what + ": nothing to challenge");
  const before = sent.length;
  receive(answerTo(text, status, "bob", challengeOf(status, realm)), source);
  advance(100_000);
  for (let index = before; index < sent.length; index++) {
    const later = sent[index].text;
    // what a registration of its own says to its registrar is no answer
    if (later.startsWith("REGISTER") && sent[index].host == hop.address0 && !later.includes("evil")) continue;
    expect(later.includes("Authorization:")).toBe(false, what + "\n" + later);
  }
}

const METHODS: string[] = ["REGISTER", "INVITE", "PRACK", "BYE", "re-INVITE", "UPDATE", "NOTIFY"];

describe("the digest of our password", () => {
  test("no method, direction, realm: nothing for a challenge from another address", () => {
    setEndpoint(peer, "198.51.100.7", 5080);
    for (let method = 0; method < METHODS.length; method++) {
      for (let direction = OUT; direction <= IN; direction++) {
        for (let status = 0; status < 2; status++) {
          for (let realm = 0; realm < REALMS.length; realm++) {
            staysSilent(METHODS[method], direction, STATUSES[status], REALMS[realm], stranger, "from a stranger");
            staysSilent(METHODS[method], direction, STATUSES[status], REALMS[realm], peer, "from the far end");
          }
        }
      }
    }
  });

  test("no method, direction: nothing for another realm than that of the registration, even by way of the hop", () => {
    for (let method = 1; method < METHODS.length; method++) {
      for (let direction = OUT; direction <= IN; direction++) {
        for (let status = 0; status < 2; status++) {
          for (let realm = 1; realm < REALMS.length; realm++) {
            staysSilent(METHODS[method], direction, STATUSES[status], REALMS[realm], hop, "by way of the hop");
          }
        }
      }
    }
  });

  test("in a call that we were called in: nothing at all, for our own realm, by way of the hop", () => {
    const methods = ["BYE", "re-INVITE", "UPDATE", "NOTIFY"];
    for (let method = 0; method < methods.length; method++) {
      for (let status = 0; status < 2; status++) {
        staysSilent(methods[method], IN, STATUSES[status], OUR_REALM, hop, "by way of the hop");
      }
    }
  });

  test("and the registrar itself is answered, or nothing of the above would say anything", () => {
    const methods = ["INVITE", "PRACK", "BYE", "re-INVITE", "UPDATE"];
    for (let method = 0; method < methods.length; method++) {
      begin();
      const text = provoke(methods[method], OUT);
      receive(answerTo(text, STATUSES[1], "p", challengeOf(STATUSES[1], OUR_REALM)));
      expect(last().includes("Proxy-Authorization: ")).toBe(true, methods[method]);
    }
  });
});

// Dialogs and their route sets: RFC 3261 §12.

import { ENDPOINT_SIZE, Endpoint, endpointAt } from "../../../assembly/abi/endpoint";
import { Text, textAt } from "../../../assembly/base/text";
import { DIALOG_SIZE, Dialog, DialogState, Sequence, TAG_SIZE } from "../../../assembly/sip/dialog/dialog";
import { setRoutesOfRequest, setRoutesOfResponse } from "../../../assembly/sip/dialog/route-set";
import { Method } from "../../../assembly/sip/method";
import { out } from "../../../assembly/sip/writer";
import { message, parse, span } from "./text";
import { headerOf, hop, setText, start } from "./wire";

const dialog: Dialog = changetype<Dialog>(memory.data(DIALOG_SIZE, 16));
const routes: Text = textAt(memory.data(1028, 16)).setup(1020);
const tiny: Text = textAt(memory.data(36, 16)).setup(32);
const none: Text = textAt(memory.data(36, 16)).setup(32);
const destination: Endpoint = endpointAt(memory.data(ENDPOINT_SIZE, 8));
const branch = memory.data<u8>([0x7a]);

function requestWith(extra: string, from: string = "<sip:a@b>;tag=1"): string {
  return "INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: " + from +
    "\r\nTo: \"C\" <sip:c@d;x=y>;z=1\r\nCall-ID: id\r\n" +
    "CSeq: 7 INVITE\r\nContact: \"A\" <sip:a@192.0.2.9:5080;ob>;expires=9\r\n" + extra + "Content-Length: 0\r\n\r\n";
}

function responseWith(extra: string): string {
  return "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=x\r\n" +
    "To: <sip:a@b>;tag=peer\r\nCall-ID: id\r\nCSeq: 7 INVITE\r\n" +
    extra + "Content-Length: 0\r\n\r\n";
}

function text(value: Text): string { return span(value.at, value.length); }

function take(request: string): bool {
  start();
  dialog.reset();
  parse(request);
  return dialog.setRequest(message);
}

describe("a dialog of a server, RFC 3261 §12.1.1", () => {
  test("remembers what the request said", () => {
    expect(take(requestWith(""))).toBe(true);
    expect(text(dialog.callId)).toBe("id");
    expect(text(dialog.remoteTag)).toBe("1");
    expect(<i32>dialog.localTag.length).toBe(TAG_SIZE);
    expect(text(dialog.remoteUri)).toBe("sip:a@b");
    expect(text(dialog.localUri)).toBe("sip:c@d;x=y");
    expect(text(dialog.remoteTarget)).toBe("sip:a@192.0.2.9:5080;ob");
    expect(dialog.remoteSequence).toBe(7);
    expect(dialog.routes.isEmpty).toBe(true);
  });

  test("§12.1.1: a peer of RFC 2543 has no tag, and stays without", () => {
    expect(take(requestWith("", "sip:a@b"))).toBe(true);
    expect(dialog.remoteTag.isEmpty).toBe(true);
    parse(requestWith("", "sip:a@b").replace("z=1", "tag=" + text(dialog.localTag)));
    expect(dialog.isOfRequest(message)).toBe(true);
    parse(requestWith("").replace("z=1", "tag=" + text(dialog.localTag)));
    expect(dialog.isOfRequest(message)).toBe(false);
  });

  test("§12.2.2: Call-ID and both tags make a request ours, case and all", () => {
    take(requestWith(""));
    const inside = requestWith("").replace("z=1", "tag=" + text(dialog.localTag));
    parse(inside);
    expect(dialog.isOfRequest(message)).toBe(true);
    parse(inside.replace("Call-ID: id", "Call-ID: iD"));
    expect(dialog.isOfRequest(message)).toBe(false);
    parse(inside.replace("tag=1", "tag=2"));
    expect(dialog.isOfRequest(message)).toBe(false);
    parse(requestWith(""));
    expect(dialog.isOfRequest(message)).toBe(false);
  });

  test("§12.2.2: numbers may jump, but never stay or fall", () => {
    take(requestWith(""));
    const numbers = [8, 9, 100, 100, 99, 2147483647, 1];
    const late = [false, false, false, true, true, false, true];
    for (let index = 0; index < numbers.length; index++) {
      parse(requestWith("").replace("CSeq: 7", "CSeq: " + numbers[index].toString()));
      expect(dialog.takeSequence(message)).toBe(late[index] ? Sequence.Late : Sequence.Next, numbers[index].toString());
    }
  });

  test("what does not fit or is missing makes no dialog", () => {
    expect(take(requestWith("").replace("Call-ID: id", "Call-ID: " + "i".repeat(252)))).toBe(true);
    expect(take(requestWith("").replace("Call-ID: id", "Call-ID: " + "i".repeat(253)))).toBe(false);
    expect(take(requestWith("").replace("tag=1", "tag=" + "t".repeat(252)))).toBe(true);
    expect(take(requestWith("").replace("tag=1", "tag=" + "t".repeat(253)))).toBe(false);
    expect(take(requestWith("").replace("sip:a@b", "sip:" + "a".repeat(510) + "@b"))).toBe(false);
    expect(take(requestWith("").replace("sip:a@192.0.2.9:5080;ob", "sip:" + "a".repeat(510) + "@b"))).toBe(false);
    expect(take(requestWith("").replace("Contact", "X"))).toBe(false);
    expect(take(requestWith("").replace("<sip:a@192.0.2.9:5080;ob>;expires=9", "*"))).toBe(false);
    expect(take(requestWith("").replace("sip:a@192.0.2.9:5080;ob", "tel:+1"))).toBe(false,
      "a target that we cannot send to");
  });

  test("RFC 4475 §3.4.1: a caller without From tag and Contact is reached at its From", () => {
    const untagged = requestWith("").replace(";tag=1", "");
    expect(take(untagged.replace("Contact", "X"))).toBe(true);
    expect(text(dialog.remoteTarget)).toBe("sip:a@b");
    expect(take(untagged.replace("Contact", "X").replace("sip:a@b", "tel:+1"))).toBe(false, "nothing to send to");
    expect(take(untagged)).toBe(true);
    expect(text(dialog.remoteTarget)).toBe("sip:a@192.0.2.9:5080;ob");
  });
});

describe("a request in a dialog, RFC 3261 §12.2.1.1", () => {
  test("Request-URI, Route, From, To, Call-ID and CSeq", () => {
    take(requestWith("Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:192.0.2.3:5099;lr>,<sip:p3;lr>\r\n"));
    dialog.localSequence = 41;
    setText(none, "Me");
    dialog.beginRequest(Method.Bye, hop, none, branch, 1);
    out.body(0, 0);
    expect(span(out.start,
      out.length)).toBe("BYE sip:a@192.0.2.9:5080;ob SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z\r\n" +
        "Max-Forwards: 70\r\n" +
      "Route: <sip:p1;lr>,<sip:192.0.2.3:5099;lr>,<sip:p3;lr>\r\nFrom: \"Me\" <sip:c@d;x=y>;tag=" +
        text(dialog.localTag) +
      "\r\nTo: <sip:a@b>;tag=1\r\nCall-ID: id\r\nCSeq: 41 BYE\r\nContent-Length: 0\r\n\r\n");
    dialog.destination(hop, destination);
    expect(destination.equals(hop)).toBe(true, "p1 is a name: the hop finds it");
  });

  test("goes to the remote target when there is no route", () => {
    take(requestWith(""));
    dialog.destination(hop, destination);
    expect(destination.port).toBe(5080);
    expect(destination.address0).toBe(0x090200c0);
    expect(destination.transport).toBe(hop.transport);
  });

  test("a strict router, alone and with others behind it", () => {
    take(requestWith("Record-Route: <sip:192.0.2.3:5099>\r\n"));
    none.clear();
    dialog.beginRequest(Method.Bye, hop, none, branch, 1);
    const one = span(out.start, <i32>(out.at - out.start));
    expect(one.startsWith("BYE sip:192.0.2.3:5099 SIP/2.0\r\n")).toBe(true);
    expect(headerOf(one, "Route")).toBe("<sip:a@192.0.2.9:5080;ob>");
    dialog.destination(hop, destination);
    expect(destination.port).toBe(5099);
  });
});

function ofRequest(extra: string): string {
  parse(requestWith(extra));
  return setRoutesOfRequest(routes, message) ? text(routes) : "refused";
}

function ofResponse(extra: string): string {
  parse(responseWith(extra));
  return setRoutesOfResponse(routes, message) ? text(routes) : "refused";
}

describe("a route set", () => {
  test("RFC 3261 §12.1.1 and §12.1.2: in order for a server, reversed for a client", () => {
    start();
    const recorded = "Record-Route: <sip:a;lr>;p=1 , \"b, c\" <sip:b;lr>\r\nRecord-Route:   <sip:c;lr>\r\n";
    expect(ofRequest(recorded)).toBe("<sip:a;lr>;p=1 ,\"b, c\" <sip:b;lr>,<sip:c;lr>");
    expect(ofResponse(recorded)).toBe("<sip:c;lr>,\"b, c\" <sip:b;lr>,<sip:a;lr>;p=1 ");
    expect(ofRequest("")).toBe("");
    expect(ofResponse("")).toBe("");
  });

  test("what is no route makes none", () => {
    expect(ofRequest("Record-Route: sip:a;lr\r\n")).toBe("refused");
    expect(ofRequest("Record-Route: <sip:a;lr\r\n")).toBe("refused");
    expect(ofRequest("Record-Route: <sip:>\r\n")).toBe("refused");
    expect(ofRequest("Record-Route: <tel:+1;lr>\r\n")).toBe("refused");
    expect(ofRequest("Record-Route: <sip:a;lr>,\r\n")).toBe("<sip:a;lr>");
    expect(ofRequest("Record-Route: <sip:a;lr>,,<sip:b;lr>\r\n")).toBe("refused");
    expect(ofResponse("Record-Route: <sip:a;lr> x\r\n")).toBe("refused");
  });

  test("what does not fit makes none", () => {
    parse(requestWith("Record-Route: <sip:0123456789012345678>,<sip:b>\r\n"));
    expect(setRoutesOfRequest(tiny, message)).toBe(false);
    parse(requestWith("Record-Route: <sip:012345678901234567>,<sip:b>\r\n"));
    expect(setRoutesOfRequest(tiny, message)).toBe(true);
    expect(<i32>tiny.length).toBe(32);
    parse(responseWith("Record-Route: <sip:0123456789012345678>,<sip:b>\r\n"));
    expect(setRoutesOfResponse(tiny, message)).toBe(false);
    expect(tiny.isEmpty).toBe(true);
    parse(responseWith("Record-Route: <sip:012345678901234567>,<sip:b>\r\n"));
    expect(setRoutesOfResponse(tiny, message)).toBe(true);
    expect(text(tiny)).toBe("<sip:b>,<sip:012345678901234567>");
    parse(responseWith("Record-Route: " + "<sip:b>,".repeat(500) + "<sip:c>\r\n"));
    expect(setRoutesOfResponse(tiny, message)).toBe(false);
    expect(setRoutesOfResponse(routes, message)).toBe(false);
  });
});

describe("a dialog of a client, RFC 3261 §12.1.2", () => {
  test("takes tag, target and routes from the response, and what is missing makes it none", () => {
    start();
    dialog.reset();
    dialog.startClient();
    expect(<i32>dialog.callId.length).toBe(32);
    expect(dialog.localSequence > 0 && dialog.localSequence <= 0x10000).toBe(true);
    parse(responseWith("Contact: <sip:a@192.0.2.9>\r\nRecord-Route: <sip:p;lr>\r\n"));
    expect(dialog.setResponse(message, DialogState.Confirmed)).toBe(true);
    expect(dialog.state).toBe(DialogState.Confirmed);
    expect(text(dialog.remoteTag)).toBe("peer");
    expect(text(dialog.remoteTarget)).toBe("sip:a@192.0.2.9");
    parse(responseWith(""));
    expect(dialog.setResponse(message, DialogState.Confirmed)).toBe(false);
    expect(text(dialog.remoteTarget)).toBe("sip:a@192.0.2.9", "the target stays");
  });
});

// Messages to begin with: a specimen of each that an element of SIP knows, those of the RFCs, those that once found a fault.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { parseSip, respondTo, type SipMessage, writeSip } from "../support/sip-text.ts";

type Fields = [string, string][];

const OFFER = [
  "v=0",
  "o=alice 2890844526 2890844526 IN IP4 127.0.0.9",
  "s=-",
  "c=IN IP4 127.0.0.9",
  "t=0 0",
  "m=audio 49170 RTP/AVP 0 8 97 101",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:97 iLBC/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "a=ptime:20",
  "a=sendrecv",
  "m=video 51372 RTP/AVP 31",
  "a=rtpmap:31 H261/90000",
  "",
].join("\r\n");

const REQUESTS: readonly [method: string, more: Fields, body: string][] = [
  [
    "INVITE",
    [
      ["Contact", "<sip:201@127.0.0.9:5080;transport=udp>"],
      ["Content-Type", "application/sdp"],
      ["Supported", "100rel, timer, replaces"],
      ["Allow", "INVITE, ACK, BYE, CANCEL"],
    ],
    OFFER,
  ],
  [
    "INVITE",
    [
      ["Contact", "<sip:201@127.0.0.9>"],
      ["Record-Route", "<sip:127.0.0.1;lr>"],
      ["Session-Expires", "1800;refresher=uac"],
      ["Min-SE", "90"],
      ["Alert-Info", "<http://127.0.0.9/x>;info=alert-autoanswer"],
    ],
    "",
  ],
  ["ACK", [], ""],
  ["BYE", [["Reason", 'Q.850;cause=16;text="Normal"']], ""],
  ["CANCEL", [], ""],
  ["OPTIONS", [["Accept", "application/sdp"]], ""],
  [
    "REGISTER",
    [
      [
        "Contact",
        '<sip:101@127.0.0.9>;expires=3600;q=0.7;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=1',
      ],
      ["Supported", "path, gruu, outbound"],
      ["Path", "<sip:127.0.0.8;lr>"],
    ],
    "",
  ],
  [
    "REGISTER",
    [
      ["Contact", "*"],
      ["Expires", "0"],
      [
        "Authorization",
        'Digest username="101", realm="127.0.0.1", nonce="0123456789abcdef", uri="sip:127.0.0.1", response="00112233445566778899aabbccddeeff", algorithm=MD5, qop=auth, cnonce="x", nc=00000001',
      ],
    ],
    "",
  ],
  ["MESSAGE", [["Content-Type", "text/plain"]], "Watson, come here."],
  ["INFO", [["Content-Type", "application/dtmf-relay"]], "Signal=5\r\nDuration=160\r\n"],
  [
    "REFER",
    [
      ["Refer-To", "<sip:102@127.0.0.1?Replaces=a%40b%3Bto-tag%3Dx%3Bfrom-tag%3Dy>"],
      ["Referred-By", "<sip:201@127.0.0.1>"],
      ["Contact", "<sip:201@127.0.0.9>"],
    ],
    "",
  ],
  [
    "NOTIFY",
    [
      ["Event", "message-summary"],
      ["Subscription-State", "active;expires=600"],
      ["Content-Type", "application/simple-message-summary"],
    ],
    "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n",
  ],
  [
    "NOTIFY",
    [
      ["Event", "refer;id=1"],
      ["Subscription-State", "terminated;reason=noresource"],
      ["Content-Type", "message/sipfrag;version=2.0"],
    ],
    "SIP/2.0 200 OK\r\n",
  ],
  [
    "SUBSCRIBE",
    [
      ["Event", "message-summary"],
      ["Expires", "3600"],
      ["Contact", "<sip:201@127.0.0.9>"],
    ],
    "",
  ],
  ["PRACK", [["RAck", "776656 1 INVITE"]], ""],
  [
    "UPDATE",
    [
      ["Contact", "<sip:201@127.0.0.9>"],
      ["Content-Type", "application/sdp"],
      ["Session-Expires", "90"],
    ],
    OFFER,
  ],
  [
    "PUBLISH",
    [
      ["Event", "presence"],
      ["SIP-If-Match", "x"],
    ],
    "",
  ],
];

/** `user` is 101 to 104; the To has a tag in `isInDialog`. */
function requestOf([method, more, body]: (typeof REQUESTS)[number], index: number): string {
  const isLater = ["ACK", "BYE", "INFO", "REFER", "PRACK", "UPDATE"].includes(method);
  const target = method === "REGISTER" ? "sip:127.0.0.1" : "sip:101@127.0.0.1";
  const from = method === "REGISTER" ? "<sip:101@127.0.0.1>" : '"Eve \\"E\\" X" <sip:201@127.0.0.1>';
  return writeSip(
    `${method} ${target} SIP/2.0`,
    [
      ["Via", `SIP/2.0/UDP 127.0.0.9:5080;rport;branch=z9hG4bKcorpus${index}`],
      ["Max-Forwards", "70"],
      ["From", `${from};tag=from${index}`],
      ["To", `<sip:101@127.0.0.1>${isLater ? ";tag=to" : ""}`],
      ["Call-ID", `corpus-${index}@127.0.0.9`],
      ["CSeq", `${index + 1} ${method}`],
      ...more,
    ],
    body,
  );
}

function responsesTo(request: SipMessage): string[] {
  const contact: Fields = [["Contact", "<sip:201@127.0.0.9>"]];
  const challenge =
    'Digest realm="127.0.0.1", nonce="n", algorithm=SHA-256, qop="auth,auth-int", opaque="o", stale=true';
  return [
    respondTo(request, "100 Trying", ""),
    respondTo(
      request,
      "183 Session Progress",
      "x",
      [...contact, ["Require", "100rel"], ["RSeq", "1"], ["Content-Type", "application/sdp"]],
      OFFER,
    ),
    respondTo(
      request,
      "200 OK",
      "x",
      [...contact, ["Content-Type", "application/sdp"], ["Session-Expires", "90;refresher=uas"]],
      OFFER,
    ),
    respondTo(request, "302 Moved", "x", [["Contact", "<sip:a@127.0.0.8>;q=0.1, <sip:b@127.0.0.7>"]]),
    respondTo(request, "401 Unauthorized", "x", [
      ["WWW-Authenticate", challenge],
      ["WWW-Authenticate", challenge.replace("SHA-256", "MD5")],
    ]),
    respondTo(request, "407 Proxy Authentication Required", "x", [["Proxy-Authenticate", challenge]]),
    respondTo(request, "423 Interval Too Brief", "x", [["Min-Expires", "7200"]]),
    respondTo(request, "486 Busy Here", "x"),
    respondTo(request, "503 Service Unavailable", "x", [["Retry-After", "5 (soon)"]]),
    respondTo(request, "600 Busy Everywhere", "x"),
  ];
}

const filesOf = (folder: string): Uint8Array[] => {
  const path = join(projectRoot, "test/vectors", folder);
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.endsWith(".sip"))
        .sort()
        .map((name) => readFileSync(join(path, name)))
    : [];
};

/** Messages that once found a fault. */
export const KEPT: readonly Uint8Array[] = filesOf("fuzz-corpus");

/** RFC 8489 §5, §14: a binding request, one with a change of address that we do not know, an answer, a refusal. */
const STUN = [
  "000100002112a442b7e7a701bc34d686fa87dfae",
  "000100082112a442b7e7a701bc34d686fa87dfae0003000400000006",
  "0101000c2112a442b7e7a701bc34d686fa87dfae002000080001a147e112a643",
  "0111000c2112a442b7e7a701bc34d686fa87dfae000900080000040042616421",
].map((hex) => Buffer.from(hex, "hex"));

export const CORPUS: readonly Uint8Array[] = [
  ...REQUESTS.map((request, index) => requestOf(request, index)),
  ...[0, 6].flatMap((index) => responsesTo(parseSip(requestOf(REQUESTS[index]!, index)))),
]
  .map((text): Uint8Array => Buffer.from(text, "latin1"))
  .concat([...STUN, Buffer.from("\r\n\r\n"), Buffer.alloc(0), ...filesOf("rfc4475"), ...filesOf("rfc5118"), ...KEPT]);

/** RTP of PCMU, a telephone event, a sender and a receiver report with SDES, a BYE: RFC 3550 §5.1 and §6. */
export const RTP_CORPUS: readonly Buffer[] = [
  Buffer.concat([Buffer.from("8000000100000001deadbeef", "hex"), Buffer.alloc(160, 0xff)]),
  Buffer.from("80e5000200000001deadbeef010a00a0", "hex"),
  Buffer.from("8065000300000001deadbeef018a0320", "hex"),
  Buffer.from("b100000400000001deadbeef00000001bede000110ff0000ffffffff00000004", "hex"),
];
export const RTCP_CORPUS: readonly Buffer[] = [
  Buffer.from(
    "81c8000cdeadbeef00000001000000000000000100000001000000a0deadbee0000000000000000100000000000000000000000081ca0003deadbeef010361404200",
    "hex",
  ),
  Buffer.from("80c90001deadbeef81cb0001deadbeef", "hex"),
];

// The messages of RFC 4475 and RFC 5118, one file each with the bytes that go over the wire, and what becomes of them.
// Where the RFC leaves a choice, the one that is taken here is told with its reason. The files are as the RFCs have
// them, but that RFC 5118's Content-Length fields count the line ends as CRLF, which its own do not.
//
// What is around them: lines `user` and `UserB` at an adapter, whose server is where the messages come from; a server
// for example.com and [2001:db8::10] on port 5070, with the users of PASSWORDS.

/** Nothing is answered. */
export const DROP = 0;

export interface Answer {
  /** Of the response; DROP for none. An INVITE that is taken is answered 180. */
  status: number;
  /** Header fields, in lower case, that the response has: every value in its order, or what the first one matches. */
  has?: Readonly<Record<string, readonly string[] | RegExp>>;
}

/** What follows when the same REGISTER comes again with a user's proof. */
export interface Proven {
  user: string;
  status: number;
  /** Contacts that the 200 lists, without their parameters. */
  contacts?: readonly string[];
}

export interface Vector {
  rfc: 4475 | 5118;
  section: string;
  name: string;
  adapter: Answer;
  server: Answer;
  proven?: Proven;
  why: string;
}

/** Users of the server. */
export const USERS: readonly string[] = ["user", "j.user", "watson", "null-", "resource", "mundane"];
/** Lines of the adapter. */
export const LINES: readonly string[] = ["user", "UserB"];
export const DOMAINS: readonly string[] = ["example.com", "[2001:db8::10]"];
export const SERVER_PORT = 5070;

const answered = (status: number, has?: Answer["has"]): Answer => (has ? { status, has } : { status });
const dropped = answered(DROP);
const challenged = answered(401, { "www-authenticate": /^Digest realm=/ });
const proxyChallenged = answered(407, { "proxy-authenticate": /^Digest realm=/ });
const notAllowed = answered(405, { allow: /INVITE, ACK, CANCEL, BYE, OPTIONS/ });
const unknownMethod = answered(501, { allow: /INVITE, ACK, CANCEL, BYE, OPTIONS/ });
const badRequest = answered(400);

type Row = readonly [section: string, name: string, adapter: Answer, server: Answer, why: string, proven?: Proven];

const RFC4475: readonly Row[] = [
  ["3.1.1.1", "wsinv", answered(481), proxyChallenged, "well-formed; its To has the tag of a dialog that is not there"],
  ["3.1.1.2", "intmeth", unknownMethod, proxyChallenged, "well-formed; no method that a user agent knows"],
  [
    "3.1.1.3",
    "esc01",
    answered(404),
    proxyChallenged,
    "well-formed; an escaped URI is all of it a user part, nobody's",
  ],
  [
    "3.1.1.4",
    "escnull",
    notAllowed,
    challenged,
    "well-formed; a name does not end at an escaped NUL: user `null-` may not register for it",
    { user: "null-", status: 403 },
  ],
  ["3.1.1.5", "esc02", unknownMethod, proxyChallenged, "well-formed; a method has no escapes, so this is no REGISTER"],
  ["3.1.1.6", "lwsdisp", answered(200), proxyChallenged, "well-formed without a blank before the <"],
  ["3.1.1.7", "longreq", answered(180), proxyChallenged, "well-formed, only long"],
  [
    "3.1.1.8",
    "dblreq",
    notAllowed,
    challenged,
    "a REGISTER; what follows it in the datagram is no message",
    { user: "j.user", status: 200, contacts: ["sip:j.user@host.example.com"] },
  ],
  [
    "3.1.1.9",
    "semiuri",
    answered(404),
    proxyChallenged,
    "well-formed; `user;par=u@example.net` is the user, not `user`",
  ],
  [
    "3.1.1.10",
    "transports",
    answered(200),
    proxyChallenged,
    "well-formed; transports below the topmost Via are nothing to us",
  ],
  [
    "3.1.1.11",
    "mpart01",
    answered(415, { accept: ["text/plain"] }),
    proxyChallenged,
    "well-formed; a MESSAGE with a binary body, signed in a way that a telephone can't read",
  ],
  ["3.1.1.12", "unreason", dropped, dropped, "well-formed; a response to nothing that was asked"],
  ["3.1.1.13", "noreason", dropped, dropped, "well-formed; a response to nothing that was asked"],
  ["3.1.2.1", "badinv01", badRequest, badRequest, "separators with nothing between them"],
  ["3.1.2.2", "clerr", badRequest, badRequest, "less body than Content-Length says"],
  ["3.1.2.3", "ncl", badRequest, badRequest, "a negative Content-Length"],
  ["3.1.2.4", "scalar02", badRequest, badRequest, "CSeq and Max-Forwards are too large"],
  ["3.1.2.5", "scalarlg", dropped, dropped, "CSeq is too large; nobody answers a response"],
  ["3.1.2.6", "quotbal", badRequest, badRequest, "a quoted string does not end"],
  [
    "3.1.2.7",
    "ltgtruri",
    badRequest,
    badRequest,
    "a Request-URI in angle brackets; guessing what was meant gains nothing",
  ],
  ["3.1.2.8", "lwsruri", badRequest, badRequest, "a blank inside the Request-URI"],
  [
    "3.1.2.9",
    "lwsstart",
    badRequest,
    badRequest,
    "two blanks in the request line: two readers could split it differently",
  ],
  ["3.1.2.10", "trws", badRequest, badRequest, "blanks after the version"],
  ["3.1.2.11", "escruri", badRequest, badRequest, "header fields in a Request-URI: ours to refuse, not to guess at"],
  [
    "3.1.2.12",
    "baddate",
    answered(180),
    proxyChallenged,
    "a bad Date, which nobody here reads, is no reason to lose a call",
  ],
  ["3.1.2.13", "regbadct", notAllowed, badRequest, "a question mark in a Contact without angle brackets"],
  ["3.1.2.14", "badaspec", badRequest, badRequest, "blanks inside an addr-spec"],
  ["3.1.2.15", "baddn", badRequest, badRequest, "a comma in an unquoted display name"],
  ["3.1.2.16", "badvers", answered(505), answered(505), "SIP/7.0"],
  ["3.1.2.17", "mismatch01", badRequest, badRequest, "CSeq names another method"],
  [
    "3.1.2.18",
    "mismatch02",
    answered(501),
    answered(501),
    "CSeq names another method, but the method is unknown as well: 501 is preferred, so that it may have a meaning once",
  ],
  ["3.1.2.19", "bigcode", dropped, dropped, "a status code that no 32 bits hold"],
  ["3.2.1", "badbranch", answered(200), proxyChallenged, "a branch of the cookie alone is matched as RFC 2543 did"],
  ["3.3.1", "insuf", badRequest, badRequest, "no From, To and Call-ID; the 400 does without them"],
  ["3.3.2", "unkscm", answered(416), answered(416), "a scheme that nobody knows"],
  ["3.3.3", "novelsc", answered(416), answered(416), "a scheme that others know"],
  ["3.3.4", "unksm2", notAllowed, badRequest, "well-formed; but an address-of-record is a SIP URI"],
  [
    "3.3.5",
    "bext01",
    answered(420, { unsupported: ["nothingSupportsThis, nothingSupportsThisEither"] }),
    answered(420, { unsupported: ["noProxiesSupportThis, norDoAnyProxiesSupportThis"] }),
    "extensions that nobody has: a phone looks at Require, a proxy at Proxy-Require",
  ],
  ["3.3.6", "invut", answered(415, { accept: ["application/sdp"] }), proxyChallenged, "a body of no kind that we know"],
  ["3.3.7", "regaut01", notAllowed, challenged, "credentials of an unknown scheme prove nothing"],
  ["3.3.8", "multi01", badRequest, badRequest, "fields twice that there is one of"],
  ["3.3.9", "mcl01", badRequest, badRequest, "two ends of one body"],
  ["3.3.10", "bcast", dropped, dropped, "a response to nothing that was asked; its second Via is a broadcast address"],
  ["3.3.11", "zeromf", answered(200), answered(483), "it goes no further, but may end here"],
  [
    "3.3.12",
    "cparam01",
    notAllowed,
    challenged,
    "without angle brackets the parameter is not the URI's",
    { user: "watson", status: 200, contacts: ["sip:+19725552222@gw1.example.net"] },
  ],
  [
    "3.3.13",
    "cparam02",
    notAllowed,
    challenged,
    "in angle brackets the parameter is the URI's",
    { user: "watson", status: 200, contacts: ["sip:+19725552222@gw1.example.net;unknownparam"] },
  ],
  [
    "3.3.14",
    "regescrt",
    notAllowed,
    challenged,
    "header fields are part of a Contact's URI",
    { user: "user", status: 200, contacts: ["sip:user@example.com?Route=%3Csip:sip.example.com%3E"] },
  ],
  ["3.3.15", "sdp01", answered(406), proxyChallenged, "the caller takes no session description in the answer"],
  [
    "3.4.1",
    "inv2543",
    answered(180),
    proxyChallenged,
    "no branch, From tag, Contact, Max-Forwards, Content-Length: a call",
  ],
];

const TEXT_OF_IPV6 = "a call between IPv6 addresses";

const RFC5118: readonly Row[] = [
  [
    "4.1",
    "ipv6-good",
    notAllowed,
    challenged,
    "an IPv6 reference as Request-URI and in Contact",
    { user: "user", status: 200, contacts: ["sip:caller@[2001:db8::1]"] },
  ],
  ["4.2", "ipv6-bad", badRequest, badRequest, "an IPv6 address without brackets"],
  ["4.3", "port-ambiguous", notAllowed, answered(404), "all of it is the address, which is not ours"],
  [
    "4.4",
    "port-unambiguous",
    notAllowed,
    challenged,
    "a port after the brackets, ours",
    { user: "user", status: 200, contacts: ["sip:caller@[2001:db8::1]"] },
  ],
  [
    "4.5",
    "via-received-param-with-delim",
    answered(481),
    proxyChallenged,
    "received with brackets, which we have to read; the dialog is not there",
  ],
  [
    "4.5",
    "via-received-param-no-delim",
    answered(404),
    answered(200, { allow: /INVITE/ }),
    "received without brackets; asked of a server, no phone's",
  ],
  ["4.6", "ipv6-in-sdp", answered(488), proxyChallenged, `${TEXT_OF_IPV6}; G.726 and video are all that it offers`],
  ["4.7", "mult-ip-in-header", answered(481), proxyChallenged, "both kinds of address in Via; the dialog is not there"],
  [
    "4.8",
    "mult-ip-in-sdp",
    answered(180),
    proxyChallenged,
    "sound over IPv4, a picture over IPv6: a call, one line refused",
  ],
  ["4.9", "ipv4-mapped-ipv6", answered(488), proxyChallenged, "IPv4 as IPv6; G.726 and video are all that it offers"],
  [
    "4.10",
    "ipv6-bug-abnf-3-colons",
    answered(200),
    proxyChallenged,
    "three colons before IPv4, as RFC 3261's grammar had it",
  ],
  ["4.10", "ipv6-correct-abnf-2-colons", answered(200), proxyChallenged, "two colons before IPv4, as RFC 4291 has it"],
];

const vectorsOf =
  (rfc: Vector["rfc"]) =>
  ([section, name, adapter, server, why, proven]: Row): Vector => ({
    rfc,
    section,
    name,
    adapter,
    server,
    why,
    ...(proven && { proven }),
  });

export const VECTORS: readonly Vector[] = [...RFC4475.map(vectorsOf(4475)), ...RFC5118.map(vectorsOf(5118))];

// What SIPp plays, as a list of steps: each says what its message has of its own, the rest of the message is written here once.

/** One step of a script, in SIPp's XML. */
export type Step = string;

export interface MessageWords {
  /** Header fields besides those that every message has. */
  headers?: readonly string[];
  body?: string;
  /** The body's Content-Type, where it is no session description. */
  type?: string;
  /** The request that it answers belongs to no dialog: its To gets a tag. */
  isOutside?: boolean;
  /** Of its Via, to make a transaction of its own of a number that was used before. */
  branch?: string;
}

export interface ExpectedWords {
  /** Header fields that must be there, with an extended regular expression for their values. */
  has?: Readonly<Record<string, string>>;
  lacks?: readonly string[];
  /** An extended regular expression for the body. */
  body?: string;
  /** An extended regular expression for the whole message. */
  like?: string;
  /** Header fields whose values are kept, by the words that say them again: `[$word]`. */
  keeps?: Readonly<Record<string, string>>;
  /** It may be left out. */
  isOptional?: boolean;
  /** Its Contact and Record-Route say where requests go from now on. */
  isRoute?: boolean;
  /** A challenge, which `[authentication]` answers from now on. */
  isChallenge?: boolean;
  /** How long it may take, ms. */
  within?: number;
  /** More of SIPp's actions. */
  actions?: readonly string[];
}

const LONGEST = 8000;
const OWN_TAG = ";tag=[pid]s[call_number]";
const atRemote = (user: string): string => `<sip:${user}@[remote_ip]:[remote_port]>`;
const CONTACT = "Contact: <sip:777@[local_ip]:[local_port]>";
const FIELDS = ["Via", "From", "To", "Call-ID", "CSeq"];

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** SIPp's session description. Each change of it is a new `version`. */
export function description({ direction = "", address = "[media_ip]", version = 1 } = {}): string {
  return `v=0
o=sipp 1 ${version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] ${address}
t=0 0
m=audio [media_port] RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
${direction === "" ? "" : `a=${direction}\n`}`;
}

const takesContact = (start: string): boolean => !/^(ACK|BYE|CANCEL|MESSAGE|PRACK|SIP\/2.0 [3-6])/.test(start);

function send(
  lines: readonly string[],
  { headers = [], body = "", type = "application/sdp" }: MessageWords,
  repeats: boolean,
): Step {
  const contact =
    headers.some((field) => field.startsWith("Contact:")) || !takesContact(lines[0] as string) ? [] : [CONTACT];
  const bodyType = body === "" ? [] : [`Content-Type: ${type}`];
  const head = [...lines, ...contact, ...headers, ...bodyType, "Content-Length: [len]"].join("\n");
  return `<send${repeats ? ' retrans="500"' : ""}><![CDATA[\n${head}\n\n${body}]]></send>`;
}

let names = 0;

function ereg(regexp: string, where: string, check: "" | "check_it" | "check_it_inverse", name = `unused${names++}`) {
  const checked = check === "" ? "" : `${check}="true" `;
  return `<ereg regexp="${escaped(regexp)}" search_in=${where} ${checked}assign_to="${name}"/>`;
}

/** Waits for a request or a response. Everything else that comes, but for copies of what came before, is a failure. */
export function hears(what: string | number, words: ExpectedWords = {}): Step {
  const {
    has = {},
    lacks = [],
    body,
    like,
    keeps = {},
    isOptional = false,
    isRoute = false,
    isChallenge = false,
    within = LONGEST,
    actions = [],
  } = words;
  const inField = (field: string) => `"hdr" header="${field}:"`;
  const all = [
    ...Object.entries(keeps).map(([name, field]) => ereg("[^ ].*", inField(field), "check_it", name)),
    ...Object.entries(has).map(([field, regexp]) => ereg(regexp, inField(field), "check_it")),
    ...lacks.map((field) => ereg(`[[:cntrl:]]${field}:`, '"msg"', "check_it_inverse")),
    ...(body === undefined ? [] : [ereg(body, '"body"', "check_it")]),
    ...(like === undefined ? [] : [ereg(like, '"msg"', "check_it")]),
    ...actions,
  ];
  const kind = typeof what === "number" ? "response" : "request";
  const more = `${isOptional ? ' optional="true"' : ""}${isRoute ? ' rrs="true"' : ""}${isChallenge ? ' auth="true"' : ""}`;
  return `<recv ${kind}="${what}" timeout="${within}"${more}><action>${all.join("\n")}</action></recv>`;
}

export const pause = (milliseconds: number): Step => `<pause milliseconds="${milliseconds}"/>`;

/** Answers the message that came last; `repeats` until something else comes. */
export function answers(status: string, words: MessageWords = {}, repeats = false): Step {
  const tag = words.isOutside ? OWN_TAG : "";
  return send(
    [`SIP/2.0 ${status}`, ...FIELDS.map((field) => `[last_${field}:]${field === "To" ? tag : ""}`)],
    words,
    repeats,
  );
}

/** For hears(): keeps what answersLater() says to the message, whatever comes between. */
export const toAnswerLater = {
  keeps: Object.fromEntries(FIELDS.map((field) => [`later${field.replace("-", "")}`, field])),
};

export function answersLater(status: string, words: MessageWords = {}): Step {
  return send(
    [`SIP/2.0 ${status}`, ...FIELDS.map((field) => `${field}: [$later${field.replace("-", "")}]`)],
    words,
    false,
  );
}

const via = (branch: string): string =>
  `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-${branch}`;

/** A request whose transaction is `branch`. */
function request(start: string, from: string, to: string, number: number, branch: string, words: MessageWords): Step {
  const method = start.split(" ")[0] as string;
  const lines = [
    `${start} SIP/2.0`,
    via(branch),
    ...(start.includes("[next_url]") ? ["[routes]"] : []),
    `From: ${from}`,
    `To: ${to}`,
    "Call-ID: [call_id]",
    `CSeq: ${number} ${method}`,
    "Max-Forwards: 70",
  ];
  return send(lines, words, method !== "ACK");
}

const branchOf = (method: string, number: number, { branch = "" }: MessageWords): string =>
  `${number}${method}${branch}`;

/** SIPp has placed the call, as `own` in its From, to `peer` in its To. */
function callerAs(own: string, peer: string) {
  const from = `${own}${OWN_TAG}`;
  const uri = peer.slice(1, -1);
  const inDialog = `${peer}[peer_tag_param]`;
  return {
    invite: (words: MessageWords = {}, number = 1): Step =>
      request(`INVITE ${uri}`, from, peer, number, `${number}`, words),

    /** Of the INVITE, whose answer has been no 2xx. */
    thanksForRefusal: (number = 1): Step => request(`ACK ${uri}`, from, inDialog, number, `${number}`, {}),

    cancel: (number = 1): Step => request(`CANCEL ${uri}`, from, peer, number, `${number}`, {}),

    /** Inside the dialog; an ACK is that of a 2xx, a transaction of its own. */
    asks: (method: string, number: number, words: MessageWords = {}): Step =>
      request(`${method} [next_url]`, from, inDialog, number, branchOf(method, number, words), words),

    /** Inside the dialog of another phone, whose 2xx was heard with `toAskOther`. */
    asksOther: (method: string, number: number): Step =>
      request(`${method} [$otherTarget]`, from, "[$otherTo]", number, `${number}${method}other`, {
        headers: ["Route: [$otherRoute]"],
      }),

    /** Of a re-INVITE, whose answer has been no 2xx. */
    thanksForRefusedChange: (number: number): Step =>
      request("ACK [next_url]", from, inDialog, number, `${number}INVITE`, {}),
  };
}

/** For hears(): keeps what asksOther() needs. */
export const toAskOther: ExpectedWords = {
  keeps: { otherTo: "To", otherRoute: "Record-Route" },
  actions: [ereg("sip:[^>]*", '"hdr" header="Contact:"', "check_it", "otherTarget")],
};

/** Somebody has called SIPp; `isRouted` by a proxy that wants to stay in the way. */
function calleeOf(isRouted: boolean) {
  return {
    hearsInvite: (words: ExpectedWords = {}): Step => {
      const actions = [
        ereg("Via: .*branch=[^[:cntrl:]]*", '"msg"', "check_it", "vias"),
        ereg("[^ ].*", '"hdr" header="From:"', "check_it", "from"),
        ereg("[^ ].*", '"hdr" header="To:"', "check_it", "to"),
        ereg("[0-9]+", '"hdr" header="CSeq:"', "check_it", "number"),
        ...(isRouted ? [ereg("Record-Route: [^[:cntrl:]]*", '"msg"', "check_it", "route")] : []),
      ];
      return hears("INVITE", { isRoute: true, ...words, actions: [...actions, ...(words.actions ?? [])] });
    },

    /** Answers the INVITE, whatever came since. A 2xx is repeated until something comes. */
    says: (status: string, words: MessageWords = {}, tag = "s"): Step => {
      const to = status.startsWith("100") ? "" : `;tag=[pid]${tag}[call_number]`;
      const lines = [
        `SIP/2.0 ${status}`,
        "[$vias]",
        ...(isRouted ? ["[$route]"] : []),
        "From: [$from]",
        `To: [$to]${to}`,
        "Call-ID: [call_id]",
        "CSeq: [$number] INVITE",
      ];
      return send(lines, words, status.startsWith("2"));
    },

    asks: (method: string, number: number, words: MessageWords = {}): Step =>
      request(`${method} [next_url]`, `[$to]${OWN_TAG}`, "[$from]", number, branchOf(method, number, words), words),

    thanksForRefusedChange: (number: number): Step =>
      request("ACK [next_url]", `[$to]${OWN_TAG}`, "[$from]", number, `${number}INVITE`, {}),
  };
}

/** SIPp calls the line `[user]`, as its server would. */
export const caller = callerAs('"SIPp" <sip:777@[local_ip]:[local_port]>', atRemote("[user]"));
/** The line calls SIPp. */
export const callee = calleeOf(false);
export type Party = Pick<typeof caller, "asks" | "thanksForRefusedChange">;

/** `[user]` calls `[peer]` through the server. */
export const callerAtServer = callerAs(atRemote("[user]"), atRemote("[peer]"));
export const calleeAtServer = calleeOf(true);

/** A request without a dialog about `[user]` itself: REGISTER, or what else there is. */
export const registers = (number: number, words: MessageWords): Step =>
  request(
    "REGISTER sip:[remote_ip]:[remote_port]",
    atRemote("[user]") + OWN_TAG,
    atRemote("[user]"),
    number,
    `${number}r`,
    words,
  );

/** A MESSAGE from `user` to `[peer]`, outside any call. */
export const message = (number: number, user: string, words: MessageWords): Step =>
  request(
    `MESSAGE ${atRemote("[peer]").slice(1, -1)}`,
    atRemote(user) + OWN_TAG,
    atRemote("[peer]"),
    number,
    `${number}m`,
    words,
  );

/** The whole script. */
export function script(steps: readonly Step[]): string {
  const text = steps.join("\n");
  const kept = [...new Set([...text.matchAll(/assign_to="(\w+)"/g)].map(([, name]) => name))];
  const used = kept.length > 0 ? `<Reference variables="${kept.join(",")}"/>` : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="script">\n${text}\n${used}\n</scenario>\n`;
}

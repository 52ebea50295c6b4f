// A SIP message in a line, for ladders and logs. Reads only what people look at; the core has the parser.

export interface SipSummary {
  isRequest: boolean;
  /** `INVITE 102`, `407 Proxy Authentication Required`, `200 OK (INVITE)`. */
  text: string;
  callId: string;
  cSeq: string;
  /** User parts of From and To. */
  from: string;
  to: string;
}

const FIELD = /^(call-id|i|cseq|from|f|to|t)[ \t]*:[ \t]*(.*)$/gim;
const LONG_NAMES: Record<string, string> = { i: "call-id", f: "from", t: "to" };

/** The user part; empty when the URI has none. Nobody's is longer, and what strangers send must not keep us searching. */
function userOf(value = ""): string {
  return /(?:sips?:([^@>;]{0,128})@|tel:([^>;]{0,128}))/i.exec(value)?.slice(1).find(Boolean) ?? "";
}

/** Undefined for keep-alives and whatever else is no SIP message. */
export function summarise(bytes: Uint8Array): SipSummary | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const headEnd = text.indexOf("\r\n\r\n");
  const head = headEnd < 0 ? text : text.slice(0, headEnd);
  const [startLine = ""] = head.split("\r\n", 1);
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(startLine);
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(startLine);
  if (!response && !request) return undefined;

  const fields: Record<string, string> = {};
  for (const [, name = "", value = ""] of head.matchAll(FIELD)) {
    const key = name.toLowerCase();
    fields[LONG_NAMES[key] ?? key] ??= value.trim();
  }
  const cSeq = fields.cseq ?? "";
  const method = cSeq.split(/\s+/)[1] ?? "";
  const to = userOf(fields.to);
  return {
    isRequest: request !== null,
    text: request ? `${request[1]}${to ? ` ${to}` : ""}` : `${response?.[1]} ${response?.[2]} (${method})`,
    callId: fields["call-id"] ?? "",
    cSeq,
    from: userOf(fields.from),
    to,
  };
}

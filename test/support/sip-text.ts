// SIP messages as tests write and read them: text in, text out, no knowledge of the core.

export interface SipMessage {
  /** The whole first line. */
  startLine: string;
  /** A request's method, or "" for a response. */
  method: string;
  /** A request's Request-URI. */
  uri: string;
  /** A response's status, or 0 for a request. */
  status: number;
  /** Header fields in their order, names in lower case. */
  fields: [name: string, value: string][];
  body: string;
  text: string;
}

export function parseSip(text: string): SipMessage {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`no end of header in ${JSON.stringify(text)}`);
  const [startLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  const words = startLine.split(" ");
  const isResponse = startLine.startsWith("SIP/2.0 ");
  return {
    startLine,
    method: isResponse ? "" : (words[0] ?? ""),
    uri: isResponse ? "" : (words[1] ?? ""),
    status: isResponse ? Number(words[1]) : 0,
    fields,
    body: text.slice(end + 4),
    text,
  };
}

/** Every value of a header field, in order. */
export function fieldsOf(message: SipMessage, name: string): string[] {
  return message.fields.filter(([field]) => field === name.toLowerCase()).map(([, value]) => value);
}

/** The first value of a header field, "" when there is none. */
export function fieldOf(message: SipMessage, name: string): string {
  return fieldsOf(message, name)[0] ?? "";
}

/** The value of a parameter `;name=value`, undefined when it is not there. */
export function parameterOf(value: string, name: string): string | undefined {
  return new RegExp(`;\\s*${name}(?:=([^;>,\\s]*))?(?=[;>,\\s]|$)`, "i").exec(value)?.[1];
}

/** A message from its first line and fields; Content-Length is added. */
export function writeSip(startLine: string, fields: [name: string, value: string][], body = ""): string {
  const lines = [startLine, ...fields.map(([name, value]) => `${name}: ${value}`)];
  return `${[...lines, `Content-Length: ${Buffer.byteLength(body)}`].join("\r\n")}\r\n\r\n${body}`;
}

/** A response to a request, as RFC 3261 §8.2.6.2 wants it. */
export function respondTo(
  request: SipMessage,
  status: string,
  tag: string,
  more: [name: string, value: string][] = [],
  body = "",
): string {
  const copied = request.fields.filter(([name]) => ["via", "from", "to", "call-id", "cseq"].includes(name));
  const fields = copied.map(([name, value]): [string, string] =>
    name === "to" && tag !== "" && !/;\s*tag=/.test(value) ? [name, `${value};tag=${tag}`] : [name, value],
  );
  if (!status.startsWith("100"))
    for (const route of fieldsOf(request, "record-route")) fields.push(["Record-Route", route]);
  return writeSip(`SIP/2.0 ${status}`, [...fields, ...more], body);
}

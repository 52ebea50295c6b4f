// Phones of text around a ServerBench: they write what a test tells them to, and read what comes.

import { authorize, type Challenge, parseChallenge } from "./digest-client.ts";
import { DOMAIN, type ServerBench } from "./server-bench.ts";
import { fieldOf, fieldsOf, parseSip, respondTo, type SipMessage, writeSip } from "./sip-text.ts";

let serial = 0;

/** A name that no other message of the run has. */
export function unique(prefix: string): string {
  return `${prefix}${(++serial).toString(36)}`;
}

/** A phone that is only text: it writes what a test tells it to and reads what comes. */
export class BenchPhone {
  readonly bench: ServerBench;
  readonly user: string;
  readonly address: string;
  /** Its Contact; behind a NAT this is not where its messages come from. */
  contact: string;
  password: string;
  algorithm: Challenge["algorithm"] = "SHA-256";
  readonly callId = unique("register-");
  sequence = 0;

  constructor(bench: ServerBench, user: string, address: string) {
    this.bench = bench;
    this.user = user;
    this.address = address;
    const [place = "", transport] = address.split(/[/#]/);
    this.contact = `sip:${user}@${place}${transport === undefined ? "" : `;transport=${transport}`}`;
    this.password = `secret-${user}`;
  }

  get aor(): string {
    return `sip:${this.user}@${DOMAIN}`;
  }

  via(): string {
    const [place = "", transport = "UDP"] = this.address.split(/[/#]/);
    return `SIP/2.0/${transport.toUpperCase()} ${place};branch=z9hG4bK${unique("b")};rport`;
  }

  send(message: string): void {
    this.bench.receive(this.address, message);
  }

  take(): SipMessage[] {
    return this.bench.take(this.address);
  }

  takeOne(): SipMessage {
    return this.bench.takeOne(this.address);
  }

  /** Fields of a request outside a dialog. */
  fields(method: string, to: string, more: [string, string][] = [], from = this.aor): [string, string][] {
    return [
      ["Via", this.via()],
      ["Max-Forwards", "70"],
      ["From", `"Phone ${this.user}" <${from}>;tag=${unique("t")}`],
      ["To", `<${to}>`],
      ["Call-ID", unique("call-")],
      ["CSeq", `${++this.sequence} ${method}`],
      ["Contact", `<${this.contact}>`],
      ...more,
    ];
  }

  registerText(
    more: [string, string][],
    contact: string | undefined = this.contact,
    sequence = ++this.sequence,
  ): string {
    return writeSip(`REGISTER sip:${DOMAIN} SIP/2.0`, [
      ["Via", this.via()],
      ["Max-Forwards", "70"],
      ["From", `<${this.aor}>;tag=${unique("t")}`],
      ["To", `<${this.aor}>`],
      ["Call-ID", this.callId],
      ["CSeq", `${sequence} REGISTER`],
      ...(contact === ""
        ? []
        : [["Contact", contact === "*" ? "*" : contact.includes("<") ? contact : `<${contact}>`] as [string, string]]),
      ...more,
    ]);
  }

  /** Of the two challenges the one for this phone's algorithm. */
  challenge(response: SipMessage): Challenge {
    const name = response.status === 401 ? "www-authenticate" : "proxy-authenticate";
    const found = fieldsOf(response, name)
      .map(parseChallenge)
      .find(({ algorithm }) => algorithm === this.algorithm);
    if (!found) throw new Error(`no ${this.algorithm} challenge in ${response.text}`);
    return found;
  }

  /** Registers through the challenge and returns the answer to the second REGISTER. */
  register(more: [string, string][] = [], contact?: string): SipMessage {
    this.send(this.registerText(more, contact));
    const challenge = this.challenge(this.takeOne());
    const credentials = authorize(challenge, this.user, this.password, "REGISTER", `sip:${DOMAIN}`);
    this.send(this.registerText([...more, ["Authorization", credentials]], contact));
    return this.takeOne();
  }

  /** Sends a request outside a dialog through the challenge; returns it as sent the second time. */
  request(method: string, to: string, more: [string, string][] = [], body = "", from = this.aor): SipMessage {
    const fields = this.fields(method, to, more, from);
    this.send(writeSip(`${method} ${to} SIP/2.0`, fields, body));
    const refusal = this.takeOne();
    const credentials = authorize(this.challenge(refusal), this.user, this.password, method, to);
    if (method === "INVITE") this.send(this.ackText(fields, to, refusal));
    const again = fields.map(([name, value]): [string, string] =>
      name === "Via" ? [name, this.via()] : name === "CSeq" ? [name, `${++this.sequence} ${method}`] : [name, value],
    );
    const text = writeSip(`${method} ${to} SIP/2.0`, [...again, ["Proxy-Authorization", credentials]], body);
    this.send(text);
    return parseSip(text);
  }

  /** RFC 3261 §17.1.1.3: the ACK of a final response of 300 and more. */
  ackText(fields: [string, string][], uri: string, response: SipMessage): string {
    const value = (name: string): string => fields.find(([field]) => field.toLowerCase() === name)?.[1] ?? "";
    return writeSip(`ACK ${uri} SIP/2.0`, [
      ["Via", value("via")],
      ["Max-Forwards", "70"],
      ["From", value("from")],
      ["To", fieldOf(response, "to")],
      ["Call-ID", value("call-id")],
      ["CSeq", `${value("cseq").split(" ")[0]} ACK`],
    ]);
  }

  answer(request: SipMessage, status: string, more: [string, string][] = [], body = ""): void {
    const tag = `callee-${this.user}`;
    const contact: [string, string][] = status.startsWith("2") ? [["Contact", `<${this.contact}>`]] : [];
    this.send(respondTo(request, status, tag, [...contact, ...more], body));
  }

  /** A request inside the dialog that `invite` and its 2xx have set up, from the caller's side or the callee's. */
  dialogRequest(
    method: string,
    invite: SipMessage,
    answer: SipMessage,
    isCaller: boolean,
    more: [string, string][] = [],
  ): string {
    const routes = fieldsOf(answer, "record-route");
    const [from, to] = [fieldOf(invite, "from"), fieldOf(answer, "to")];
    const remote = fieldOf(isCaller ? answer : invite, "contact").replace(/^.*<|>.*$/g, "");
    const ordered = isCaller ? [...routes].reverse() : routes;
    const number = method === "ACK" ? Number.parseInt(fieldOf(invite, "cseq"), 10) : ++this.sequence;
    return writeSip(`${method} ${remote} SIP/2.0`, [
      ["Via", this.via()],
      ["Max-Forwards", "70"],
      ...ordered.map((route): [string, string] => ["Route", route]),
      ["From", isCaller ? from : to],
      ["To", isCaller ? to : from],
      ["Call-ID", fieldOf(invite, "call-id")],
      ["CSeq", `${number} ${method}`],
      ...more,
    ]);
  }
}

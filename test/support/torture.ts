// Puts one vector of test/vectors to an element and looks at all that comes back: status, fields, and that what a response repeats is
// what the request had. The element is behind a function, so a module and a running program are looked at alike.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { DROP, VECTORS, type Vector } from "../vectors/index.ts";
import { authorize, parseChallenge } from "./digest-client.ts";
import { fieldOf, fieldsOf, parseSip, type SipMessage, writeSip } from "./sip-text.ts";

/** Sends one datagram; gives every SIP message that it has brought about. */
export type Exchange = (datagram: Buffer) => Promise<SipMessage[]>;

const COMPACT: Readonly<Record<string, string>> = { v: "via", f: "from", t: "to", i: "call-id", l: "content-length" };
const RINGING = 180;

export const passwordOf = (user: string): string => `password-of-${user}`;

export function bytesOf({ rfc, name }: Vector): Buffer {
  return readFileSync(join(projectRoot, "test/vectors", `rfc${rfc}`, `${name}.sip`));
}

/** Header fields with their lines unfolded, each line end two blanks, as the core does it. */
function read(datagram: Buffer): SipMessage {
  const message = parseSip(datagram.toString("latin1").replaceAll(/\r\n(?=[ \t])/g, "  "));
  const fields = message.fields.map(([name, value]): [string, string] => [COMPACT[name] ?? name, value]);
  return { ...message, method: message.startLine.split(" ")[0] ?? "", fields };
}

/** RFC 3261 §8.2.6.2 and §18.2.1. */
function repeats(response: SipMessage, request: SipMessage): void {
  for (const name of ["from", "call-id", "cseq"])
    assert.deepEqual(fieldsOf(response, name), fieldsOf(request, name), name);
  const [tos, asked] = [fieldsOf(response, "to"), fieldsOf(request, "to")];
  assert.equal(tos.length, Math.min(asked.length, 1));
  if (asked[0] !== undefined) assert.match(tos[0]!.slice(asked[0].length), /^(?:;tag=[0-9a-f]+)?$/);
  if (asked[0] !== undefined) assert.equal(tos[0]!.slice(0, asked[0].length), asked[0]);
  const [[top, ...lower], [askedTop, ...askedLower]] = [fieldsOf(response, "via"), fieldsOf(request, "via")];
  assert.deepEqual(lower, askedLower);
  assert.ok(top?.includes(";received=127."), top);
  assert.equal(top?.split(";")[0], askedTop?.split(";")[0]);
}

function only(messages: SipMessage[]): SipMessage {
  assert.equal(messages.length, 1, `answers: ${messages.map(({ startLine }) => startLine).join(" | ") || "none"}`);
  return messages[0] as SipMessage;
}

/** CANCEL or ACK of a request (RFC 3261 §9.1, §17.1.1.3). */
function follow(method: "CANCEL" | "ACK", request: SipMessage, to: string): Buffer {
  const same = (name: string): [string, string] => [name, fieldOf(request, name)];
  const sequence = fieldOf(request, "cseq").split(" ")[0];
  const fields: [string, string][] = [same("via"), same("from"), ["to", to], same("call-id")];
  return Buffer.from(
    writeSip(`${method} ${request.uri} SIP/2.0`, [...fields, ["cseq", `${sequence} ${method}`]]),
    "latin1",
  );
}

async function giveUp(exchange: Exchange, request: SipMessage): Promise<void> {
  const answers = await exchange(follow("CANCEL", request, fieldOf(request, "to")));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 487]);
  const ended = answers.find(({ status }) => status === 487) as SipMessage;
  assert.deepEqual(await exchange(follow("ACK", request, fieldOf(ended, "to"))), []);
}

/**
 * The same REGISTER with a user's answer to the challenge after its last field, as a new request: its branch is another one, its number
 * is higher, by vector, because some vectors have one Call-ID.
 */
function proof(vector: Vector, datagram: Buffer, challenged: SipMessage, user: string): Buffer {
  const { method, uri } = read(datagram);
  const challenge = parseChallenge(fieldOf(challenged, "www-authenticate"));
  const credentials = authorize(challenge, user, passwordOf(user), method, uri);
  const text = datagram
    .toString("latin1")
    .replace(/(?<=;branch=)[^;\s]+/, (branch) => `${branch}-${vector.name}`)
    .replace(/(?<=\r\nCSeq: )\d+/, (number) => `${Number(number) + 1 + VECTORS.indexOf(vector)}`);
  const end = text.indexOf("\r\n\r\n") + 2;
  return Buffer.from(`${text.slice(0, end)}Authorization: ${credentials}\r\n${text.slice(end)}`, "latin1");
}

async function prove(vector: Vector, exchange: Exchange, datagram: Buffer, challenged: SipMessage): Promise<void> {
  const { proven } = vector;
  if (!proven) return;
  const response = only(await exchange(proof(vector, datagram, challenged, proven.user)));
  assert.equal(response.status, proven.status, response.startLine);
  // The newest stands first; a server that runs for long knows others of that user.
  const listed = fieldsOf(response, "contact").map((value) => /^<([^>]*)>;expires=\d+$/.exec(value)?.[1]);
  const { contacts = [] } = proven;
  assert.deepEqual(listed.slice(0, contacts.length), contacts);
  if (contacts.length === 0) assert.deepEqual(listed, []);
}

/** Fails unless the element answers the vector as its index says. A call that is taken is given up again. */
export async function checkVector(vector: Vector, element: "adapter" | "server", exchange: Exchange): Promise<void> {
  const expected = vector[element];
  const datagram = bytesOf(vector);
  const answers = await exchange(datagram);
  if (expected.status === DROP) {
    assert.deepEqual(answers, []);
    return;
  }
  const response = only(answers);
  assert.equal(response.status, expected.status, response.startLine);
  const request = read(datagram);
  repeats(response, request);
  for (const [name, wanted] of Object.entries(expected.has ?? {})) {
    if (wanted instanceof RegExp) assert.match(fieldOf(response, name), wanted);
    else assert.deepEqual(fieldsOf(response, name), wanted);
  }
  if (response.status === RINGING) await giveUp(exchange, request);
  if (element === "server") await prove(vector, exchange, datagram, response);
}

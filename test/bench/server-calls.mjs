// A server core on virtual time between two phones of text: one calls the other, over and over, with digest credentials.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ActionKind, Core } from "../../build/js/host/core.js";
import { portOf, Transport } from "../../build/js/host/endpoint.js";
import { ServerSetting } from "../../build/js/host/server-abi.js";

const SERVER = { address: "192.0.2.1", port: 5060 };
const DOMAIN = "example.org";
const PHONES = [
  { user: "101", password: "secret-101", address: "192.0.2.11", port: 5061 },
  { user: "102", password: "secret-102", address: "192.0.2.12", port: 5062 },
];
const DESCRIPTION =
  "v=0\r\no=- 1 1 IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.11\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
/** Between calls, ms: 30 calls a second. */
const PAUSE = 33;
const HOUR = 3_600_000;

const md5 = (text) => createHash("md5").update(text).digest("hex");
const field = (text, name) => new RegExp(`^${name}: *([^\r]*)`, "im").exec(text)?.[1] ?? "";
const fields = (text, name) =>
  [...text.matchAll(new RegExp(`^${name}:[^\r]*\r\n`, "gim"))].map(([line]) => line).join("");

function credentials({ user, password }, challenge, method, uri) {
  const value = (name) => new RegExp(`${name}="?([^",]*)`).exec(challenge)[1];
  const [realm, nonce] = [value("realm"), value("nonce")];
  const response = md5(`${md5(`${user}:${realm}:${password}`)}:${nonce}:00000001:be9c:auth:${md5(`${method}:${uri}`)}`);
  return (
    `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
    "algorithm=MD5, qop=auth, nc=00000001, cnonce=be9c"
  );
}

export class ServerCalls {
  now = 1000;
  /** Milliseconds spent in the core and in reading its orders, border included. */
  spent = 0;
  #sent = [];
  #calls = 0;
  #registeredAt = -HOUR;

  static async start() {
    const bench = new ServerCalls();
    bench.core = new Core(new Uint8Array(readFileSync("build/server.wasm")), "server.wasm");
    bench.core.reset(Buffer.alloc(32, 9), bench.now);
    const set = (setting, index, text) => {
      if (bench.core.configureText(setting, index, text) !== 0) throw new Error(`setting ${setting} is refused`);
    };
    set(ServerSetting.Realm, 0, "bench");
    set(ServerSetting.Domain, 0, DOMAIN);
    bench.core.configureEndpoint(ServerSetting.LocalEndpoint, 0, SERVER.address, SERVER.port);
    PHONES.forEach(({ user, password }, index) => {
      set(ServerSetting.UserName, index, user);
      set(ServerSetting.UserPassword, index, password);
    });
    return bench;
  }

  #carryOut = (action) => {
    if (action.kind !== ActionKind.SendSip) return;
    this.#sent.push({ port: portOf(action.endpoint, 0), text: Buffer.from(action.payload).toString("latin1") });
  };

  #give(input) {
    const start = performance.now();
    input();
    this.core.drain(this.#carryOut);
    this.spent += performance.now() - start;
  }

  advance(duration) {
    const end = this.now + duration;
    for (let next = this.core.nextTimeout; next <= end; next = this.core.nextTimeout) {
      this.now = Math.max(this.now, next);
      this.#give(() => this.core.handleTimeout(this.now));
    }
    this.now = end;
  }

  /** One message from a phone. Returns what the server sent, by what it begins with. */
  #send({ address, port }, text) {
    const bytes = Buffer.from(text, "latin1");
    this.#sent = [];
    this.#give(() => this.core.handleDatagram(bytes, bytes.length, address, port, Transport.Udp, this.now));
    return this.#sent;
  }

  #expect(sent, port, start) {
    const found = sent.find((each) => each.port === port && each.text.startsWith(start));
    const seen = sent.map(({ text }) => text.slice(0, text.indexOf("\r"))).join(" | ");
    if (!found) throw new Error(`call ${this.#calls}: no ${start} for port ${port}, but ${seen || "nothing"}`);
    return found.text;
  }

  #request(phone, method, uri, { to, toTag = "", branch, sequence, more = "", body = "" }) {
    const { user, address, port } = phone;
    return (
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${address}:${port};rport;branch=z9hG4bK${this.#calls}-${branch}\r\nMax-Forwards: 70\r\n` +
      `From: <sip:${user}@${DOMAIN}>;tag=${user}x${this.#calls}\r\nTo: <sip:${to}@${DOMAIN}>${toTag}\r\nCall-ID: c${this.#calls}@${address}\r\n` +
      `CSeq: ${sequence} ${method}\r\nContact: <sip:${user}@${address}:${port}>\r\n${more}` +
      `${body ? "Content-Type: application/sdp\r\n" : ""}Content-Length: ${body.length}\r\n\r\n${body}`
    );
  }

  #answer({ user, address, port }, request, status, body = "") {
    return this.#send(
      { address, port },
      `SIP/2.0 ${status}\r\n${fields(request, "Via")}${fields(request, "Record-Route")}${fields(request, "From")}` +
        `To: ${field(request, "To")}${/;tag=/.test(field(request, "To")) ? "" : ";tag=answer"}\r\n${fields(request, "Call-ID")}` +
        `${fields(request, "CSeq")}Contact: <sip:${user}@${address}:${port}>\r\n` +
        `${body ? "Content-Type: application/sdp\r\n" : ""}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  }

  #register(phone) {
    const uri = `sip:${DOMAIN}`;
    const text = (branch, sequence, more) =>
      this.#request(phone, "REGISTER", uri, { to: phone.user, branch, sequence, more: `Expires: 3600\r\n${more}` });
    const challenge = this.#expect(this.#send(phone, text("r1", 1, "")), phone.port, "SIP/2.0 401");
    const proof = credentials(phone, md5Challenge(challenge, "WWW-Authenticate"), "REGISTER", uri);
    this.#expect(this.#send(phone, text("r2", 2, `Authorization: ${proof}\r\n`)), phone.port, "SIP/2.0 200");
  }

  /** INVITE, 407, ACK, INVITE, 100, 180, 200, ACK, BYE, 200. */
  call() {
    const [caller, callee] = PHONES;
    this.#calls++;
    if (this.now - this.#registeredAt > HOUR / 2) {
      for (const phone of PHONES) this.#register(phone);
      this.#registeredAt = this.now;
    }
    const uri = `sip:${callee.user}@${DOMAIN}`;
    const invite = (branch, sequence, more) =>
      this.#request(caller, "INVITE", uri, { to: callee.user, branch, sequence, more, body: DESCRIPTION });
    const refusal = this.#expect(this.#send(caller, invite("i1", 1, "")), caller.port, "SIP/2.0 407");
    const toTag = field(refusal, "To").replace(/^[^>]*>/, "");
    this.#send(caller, this.#request(caller, "ACK", uri, { to: callee.user, toTag, branch: "i1", sequence: 1 }));
    const proof = credentials(caller, md5Challenge(refusal, "Proxy-Authenticate"), "INVITE", uri);
    const sent = this.#send(caller, invite("i2", 2, `Proxy-Authorization: ${proof}\r\n`));
    const received = this.#expect(sent, callee.port, "INVITE");
    this.#expect(this.#answer(callee, received, "180 Ringing"), caller.port, "SIP/2.0 180");
    const answer = this.#expect(this.#answer(callee, received, "200 OK", DESCRIPTION), caller.port, "SIP/2.0 200");
    const route = fields(answer, "Record-Route").replace("Record-Route", "Route");
    const inDialog = (method, branch, sequence) =>
      this.#request(caller, method, `sip:${callee.user}@${callee.address}:${callee.port}`, {
        to: callee.user,
        toTag: ";tag=answer",
        branch,
        sequence,
        more: route,
      });
    this.#expect(this.#send(caller, inDialog("ACK", "a", 2)), callee.port, "ACK");
    const bye = this.#expect(this.#send(caller, inDialog("BYE", "b", 3)), callee.port, "BYE");
    this.#expect(this.#answer(callee, bye, "200 OK"), caller.port, "SIP/2.0 200");
    this.advance(PAUSE);
  }

  /** Bytes of memory, and what its pools have lent out. */
  figures() {
    return {
      memory: this.core.memoryBytes,
      transactions: this.core.figure("transactionsUsed"),
      forwardings: this.core.figure("forwardingsUsed"),
      buffers: this.core.figure("buffersUsed"),
      spare: this.core.figure("spareMemory"),
    };
  }
}

/** Of two challenges in a response, the one for MD5. */
function md5Challenge(response, name) {
  return [...response.matchAll(new RegExp(`^${name}: *([^\r]*)`, "gim"))]
    .map(([, value]) => value)
    .find((value) => !/SHA-256/.test(value));
}

// A user of the server under test: registers from a port of 127.0.0.1, and has credentials for calls at hand.

import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";

const md5 = (text) => createHash("md5").update(text).digest("hex");
const PATIENCE = 3000;

export class User {
  constructor(name, password, port, server) {
    Object.assign(this, { name, password, port, server });
  }

  /** Runs `talk` with a function that sends a request and returns the answer. The port is free again afterwards. */
  async #exchange(talk) {
    const socket = createSocket("udp4");
    socket.bind(this.port, "127.0.0.1");
    await once(socket, "listening");
    let sequence = 0;
    const ask = async (method, to, more) => {
      sequence++;
      const uri = to ? `sip:${to}@127.0.0.1:${this.server}` : `sip:127.0.0.1:${this.server}`;
      const address = (name) => `<sip:${name}@127.0.0.1:${this.server}>`;
      socket.send(
        `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${this.port};rport;branch=z9hG4bK${method}${sequence}\r\nMax-Forwards: 70\r\n` +
          `From: ${address(this.name)};tag=r\r\nTo: ${address(to || this.name)}\r\nCall-ID: ${method}-${this.name}-${Date.now()}\r\n` +
          `CSeq: ${sequence} ${method}\r\nContact: <sip:${this.name}@127.0.0.1:${this.port}>\r\n${more}Content-Length: 0\r\n\r\n`,
        this.server,
        "127.0.0.1",
      );
      const [bytes] = await once(socket, "message", { signal: AbortSignal.timeout(PATIENCE) });
      return bytes.toString("latin1");
    };
    try {
      return await talk(ask);
    } finally {
      socket.close();
      await once(socket, "close");
    }
  }

  /** Credentials by RFC 7616 with MD5 for the `count`-th request that answers the challenge in `refusal`. */
  #credentials(refusal, method, uri, count) {
    const challenges = [...refusal.matchAll(/^(?:WWW|Proxy)-Authenticate: *([^\r]*)/gim)].map(([, text]) => text);
    const challenge = challenges.find((text) => !/SHA-256/.test(text));
    const value = (name) => new RegExp(`${name}="?([^",]*)`).exec(challenge)[1];
    const [realm, nonce, nc] = [value("realm"), value("nonce"), count.toString(16).padStart(8, "0")];
    const response = md5(
      `${md5(`${this.name}:${realm}:${this.password}`)}:${nonce}:${nc}:be9c:auth:${md5(`${method}:${uri}`)}`,
    );
    return (
      `Digest username="${this.name}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
      `algorithm=MD5, qop=auth, nc=${nc}, cnonce=be9c`
    );
  }

  register() {
    return this.#exchange(async (ask) => {
      const refusal = await ask("REGISTER", "", "Expires: 3600\r\n");
      const proof = this.#credentials(refusal, "REGISTER", `sip:127.0.0.1:${this.server}`, 1);
      const answer = await ask("REGISTER", "", `Expires: 3600\r\nAuthorization: ${proof}\r\n`);
      if (!answer.startsWith("SIP/2.0 200"))
        throw new Error(`${this.name} is not registered: ${answer.split("\r\n")[0]}`);
    });
  }

  /** Credentials for `count` INVITEs to another user, in their order: one challenge serves them all, as it does a real phone. */
  callCredentials(to, count) {
    return this.#exchange(async (ask) => {
      const refusal = await ask("OPTIONS", to, "");
      const uri = `sip:${to}@127.0.0.1:${this.server}`;
      return Array.from({ length: count }, (_, index) => this.#credentials(refusal, "INVITE", uri, index + 1));
    });
  }
}

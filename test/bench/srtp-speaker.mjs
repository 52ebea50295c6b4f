// A far end whose packets are protected: RFC 3711 with OpenSSL's AES and HMAC. Its packets are made before they are counted.

import { createCipheriv, createHmac } from "node:crypto";

const TAG = 10;
const LABELS = { cipher: [0, 16], authentication: [1, 20], salt: [2, 14] };

/** The far end's key, as RFC 4568 §6.1 writes it. */
export const MASTER = Buffer.from("WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz", "base64");

const stream = (key, iv, bytes) => createCipheriv("aes-128-ctr", key, iv).update(bytes);

/** §4.3 */
function derive([label, size]) {
  const iv = Buffer.concat([MASTER.subarray(16), Buffer.alloc(2)]);
  iv[7] ^= label;
  return stream(MASTER.subarray(0, 16), iv, Buffer.alloc(size));
}

const [cipher, authentication, salt] = [LABELS.cipher, LABELS.authentication, LABELS.salt].map(derive);

/** §3.3: the packet with this index, and its tag. */
function protect(packet, index) {
  const iv = Buffer.concat([salt, Buffer.alloc(2)]);
  iv.writeUInt32BE((iv.readUInt32BE(4) ^ packet.readUInt32BE(8)) >>> 0, 4);
  iv.writeUInt32BE((iv.readUInt32BE(10) ^ index) >>> 0, 10);
  const clear = packet.subarray(0, 12);
  const rollover = Buffer.alloc(4);
  rollover.writeUInt32BE(index >>> 16);
  const body = Buffer.concat([clear, stream(cipher, iv, packet.subarray(12))]);
  const tag = createHmac("sha1", authentication).update(body).update(rollover).digest().subarray(0, TAG);
  return Buffer.concat([body, tag]);
}

/** Hands out what `speaker` says, protected. */
export class SrtpSpeaker {
  #speaker;
  #made = 0;
  #ready = [];

  constructor(speaker) {
    this.#speaker = speaker;
  }

  prepare(count) {
    this.#ready = Array.from({ length: count }, () =>
      protect(Buffer.from(this.#speaker.next()), this.#made++),
    ).reverse();
  }

  next() {
    return this.#ready.pop();
  }
}

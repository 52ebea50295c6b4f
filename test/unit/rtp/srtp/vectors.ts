// The key of RFC 3711 B.3 and packets protected with it.

import { parseHex } from "../../../../assembly/base/hex";
import { MASTER_SIZE } from "../../../../assembly/rtp/srtp/session-keys";
import { put } from "../../base/support";

const text = memory.data(512, 16);

export const master = memory.data(32, 16);
export const packet = memory.data(2048, 16);

/** Reads hexadecimal digits. The number of bytes. */
export function hex(target: usize, digits: string): i32 {
  const length = put(text, digits);
  parseHex(text, length, target);
  return length >> 1;
}

hex(master, "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
if (MASTER_SIZE != 30) ERROR("RFC 3711 §8.2: 128 bits of key and 112 of salt");

// Made with OpenSSL's AES and HMAC from the session keys of RFC 3711 B.3.

/** RTP: sequence number 0x1234, sixteen bytes of payload. */
export const CLEAR: string = "800f1234decafbadcafebabeabababababababababababababababab";
/** With 80 bits of tag and a rollover counter of 0. */
export const PROTECTED: string = "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb";
/** With 32 bits of tag and a rollover counter of 1. */
export const PROTECTED_SHORT: string = "800f1234decafbadcafebabe179265c8bf303e4c24e7279f739bb5a6f8b3916f";
/** RTCP, enciphered, index 0 and 1. */
export const CONTROL: string = "81c8000bcafebabeabababababababababababababababab";
export const CONTROL_FIRST: string =
  "81c8000bcafebabeb19c219a086b6c7ae61d8e0bfeb4be3f800000005631d6cfc906cdb30f41";
export const CONTROL_SECOND: string =
  "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798";

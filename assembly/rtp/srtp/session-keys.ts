// The keys of one direction, derived once from the master key and salt that signalling brought: RFC 3711 §4.3, with a
// key derivation rate of zero, which is all that RFC 4568 gives without being asked.

import { AES_KEY_BYTES, AES_SIZE, Aes } from "../../base/aes";
import { HMAC_SHA1_SIZE, HmacSha1 } from "../../base/hmac-sha1";
import { SHA1_BYTES } from "../../base/sha1";
import { store32 } from "../../base/network-order";

/** RFC 4568 §6.1: the master key, and its salt behind it. */
export const MASTER_SIZE: i32 = 30;
/** RFC 4568 §6.2.2: what protects RTCP has 80 bits with either suite. */
export const CONTROL_TAG_SIZE: i32 = 10;

const SALT_SIZE: i32 = 14;
const AUTHENTICATION_KEY_SIZE: i32 = 20;
/** RFC 3711 §4.3.1: where the label stands in what the salt is added to. */
const LABEL_AT: usize = 7;

/** RFC 3711 §4.3.2: labels of the RTP keys; those of RTCP come after them. */
const enum Label { Cipher, Authentication, Salt, Count }

const SALT_AT: i32 = AES_SIZE;
const HMAC_AT: i32 = SALT_AT + 16;
export const SESSION_KEYS_SIZE: i32 = HMAC_AT + ((HMAC_SHA1_SIZE + 15) & ~15);

const block: usize = memory.data(16, 16);
const derived: usize = memory.data(32, 16);
const tag: usize = memory.data(SHA1_BYTES, 16);
const rollover: usize = memory.data(4, 4);
const master = changetype<Aes>(memory.data(AES_SIZE, 16));

/** What RTP, or RTCP, of one direction is protected with. */
@unmanaged
export class SessionKeys {
  @inline private get cipher(): Aes { return changetype<Aes>(changetype<usize>(this)); }
  @inline private get salt(): usize { return changetype<usize>(this) + <usize>SALT_AT; }
  @inline private get hmac(): HmacSha1 { return changetype<HmacSha1>(changetype<usize>(this) + <usize>HMAC_AT); }

  /** Derives them from MASTER_SIZE bytes at `from`. */
  derive(from: usize, isControl: bool): void {
    const first = isControl ? <i32>Label.Count : 0;
    master.setKey(from);
    const masterSalt = from + AES_KEY_BYTES;
    deriveKey(masterSalt, first + <i32>Label.Cipher, AES_KEY_BYTES);
    this.cipher.setKey(derived);
    deriveKey(masterSalt, first + <i32>Label.Authentication, AUTHENTICATION_KEY_SIZE);
    this.hmac.setKey(derived, AUTHENTICATION_KEY_SIZE);
    deriveKey(masterSalt, first + <i32>Label.Salt, SALT_SIZE);
    memory.fill(this.salt, 0, 16);
    memory.copy(this.salt, derived, SALT_SIZE);
  }

  /** RFC 3711 §4.1.1: enciphers what is clear and the other way round. */
  addKeyStream(at: usize, length: i32, ssrc: u32, index: u64): void {
    const place = i64x2.replace_lane(
      i64x2.splat(<u64>bswap<u32>(ssrc) << 32), 1, bswap<u64>(index << 16),
    );
    this.cipher.addKeyStream(at, length, v128.xor(v128.load(this.salt), place));
  }

  /** RFC 3711 §4.2: writes the first `size` bytes of the tag of what stands before `end`. */
  writeTag(at: usize, end: usize, size: i32): void {
    this.authenticate(at, end);
    this.hmac.finish(tag);
    memory.copy(end, tag, <usize>size);
  }

  /** The same for RTP, whose rollover counter is part of what is authenticated and not of the packet. */
  writeRtpTag(at: usize, end: usize, size: i32, rolloverCounter: u32): void {
    this.authenticateRtp(at, end, rolloverCounter);
    memory.copy(end, tag, <usize>size);
  }

  isTag(at: usize, end: usize, size: i32): bool {
    this.authenticate(at, end);
    this.hmac.finish(tag);
    return isSame(tag, end, size);
  }

  isRtpTag(at: usize, end: usize, size: i32, rolloverCounter: u32): bool {
    this.authenticateRtp(at, end, rolloverCounter);
    return isSame(tag, end, size);
  }

  private authenticate(at: usize, end: usize): void {
    this.hmac.start();
    this.hmac.update(at, <i32>(end - at));
  }

  private authenticateRtp(at: usize, end: usize, rolloverCounter: u32): void {
    this.authenticate(at, end);
    store32(rollover, rolloverCounter);
    this.hmac.update(rollover, 4);
    this.hmac.finish(tag);
  }
}

/** RFC 3711 §4.3.1 and §4.3.3: `size` bytes into `derived`, made by the key in `master`. */
function deriveKey(masterSalt: usize, label: i32, size: i32): void {
  memory.fill(block, 0, 16);
  memory.copy(block, masterSalt, SALT_SIZE);
  store<u8>(block + LABEL_AT, load<u8>(block + LABEL_AT) ^ <u8>label);
  memory.fill(derived, 0, 32);
  master.addKeyStream(derived, size, v128.load(block));
}

/** All bytes are looked at wherever the first difference is. */
function isSame(a: usize, b: usize, length: i32): bool {
  let difference = 0;
  for (let index: usize = 0; index < <usize>length; index++) difference |= load<u8>(a + index) ^ load<u8>(b + index);
  return difference == 0;
}

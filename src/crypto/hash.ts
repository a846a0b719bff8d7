// Hashes of the protocols: SHA-256, HASH160's second half, and BIP-340 tagged hashes with their prefix hashed once.
import { hmac } from '@noble/hashes/hmac.js';
import { ripemd160 as ripemd } from '@noble/hashes/legacy.js';
import { sha256 as sha } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Bytes } from './curve.ts';

/** SHA-256 of the concatenated parts, 32 bytes. */
export function sha256(...parts: Bytes[]): Bytes {
  if (parts.length === 1) return sha(parts[0] as Bytes);
  const h = sha.create();
  for (const part of parts) h.update(part);
  return h.digest();
}

/** SHA-256 twice, as txids and block hashes use it. */
export const sha256d = (...parts: Bytes[]): Bytes => sha(sha256(...parts));

/** HMAC-SHA256 of the concatenated parts, 32 bytes. */
export function hmacSha256(key: Bytes, ...parts: Bytes[]): Bytes {
  const h = hmac.create(sha, key);
  for (const part of parts) h.update(part);
  return h.digest();
}

/** RIPEMD-160, 20 bytes. */
export const ripemd160 = (bytes: Bytes): Bytes => ripemd(bytes);

const prefixed = new Map<string, ReturnType<typeof sha.create>>();

/** BIP-340 tagged hash: SHA256(SHA256(tag) ‖ SHA256(tag) ‖ parts). `tag` is one of the program's constants, never input. */
export function taggedHash(tag: string, ...parts: Bytes[]): Bytes {
  let start = prefixed.get(tag);
  if (start === undefined) {
    const t = sha(utf8ToBytes(tag));
    start = sha.create().update(t).update(t);
    prefixed.set(tag, start);
  }
  const h = start.clone();
  for (const part of parts) h.update(part);
  return h.digest();
}

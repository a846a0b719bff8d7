// Symmetric ciphers of BOLT 4: the ChaCha20 stream, ChaCha20-Poly1305 without associated data for data that a path's
// author left for a hop, and the same under an author's key, by which a node knows what it wrote itself.
import { Poly1305 } from '@noble/ciphers/_poly1305.js';
import { chacha20, chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concat } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import { equalSecret } from './keys.ts';

const ZERO_NONCE = new Uint8Array(12);
const TAG = 16;

/** The first `length` bytes of the ChaCha20 key stream, nonce zero (BOLT 4 "Pseudo Random Byte Stream"). */
export const keyStream = (key: Bytes, length: number): Bytes =>
  chacha20(key, ZERO_NONCE, new Uint8Array(length));

/** a XOR b over the length of `a`. */
export const xor = (a: Bytes, b: Bytes): Bytes => a.map((byte, i) => byte ^ (b[i] as number));

/** ChaCha20-Poly1305, nonce zero, no associated data: `ciphertext ‖ tag`. */
export const seal = (key: Bytes, plaintext: Bytes): Bytes =>
  chacha20poly1305(key, ZERO_NONCE).encrypt(plaintext);

/** Inverse of {@link seal}; undefined when the tag does not fit. */
export function open(key: Bytes, sealed: Bytes): Bytes | undefined {
  if (sealed.length < TAG) return undefined;
  try {
    return chacha20poly1305(key, ZERO_NONCE).decrypt(sealed);
  } catch {
    return undefined;
  }
}

/** Poly1305 over ciphertext, padding, the author's 32-byte key and both lengths. LDK's "receive auth key" tag. */
function ownTag(key: Bytes, ciphertext: Bytes, authKey: Bytes): Bytes {
  const lengths = new Uint8Array(16);
  const view = new DataView(lengths.buffer);
  view.setBigUint64(0, BigInt(ciphertext.length), true);
  view.setBigUint64(8, BigInt(authKey.length), true);
  const padding = new Uint8Array((16 - (ciphertext.length % 16)) % 16);
  return new Poly1305(keyStream(key, 32)).update(concat(ciphertext, padding, authKey, lengths)).digest();
}

/** As {@link seal}, under a 32-byte key of the author's: only who knows it can make or recognise the tag. */
export function sealOwn(key: Bytes, plaintext: Bytes, authKey: Bytes): Bytes {
  const ciphertext = chacha20(key, ZERO_NONCE, plaintext, undefined, 1);
  return concat(ciphertext, ownTag(key, ciphertext, authKey));
}

/** Inverse of {@link sealOwn}; undefined when this author did not write it. */
export function openOwn(key: Bytes, sealed: Bytes, authKey: Bytes): Bytes | undefined {
  if (sealed.length < TAG) return undefined;
  const ciphertext = sealed.subarray(0, -TAG);
  if (!equalSecret(sealed.subarray(-TAG), ownTag(key, ciphertext, authKey))) return undefined;
  return chacha20(key, ZERO_NONCE, ciphertext, undefined, 1);
}

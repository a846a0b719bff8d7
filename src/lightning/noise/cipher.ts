// What handshake and transport of BOLT 8 share: ChaCha20-Poly1305 with a counting nonce, HKDF to two keys, and the one
// error: a peer that breaks the rules is left at once, without an answer.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Bytes } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';

/** Length of a Poly1305 tag. */
export const TAG = 16;

export const peerError = (what: string): SkiffError =>
  new SkiffError({
    code: 'PEER_MISBEHAVED',
    say: 'The Lightning node at the other end does not keep to the rules. The connection was closed.',
    retry: 'later',
    details: { what },
  });

/** 32 zero bits and the counter, little-endian. */
function nonceOf(counter: number): Bytes {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true);
  return nonce;
}

export const encrypt = (key: Bytes, counter: number, ad: Bytes, plaintext: Bytes): Bytes =>
  chacha20poly1305(key, nonceOf(counter), ad).encrypt(plaintext);

/** @throws SkiffError PEER_MISBEHAVED when the tag does not fit. */
export function decrypt(key: Bytes, counter: number, ad: Bytes, sealed: Bytes): Bytes {
  try {
    return chacha20poly1305(key, nonceOf(counter), ad).decrypt(sealed);
  } catch {
    throw peerError('decryption failed');
  }
}

/** HKDF-SHA256 with no info, 64 bytes in two halves. */
export function deriveTwo(salt: Bytes, material: Bytes): [Bytes, Bytes] {
  const out = hkdf(sha256, material, salt, undefined, 64);
  return [out.slice(0, 32), out.slice(32)];
}

// The keys of route blinding and of onions (BOLT 4, "Key Generation"): shared secrets, keyed hashes, and the step from
// one hop's key to the next. Secrets go through the Curve port's constant-time operations only.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { hmacSha256, sha256 } from '../../crypto/hash.ts';

/** SHA256 of the compressed ECDH point: 32 bytes that both ends know. */
export const sharedSecret = (curve: Curve, secret: Bytes, point: Bytes): Bytes =>
  sha256(curve.sharedPoint(secret, point));

/** Key of one purpose: HMAC-SHA256 under the purpose's name. `rho` encrypts, `mu` authenticates. */
export const keyOf = (purpose: 'rho' | 'mu' | 'blinded_node_id', secret: Bytes): Bytes =>
  hmacSha256(utf8ToBytes(purpose), secret);

const blindingFactor = (point: Bytes, shared: Bytes): Bytes => sha256(point, shared);

/** Ephemeral secret of the next hop: SHA256(E ‖ ss)·e. `point` is e·G. */
export const nextSecret = (curve: Curve, secret: Bytes, point: Bytes, shared: Bytes): Bytes =>
  curve.multiplySecrets(secret, blindingFactor(point, shared));

/** Ephemeral point of the next hop: SHA256(E ‖ ss)·E. */
export const nextPoint = (curve: Curve, point: Bytes, shared: Bytes): Bytes =>
  curve.sharedPoint(blindingFactor(point, shared), point);

/** Same bytes? Takes as long for any two values of one length. */
export function equalSecret(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

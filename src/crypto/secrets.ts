// Everything that multiplies a secret: noble's constant-time base multiplication and field, and nothing else. A public
// key that was computed once is remembered under a hash of its secret, because the same key is asked for again with
// every signature; secret nonces are never remembered.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { SkiffError } from '../errors.ts';
import { concat } from './bytes.ts';
import type { Bytes } from './curve.ts';
import { taggedHash } from './hash.ts';
import { createMemo } from './memo.ts';
import { hashScalar, keyOf } from './points.ts';

const { BASE, Fn } = secp256k1.Point;

const PUBLIC_KEYS = 512;

export const badSecret = () =>
  new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A secret key is out of range.' });

/** Runs an operation on a secret; noble's own errors become one that says nothing about the secret. */
export function withSecret<T>(secret: Bytes, use: (d: bigint) => T): T {
  const d = secret.length === 32 ? Fn.fromBytes(secret, true) : 0n;
  if (!Fn.isValidNot0(d)) throw badSecret();
  return use(d);
}

const publicKeys = createMemo<Bytes>(PUBLIC_KEYS);

/** The 33-byte public key of a secret, remembered: not to be changed. @throws SkiffError INVALID_ARGUMENT */
export const publicKeyOf = (secret: Bytes): Bytes =>
  withSecret(secret, (d) =>
    publicKeys.get(keyOf(taggedHash('Skiff/public key', secret)), () => BASE.multiply(d).toBytes(true)),
  );

/** a + b mod n of two secrets. @throws SkiffError INVALID_ARGUMENT when either or the sum is out of range */
export const addSecrets = (a: Bytes, b: Bytes): Bytes =>
  withSecret(a, (x) =>
    withSecret(b, (y) => {
      const sum = Fn.add(x, y);
      if (sum === 0n) throw badSecret();
      return Fn.toBytes(sum);
    }),
  );

/** The secret whose public key has an even y. */
export const evenSecret = (secret: Bytes): bigint =>
  withSecret(secret, (d) => (publicKeyOf(secret)[0] === 2 ? d : Fn.neg(d)));

/**
 * BIP-340 signing with 32 bytes of auxiliary randomness. The result is to be verified by the caller (a fault while
 * signing could give the key away). @throws SkiffError INVALID_ARGUMENT
 */
export function schnorrSignUnchecked(message: Bytes, secret: Bytes, aux: Bytes): Bytes {
  const d = evenSecret(secret);
  const key = publicKeyOf(secret).subarray(1);
  const mask = taggedHash('BIP0340/aux', aux);
  const masked = Fn.toBytes(d).map((byte, i) => byte ^ (mask[i] as number));
  const k = hashScalar(taggedHash('BIP0340/nonce', masked, key, message));
  if (k === 0n) throw badSecret();
  const r = BASE.multiply(k).toBytes(true);
  const rx = r.subarray(1);
  const e = hashScalar(taggedHash('BIP0340/challenge', rx, key, message));
  return concat(rx, Fn.toBytes(Fn.add(r[0] === 2 ? k : Fn.neg(k), Fn.mul(e, d))));
}

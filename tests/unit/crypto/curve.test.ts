// The noble adaptor against noble's own constant-time functions: the variable-time shortcuts change nothing.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { bytes, publicKey, secret } from './arbitraries.ts';

const RUNS = { numRuns: 40 };
const ORDER = secp256k1.Point.Fn.ORDER;
const be32 = (n: bigint) => Uint8Array.from(Buffer.from(n.toString(16).padStart(64, '0'), 'hex'));

describe('schnorr', () => {
  test('signatures are noble’s, and both verifiers agree on good and damaged ones', () => {
    fc.assert(
      fc.property(secret, bytes(32), bytes(32), fc.nat(63), (s, message, aux, at) => {
        const key = schnorr.getPublicKey(s);
        const signature = curve.schnorrSign(message, s, aux);
        expect(signature).toEqual(schnorr.sign(message, s, aux));
        expect(curve.schnorrVerify(signature, message, key)).toBe(true);
        const damaged = Uint8Array.from(signature);
        damaged[at] = (damaged[at] as number) ^ 0x10;
        expect(curve.schnorrVerify(damaged, message, key)).toBe(schnorr.verify(damaged, message, key));
      }),
      RUNS,
    );
  });

  test('verification of garbage is false, never an exception', () => {
    const any = fc.uint8Array({ maxLength: 70 });
    fc.assert(
      fc.property(any, any, any, (s, m, k) => curve.schnorrVerify(s, m, k) === false),
      RUNS,
    );
    fc.assert(
      fc.property(bytes(64), bytes(32), bytes(32), (s, m, k) => curve.schnorrVerify(s, m, k) === false),
      RUNS,
    );
  });
});

describe('points and scalars', () => {
  test('tweaked keys: public and secret side meet', () => {
    fc.assert(
      fc.property(secret, bytes(32), (s, tweak) => {
        fc.pre(curve.isScalar(tweak));
        const { xonly, parity } = curve.tweakXOnly(schnorr.getPublicKey(s), tweak);
        const full = curve.publicKey(curve.tweakSecret(s, tweak));
        expect(full).toEqual(Uint8Array.of(2 + parity, ...xonly));
      }),
      RUNS,
    );
  });

  test('a shared point is the same from both sides', () => {
    fc.assert(
      fc.property(secret, secret, (a, b) => {
        expect(curve.sharedPoint(a, curve.publicKey(b))).toEqual(curve.sharedPoint(b, curve.publicKey(a)));
        expect(curve.sharedPoint(a, curve.publicKey(b))).toEqual(
          secp256k1.getSharedSecret(a, curve.publicKey(b)),
        );
      }),
      RUNS,
    );
  });

  test('adding and subtracting undo each other; a point minus itself is refused', () => {
    fc.assert(
      fc.property(publicKey, publicKey, (a, b) => {
        fc.pre(a.slice(1).join() !== b.slice(1).join());
        expect(curve.subtractPoints(curve.addPoints(a, b), b)).toEqual(a);
        expect(() => curve.subtractPoints(a, a)).toThrow(/INVALID_ENCODING/);
      }),
      RUNS,
    );
  });

  test('what counts as a point, an x coordinate, a scalar', () => {
    expect(curve.isPoint(curve.publicKey(be32(1n)))).toBe(true);
    expect(curve.isPoint(new Uint8Array(33))).toBe(false);
    expect(curve.isPoint(Uint8Array.of(4, ...be32(1n)))).toBe(false);
    expect(curve.isPoint(secp256k1.getPublicKey(be32(1n), false))).toBe(false);
    expect(curve.isXOnly(be32(5n))).toBe(false);
    expect(curve.isXOnly(be32(1n))).toBe(true);
    expect(curve.isScalar(be32(0n))).toBe(true);
    expect(curve.isScalar(be32(ORDER - 1n))).toBe(true);
    expect(curve.isScalar(be32(ORDER))).toBe(false);
    expect(curve.isScalar(new Uint8Array(31))).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (b) => {
        const known = b.length === 33 && secp256k1.utils.isValidPublicKey(b, true);
        expect(curve.isPoint(b)).toBe(known);
      }),
      RUNS,
    );
  });

  test('secrets out of range are refused with a typed error that does not show them', () => {
    for (const bad of [be32(0n), be32(ORDER), new Uint8Array(31)]) {
      for (const use of [
        () => curve.publicKey(bad),
        () => curve.schnorrSign(be32(1n), bad, be32(2n)),
        () => curve.sharedPoint(bad, curve.publicKey(be32(1n))),
        () => curve.tweakSecret(bad, be32(1n)),
        () => curve.ecdsaSign(be32(1n), bad),
      ]) {
        const error = (() => {
          try {
            return use();
          } catch (e) {
            return e;
          }
        })();
        expect(isSkiffError(error, 'INVALID_ARGUMENT')).toBe(true);
        expect((error as Error).cause).toBeUndefined();
      }
    }
  });
});

describe('ecdsa', () => {
  test('a signature verifies, is low-s, and gives its key back', () => {
    fc.assert(
      fc.property(secret, bytes(32), (s, digest) => {
        const { signature, recovery } = curve.ecdsaSign(digest, s);
        const key = curve.publicKey(s);
        expect(curve.ecdsaVerify(signature, digest, key)).toBe(true);
        expect(curve.ecdsaRecover(signature, recovery, digest)).toEqual(key);
        const highS = Uint8Array.of(
          ...signature.subarray(0, 32),
          ...be32(ORDER - BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)),
        );
        expect(curve.ecdsaVerify(highS, digest, key)).toBe(true);
      }),
      RUNS,
    );
  });

  test('garbage recovers nothing and verifies never', () => {
    const any = fc.uint8Array({ maxLength: 70 });
    fc.assert(
      fc.property(any, fc.integer(), any, any, (signature, recovery, digest, key) => {
        curve.ecdsaRecover(signature, recovery, digest);
        expect(curve.ecdsaVerify(signature, digest, key)).toBe(false);
      }),
      RUNS,
    );
  });
});

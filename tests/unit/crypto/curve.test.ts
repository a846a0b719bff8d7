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

describe('schnorr in batches', () => {
  const signed = (secrets: Uint8Array[], message: Uint8Array) =>
    secrets.map((s, i) => {
      const own = Uint8Array.from(message, (b) => b ^ i);
      return {
        signature: curve.schnorrSign(own, s, own),
        message: own,
        xonly: curve.publicKey(s).slice(1),
      };
    });
  const batch = fc
    .array(secret, { maxLength: 6 })
    .chain((list) => fc.boolean().map((twice) => (twice ? [...list, ...list] : list)));

  test('valid ones are accepted, one key often or not', () => {
    fc.assert(
      fc.property(batch, bytes(32), (secrets, message) => curve.schnorrVerifyAll(signed(secrets, message))),
      RUNS,
    );
    expect(curve.schnorrVerifyAll([])).toBe(true);
  });

  test('a single damaged bit anywhere is found', () => {
    fc.assert(
      fc.property(batch, bytes(32), fc.nat(), fc.nat(), fc.nat(7), (secrets, message, which, where, bit) => {
        fc.pre(secrets.length > 0);
        const items = signed(secrets, message);
        const item = items[which % items.length]!;
        const at = where % 128;
        const [field, offset] =
          at < 64
            ? (['signature', at] as const)
            : at < 96
              ? (['message', at - 64] as const)
              : (['xonly', at - 96] as const);
        const damaged = Uint8Array.from(item[field]);
        damaged[offset]! ^= 1 << bit;
        item[field] = damaged;
        expect(curve.schnorrVerifyAll(items)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test('errors that cancel each other out without weights are found', () => {
    const [s, t] = [be32(5n), be32(9n)];
    const items = signed([s, t, t], be32(1n));
    const shift = (i: number, by: bigint) => {
      const item = items[i]!;
      const value = BigInt(`0x${Buffer.from(item.signature.subarray(32)).toString('hex')}`);
      item.signature = Uint8Array.of(
        ...item.signature.subarray(0, 32),
        ...be32((value + by + ORDER) % ORDER),
      );
    };
    shift(1, 77n);
    shift(2, -77n);
    expect(curve.schnorrVerifyAll(items)).toBe(false);
    shift(1, -77n);
    expect(curve.schnorrVerifyAll(items)).toBe(false);
    shift(2, 77n);
    expect(curve.schnorrVerifyAll(items)).toBe(true);
  });

  test('what cannot be a signature makes the batch false, never an exception', () => {
    const any = fc.uint8Array({ maxLength: 70 });
    const item = fc.record({ signature: any, message: any, xonly: any });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 3 }), (items) => !curve.schnorrVerifyAll(items)),
      RUNS,
    );
    const [good] = signed([be32(5n)], be32(1n));
    const overflow = Uint8Array.of(...good!.signature.subarray(0, 32), ...be32(ORDER));
    expect(curve.schnorrVerifyAll([good!, { ...good!, signature: overflow }])).toBe(false);
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

  test('recovery and verification are noble’s, for damaged signatures too', () => {
    fc.assert(
      fc.property(
        secret,
        bytes(32),
        fc.nat(63),
        fc.integer({ min: 0, max: 3 }),
        (s, digest, at, recovery) => {
          const { signature } = curve.ecdsaSign(digest, s);
          const damaged = Uint8Array.from(signature);
          damaged[at]! ^= 0x04;
          for (const tried of [signature, damaged]) {
            const noble = (() => {
              try {
                return secp256k1.recoverPublicKey(Uint8Array.of(recovery, ...tried), digest, {
                  prehash: false,
                });
              } catch {
                return undefined;
              }
            })();
            const ours = curve.ecdsaRecover(tried, recovery, digest);
            expect(ours).toEqual(noble);
            if (ours) expect(curve.ecdsaVerify(tried, digest, ours)).toBe(true);
          }
          const options = { prehash: false, lowS: false };
          const key = curve.publicKey(s);
          expect(curve.ecdsaVerify(damaged, digest, key)).toBe(
            secp256k1.verify(damaged, digest, key, options),
          );
        },
      ),
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

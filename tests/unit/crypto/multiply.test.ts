// The variable-time multi-scalar multiplication against noble's constant-time one, edges included.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addPublic, isSumZero, multiplyPublic, type Affine } from '../../../src/crypto/multiply.ts';
import { feFromBytes, feToBytes, type Fe } from '../../../src/crypto/field.ts';

const { Point } = secp256k1;
const N = Point.Fn.ORDER;

const edges = [0n, 1n, 2n, 3n, N - 1n, N - 2n, N / 2n, 1n << 127n, 1n << 128n, (1n << 128n) - 1n];
const scalar = fc.oneof(fc.bigInt({ min: 0n, max: N - 1n }), fc.constantFrom(...edges));
const point = fc.bigInt({ min: 1n, max: N - 1n }).map((k) => Point.BASE.multiply(k));
type Pt = typeof Point.BASE;

const reference = (g: bigint, terms: [bigint, Pt][]) => {
  const times = (p: Pt, k: bigint) => (k === 0n ? Point.ZERO : p.multiply(k));
  const sum = terms.reduce((acc, [k, p]) => acc.add(times(p, k)), times(Point.BASE, g));
  return sum.is0() ? undefined : sum.toAffine();
};
const limbs = (p: Pt): Affine => {
  const bytes = p.toBytes(false);
  return { x: feFromBytes(bytes, 1) as Fe, y: feFromBytes(bytes, 33) as Fe };
};
const number = (value: Fe): bigint => {
  const bytes = new Uint8Array(32);
  feToBytes(value, bytes);
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
};
const numbers = (p: Affine | undefined) => p && { x: number(p.x), y: number(p.y) };
const ours = (g: bigint, terms: [bigint, Pt][]) => {
  const given = terms.map(([k, p]) => [k, limbs(p)] as const);
  const sum = numbers(multiplyPublic(g, given));
  expect(isSumZero(g, given)).toBe(sum === undefined);
  return sum;
};

describe('multiplyPublic', () => {
  test('is the sum of the single products', () => {
    fc.assert(
      fc.property(scalar, fc.array(fc.tuple(scalar, point), { maxLength: 3 }), (g, terms) => {
        expect(ours(g, terms)).toEqual(reference(g, terms));
      }),
      { numRuns: 60 },
    );
  });

  test('small and extreme scalars of the generator', () => {
    for (const k of [...edges, ...Array.from({ length: 40 }, (_, i) => BigInt(i)), N - 129n, N - 255n]) {
      expect(ours(k, [])).toEqual(reference(k, []));
    }
  });

  test('terms that meet or cancel each other', () => {
    fc.assert(
      fc.property(point, scalar, (p, k) => {
        fc.pre(k !== 0n);
        expect(
          ours(0n, [
            [k, p],
            [k, p.negate()],
          ]),
        ).toBeUndefined();
        expect(
          ours(0n, [
            [k, p],
            [N - k, p],
          ]),
        ).toBeUndefined();
        expect(
          ours(0n, [
            [k, p],
            [k, p],
          ]),
        ).toEqual(
          reference(0n, [
            [k, p],
            [k, p],
          ]),
        );
        expect(ours(k, [[k, Point.BASE]])).toEqual(reference(k, [[k, Point.BASE]]));
      }),
      { numRuns: 20 },
    );
  });

  test('plain sums, doubling and cancelling included', () => {
    fc.assert(
      fc.property(point, point, (p, q) => {
        const sum = (...points: Pt[]) => numbers(addPublic(points.map(limbs)));
        expect(sum(p, q)).toEqual(p.add(q).toAffine());
        expect(sum(p, p, q)).toEqual(p.double().add(q).toAffine());
        expect(sum(p, p.negate())).toBeUndefined();
        expect(sum(p, p.negate(), q)).toEqual(q.toAffine());
      }),
      { numRuns: 20 },
    );
  });
});

// The limbs of field.ts against BigInt, with values and limb patterns where carries and signs are hardest.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as field from '../../../src/crypto/field.ts';
import type { Fe } from '../../../src/crypto/field.ts';

const P = 2n ** 256n - 2n ** 32n - 977n;
const mod = (x: bigint): bigint => ((x % P) + P) % P;
const toBytes = (x: bigint) => Uint8Array.from(Buffer.from(x.toString(16).padStart(64, '0'), 'hex'));
const from = (x: bigint): Fe => field.feFromBytes(toBytes(x)) as Fe;
const value = (a: Fe): bigint => {
  const bytes = new Uint8Array(32);
  field.feToBytes(a, bytes);
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
};

const limbs = (top: string, limb: string) => mod(BigInt(`0x${top}${limb.repeat(10)}`));
const edges = [
  ...[0n, 1n, 2n, 977n, 2n ** 23n, 2n ** 24n - 1n, 2n ** 32n + 977n, 2n ** 240n - 1n, 2n ** 255n].flatMap(
    (x) => [x, mod(-x)],
  ),
  ...['7fff', '8000', 'ffff', '0000', '0001'].flatMap((top) =>
    ['7fffff', '800000', '800001', 'ffffff', '000000', '000001'].map((limb) => limbs(top, limb)),
  ),
];
const element = fc.oneof(fc.bigInt({ min: 0n, max: P - 1n }), fc.constantFrom(...edges));
const small = fc.integer({ min: 1, max: 11 });
const factor = fc.integer({ min: -16, max: 16 });
const RUNS = { numRuns: 1500 };

/** The largest limbs that count as reduced, signs as given. */
const extreme = (signs: readonly boolean[]): Fe => {
  const o = field.fe();
  signs.forEach((negative, i) => (o[i] = (negative ? -1 : 1) * (i < 10 ? 2 ** 23 + 2 ** 8 : 2 ** 15)));
  return o;
};
const exact = (a: Fe): bigint => mod([...a].reduceRight((sum, limb) => sum * 2n ** 24n + BigInt(limb), 0n));
const reduced = (a: Fe): boolean =>
  a.every((limb, i) => Number.isInteger(limb) && Math.abs(limb) <= (i < 10 ? 2 ** 23 + 2 ** 8 : 2 ** 15));

describe('field arithmetic', () => {
  test('bytes in, bytes out; p and above are refused', () => {
    for (const x of edges) expect(value(from(x))).toBe(x);
    for (const x of [P, P + 1n, 2n ** 256n - 1n]) expect(field.feFromBytes(toBytes(x))).toBeUndefined();
    fc.assert(
      fc.property(element, (x) => value(from(x)) === x && reduced(from(x))),
      RUNS,
    );
  });

  test('products and squares with their factors and summands', () => {
    fc.assert(
      fc.property(element, element, element, small, factor, (a, b, c, s, m) => {
        const o = field.fe();
        field.mul(o, from(a), from(b), s, m, from(c));
        expect([value(o), reduced(o)]).toEqual([mod(BigInt(s) * a * b + BigInt(m) * c), true]);
        field.sqr(o, from(a), s, m, from(c));
        expect([value(o), reduced(o)]).toEqual([mod(BigInt(s) * a * a + BigInt(m) * c), true]);
      }),
      RUNS,
    );
  });

  test('limbs as large as the bounds allow, in every mixture of signs', () => {
    const signs = fc.array(fc.boolean(), { minLength: 11, maxLength: 11 });
    const o = field.fe();
    const check = (a: Fe, b: Fe, s: number) => {
      field.mul(o, a, b, s, 16, a);
      expect([value(o), reduced(o)]).toEqual([mod(BigInt(s) * exact(a) * exact(b) + 16n * exact(a)), true]);
      field.sqr(o, a, s, -16, b);
      expect([value(o), reduced(o)]).toEqual([mod(BigInt(s) * exact(a) * exact(a) - 16n * exact(b)), true]);
    };
    const all = (negative: boolean) => extreme(Array<boolean>(11).fill(negative));
    check(all(false), all(false), 11);
    check(all(true), all(false), 11);
    fc.assert(
      fc.property(signs, signs, small, (a, b, s) => check(extreme(a), extreme(b), s)),
      RUNS,
    );
  });

  test('a result may take the place of any operand', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const [x, y, z] = [from(a), from(a), from(a)];
        field.mul(x, x, from(b));
        field.mul(y, from(b), y);
        field.mul(z, from(a), from(b), 1, -1, z);
        expect([value(x), value(y), value(z)]).toEqual([mod(a * b), mod(a * b), mod(a * b - a)]);
        field.mul(x, x, x);
        expect(value(x)).toBe(mod((a * b) ** 2n));
      }),
      RUNS,
    );
  });

  test('sums keep their value through a product; zero, sign and equality are seen in every form', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const [sum, o, minus] = [field.fe(), field.fe(), field.fe()];
        field.lin(sum, 4, from(a), -1, from(b));
        field.mul(o, sum, field.ONE, 2);
        expect(value(o)).toBe(mod(8n * a - 2n * b));
        field.neg(minus, from(a));
        expect([value(minus), field.isOdd(minus)]).toEqual([mod(-a), mod(-a) % 2n === 1n]);
        expect(field.isOdd(from(a))).toBe(a % 2n === 1n);
        field.lin(sum, 1, from(a), 1, minus);
        field.mul(o, sum, field.ONE);
        expect([field.isZero(o), field.isZero(from(a))]).toEqual([true, a === 0n]);
      }),
      RUNS,
    );
  });

  test('inverses and square roots', () => {
    const o = field.fe();
    fc.assert(
      fc.property(element, (a) => {
        field.mul(o, from(a), field.inverse(from(a)));
        expect(value(o)).toBe(a === 0n ? 0n : 1n);
        field.sqr(o, from(a));
        const root = value(field.squareRoot(o) as Fe);
        expect([a, mod(-a)]).toContain(root);
        // −1 is no square, so of a square's negative there is no root.
        field.neg(o, o);
        if (a !== 0n) expect(field.squareRoot(o)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

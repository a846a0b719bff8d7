// Arithmetic mod p = 2^256 − 2^32 − 977 for PUBLIC values: eleven signed limbs of 24 bits, held in doubles, which add and
// multiply integers exactly up to 2^53. No allocation and no BigInt: about a quarter of the time of `(a * b) % p`.
//
// A value is *reduced* when |limb 0 … 9| ≤ 2^23 + 2^8 and |limb 10| ≤ 2^15. Sums and differences of reduced values are
// not reduced again; a value whose limbs are up to m times as large has *magnitude* m. Everything that is stored or
// returned by a product is reduced. A product is exact while s · magnitude(a) · magnitude(b) ≤ 11:
// 11 terms · 11 · (2^23 + 2^8)² < 2^53.
import type { Bytes } from './curve.ts';

interface Limbs {
  0: number;
  1: number;
  2: number;
  3: number;
  4: number;
  5: number;
  6: number;
  7: number;
  8: number;
  9: number;
  10: number;
}
/** A field element. Little-endian limbs. */
export type Fe = Float64Array & Limbs;

const LIMBS = 11;
const RADIX = 2 ** 24;
const INV = 2 ** -24;
/** The top limb holds bits 240 … 255. */
const RADIX_TOP = 2 ** 16;
const INV_TOP = 2 ** -16;
/** Adding and taking away 1.5 · 2^52 rounds a double to the nearest integer. */
const ROUND = 1.5 * 2 ** 52;
/** 2^264 = FOLD1 · 2^24 + FOLD0 mod p; and 2^256 = 256 · 2^24 + 977. */
const FOLD0 = 977 * 256;
const FOLD1 = 2 ** 16;

/** A new zero. */
export const fe = (): Fe => new Float64Array(LIMBS) as Fe;

const ZERO = fe();
export const ONE = fe();
ONE[0] = 1;

/** o ← s · a · b + m · e, reduced. `o` may be any of the others. */
// prettier-ignore
export function mul(o: Fe, a: Fe, b: Fe, s = 1, m = 0, e: Fe = ZERO): void {
  const a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5];
  const a6 = a[6], a7 = a[7], a8 = a[8], a9 = a[9], a10 = a[10];
  const b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3], b4 = b[4], b5 = b[5];
  const b6 = b[6], b7 = b[7], b8 = b[8], b9 = b[9], b10 = b[10];
  let c: number;
  let t0 = s * (a0 * b0) + m * e[0];
  let t1 = s * (a0 * b1 + a1 * b0) + m * e[1];
  let t2 = s * (a0 * b2 + a1 * b1 + a2 * b0) + m * e[2];
  let t3 = s * (a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0) + m * e[3];
  let t4 = s * (a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0) + m * e[4];
  let t5 = s * (a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0) + m * e[5];
  let t6 = s * (a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0) + m * e[6];
  let t7 = s * (a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0) + m * e[7];
  let t8 = s * (a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0) + m * e[8];
  let t9 = s * (a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0) + m * e[9];
  let t10 = s * (a0 * b10 + a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1 + a10 * b0) + m * e[10];
  let t11 = s * (a1 * b10 + a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2 + a10 * b1);
  let t12 = s * (a2 * b10 + a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3 + a10 * b2);
  let t13 = s * (a3 * b10 + a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4 + a10 * b3);
  let t14 = s * (a4 * b10 + a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5 + a10 * b4);
  let t15 = s * (a5 * b10 + a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6 + a10 * b5);
  let t16 = s * (a6 * b10 + a7 * b9 + a8 * b8 + a9 * b7 + a10 * b6);
  let t17 = s * (a7 * b10 + a8 * b9 + a9 * b8 + a10 * b7);
  let t18 = s * (a8 * b10 + a9 * b9 + a10 * b8);
  let t19 = s * (a9 * b10 + a10 * b9);
  let t20 = s * (a10 * b10);
  // the upper half to limbs, then onto the lower half
  c = (t10 * INV + ROUND) - ROUND; t10 -= c * RADIX; t11 += c;
  c = (t11 * INV + ROUND) - ROUND; t11 -= c * RADIX; t12 += c;
  c = (t12 * INV + ROUND) - ROUND; t12 -= c * RADIX; t13 += c;
  c = (t13 * INV + ROUND) - ROUND; t13 -= c * RADIX; t14 += c;
  c = (t14 * INV + ROUND) - ROUND; t14 -= c * RADIX; t15 += c;
  c = (t15 * INV + ROUND) - ROUND; t15 -= c * RADIX; t16 += c;
  c = (t16 * INV + ROUND) - ROUND; t16 -= c * RADIX; t17 += c;
  c = (t17 * INV + ROUND) - ROUND; t17 -= c * RADIX; t18 += c;
  c = (t18 * INV + ROUND) - ROUND; t18 -= c * RADIX; t19 += c;
  c = (t19 * INV + ROUND) - ROUND; t19 -= c * RADIX; t20 += c;
  c = (t20 * INV + ROUND) - ROUND; t20 -= c * RADIX; const t21 = c;
  t0 += t11 * FOLD0;
  t1 += t12 * FOLD0 + t11 * FOLD1;
  t2 += t13 * FOLD0 + t12 * FOLD1;
  t3 += t14 * FOLD0 + t13 * FOLD1;
  t4 += t15 * FOLD0 + t14 * FOLD1;
  t5 += t16 * FOLD0 + t15 * FOLD1;
  t6 += t17 * FOLD0 + t16 * FOLD1;
  t7 += t18 * FOLD0 + t17 * FOLD1;
  t8 += t19 * FOLD0 + t18 * FOLD1;
  t9 += t20 * FOLD0 + t19 * FOLD1;
  t10 += t21 * FOLD0 + t20 * FOLD1;
  c = t21 * FOLD1; t0 += c * FOLD0; t1 += c * FOLD1;
  // carry, with what exceeds 256 bits going round
  c = (t0 * INV + ROUND) - ROUND; t0 -= c * RADIX; t1 += c;
  c = (t1 * INV + ROUND) - ROUND; t1 -= c * RADIX; t2 += c;
  c = (t2 * INV + ROUND) - ROUND; t2 -= c * RADIX; t3 += c;
  c = (t3 * INV + ROUND) - ROUND; t3 -= c * RADIX; t4 += c;
  c = (t4 * INV + ROUND) - ROUND; t4 -= c * RADIX; t5 += c;
  c = (t5 * INV + ROUND) - ROUND; t5 -= c * RADIX; t6 += c;
  c = (t6 * INV + ROUND) - ROUND; t6 -= c * RADIX; t7 += c;
  c = (t7 * INV + ROUND) - ROUND; t7 -= c * RADIX; t8 += c;
  c = (t8 * INV + ROUND) - ROUND; t8 -= c * RADIX; t9 += c;
  c = (t9 * INV + ROUND) - ROUND; t9 -= c * RADIX; t10 += c;
  c = (t10 * INV_TOP + ROUND) - ROUND; t10 -= c * RADIX_TOP; t0 += c * 977; t1 += c * 256;
  c = (t0 * INV + ROUND) - ROUND; t0 -= c * RADIX; t1 += c;
  c = (t1 * INV + ROUND) - ROUND; t1 -= c * RADIX; t2 += c;
  o[0] = t0; o[1] = t1; o[2] = t2; o[3] = t3; o[4] = t4; o[5] = t5;
  o[6] = t6; o[7] = t7; o[8] = t8; o[9] = t9; o[10] = t10;
}

/** o ← s · a² + m · e, reduced. */
// prettier-ignore
export function sqr(o: Fe, a: Fe, s = 1, m = 0, e: Fe = ZERO): void {
  const a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5];
  const a6 = a[6], a7 = a[7], a8 = a[8], a9 = a[9], a10 = a[10];
  const d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, d4 = 2 * a4, d5 = 2 * a5;
  const d6 = 2 * a6, d7 = 2 * a7, d8 = 2 * a8, d9 = 2 * a9;
  let c: number;
  let t0 = s * (a0 * a0) + m * e[0];
  let t1 = s * (d0 * a1) + m * e[1];
  let t2 = s * (d0 * a2 + a1 * a1) + m * e[2];
  let t3 = s * (d0 * a3 + d1 * a2) + m * e[3];
  let t4 = s * (d0 * a4 + d1 * a3 + a2 * a2) + m * e[4];
  let t5 = s * (d0 * a5 + d1 * a4 + d2 * a3) + m * e[5];
  let t6 = s * (d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3) + m * e[6];
  let t7 = s * (d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4) + m * e[7];
  let t8 = s * (d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4) + m * e[8];
  let t9 = s * (d0 * a9 + d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5) + m * e[9];
  let t10 = s * (d0 * a10 + d1 * a9 + d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5) + m * e[10];
  let t11 = s * (d1 * a10 + d2 * a9 + d3 * a8 + d4 * a7 + d5 * a6);
  let t12 = s * (d2 * a10 + d3 * a9 + d4 * a8 + d5 * a7 + a6 * a6);
  let t13 = s * (d3 * a10 + d4 * a9 + d5 * a8 + d6 * a7);
  let t14 = s * (d4 * a10 + d5 * a9 + d6 * a8 + a7 * a7);
  let t15 = s * (d5 * a10 + d6 * a9 + d7 * a8);
  let t16 = s * (d6 * a10 + d7 * a9 + a8 * a8);
  let t17 = s * (d7 * a10 + d8 * a9);
  let t18 = s * (d8 * a10 + a9 * a9);
  let t19 = s * (d9 * a10);
  let t20 = s * (a10 * a10);
  // the upper half to limbs, then onto the lower half
  c = (t10 * INV + ROUND) - ROUND; t10 -= c * RADIX; t11 += c;
  c = (t11 * INV + ROUND) - ROUND; t11 -= c * RADIX; t12 += c;
  c = (t12 * INV + ROUND) - ROUND; t12 -= c * RADIX; t13 += c;
  c = (t13 * INV + ROUND) - ROUND; t13 -= c * RADIX; t14 += c;
  c = (t14 * INV + ROUND) - ROUND; t14 -= c * RADIX; t15 += c;
  c = (t15 * INV + ROUND) - ROUND; t15 -= c * RADIX; t16 += c;
  c = (t16 * INV + ROUND) - ROUND; t16 -= c * RADIX; t17 += c;
  c = (t17 * INV + ROUND) - ROUND; t17 -= c * RADIX; t18 += c;
  c = (t18 * INV + ROUND) - ROUND; t18 -= c * RADIX; t19 += c;
  c = (t19 * INV + ROUND) - ROUND; t19 -= c * RADIX; t20 += c;
  c = (t20 * INV + ROUND) - ROUND; t20 -= c * RADIX; const t21 = c;
  t0 += t11 * FOLD0;
  t1 += t12 * FOLD0 + t11 * FOLD1;
  t2 += t13 * FOLD0 + t12 * FOLD1;
  t3 += t14 * FOLD0 + t13 * FOLD1;
  t4 += t15 * FOLD0 + t14 * FOLD1;
  t5 += t16 * FOLD0 + t15 * FOLD1;
  t6 += t17 * FOLD0 + t16 * FOLD1;
  t7 += t18 * FOLD0 + t17 * FOLD1;
  t8 += t19 * FOLD0 + t18 * FOLD1;
  t9 += t20 * FOLD0 + t19 * FOLD1;
  t10 += t21 * FOLD0 + t20 * FOLD1;
  c = t21 * FOLD1; t0 += c * FOLD0; t1 += c * FOLD1;
  // carry, with what exceeds 256 bits going round
  c = (t0 * INV + ROUND) - ROUND; t0 -= c * RADIX; t1 += c;
  c = (t1 * INV + ROUND) - ROUND; t1 -= c * RADIX; t2 += c;
  c = (t2 * INV + ROUND) - ROUND; t2 -= c * RADIX; t3 += c;
  c = (t3 * INV + ROUND) - ROUND; t3 -= c * RADIX; t4 += c;
  c = (t4 * INV + ROUND) - ROUND; t4 -= c * RADIX; t5 += c;
  c = (t5 * INV + ROUND) - ROUND; t5 -= c * RADIX; t6 += c;
  c = (t6 * INV + ROUND) - ROUND; t6 -= c * RADIX; t7 += c;
  c = (t7 * INV + ROUND) - ROUND; t7 -= c * RADIX; t8 += c;
  c = (t8 * INV + ROUND) - ROUND; t8 -= c * RADIX; t9 += c;
  c = (t9 * INV + ROUND) - ROUND; t9 -= c * RADIX; t10 += c;
  c = (t10 * INV_TOP + ROUND) - ROUND; t10 -= c * RADIX_TOP; t0 += c * 977; t1 += c * 256;
  c = (t0 * INV + ROUND) - ROUND; t0 -= c * RADIX; t1 += c;
  c = (t1 * INV + ROUND) - ROUND; t1 -= c * RADIX; t2 += c;
  o[0] = t0; o[1] = t1; o[2] = t2; o[3] = t3; o[4] = t4; o[5] = t5;
  o[6] = t6; o[7] = t7; o[8] = t8; o[9] = t9; o[10] = t10;
}

/** o ← s · a + m · e, not reduced: magnitudes |s| and |m| times those of the operands. */
export function lin(o: Fe, s: number, a: Fe, m: number, e: Fe): void {
  for (let i = 0; i < LIMBS; i++) o[i] = s * (a[i] as number) + m * (e[i] as number);
}

/** o ← −a. */
export function neg(o: Fe, a: Fe): void {
  for (let i = 0; i < LIMBS; i++) o[i] = -(a[i] as number);
}

/** Is a reduced value 0 mod p? Its size is below p, and zero has one form in reduced limbs. */
export function isZero(a: Fe): boolean {
  for (let i = 0; i < LIMBS; i++) if (a[i] !== 0) return false;
  return true;
}

/** o ← a with limbs in 0 … 2^24 − 1; what is left above is the sign. */
function positiveLimbs(o: Fe): void {
  for (let i = 0; i < LIMBS - 1; i++) {
    const carry = Math.floor((o[i] as number) * INV);
    o[i] = (o[i] as number) - carry * RADIX;
    o[i + 1] = (o[i + 1] as number) + carry;
  }
}

/** The one form of a reduced value in 0 … p − 1. Both signs are smaller than p. */
function canonical(a: Fe): Fe {
  const o = Float64Array.from(a) as Fe;
  positiveLimbs(o);
  if (o[10] < 0) {
    for (let i = 0; i < LIMBS; i++) o[i] = (o[i] as number) + (P[i] as number);
    positiveLimbs(o);
  }
  return o;
}

/** Is a reduced value odd? */
export const isOdd = (a: Fe): boolean => canonical(a)[0] % 2 === 1;

function limbsOf(bytes: Bytes, from: number): Fe {
  const o = fe();
  for (let i = 0; i < LIMBS; i++) {
    const at = from + 31 - 3 * i;
    o[i] =
      (bytes[at] as number) +
      256 * (bytes[at - 1] as number) +
      (i < 10 ? 65536 * (bytes[at - 2] as number) : 0);
  }
  return o;
}

/** 32 big-endian bytes at `from` to a reduced value; undefined for p and above. */
export function feFromBytes(bytes: Bytes, from = 0): Fe | undefined {
  const o = limbsOf(bytes, from);
  if (!isBelowP(o)) return undefined;
  mul(o, o, ONE);
  return o;
}

const P = limbsOf(
  Uint8Array.from({ length: 32 }, (_, i) => (i === 27 ? 0xfe : i === 30 ? 0xfc : i === 31 ? 0x2f : 0xff)),
  0,
);

/** Of limbs in 0 … 2^24 − 1. */
function isBelowP(a: Fe): boolean {
  for (let i = LIMBS - 1; i >= 0; i--) {
    const difference = (a[i] as number) - (P[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** A reduced value as 32 big-endian bytes at `from`. */
export function feToBytes(a: Fe, out: Bytes, from = 0): void {
  const c = canonical(a);
  for (let i = 0; i < 32; i++) {
    const limb = c[Math.floor(i / 3)] as number;
    out[from + 31 - i] = (limb >> (8 * (i % 3))) & 0xff;
  }
}

/** o ← a^(2^n). */
function sqrN(o: Fe, a: Fe, n: number): void {
  sqr(o, a);
  for (let i = 1; i < n; i++) sqr(o, o);
}

/** a^(2^n) · b as a new value. */
function shifted(a: Fe, n: number, b: Fe): Fe {
  const o = fe();
  sqrN(o, a, n);
  mul(o, o, b);
  return o;
}

/** a^3, and a to the 223 ones, the zero and the 22 ones that p − 2 and (p + 1)/4 both begin with. */
function power(a: Fe): { x2: Fe; head: Fe } {
  const x2 = shifted(a, 1, a);
  const x3 = shifted(x2, 1, a);
  const x6 = shifted(x3, 3, x3);
  const x9 = shifted(x6, 3, x3);
  const x11 = shifted(x9, 2, x2);
  const x22 = shifted(x11, 11, x11);
  const x44 = shifted(x22, 22, x22);
  const x88 = shifted(x44, 44, x44);
  const x176 = shifted(x88, 88, x88);
  const x220 = shifted(x176, 44, x44);
  const x223 = shifted(x220, 3, x3);
  return { x2, head: shifted(x223, 23, x22) };
}

/** 1/a as a new value (Fermat); 0 for 0. */
export function inverse(a: Fe): Fe {
  const { x2, head } = power(a);
  return shifted(shifted(shifted(head, 5, a), 3, x2), 2, a);
}

/** A square root as a new value; undefined when there is none. */
export function squareRoot(a: Fe): Fe | undefined {
  const { x2, head } = power(a);
  const root = shifted(head, 6, x2);
  sqrN(root, root, 2);
  const square = fe();
  sqr(square, root, 1, -1, a);
  return isZero(square) ? root : undefined;
}

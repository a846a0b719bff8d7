// Variable-time multi-scalar multiplication on secp256k1 for PUBLIC scalars: Σ kᵢ·Pᵢ with one shared doubling chain
// (Strauss), scalars halved by the curve's endomorphism (GLV) and recoded as wNAF, points in Jacobian coordinates over
// the limbs of field.ts.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { fe, feFromBytes, inverse, isZero, lin, mul, neg, ONE, sqr, type Fe } from './field.ts';

const { Fn, BASE } = secp256k1.Point;
const N = Fn.ORDER;
/** Short lattice basis (a1, b1), (a2, b2 = a1) of the endomorphism. */
const A1 = 0x3086d221a7d46bcde86c90e49284eb15n;
const MINUS_B1 = 0xe4437ed6010e88286f547fa90abfe4c3n;
const A2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8n;
const HALF_LENGTH = 1n << 128n;

/** A point that is not infinity. Reduced coordinates that nobody changes. */
export interface Affine {
  readonly x: Fe;
  readonly y: Fe;
}

/** Mutable Jacobian point; z = 0 is infinity. */
interface Jacobian {
  readonly x: Fe;
  readonly y: Fe;
  readonly z: Fe;
}

/** Window of points given at call time, and of the generator, whose table is built once. */
const WINDOW = 5;
const BASE_WINDOW = 9;

/** β³ = 1: (βx, y) is λ times the point. */
const BETA = fieldConstant('7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501ee');

function fieldConstant(hex: string): Fe {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return feFromBytes(bytes) as Fe;
}

const infinity = (): Jacobian => ({ x: fe(), y: fe(), z: fe() });
const isInfinity = (p: Jacobian): boolean => isZero(p.z);

function set(p: Jacobian, x: Fe, y: Fe, z: Fe): void {
  p.x.set(x);
  p.y.set(y);
  p.z.set(z);
}

/** Scratch values of `double` and `addAffine`, which never call each other while they use them. */
const [t1, t2, t3, t4, t5, t6] = [fe(), fe(), fe(), fe(), fe(), fe()] as const;

/** p ← 2p (curve parameter a = 0). Infinity stays infinity. */
function double({ x, y, z }: Jacobian): void {
  const [e, b, xb, c, u] = [t1, t2, t3, t4, t5];
  mul(z, y, z, 2);
  sqr(e, x, 3);
  sqr(b, y);
  mul(xb, x, b);
  sqr(c, b);
  sqr(x, e, 1, -8, xb);
  lin(u, 4, xb, -1, x);
  mul(y, e, u, 1, -8, c);
}

/** p ← p + (qx, qy), with the exceptional cases. */
function addAffine(p: Jacobian, qx: Fe, qy: Fe): void {
  const { x, y, z } = p;
  if (isInfinity(p)) return set(p, qx, qy, ONE);
  const [zz, h, r, hh, v, w] = [t1, t2, t3, t4, t5, t6];
  sqr(zz, z);
  mul(h, qx, zz, 1, -1, x);
  mul(zz, z, zz);
  mul(r, qy, zz, 1, -1, y);
  if (isZero(h)) {
    if (isZero(r)) double(p);
    else z.fill(0);
    return;
  }
  mul(z, z, h);
  sqr(hh, h);
  mul(v, x, hh);
  mul(hh, h, hh);
  lin(w, 2, v, 1, hh);
  sqr(x, r, 1, -1, w);
  mul(y, y, hh);
  lin(w, 1, v, -1, x);
  mul(y, r, w, 1, -1, y);
}

/** Jacobian points, none at infinity, to affine with one inversion. */
function toAffine(points: readonly Jacobian[]): Affine[] {
  const prefix: Fe[] = [];
  const product = fe();
  product.set(ONE);
  for (const { z } of points) {
    prefix.push(product.slice() as Fe);
    mul(product, product, z);
  }
  const rest = inverse(product);
  const out: Affine[] = [];
  const [zi, zi2] = [fe(), fe()];
  for (let i = points.length - 1; i >= 0; i--) {
    const { x, y, z } = points[i] as Jacobian;
    const own = { x: fe(), y: fe() };
    mul(zi, rest, prefix[i] as Fe);
    mul(rest, rest, z);
    sqr(zi2, zi);
    mul(own.x, x, zi2);
    mul(zi2, zi2, zi);
    mul(own.y, y, zi2);
    out[i] = own;
  }
  return out;
}

/**
 * Odd multiples 1, 3, 5 … (2^(window−1) − 1) of a point. 2P = (X, Y, Z) is affine on the isomorphic curve where every
 * point's z counts Z times: there the steps are cheap additions, and the way back multiplies z with Z.
 */
function oddMultiples(p: Affine, window: number): Jacobian[] {
  const twice: Jacobian = { x: p.x.slice() as Fe, y: p.y.slice() as Fe, z: ONE.slice() as Fe };
  double(twice);
  const sum = infinity();
  sum.z.set(ONE);
  const zz = fe();
  sqr(zz, twice.z);
  mul(sum.x, p.x, zz);
  mul(zz, zz, twice.z);
  mul(sum.y, p.y, zz);
  const all: Jacobian[] = [];
  for (let i = 0; i < 1 << (window - 2); i++) {
    if (i > 0) addAffine(sum, twice.x, twice.y);
    const z = fe();
    mul(z, sum.z, twice.z);
    all.push({ x: sum.x.slice() as Fe, y: sum.y.slice() as Fe, z });
  }
  return all;
}

function timesLambda(table: readonly Affine[]): Affine[] {
  return table.map(({ x, y }) => {
    const bx = fe();
    mul(bx, x, BETA);
    return { x: bx, y };
  });
}

const roundedQuotient = (a: bigint): bigint => (a + N / 2n) / N;

/** k = k1 + k2·λ with both halves at most about 128 bits long, signed. */
function split(k: bigint): [bigint, bigint] {
  if (k < HALF_LENGTH) return [k, 0n];
  const c1 = roundedQuotient(A1 * k);
  const c2 = roundedQuotient(MINUS_B1 * k);
  return [k - c1 * A1 - c2 * A2, c1 * MINUS_B1 - c2 * A1];
}

/** Signed odd digits of |k| (least significant first), negated for negative k. At most one in `window` is not zero. */
function wnaf(k: bigint, window: number): Int16Array {
  const sign = k < 0n ? -1 : 1;
  const bits = (k < 0n ? -k : k).toString(2);
  const length = bits.length;
  const digits = new Int16Array(length + 1);
  let carry = 0;
  for (let i = 0; i <= length;) {
    const bit = i < length ? bits.charCodeAt(length - 1 - i) - 48 : 0;
    if (bit === carry) {
      i += 1;
      continue;
    }
    let word = carry;
    for (let j = 0; j < window && i + j < length; j++)
      word += (bits.charCodeAt(length - 1 - i - j) - 48) << j;
    carry = word >> (window - 1);
    digits[i] = sign * (word - (carry << window));
    i += window;
  }
  return digits;
}

let baseTables: readonly [Affine[], Affine[]] | undefined;

/** Tables of G and λG, built at first use. */
function generatorTables(): readonly [Affine[], Affine[]] {
  if (!baseTables) {
    const bytes = BASE.toBytes(false);
    const g = { x: feFromBytes(bytes, 1) as Fe, y: feFromBytes(bytes, 33) as Fe };
    const table = toAffine(oddMultiples(g, BASE_WINDOW));
    baseTables = [table, timesLambda(table)];
  }
  return baseTables;
}

interface Walk {
  readonly digits: Int16Array;
  readonly table: readonly Affine[];
}

/** The walks of one scalar: its halves through the tables of the point and of λ times the point. */
function walksOf(k: bigint, window: number, table: readonly Affine[], lambda?: readonly Affine[]): Walk[] {
  const [low, high] = split(k);
  const walks: Walk[] = [];
  if (low !== 0n) walks.push({ digits: wnaf(low, window), table });
  if (high !== 0n) walks.push({ digits: wnaf(high, window), table: lambda ?? timesLambda(table) });
  return walks;
}

/** Walks of all terms; their tables share one inversion. */
function prepare(g: bigint, terms: readonly (readonly [bigint, Affine])[]): Walk[] {
  const walks = g === 0n ? [] : walksOf(g, BASE_WINDOW, ...generatorTables());
  const single = terms.filter(([k]) => k === 1n);
  const long = terms.filter(([k]) => k > 1n);
  for (const [k, p] of single) walks.push({ digits: wnaf(k, WINDOW), table: [p] });
  if (long.length === 0) return walks;
  const tables = toAffine(long.flatMap(([, p]) => oddMultiples(p, WINDOW)));
  const each = 1 << (WINDOW - 2);
  long.forEach(([k], i) => walks.push(...walksOf(k, WINDOW, tables.slice(i * each, (i + 1) * each))));
  return walks;
}

const negated = fe();

function walk(walks: readonly Walk[]): Jacobian {
  const sum = infinity();
  for (let i = Math.max(0, ...walks.map((w) => w.digits.length)) - 1; i >= 0; i--) {
    double(sum);
    for (const { digits, table } of walks) {
      const digit = digits[i] ?? 0;
      if (digit === 0) continue;
      const { x, y } = table[(Math.abs(digit) - 1) >> 1] as Affine;
      if (digit < 0) neg(negated, y);
      addAffine(sum, x, digit < 0 ? negated : y);
    }
  }
  return sum;
}

/**
 * g·G + Σ scalar·point; undefined when the sum is infinity. Variable-time: for public values only.
 * @param terms scalars in 0 … n−1
 */
export function multiplyPublic(g: bigint, terms: readonly (readonly [bigint, Affine])[]): Affine | undefined {
  const sum = walk(prepare(g, terms));
  return isInfinity(sum) ? undefined : toAffine([sum])[0];
}

/** Is g·G + Σ scalar·point infinity? As {@link multiplyPublic}, without the inversion at its end. */
export const isSumZero = (g: bigint, terms: readonly (readonly [bigint, Affine])[]): boolean =>
  isInfinity(walk(prepare(g, terms)));

/** Sum of points; undefined when it is infinity. */
export function addPublic(points: readonly Affine[]): Affine | undefined {
  const sum = infinity();
  for (const { x, y } of points) addAffine(sum, x, y);
  return isInfinity(sum) ? undefined : toAffine([sum])[0];
}

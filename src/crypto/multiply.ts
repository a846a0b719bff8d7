// Variable-time multi-scalar multiplication on secp256k1 for PUBLIC scalars: Σ kᵢ·Pᵢ with one shared doubling chain
// (Strauss), scalars halved by the curve's endomorphism (GLV) and recoded as wNAF, points in Jacobian coordinates.
// Field values are kept as signed residues: `%` keeps the sign, and no step needs them positive until the end.
import { secp256k1 } from '@noble/curves/secp256k1.js';

const { Fp, Fn, BASE } = secp256k1.Point;
const P = Fp.ORDER;
const N = Fn.ORDER;
/** β³ = 1: (βx, y) is λ times the point. */
const BETA = 0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501een;
/** Short lattice basis (a1, b1), (a2, b2 = a1) of the endomorphism. */
const A1 = 0x3086d221a7d46bcde86c90e49284eb15n;
const MINUS_B1 = 0xe4437ed6010e88286f547fa90abfe4c3n;
const A2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8n;

export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

/** Mutable Jacobian point; z = 0 is infinity. */
interface Jacobian {
  x: bigint;
  y: bigint;
  z: bigint;
}

/** Window of points given at call time, and of the generator, whose table is built once. */
const WINDOW = 5;
const BASE_WINDOW = 8;

const infinity = (): Jacobian => ({ x: 1n, y: 1n, z: 0n });

/** p ← 2p ("dbl-2009-l", curve parameter a = 0). */
function double(p: Jacobian): void {
  const { x, y, z } = p;
  const a = (x * x) % P;
  const b = (y * y) % P;
  const c = (b * b) % P;
  const d = 4n * x * b;
  const e = 3n * a;
  p.x = (e * e - 2n * d) % P;
  p.y = (e * ((d - p.x) % P) - 8n * c) % P;
  p.z = (2n * y * z) % P;
}

/** p ← p + q for an affine q, with the exceptional cases. */
function addAffine(p: Jacobian, qx: bigint, qy: bigint): void {
  const { x, y, z } = p;
  if (z === 0n) {
    p.x = qx;
    p.y = qy;
    p.z = 1n;
    return;
  }
  const zz = (z * z) % P;
  const h = (qx * zz - x) % P;
  const r = (qy * ((z * zz) % P) - y) % P;
  if (h === 0n) {
    if (r === 0n) double(p);
    else Object.assign(p, infinity());
    return;
  }
  const hh = (h * h) % P;
  const hhh = (h * hh) % P;
  const v = (x * hh) % P;
  p.x = (r * r - hhh - 2n * v) % P;
  p.y = (r * (v - p.x) - y * hhh) % P;
  p.z = (z * h) % P;
}

/** Jacobian points, none at infinity, to affine with one inversion. */
function toAffine(points: readonly Jacobian[]): Affine[] {
  const prefix: bigint[] = [];
  let product = 1n;
  for (const { z } of points) {
    prefix.push(product);
    product = (product * z) % P;
  }
  let inverse = Fp.inv(Fp.create(product));
  const out: Affine[] = [];
  for (let i = points.length - 1; i >= 0; i--) {
    const { x, y, z } = points[i] as Jacobian;
    const zi = (inverse * (prefix[i] as bigint)) % P;
    inverse = (inverse * z) % P;
    const zi2 = (zi * zi) % P;
    out[i] = { x: (x * zi2) % P, y: (y * ((zi2 * zi) % P)) % P };
  }
  return out;
}

/** Odd multiples 1, 3, 5 … (2^(window−1) − 1) of a point. */
function oddMultiples(p: Affine, window: number): Affine[] {
  const twice: Jacobian = { x: p.x, y: p.y, z: 1n };
  double(twice);
  const step = toAffine([twice])[0] as Affine;
  const sum: Jacobian = { x: p.x, y: p.y, z: 1n };
  const all = [{ ...sum }];
  for (let i = 1; i < 1 << (window - 2); i++) {
    addAffine(sum, step.x, step.y);
    all.push({ ...sum });
  }
  return toAffine(all);
}

const timesLambda = (table: readonly Affine[]): Affine[] =>
  table.map(({ x, y }) => ({ x: (x * BETA) % P, y }));

const roundedQuotient = (a: bigint): bigint => (a + N / 2n) / N;

/** k = k1 + k2·λ with both halves about 128 bits long, signed. */
function split(k: bigint): [bigint, bigint] {
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

let baseTables: [Affine[], Affine[]] | undefined;

/** Tables of G and λG, built at first use. */
function generatorTables(): [Affine[], Affine[]] {
  if (!baseTables) {
    const table = oddMultiples(BASE.toAffine(), BASE_WINDOW);
    baseTables = [table, timesLambda(table)];
  }
  return baseTables;
}

/**
 * g·G + Σ scalar·point; undefined when the sum is infinity. Variable-time: for public values only.
 * @param terms scalars in 0 … n−1 with points on the curve, none at infinity
 */
export function multiplyPublic(g: bigint, terms: readonly (readonly [bigint, Affine])[]): Affine | undefined {
  const walks: { digits: Int16Array; table: readonly Affine[] }[] = [];
  const push = (k: bigint, window: number, tables: () => readonly [Affine[], Affine[]]) => {
    if (k === 0n) return;
    const halves = split(k);
    const both = tables();
    halves.forEach((half, i) => {
      if (half !== 0n) walks.push({ digits: wnaf(half, window), table: both[i] as Affine[] });
    });
  };
  push(g, BASE_WINDOW, generatorTables);
  for (const [k, p] of terms) {
    push(k, WINDOW, () => {
      const table = k === 1n ? [p] : oddMultiples(p, WINDOW);
      return [table, timesLambda(table)];
    });
  }
  const sum = infinity();
  for (let i = Math.max(0, ...walks.map((w) => w.digits.length)) - 1; i >= 0; i--) {
    if (sum.z !== 0n) double(sum);
    for (const { digits, table } of walks) {
      const digit = digits[i] ?? 0;
      if (digit === 0) continue;
      const { x, y } = table[(Math.abs(digit) - 1) >> 1] as Affine;
      addAffine(sum, x, digit < 0 ? -y : y);
    }
  }
  if (sum.z === 0n) return undefined;
  const { x, y } = toAffine([sum])[0] as Affine;
  return { x: Fp.create(x), y: Fp.create(y) };
}

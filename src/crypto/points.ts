// Public points: reading with a memo, sums, tweaks, and scalars.
// Invariant: nothing here ever sees a secret. Secret scalars go through noble's constant-time `multiply` (secrets.ts).
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { SkiffError } from '../errors.ts';
import { concat } from './bytes.ts';
import type { Bytes } from './curve.ts';
import { fe, feFromBytes, feToBytes, isOdd, mul, neg, sqr, squareRoot, type Fe } from './field.ts';
import { sha256 } from './hash.ts';
import { createMemo } from './memo.ts';
import { addPublic, multiplyPublic, type Affine } from './multiply.ts';

export const { Fn } = secp256k1.Point;

/** A point that is not infinity, with its 33-byte compressed form. */
export interface Pt extends Affine {
  readonly bytes: Bytes;
}

/** Points worth remembering: the server's, our own, those of a coin's chain. About 500 bytes each. */
const LIFTED = 4096;
const TWEAKED = 4096;

/** Longer keys are hashed first: a call takes only so many arguments, and a memo need not hold a tree's keys as text. */
const LONG_KEY = 1024;

/** Bytes as a memo key. */
export const keyOf = (bytes: Bytes): string =>
  // `apply` takes an array-like as it is; spreading walks an iterator.
  String.fromCharCode.apply(null, (bytes.length > LONG_KEY ? sha256(bytes) : bytes) as never);

/** A public value that is not what it must be. */
export const badPoint = (what: string, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'INVALID_ENCODING',
    say: 'A key or signature in this data is not valid.',
    details: { what },
    cause,
  });

const lifted = createMemo<Pt>(LIFTED);

const SEVEN = fe();
SEVEN[0] = 7;

function decompress(bytes: Bytes, what: string): Pt {
  const sign = bytes[0];
  const x = sign === 2 || sign === 3 ? feFromBytes(bytes, 1) : undefined;
  if (!x) throw badPoint(what);
  const square = fe();
  sqr(square, x);
  mul(square, square, x, 1, 1, SEVEN);
  const y = squareRoot(square);
  if (!y) throw badPoint(what);
  if (isOdd(y) !== (sign === 3)) neg(y, y);
  return { x, y, bytes: Uint8Array.from(bytes) };
}

/** 33 bytes (02/03) to a point, remembered. @throws SkiffError INVALID_ENCODING */
export function lift(bytes: Bytes, what = 'public key'): Pt {
  if (bytes.length !== 33) throw badPoint(what);
  return lifted.get(keyOf(bytes), () => decompress(bytes, what));
}

/** A computed point; reading its bytes later costs no square root. */
function known(p: Affine): Pt {
  const bytes = new Uint8Array(33);
  bytes[0] = isOdd(p.y) ? 3 : 2;
  feToBytes(p.x, bytes, 1);
  return lifted.get(keyOf(bytes), () => ({ x: p.x, y: p.y, bytes }));
}

const EVEN = Uint8Array.of(2);

/** BIP-340 lift_x of 32 bytes, remembered. @throws SkiffError INVALID_ENCODING */
export function liftX(x: Bytes, what = 'x-only key'): Pt {
  if (x.length !== 32) throw badPoint(what);
  return lift(concat(EVEN, x), what);
}

export const hasEvenY = (p: Pt): boolean => p.bytes[0] === 2;

/** The point with the other y. */
export const negate = (p: Affine): Affine => {
  const y: Fe = fe();
  neg(y, p.y);
  return { x: p.x, y };
};

/** The 32-byte x coordinate, a copy. */
export const xOf = (p: Pt): Bytes => p.bytes.slice(1);

/** Big-endian 32 bytes below n to a scalar. @throws SkiffError INVALID_ENCODING */
export function scalar(bytes: Bytes, what: string): bigint {
  const value = bytes.length === 32 ? Fn.fromBytes(bytes, true) : Fn.ORDER;
  if (!Fn.isValid(value)) throw badPoint(what);
  return value;
}

/** Any 32-byte hash reduced mod n. */
export const hashScalar = (hash: Bytes): bigint => Fn.create(Fn.fromBytes(hash, true));

/** g·G + Σ scalarᵢ·pointᵢ for public values; undefined for infinity. */
export function combine(g: bigint, terms: readonly (readonly [bigint, Affine])[]): Pt | undefined {
  const sum = multiplyPublic(g, terms);
  return sum && known(sum);
}

/** Sum of points; undefined for infinity. */
export function addUp(points: readonly Affine[]): Pt | undefined {
  const sum = addPublic(points);
  return sum && known(sum);
}

/** lift_x(internal) + tweak·G, remembered. */
const tweaked = createMemo<{ xonly: Bytes; parity: 0 | 1 }>(TWEAKED);

/** BIP-341 output key. @throws SkiffError INVALID_ENCODING for a bad key or a tweak ≥ n. */
export function tweakPoint(internal: Bytes, tweak: Bytes): { xonly: Bytes; parity: 0 | 1 } {
  return tweaked.get(keyOf(concat(internal, tweak)), () => {
    const point = combine(scalar(tweak, 'tweak'), [[1n, liftX(internal, 'internal key')]]);
    if (!point) throw badPoint('tweaked key at infinity');
    return { xonly: xOf(point), parity: hasEvenY(point) ? 0 : 1 };
  });
}

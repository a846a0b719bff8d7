// Public points on noble's secp256k1: lifting with a memo, sums, tweaks.
// Invariant: nothing here ever sees a secret. Secret scalars go through noble's constant-time `multiply` elsewhere.
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { SkiffError } from '../errors.ts';
import { concat } from './bytes.ts';
import type { Bytes } from './curve.ts';
import { sha256 } from './hash.ts';
import { createMemo } from './memo.ts';
import { multiplyPublic } from './multiply.ts';

export const Point = secp256k1.Point;
export const { Fn, Fp } = Point;
export type Pt = InstanceType<typeof Point>;

/** Points worth remembering: the server's, our own, those of a coin's chain. About 300 bytes each. */
const LIFTED = 4096;
const TWEAKED = 4096;

/** Longer keys are hashed first: a call takes only so many arguments, and a memo need not hold a tree's keys as text. */
const LONG_KEY = 1024;

/** Bytes as a memo key. */
export const keyOf = (bytes: Bytes): string =>
  String.fromCharCode(...(bytes.length > LONG_KEY ? sha256(bytes) : bytes));

/** A public value that is not what it must be. */
export const badPoint = (what: string, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'INVALID_ENCODING',
    say: 'A key or signature in this data is not valid.',
    details: { what },
    cause,
  });

const lifted = createMemo<Pt>(LIFTED);

/** 33 bytes (02/03) to a point, remembered. @throws SkiffError INVALID_ENCODING */
export function lift(bytes: Bytes, what = 'public key'): Pt {
  if (bytes.length !== 33) throw badPoint(what);
  return lifted.get(keyOf(bytes), () => parsePoint(bytes, what));
}

/** As {@link lift} for points seen once, such as nonces: not remembered. */
export function parsePoint(bytes: Bytes, what: string): Pt {
  if (bytes.length !== 33) throw badPoint(what);
  try {
    return Point.fromBytes(bytes);
  } catch (e) {
    throw badPoint(what, e);
  }
}

const EVEN = Uint8Array.of(2);

/** BIP-340 lift_x of 32 bytes, remembered. @throws SkiffError INVALID_ENCODING */
export const liftX = (x: Bytes, what = 'x-only key'): Pt => lift(concat(EVEN, x), what);

export const hasEvenY = (p: Pt): boolean => !Fp.isOdd?.(p.toAffine().y);

/** Big-endian 32 bytes below n to a scalar. @throws SkiffError INVALID_ENCODING */
export function scalar(bytes: Bytes, what: string): bigint {
  const value = bytes.length === 32 ? Fn.fromBytes(bytes, true) : Fn.ORDER;
  if (!Fn.isValid(value)) throw badPoint(what);
  return value;
}

/** Any 32-byte hash reduced mod n. */
export const hashScalar = (hash: Bytes): bigint => Fn.create(Fn.fromBytes(hash, true));

/** g·G + Σ scalarᵢ·pointᵢ for public values; a term at infinity counts as nothing. */
export function combine(g: bigint, terms: readonly (readonly [bigint, Pt])[]): Pt {
  const finite = terms.filter(([, p]) => !p.is0()).map(([k, p]) => [k, p.toAffine()] as const);
  const sum = multiplyPublic(g, finite);
  return sum ? Point.fromAffine(sum) : Point.ZERO;
}

/** lift_x(internal) + tweak·G, remembered. */
const tweaked = createMemo<{ point: Pt; xonly: Bytes; parity: 0 | 1 }>(TWEAKED);

/** BIP-341 output key. @throws SkiffError INVALID_ENCODING for a bad key or a tweak ≥ n. */
export function tweakPoint(internal: Bytes, tweak: Bytes): { point: Pt; xonly: Bytes; parity: 0 | 1 } {
  return tweaked.get(keyOf(concat(internal, tweak)), () => {
    const sum = Point.BASE.multiplyUnsafe(scalar(tweak, 'tweak')).add(liftX(internal, 'internal key'));
    if (sum.is0()) throw badPoint('tweaked key at infinity');
    const point = Point.fromAffine(sum.toAffine());
    return { point, xonly: xOf(point), parity: hasEvenY(point) ? 0 : 1 };
  });
}

/** The 32-byte x coordinate. */
export const xOf = (p: Pt): Bytes => schnorr.utils.pointToBytes(p);

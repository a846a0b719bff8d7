// BIP-340 batch verification: Σ aᵢ·sᵢ·G = Σ aᵢ·Rᵢ + Σ aᵢ·eᵢ·Pᵢ in one multiplication. The weights aᵢ (the first is 1) are 128
// bits that come from a hash of everything that is verified, as BIP-340 describes it: whoever made the signatures cannot
// choose them so that wrong ones cancel each other.
import type { Bytes, SignedMessage } from './curve.ts';
import { sha256, taggedHash } from './hash.ts';
import { isSumZero, type Affine } from './multiply.ts';
import { badPoint, Fn, hashScalar, keyOf, liftX, negate, scalar, type Pt } from './points.ts';

const index = (i: number): Bytes => Uint8Array.of(i >> 24, i >> 16, i >> 8, i);

/**
 * Weights of `count` equations of which `parts` is everything that they say: the first is 1, the others are 128 bits and
 * not 0.
 */
export function batchWeights(count: number, parts: readonly Bytes[]): bigint[] {
  const seed = taggedHash('Skiff/batch', ...parts);
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return 1n;
    const bytes = sha256(seed, index(i));
    bytes.fill(0, 0, 16);
    return hashScalar(bytes) || 1n;
  });
}

/** Sums up factors of public points; equal points share a term. */
export function collectTerms(): { add(factor: bigint, point: Pt): void; terms(): [bigint, Affine][] } {
  const byPoint = new Map<string, [bigint, Affine]>();
  return {
    add(factor, point) {
      const name = keyOf(point.bytes);
      const present = byPoint.get(name);
      if (present) present[0] = Fn.add(present[0], factor);
      else byPoint.set(name, [factor, point]);
    },
    terms: () => [...byPoint.values()],
  };
}

/** Is every signature valid? @throws SkiffError INVALID_ENCODING for values that cannot be part of a signature */
export function areAllValid(items: readonly SignedMessage[]): boolean {
  const parts = items.map(({ signature, message, xonly }) => {
    if (signature.length !== 64) throw badPoint('signature');
    const rx = signature.subarray(0, 32);
    const challenge = taggedHash('BIP0340/challenge', rx, xonly, message);
    return { challenge, key: liftX(xonly), r: liftX(rx), s: scalar(signature.subarray(32), 's'), signature };
  });
  const weights = batchWeights(
    parts.length,
    parts.flatMap(({ challenge, signature }) => [challenge, signature]),
  );
  let g = 0n;
  const nonces: [bigint, Affine][] = [];
  const keys = collectTerms();
  parts.forEach(({ challenge, key, r, s }, i) => {
    const weight = weights[i] as bigint;
    g = Fn.add(g, Fn.mul(weight, s));
    nonces.push([weight, negate(r)]);
    keys.add(Fn.neg(Fn.mul(weight, hashScalar(challenge))), key);
  });
  return isSumZero(g, [...nonces, ...keys.terms()]);
}

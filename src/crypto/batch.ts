// BIP-340 batch verification: Σ aᵢ·sᵢ·G = Σ aᵢ·Rᵢ + Σ aᵢ·eᵢ·Pᵢ in one multiplication. The weights aᵢ (the first is 1) are 128
// bits that come from a hash of everything that is verified, as BIP-340 describes it: whoever made the signatures cannot
// choose them so that wrong ones cancel each other.
import type { Bytes, SignedMessage } from './curve.ts';
import { sha256, taggedHash } from './hash.ts';
import { isSumZero, type Affine } from './multiply.ts';
import { badPoint, Fn, hashScalar, keyOf, liftX, negate, scalar } from './points.ts';

const index = (i: number): Bytes => Uint8Array.of(i >> 24, i >> 16, i >> 8, i);

/** 128 bits for the signature at `i`, never 0. */
function weight(seed: Bytes, i: number): bigint {
  if (i === 0) return 1n;
  const bytes = sha256(seed, index(i));
  bytes.fill(0, 0, 16);
  return hashScalar(bytes) || 1n;
}

/** Is every signature valid? @throws SkiffError INVALID_ENCODING for values that cannot be part of a signature */
export function areAllValid(items: readonly SignedMessage[]): boolean {
  const parts = items.map(({ signature, message, xonly }) => {
    if (signature.length !== 64) throw badPoint('signature');
    const rx = signature.subarray(0, 32);
    const challenge = taggedHash('BIP0340/challenge', rx, xonly, message);
    const key = liftX(xonly);
    return { challenge, key, r: liftX(rx), s: scalar(signature.subarray(32), 's'), signature };
  });
  const seed = taggedHash(
    'Skiff/batch',
    ...parts.flatMap(({ challenge, signature }) => [challenge, signature]),
  );
  let g = 0n;
  const terms: [bigint, Affine][] = [];
  /** Signatures under one key share its term. */
  const keys = new Map<string, [bigint, Affine]>();
  parts.forEach(({ challenge, key, r, s }, i) => {
    const a = weight(seed, i);
    g = Fn.add(g, Fn.mul(a, s));
    terms.push([a, negate(r)]);
    const factor = Fn.neg(Fn.mul(a, hashScalar(challenge)));
    const name = keyOf(key.bytes);
    const known = keys.get(name);
    if (known) known[0] = Fn.add(known[0], factor);
    else keys.set(name, [factor, key]);
  });
  return isSumZero(g, [...terms, ...keys.values()]);
}

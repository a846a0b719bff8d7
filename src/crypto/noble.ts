// The Curve adaptor in JavaScript: secrets through noble's constant-time paths, public data variable-time and remembered.
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { SkiffError } from '../errors.ts';
import { equalBytes } from './bytes.ts';
import type { Bytes, Curve } from './curve.ts';
import { taggedHash } from './hash.ts';
import * as musig from './noble-musig.ts';
import {
  badPoint,
  combine,
  Fn,
  Fp,
  hashScalar,
  hasEvenY,
  lift,
  liftX,
  Point,
  scalar,
  tweakPoint,
  xOf,
} from './noble-points.ts';

const badSecret = () => new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A secret key is out of range.' });

/** Runs an operation on a secret; noble's own errors become one that says nothing about the secret. */
function withSecret<T>(secret: Bytes, use: (d: bigint) => T): T {
  const d = secret.length === 32 ? Fn.fromBytes(secret, true) : 0n;
  if (!Fn.isValidNot0(d)) throw badSecret();
  return use(d);
}

const holds = (check: () => unknown): boolean => {
  try {
    return check() !== false;
  } catch {
    return false;
  }
};

function schnorrVerify(signature: Bytes, message: Bytes, xonly: Bytes): boolean {
  return holds(() => {
    if (signature.length !== 64) return false;
    const rx = signature.subarray(0, 32);
    const s = scalar(signature.subarray(32), 's');
    const e = hashScalar(taggedHash('BIP0340/challenge', rx, xonly, message));
    const r = combine(s, [[Fn.neg(e), liftX(xonly)]]);
    return !r.is0() && hasEvenY(r) && equalBytes(xOf(r), rx);
  });
}

function ecdsaSign(digest: Bytes, secret: Bytes): { signature: Bytes; recovery: number } {
  return withSecret(secret, () => {
    if (digest.length !== 32) throw badPoint('digest');
    const out = secp256k1.sign(digest, secret, { prehash: false, lowS: true, format: 'recovered' });
    return { signature: out.slice(1), recovery: out[0] as number };
  });
}

const ecdsaVerify = (signature: Bytes, digest: Bytes, publicKey: Bytes): boolean =>
  holds(() => secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: false }));

function ecdsaRecover(signature: Bytes, recovery: number, digest: Bytes): Bytes | undefined {
  try {
    const recovered = Uint8Array.of(recovery, ...signature);
    return secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
  } catch {
    return undefined;
  }
}

function addPoints(a: Bytes, b: Bytes): Bytes {
  const sum = lift(a).add(lift(b));
  if (sum.is0()) throw badPoint('sum at infinity');
  return sum.toBytes(true);
}

function tweakSecret(secret: Bytes, tweak: Bytes): Bytes {
  return withSecret(secret, (d) => {
    const even = !Fp.isOdd?.(Point.BASE.multiply(d).toAffine().y);
    const sum = Fn.add(even ? d : Fn.neg(d), scalar(tweak, 'tweak'));
    if (sum === 0n) throw badSecret();
    return Fn.toBytes(sum);
  });
}

/** The JavaScript adaptor. Stateless but for bounded memos of public values. */
export const nobleCurve: Curve = {
  publicKey: (secret) => withSecret(secret, (d) => Point.BASE.multiply(d).toBytes(true)),
  isPoint: (point) => holds(() => lift(point)),
  isXOnly: (x) => x.length === 32 && holds(() => liftX(x)),
  isScalar: (value) => holds(() => scalar(value, 'scalar') >= 0n),

  schnorrSign: (message, secret, aux) => withSecret(secret, () => schnorr.sign(message, secret, aux)),
  schnorrVerify,

  ecdsaSign,
  ecdsaVerify,
  ecdsaRecover,

  sharedPoint: (secret, point) => withSecret(secret, (d) => lift(point).multiply(d).toBytes(true)),
  multiplySecrets: (a, b) => withSecret(a, (x) => withSecret(b, (y) => Fn.toBytes(Fn.mul(x, y)))),
  addPoints,
  subtractPoints: (a, b) => addPoints(a, lift(b).negate().toBytes(true)),

  tweakXOnly: (internal, tweak) => {
    const { xonly, parity } = tweakPoint(internal, tweak);
    return { xonly, parity };
  },
  tweakSecret,

  aggregateKeys: musig.aggregateKeys,
  generateNonce: musig.generateNonce,
  aggregateNonces: musig.aggregateNonces,
  partialSign: musig.partialSign,
  partialVerify: musig.partialVerify,
  aggregatePartials: musig.aggregatePartials,
};

// The Curve adaptor in JavaScript: secrets through noble's constant-time paths (secrets.ts), public data variable-time on
// field.ts and remembered.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { numberToBytesBE } from '@noble/curves/utils.js';
import { SkiffError } from '../errors.ts';
import { equalBytes } from './bytes.ts';
import type { Bytes, Curve } from './curve.ts';
import { taggedHash } from './hash.ts';
import { areAllValid } from './batch.ts';
import type { Affine } from './multiply.ts';
import * as musig from './noble-musig.ts';
import {
  addUp,
  badPoint,
  combine,
  Fn,
  hashScalar,
  hasEvenY,
  lift,
  liftX,
  negate,
  scalar,
  tweakPoint,
} from './points.ts';
import { badSecret, evenSecret, publicKeyOf, schnorrSignUnchecked, withSecret } from './secrets.ts';

const { Point } = secp256k1;

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
    return r !== undefined && hasEvenY(r) && equalBytes(r.bytes.subarray(1), rx);
  });
}

function schnorrSign(message: Bytes, secret: Bytes, aux: Bytes): Bytes {
  if (aux.length !== 32) throw badPoint('auxiliary randomness');
  const signature = schnorrSignUnchecked(message, secret, aux);
  if (schnorrVerify(signature, message, publicKeyOf(secret).subarray(1))) return signature;
  throw new SkiffError({ code: 'INTERNAL', say: 'A signature came out wrong and was dropped.' });
}

function ecdsaSign(digest: Bytes, secret: Bytes): { signature: Bytes; recovery: number } {
  return withSecret(secret, () => {
    if (digest.length !== 32) throw badPoint('digest');
    const out = secp256k1.sign(digest, secret, { prehash: false, lowS: true, format: 'recovered' });
    return { signature: out.slice(1), recovery: out[0] as number };
  });
}

/** r and s of a 64-byte signature, both in 1 … n − 1. @throws SkiffError INVALID_ENCODING */
function ecdsaParts(signature: Bytes): { r: bigint; s: bigint } {
  const r = scalar(signature.subarray(0, 32), 'r');
  const s = scalar(signature.subarray(32), 's');
  if (r === 0n || s === 0n) throw badPoint('signature');
  return { r, s };
}

const ecdsaVerify = (signature: Bytes, digest: Bytes, publicKey: Bytes): boolean =>
  holds(() => {
    if (digest.length !== 32) return false;
    const { r, s } = ecdsaParts(signature);
    const inverse = Fn.inv(s);
    const sum = combine(Fn.mul(hashScalar(digest), inverse), [[Fn.mul(r, inverse), lift(publicKey)]]);
    return sum !== undefined && hashScalar(sum.bytes.subarray(1)) === r;
  });

function ecdsaRecover(signature: Bytes, recovery: number, digest: Bytes): Bytes | undefined {
  try {
    if (digest.length !== 32 || ![0, 1, 2, 3].includes(recovery)) return undefined;
    const { r, s } = ecdsaParts(signature);
    const x = numberToBytesBE(recovery < 2 ? r : r + Fn.ORDER, 33);
    if (x[0] !== 0) return undefined;
    x[0] = 2 + (recovery & 1);
    const inverse = Fn.inv(r);
    const key = combine(Fn.neg(Fn.mul(hashScalar(digest), inverse)), [[Fn.mul(s, inverse), lift(x)]]);
    return key?.bytes.slice();
  } catch {
    return undefined;
  }
}

function sum(...points: Affine[]): Bytes {
  const total = addUp(points);
  if (!total) throw badPoint('sum at infinity');
  return total.bytes.slice();
}

const tweakSecret = (secret: Bytes, tweak: Bytes): Bytes => {
  const tweaked = Fn.add(evenSecret(secret), scalar(tweak, 'tweak'));
  if (tweaked === 0n) throw badSecret();
  return Fn.toBytes(tweaked);
};

/** The JavaScript adaptor. Stateless but for bounded memos of public values. */
export const nobleCurve: Curve = {
  publicKey: (secret) => publicKeyOf(secret).slice(),
  isPoint: (point) => holds(() => lift(point)),
  isXOnly: (x) => x.length === 32 && holds(() => liftX(x)),
  isScalar: (value) => holds(() => scalar(value, 'scalar') >= 0n),

  schnorrSign,
  schnorrVerify,
  schnorrVerifyAll: (items) => holds(() => areAllValid(items)),

  ecdsaSign,
  ecdsaVerify,
  ecdsaRecover,

  sharedPoint: (secret, point) =>
    withSecret(secret, (d) => Point.fromBytes(lift(point).bytes).multiply(d).toBytes(true)),
  multiplySecrets: (a, b) => withSecret(a, (x) => withSecret(b, (y) => Fn.toBytes(Fn.mul(x, y)))),
  addPoints: (a, b) => sum(lift(a), lift(b)),
  subtractPoints: (a, b) => sum(lift(a), negate(lift(b))),

  tweakXOnly: tweakPoint,
  tweakSecret,

  aggregateKeys: musig.aggregateKeys,
  generateNonce: musig.generateNonce,
  aggregateNonces: musig.aggregateNonces,
  partialSign: musig.partialSign,
  partialVerify: musig.partialVerify,
  partialVerifyAll: musig.partialVerifyAll,
  aggregatePartials: musig.aggregatePartials,
};

// MuSig2 (BIP-327) with one optional x-only tweak. Key aggregation, nonce aggregation and partial verification are
// public and variable-time; nonces come from @scure/btc-signer; the partial signature is computed from secrets with
// noble's arithmetic mod n.
import { nonceGen, sortKeys } from '@scure/btc-signer/musig2.js';
import { SkiffError } from '../errors.ts';
import { concat, equalBytes, isZero } from './bytes.ts';
import type {
  Bytes,
  KeyAggregate,
  KeyOrder,
  MusigSession,
  NonceInput,
  NoncePair,
  PartialSignature,
  SecretNonce,
} from './curve.ts';
import { taggedHash } from './hash.ts';
import { createMemo } from './memo.ts';
import { isSumZero, type Affine } from './multiply.ts';
import { batchWeights, collectTerms } from './batch.ts';
import {
  addUp,
  badPoint,
  combine,
  Fn,
  hashScalar,
  hasEvenY,
  keyOf,
  lift,
  negate,
  scalar,
  tweakPoint,
  xOf,
  type Pt,
} from './points.ts';
import { publicKeyOf } from './secrets.ts';

const AGGREGATES = 2048;
const N = Fn.ORDER;

interface Aggregate {
  readonly value: KeyAggregate;
  readonly even: boolean;
  /** KeyAgg coefficient of a participant; undefined for a foreign key. */
  coefficient(key: Bytes): bigint | undefined;
}

const aggregates = createMemo<Aggregate>(AGGREGATES);

function aggregate(keys: readonly Bytes[], order: KeyOrder = 'sorted'): Aggregate {
  if (keys.length === 0)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A shared key needs at least one key.' });
  if (keys.some((key) => key.length !== 33)) throw badPoint('cosigner key');
  const ordered = order === 'given' ? [...keys] : sortKeys([...keys]);
  return aggregates.get(keyOf(concat(...ordered)), () => {
    const list = taggedHash('KeyAgg list', ...ordered);
    const first = ordered[0] as Bytes;
    const second = ordered.find((key) => !equalBytes(key, first));
    const coefficients = ordered.map((key) =>
      second && equalBytes(key, second) ? 1n : hashScalar(taggedHash('KeyAgg coefficient', list, key)),
    );
    const sum = combine(
      0n,
      ordered.map((key, i) => [coefficients[i] as bigint, lift(key, 'cosigner key')] as const),
    );
    if (!sum) throw badPoint('aggregate key at infinity');
    const names = ordered.map((key) => Uint8Array.from(key));
    return {
      value: { keys: names, point: sum.bytes.slice(), xonly: xOf(sum) },
      even: hasEvenY(sum),
      coefficient: (key) => coefficients[names.findIndex((name) => equalBytes(name, key))],
    };
  });
}

/** BIP-327 KeySort and KeyAgg, remembered by the ordered keys. @throws SkiffError INVALID_ENCODING, INVALID_ARGUMENT */
export const aggregateKeys = (keys: readonly Bytes[], order?: KeyOrder): KeyAggregate =>
  aggregate(keys, order).value;

/** BIP-327 GetSessionValues. */
interface SessionValues {
  readonly keys: Aggregate;
  /** Final key (tweaked where a tweak applies). */
  readonly evenQ: boolean;
  readonly tweakAcc: bigint;
  /** −1 or 1: sign that x-only tweaking gives the untweaked key. */
  readonly keySign: bigint;
  readonly b: bigint;
  readonly e: bigint;
  readonly evenR: boolean;
  readonly rx: Bytes;
}

/** Values of sessions in use; a session is a plain immutable value, so its identity is enough. */
const sessions = new WeakMap<MusigSession, SessionValues>();

const negateIf = (condition: boolean, value: bigint): bigint => (condition ? Fn.neg(value) : value);

/** A half of an aggregated nonce as a term: 33 zero bytes are infinity, which adds nothing. */
const nonceHalf = (factor: bigint, bytes: Bytes): [bigint, Pt][] =>
  isZero(bytes) ? [] : [[factor, lift(bytes, 'aggregated nonce')]];

/** The generator as a nonce, for a sum at infinity (BIP-327 GetSessionValues). */
const generator = (): Pt => combine(1n, []) as Pt;

function sessionValues(session: MusigSession): SessionValues {
  const known = sessions.get(session);
  if (known) return known;
  const { aggregateNonce, message, tweak } = session;
  if (aggregateNonce.length !== 66) throw badPoint('aggregated nonce');
  const keys = aggregate(session.keys, session.order);
  const tweaked = tweak && tweakPoint(keys.value.xonly, tweak);
  const qx = tweaked ? tweaked.xonly : keys.value.xonly;
  const b = hashScalar(taggedHash('MuSig/noncecoef', aggregateNonce, qx, message));
  const halves = [
    ...nonceHalf(1n, aggregateNonce.subarray(0, 33)),
    ...nonceHalf(b, aggregateNonce.subarray(33)),
  ];
  const r = combine(0n, halves) ?? generator();
  const rx = xOf(r);
  const values: SessionValues = {
    keys,
    evenQ: tweaked ? tweaked.parity === 0 : keys.even,
    tweakAcc: tweak ? scalar(tweak, 'tweak') : 0n,
    keySign: tweaked && !keys.even ? N - 1n : 1n,
    b,
    e: hashScalar(taggedHash('BIP0340/challenge', rx, qx, message)),
    evenR: hasEvenY(r),
    rx,
  };
  sessions.set(session, values);
  return values;
}

/** e·a·g for a participant: what its (signed) key is multiplied with. */
function keyFactor(v: SessionValues, key: Bytes): bigint {
  const coefficient = v.keys.coefficient(key);
  if (coefficient === undefined) throw badPoint('key is not of this session');
  return Fn.mul(negateIf(!v.evenQ, v.keySign), Fn.mul(v.e, coefficient));
}

/** BIP-327 secnonce (k1 ‖ k2 ‖ key) that can be taken out once. */
class NobleSecretNonce implements SecretNonce {
  readonly kind = 'musig-secret-nonce';
  #secnonce: Bytes | undefined;

  constructor(secnonce: Bytes) {
    this.#secnonce = secnonce;
  }

  /** Hands the bytes to `use` and wipes them whatever happens. */
  consume<T>(use: (secnonce: Bytes) => T): T {
    const secnonce = this.#secnonce;
    this.#secnonce = undefined;
    if (!secnonce)
      throw new SkiffError({ code: 'INTERNAL', say: 'A signing nonce was about to be used twice.' });
    try {
      return use(secnonce);
    } finally {
      secnonce.fill(0);
    }
  }
}

/** For tests of given nonces only: wraps a copy of a 97-byte BIP-327 secnonce. */
export const secretNonceForTests = (secnonce: Bytes): SecretNonce =>
  new NobleSecretNonce(Uint8Array.from(secnonce));

/** BIP-327 NonceGen with the given randomness. @throws SkiffError INVALID_ARGUMENT for wrong lengths. */
export function generateNonce(input: NonceInput): NoncePair {
  const { publicKey, secretKey, aggregateKey, message, extra, random } = input;
  try {
    const pair = nonceGen(publicKey, secretKey, aggregateKey, message, extra, random);
    return { secret: new NobleSecretNonce(pair.secret), public: pair.public };
  } catch {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'A signing nonce could not be made from these values.',
    });
  }
}

/** BIP-327 NonceAgg. @throws SkiffError INVALID_ENCODING */
export function aggregateNonces(nonces: readonly Bytes[]): Bytes {
  if (nonces.length === 0 || nonces.some((nonce) => nonce.length !== 66)) throw badPoint('public nonce');
  const half = (from: number): Bytes =>
    addUp(nonces.map((nonce) => lift(nonce.subarray(from, from + 33), 'public nonce')))?.bytes ??
    new Uint8Array(33);
  return concat(half(0), half(33));
}

/** BIP-327 Sign. Wipes the nonce in every case. @throws SkiffError INVALID_ARGUMENT, INVALID_ENCODING, INTERNAL (second use) */
export function partialSign(session: MusigSession, nonce: SecretNonce, secret: Bytes): Bytes {
  if (!(nonce instanceof NobleSecretNonce)) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'This signing nonce was made by another library.',
    });
  }
  return nonce.consume((secnonce) => {
    const v = sessionValues(session);
    const key = secnonce.subarray(64);
    const d = scalar(secret, 'secret key');
    const k1 = scalar(secnonce.subarray(0, 32), 'nonce');
    const k2 = scalar(secnonce.subarray(32, 64), 'nonce');
    if (d === 0n || k1 === 0n || k2 === 0n || !equalBytes(publicKeyOf(secret), key)) {
      throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A signing nonce does not belong to this key.' });
    }
    const k = Fn.add(k1, Fn.mul(v.b, k2));
    return Fn.toBytes(Fn.add(negateIf(!v.evenR, k), Fn.mul(keyFactor(v, key), d)));
  });
}

/** BIP-327 PartialSigVerify with the signer's own nonce and key. Never throws. */
export const partialVerify = (
  session: MusigSession,
  partial: Bytes,
  publicNonce: Bytes,
  publicKey: Bytes,
): boolean => partialVerifyAll([{ session, partial, publicNonce, publicKey }]);

/** As {@link partialVerify} for many: their equations, weighted as in batch.ts, are checked in one multiplication. */
export function partialVerifyAll(items: readonly PartialSignature[]): boolean {
  try {
    const parts = items.map(({ session, partial, publicNonce, publicKey }) => {
      if (publicNonce.length !== 66) throw badPoint('public nonce');
      const v = sessionValues(session);
      return {
        s: scalar(partial, 'partial signature'),
        factor: keyFactor(v, publicKey),
        key: lift(publicKey),
        r1: lift(publicNonce.subarray(0, 33), 'public nonce'),
        r2: lift(publicNonce.subarray(33), 'public nonce'),
        ...v,
      };
    });
    const weights = batchWeights(
      items.length,
      items.flatMap(({ partial, publicNonce, publicKey }, i) => {
        const { b, e } = parts[i] as (typeof parts)[number];
        return [Fn.toBytes(b), Fn.toBytes(e), partial, publicNonce, publicKey];
      }),
    );
    let g = 0n;
    const nonces: [bigint, Affine][] = [];
    const keys = collectTerms();
    parts.forEach(({ s, factor, key, r1, r2, b, evenR }, i) => {
      const weight = weights[i] as bigint;
      g = Fn.add(g, Fn.mul(weight, s));
      nonces.push([weight, evenR ? negate(r1) : r1], [Fn.mul(weight, negateIf(evenR, b)), r2]);
      keys.add(Fn.neg(Fn.mul(weight, factor)), key);
    });
    return isSumZero(g, [...nonces, ...keys.terms()]);
  } catch {
    return false;
  }
}

/** BIP-327 PartialSigAgg. The result is not verified here. @throws SkiffError INVALID_ENCODING, INVALID_ARGUMENT */
export function aggregatePartials(session: MusigSession, partials: readonly Bytes[]): Bytes {
  const v = sessionValues(session);
  if (partials.length !== session.keys.length) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'A shared signature needs one part from each signer.',
    });
  }
  const sum = partials.reduce((acc, part) => Fn.add(acc, scalar(part, 'partial signature')), 0n);
  return concat(v.rx, Fn.toBytes(Fn.add(sum, negateIf(!v.evenQ, Fn.mul(v.e, v.tweakAcc)))));
}

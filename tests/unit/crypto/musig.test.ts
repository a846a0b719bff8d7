// MuSig2 of the noble adaptor against @scure/btc-signer's, value by value, and the life of a secret nonce.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as scure from '@scure/btc-signer/musig2.js';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { secretNonceForTests } from '../../../src/crypto/noble-musig.ts';
import type { MusigSession } from '../../../src/crypto/curve.ts';
import { bytes, secret, signers } from './arbitraries.ts';

const RUNS = { numRuns: 25 };
const maybe = (length: number) => fc.option(bytes(length), { nil: undefined });

/** The same session in both libraries. `order` sorts scure's arguments as BIP-327 KeySort does. */
function bothSessions(secrets: Uint8Array[], seed: Uint8Array, message: Uint8Array, tweak?: Uint8Array) {
  const keys = secrets.map((s) => curve.publicKey(s));
  const sorted = scure.sortKeys(keys);
  const made = secrets.map((s, i) => {
    const random = Uint8Array.from(seed, (b) => b ^ i);
    return scure.nonceGen(keys[i] as Uint8Array, s, undefined, message, undefined, random);
  });
  const aggregateNonce = scure.nonceAggregate(made.map((n) => n.public));
  const session: MusigSession = { keys, aggregateNonce, message, tweak };
  const theirs = new scure.Session(
    aggregateNonce,
    sorted,
    message,
    tweak ? [tweak] : [],
    tweak ? [true] : [],
  );
  return { keys, sorted, made, session, theirs };
}

describe('MuSig2 agrees with scure', () => {
  test('key aggregation and its x-only tweak', () => {
    fc.assert(
      fc.property(signers, bytes(32), (secrets, tweak) => {
        const keys = secrets.map((s) => curve.publicKey(s));
        const ours = curve.aggregateKeys(keys);
        expect(ours.point).toEqual(scure.keyAggregate(scure.sortKeys(keys)).aggPublicKey.toBytes(true));
        fc.pre(curve.isScalar(tweak));
        const theirs = scure.keyAggregate(scure.sortKeys(keys), [tweak], [true]);
        expect(curve.tweakXOnly(ours.xonly, tweak).xonly).toEqual(scure.keyAggExport(theirs));
      }),
      RUNS,
    );
  });

  test('nonces, with and without key, aggregate key, message and extra input', () => {
    fc.assert(
      fc.property(
        bytes(32),
        secret,
        fc.boolean(),
        maybe(32),
        maybe(32),
        maybe(7),
        (random, s, keyed, aggregateKey, message, extra) => {
          const publicKey = curve.publicKey(s);
          const secretKey = keyed ? s : undefined;
          const ours = curve.generateNonce({ random, publicKey, secretKey, aggregateKey, message, extra });
          const theirs = scure.nonceGen(publicKey, secretKey, aggregateKey, message, extra, random);
          expect(ours.public).toEqual(theirs.public);
        },
      ),
      RUNS,
    );
  });

  test('partial signatures, their verification and the final signature', () => {
    fc.assert(
      fc.property(signers, bytes(32), bytes(32), maybe(32), (secrets, seed, message, tweak) => {
        fc.pre(tweak === undefined || curve.isScalar(tweak));
        const { keys, sorted, made, session, theirs } = bothSessions(secrets, seed, message, tweak);
        const partials = secrets.map((s, i) => {
          const nonce = made[i] as scure.Nonces;
          const ours = curve.partialSign(session, secretNonceForTests(nonce.secret), s);
          expect(ours).toEqual(theirs.sign(Uint8Array.from(nonce.secret), s));
          expect(curve.partialVerify(session, ours, nonce.public, keys[i] as Uint8Array)).toBe(true);
          const wrong = Uint8Array.from(ours);
          wrong[31] = (wrong[31] as number) ^ 1;
          expect(curve.partialVerify(session, wrong, nonce.public, keys[i] as Uint8Array)).toBe(false);
          return ours;
        });
        const signature = curve.aggregatePartials(session, partials);
        const inOrder = sorted.map(
          (key) => partials[keys.indexOf(keys.find((k) => k.join() === key.join()) as never)],
        );
        if (new Set(keys.map(String)).size === keys.length) {
          expect(signature).toEqual(theirs.partialSigAgg(inOrder as Uint8Array[]));
        }
        const { xonly } = curve.aggregateKeys(keys);
        const final = tweak ? curve.tweakXOnly(xonly, tweak).xonly : xonly;
        expect(schnorr.verify(signature, message, final)).toBe(true);
        expect(curve.schnorrVerify(signature, message, final)).toBe(true);
      }),
      RUNS,
    );
  });

  test('an aggregated nonce with both halves at infinity still gives a session', () => {
    const [s] = fc.sample(secret, 1) as [Uint8Array];
    const keys = [curve.publicKey(s)];
    const aggregateNonce = new Uint8Array(66);
    const message = new Uint8Array(32);
    const session = { keys, aggregateNonce, message };
    const theirs = new scure.Session(aggregateNonce, keys, message);
    const zero = [new Uint8Array(32)];
    expect(curve.aggregatePartials(session, zero)).toEqual(theirs.partialSigAgg(zero));
  });
});

describe('shares in batches', () => {
  /** The shares of the first signer in sessions of their own, as a server answers a package. */
  const shares = (secrets: Uint8Array[], seed: Uint8Array, count: number, tweak?: Uint8Array) =>
    Array.from({ length: count }, (_, at) => {
      const message = Uint8Array.from(seed, (b) => b ^ (at + 1));
      const keys = secrets.map((s) => curve.publicKey(s));
      const nonces = secrets.map((s, i) =>
        curve.generateNonce({
          random: Uint8Array.from(seed, (b) => b ^ (16 * i + at)),
          publicKey: keys[i] as Uint8Array,
          secretKey: s,
        }),
      );
      const aggregateNonce = curve.aggregateNonces(nonces.map((n) => n.public));
      const session: MusigSession = { keys, aggregateNonce, message, tweak };
      const partial = curve.partialSign(session, nonces[0]!.secret, secrets[0] as Uint8Array);
      return { session, partial, publicNonce: nonces[0]!.public, publicKey: keys[0] as Uint8Array };
    });

  test('honest ones hold together; one wrong bit in any share, nonce or key is found', () => {
    fc.assert(
      fc.property(
        signers,
        bytes(32),
        fc.integer({ min: 1, max: 4 }),
        maybe(32),
        fc.nat(),
        (who, seed, n, t, where) => {
          fc.pre(!t || curve.isScalar(t));
          const items = shares(who, seed, n, t);
          expect(curve.partialVerifyAll(items)).toBe(true);
          const field = (['partial', 'publicNonce', 'publicKey'] as const)[where % 3]!;
          const item = items[where % n]!;
          const damaged = Uint8Array.from(item[field]);
          damaged[where % damaged.length]! ^= 1 << (where % 8);
          const bad = items.with(where % n, { ...item, [field]: damaged });
          expect(curve.partialVerifyAll(bad)).toBe(false);
        },
      ),
      RUNS,
    );
    expect(curve.partialVerifyAll([])).toBe(true);
  });

  test('errors that cancel each other out without weights, and shares that changed places, are found', () => {
    const order = secp256k1.Point.Fn.ORDER;
    const items = shares(fc.sample(secret, 2), new Uint8Array(32).fill(9), 3);
    const shifted = (i: number, by: bigint) => {
      const value = BigInt(`0x${Buffer.from(items[i]!.partial).toString('hex')}`) + by;
      const hex = ((value + order) % order).toString(16).padStart(64, '0');
      return { ...items[i]!, partial: Uint8Array.from(Buffer.from(hex, 'hex')) };
    };
    expect(curve.partialVerifyAll([items[0]!, shifted(1, 5n), shifted(2, -5n)])).toBe(false);
    const swapped = [
      { ...items[0]!, partial: items[1]!.partial, publicNonce: items[1]!.publicNonce },
      { ...items[1]!, partial: items[0]!.partial, publicNonce: items[0]!.publicNonce },
    ];
    expect(curve.partialVerifyAll(swapped)).toBe(false);
  });
});

describe('a secret nonce', () => {
  const setup = () => {
    const [a, b, random] = fc.sample(secret, 3) as [Uint8Array, Uint8Array, Uint8Array];
    const keys = [curve.publicKey(a), curve.publicKey(b)];
    const nonce = curve.generateNonce({ random, publicKey: keys[0] as Uint8Array, secretKey: a });
    const other = curve.generateNonce({ random, publicKey: keys[1] as Uint8Array, secretKey: b });
    const session = {
      keys,
      aggregateNonce: curve.aggregateNonces([nonce.public, other.public]),
      message: new Uint8Array(32).fill(7),
    };
    return { a, b, nonce, session };
  };

  test('signs once; the second use throws', () => {
    const { a, nonce, session } = setup();
    curve.partialSign(session, nonce.secret, a);
    expect(() => curve.partialSign(session, nonce.secret, a)).toThrow(/INTERNAL/);
  });

  test('is gone even when signing failed', () => {
    const { a, b, nonce, session } = setup();
    expect(() => curve.partialSign(session, nonce.secret, b)).toThrow(/INVALID_ARGUMENT/);
    expect(() => curve.partialSign(session, nonce.secret, a)).toThrow(/INTERNAL/);
  });

  test('shows nothing of itself when it is logged or stored', () => {
    const { nonce } = setup();
    expect(JSON.stringify(nonce.secret)).toBe('{"kind":"musig-secret-nonce"}');
    expect(Object.values(structuredClone({ ...nonce.secret }))).toEqual(['musig-secret-nonce']);
  });

  test('of somebody who is not in the session signs nothing', () => {
    const { a, b, session } = setup();
    const nonce = curve.generateNonce({ random: a, publicKey: curve.publicKey(a), secretKey: a });
    const foreign = { ...session, keys: [curve.publicKey(b)] };
    expect(() => curve.partialSign(foreign, nonce.secret, a)).toThrow(/INVALID_ENCODING/);
  });
});

// Giving coins up: a forfeit binds one coin to one hash or one payment on the chain, and everything the server sends is
// checked before our share exists.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectorChain, connectorFanoutTx } from '../../../src/ark/connectors.ts';
import { isShareValid } from '../../../src/ark/cosign.ts';
import {
  buildForfeit,
  decodeForfeitBundle,
  encodeForfeitBundle,
  finishForfeit,
  forfeitProblem,
  signForfeit,
} from '../../../src/ark/forfeit.ts';
import {
  checkOffboardOutput,
  checkOffboardTx,
  offboardForfeits,
  offboardInputs,
  signOffboardForfeits,
} from '../../../src/ark/offboard.ts';
import { p2trScript } from '../../../src/ark/script.ts';
import { leafVtxo } from '../../../src/ark/signed-tree.ts';
import { txid, type Tx } from '../../../src/ark/tx.ts';
import type { Vtxo } from '../../../src/ark/vtxo.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError, SkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import { bytes } from '../crypto/arbitraries.ts';
import { participants, playRound, randomness, server, type Participant } from './round-world.ts';

const people = participants(4);
const { tree, signatures } = playRound(people);
const coins = people.map((_, leaf) => leafVtxo(tree, signatures, leaf));
const [coin, other] = coins as [Vtxo, Vtxo];
const { user } = people[0] as Participant;
const hash = sha256(new Uint8Array([7]));
const flip = (b: Uint8Array) => b.map((v, i) => (i === b.length - 1 ? v ^ 1 : v));

const nonceOf = (seed: string) =>
  curve.generateNonce({ random: randomness(seed)(32), publicKey: server.public, secretKey: server.secret });

const why = (work: () => unknown): string => {
  try {
    work();
    return 'accepted';
  } catch (e) {
    if (!(e instanceof SkiffError)) throw e;
    return [e.code, e.details.reason].filter(Boolean).join(' ');
  }
};

describe('a forfeit for a hash', () => {
  const forfeit = buildForfeit(curve, coin, hash);
  const serverNonce = nonceOf('server');
  const bundle = signForfeit(curve, forfeit, serverNonce.public, user.secret, randomness('user'));

  test('is finished by the server into a signature of the coin', () => {
    const { tx, signature } = finishForfeit(curve, bundle, coin, nonceOf('server'), server.secret);
    expect(curve.schnorrVerify(signature, forfeit.sighash, forfeit.outputKey)).toBe(true);
    expect(txid(tx)).toEqual(forfeit.txid);
    expect(tx.outputs.map((o) => o.value)).toEqual([coin.amount, 0n]);
  });

  test('holds for its coin, its hash and the nonce it was made against only', () => {
    const problem = (b: typeof bundle, vtxo = coin, nonce = serverNonce.public) =>
      forfeitProblem(curve, b, vtxo, nonce);
    expect(problem(bundle)).toBeUndefined();
    expect(problem(bundle, other)).toBe('vtxo-mismatch');
    expect(problem({ ...bundle, point: other.point }, other)).toBe('invalid-partial');
    expect(problem({ ...bundle, unlockHash: flip(hash) })).toBe('invalid-partial');
    expect(problem({ ...bundle, partial: flip(bundle.partial) })).toBe('invalid-partial');
    expect(problem({ ...bundle, userNonce: new Uint8Array(66) })).toBe('invalid-partial');
    expect(problem(bundle, coin, nonceOf('another').public)).toBe('invalid-partial');
    expect(problem(bundle, coin, new Uint8Array(3))).toBe('invalid-partial');
    const wrong = { ...bundle, partial: flip(bundle.partial) };
    expect(why(() => finishForfeit(curve, wrong, coin, nonceOf('server'), server.secret))).toBe(
      'INVALID_SIGNATURE invalid-partial',
    );
  });

  test('is not signed against a nonce that is none, nor with a foreign key', () => {
    const sign = (nonce: Uint8Array, secret: Uint8Array) =>
      why(() => signForfeit(curve, forfeit, nonce, secret, randomness('x')));
    expect(sign(new Uint8Array(66), user.secret)).toBe('SERVER_MISBEHAVED InvalidServerNonce');
    expect(sign(serverNonce.public.slice(1), user.secret)).toBe('SERVER_MISBEHAVED InvalidServerNonce');
    expect(sign(serverNonce.public, server.secret)).toBe('INTERNAL');
  });

  test('takes two fresh draws for its nonce, and other draws give another nonce', () => {
    const lengths: number[] = [];
    const source = randomness('fresh');
    const again = signForfeit(curve, forfeit, serverNonce.public, user.secret, (length) => {
      lengths.push(length);
      return source(length);
    });
    expect(lengths).toEqual([32, 32]);
    expect(again.userNonce).not.toEqual(bundle.userNonce);
    expect(forfeitProblem(curve, again, coin, serverNonce.public)).toBeUndefined();
  });

  test('its bytes are 167 and come back the same; garbage is refused as bad encoding', () => {
    const encoded = encodeForfeitBundle(bundle);
    expect(encoded).toHaveLength(167);
    expect(decodeForfeitBundle(curve, encoded)).toEqual(bundle);
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      bytes(166).map((b) => Uint8Array.of(1, ...b)),
    );
    fc.assert(
      fc.property(junk, (b) => {
        try {
          decodeForfeitBundle(curve, b);
        } catch (e) {
          return isSkiffError(e, 'INVALID_ENCODING');
        }
        return true;
      }),
      { numRuns: 300 },
    );
  });
});

describe('an offboard', () => {
  const script = p2trScript(user.public.slice(1));
  const requested = { value: sats(2500), script };
  const connectorScript = p2trScript(server.public.slice(1));
  const txWith = (outputs: Tx['outputs']): Tx => ({
    version: 2,
    lockTime: 0,
    inputs: [{ prevout: { txid: hash, vout: 0 }, sequence: 0 }],
    outputs,
  });
  const connector = (count: number) => ({ value: sats(330 * count), script: connectorScript });

  test('orders its inputs by id and takes each once', () => {
    const ordered = offboardInputs(coins);
    expect(offboardInputs(coins.toReversed())).toEqual(ordered);
    expect(ordered).toHaveLength(coins.length);
    expect(why(() => offboardInputs([coin, other, coin]))).toBe('INVALID_ARGUMENT');
    expect(why(() => offboardInputs([]))).toBe('INVALID_ARGUMENT');
  });

  test('is refused unless it pays exactly what was asked and 330 sat a connector', () => {
    const paying = (outputs: Tx['outputs'], count = 2) =>
      why(() => checkOffboardTx(requested, count, txWith(outputs)));
    expect(paying([requested, connector(2)])).toBe('accepted');
    expect(paying([requested, connector(2), requested])).toBe('accepted');
    expect(paying([requested, connector(1)])).toBe('SERVER_MISBEHAVED connector-amount');
    expect(paying([requested, connector(3)])).toBe('SERVER_MISBEHAVED connector-amount');
    expect(paying([connector(2), requested])).toBe('SERVER_MISBEHAVED payment-script');
    expect(paying([{ ...requested, value: sats(2501) }, connector(2)])).toBe(
      'SERVER_MISBEHAVED payment-amount',
    );
    expect(paying([requested])).toBe('SERVER_MISBEHAVED connector-missing');
    expect(paying([])).toBe('SERVER_MISBEHAVED payment-missing');
  });

  test('goes to outputs that nodes relay', () => {
    expect(why(() => checkOffboardOutput(requested))).toBe('accepted');
    expect(why(() => checkOffboardOutput({ ...requested, value: sats(329) }))).toBe('DUST');
    expect(why(() => checkOffboardOutput({ ...requested, script: new Uint8Array([0x51]) }))).toBe(
      'INVALID_ADDRESS',
    );
  });

  test.each([1, 2, 4])('forfeits %d coins by transactions that are worth nothing without it', (count) => {
    const tx = txWith([requested, connector(count)]);
    const inputs = coins.slice(0, count);
    const { fanout, forfeits } = offboardForfeits(curve, inputs, tx);
    const from = fanout ? txid(fanout) : txid(tx);
    forfeits.forEach((f, i) => {
      expect(f.connector).toEqual({ txid: from, vout: fanout ? i : 1 });
      expect(f.tx.inputs.map((input) => input.prevout)).toEqual([inputs[i]?.point, f.connector]);
      expect(f.spent.map((out) => out.value)).toEqual([inputs[i]?.amount, 330n]);
      expect(f.tx.outputs[0]?.value).toBe((inputs[i]?.amount ?? 0n) + 330n);
    });
    expect(fanout?.inputs.map((input) => input.prevout)).toEqual(
      count === 1 ? undefined : [{ txid: txid(tx), vout: 1 }],
    );
    const nonces = inputs.map((_, i) => nonceOf(`offboard ${i}`).public);
    const secrets = people.slice(0, count).map((p) => p.user.secret);
    const shares = signOffboardForfeits(curve, forfeits, nonces, secrets, randomness('offboard'));
    expect(new Set(shares.map((s) => String(s.publicNonce))).size).toBe(count);
    shares.forEach((share, i) => {
      const [forfeit, nonce] = [forfeits[i], nonces[i]] as [(typeof forfeits)[number], Uint8Array];
      expect(isShareValid(curve, forfeit, share, nonce)).toBe(true);
      // With another offboard transaction the same share is worth nothing.
      const moved = offboardForfeits(curve, inputs, { ...tx, lockTime: 1 }).forfeits[i] as typeof forfeit;
      expect(isShareValid(curve, moved, share, nonce)).toBe(false);
    });
  });

  test('is not signed for while nonces, keys or the connector are missing', () => {
    const tx = txWith([requested, connector(2)]);
    const { forfeits } = offboardForfeits(curve, coins.slice(0, 2), tx);
    const nonce = nonceOf('n').public;
    const secrets = people.slice(0, 2).map((p) => p.user.secret);
    const sign = (nonces: Uint8Array[], keys: Uint8Array[]) =>
      why(() => signOffboardForfeits(curve, forfeits, nonces, keys, randomness('x')));
    expect(sign([nonce], secrets)).toBe('SERVER_MISBEHAVED nonce-count');
    expect(sign([nonce, new Uint8Array(66)], secrets)).toBe('SERVER_MISBEHAVED InvalidServerNonce');
    expect(sign([nonce, nonce], secrets.slice(1))).toBe('INTERNAL');
    expect(sign([nonce, nonce], secrets.toReversed())).toBe('INTERNAL');
    expect(why(() => offboardForfeits(curve, coins, txWith([requested])))).toBe(
      'SERVER_MISBEHAVED connector-missing',
    );
    expect(why(() => offboardForfeits(curve, [], tx))).toBe('INVALID_ARGUMENT');
  });

  test('no connectors are no chain and no fan-out', () => {
    const at = { txid: hash, vout: 0 };
    expect(why(() => connectorFanoutTx(at, 0, connectorScript))).toBe('INVALID_ARGUMENT');
    expect(why(() => connectorChain(curve, 0, at, server.public))).toBe('INVALID_ARGUMENT');
    const { connectors } = connectorChain(curve, 20, at, server.public);
    expect(new Set(connectors.map((c) => `${c.txid} ${c.vout}`)).size).toBe(20);
  });
});

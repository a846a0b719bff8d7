// A transfer from order to valid coins, with a server played by hand: what is honest gives coins that validate against
// the chain, what is not is refused before anything of ours is signed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildArkoorPackage, unsignedVtxos, type ArkoorPackage } from '../../../src/ark/arkoor-package.ts';
import {
  finishArkoor,
  startCosign,
  type ArkoorPartResponse,
  type ArkoorSession,
} from '../../../src/ark/arkoor.ts';
import { verifyArkoorCosign } from '../../../src/ark/attestation.ts';
import { boardNonce, boardVtxo, buildBoard, finishBoard } from '../../../src/ark/board.ts';
import { encodePolicy } from '../../../src/ark/policy.ts';
import { serializeTx, txid } from '../../../src/ark/tx.ts';
import { validateVtxo } from '../../../src/ark/validate.ts';
import { decodeVtxo, encodeVtxo, exitDepth, type Vtxo } from '../../../src/ark/vtxo.ts';
import { equalBytes, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { sats, type Sats } from '../../../src/units.ts';

const pair = (name: string) => {
  const secret = sha256(new TextEncoder().encode(name));
  return { secret, public: curve.publicKey(secret) };
};
const server = pair('server');
const alice = pair('alice');
const bob = pair('bob');

/** Different bytes at each draw, the same in each test run. */
function randomness(seed: string): (length: number) => Uint8Array {
  let draw = 0;
  return (length) => sha256(new TextEncoder().encode(`${seed} ${draw++}`)).slice(0, length);
}

const EXPIRY = 200_000;

/** A coin of alice, boarded for real. */
function coin(amount: Sats, name: string): { vtxo: Vtxo; anchorTx: Uint8Array } {
  const keys = { userPubkey: alice.public, serverPubkey: server.public, expiryHeight: EXPIRY };
  const terms = { ...keys, exitDelta: 144, amount: sats(amount + 10n), fee: sats(10) };
  const draft = buildBoard(curve, { ...terms, utxo: { txid: new Uint8Array(32), vout: 0 } });
  const prevout = { txid: sha256(new TextEncoder().encode(name)), vout: 0 };
  const funding = { version: 2, lockTime: 0, inputs: [{ prevout, sequence: 0 }], outputs: [draft.funding] };
  const board = buildBoard(curve, { ...terms, utxo: { txid: txid(funding), vout: 0 } });
  const random = randomness(name);
  const nonce = boardNonce(curve, board, random);
  const half = cosign(board.sighash, board.tweak, alice.public, nonce.public, random);
  const answer = { pubNonce: half.nonce, partialSig: half.partial };
  return {
    vtxo: finishBoard(curve, board, nonce, answer, alice.secret),
    anchorTx: serializeTx(funding),
  };
}

function cosign(
  message: Uint8Array,
  tweak: Uint8Array,
  userPubkey: Uint8Array,
  userNonce: Uint8Array,
  random: (n: number) => Uint8Array,
) {
  const nonce = curve.generateNonce({
    random: random(32),
    publicKey: server.public,
    secretKey: server.secret,
  });
  const session = {
    keys: [userPubkey, server.public],
    aggregateNonce: curve.aggregateNonces([userNonce, nonce.public]),
    message,
    tweak,
  };
  return { nonce: nonce.public, partial: curve.partialSign(session, nonce.secret, server.secret) };
}

const answerOf = (pkg: ArkoorPackage, session: ArkoorSession): ArkoorPartResponse[] =>
  pkg.parts.map((part, p) => {
    const halves = part.transactions.map((t, i) =>
      cosign(
        t.sighash,
        t.tweak,
        part.input.policy.userPubkey,
        session.parts[p]!.userPubNonces[i]!,
        randomness(`answer ${p} ${i}`),
      ),
    );
    return {
      serverPubNonces: halves.map((h) => h.nonce),
      serverPartialSigs: halves.map((h) => h.partial),
    };
  });

const pubkey = (owner: { public: Uint8Array }) => ({ type: 'pubkey', userPubkey: owner.public }) as const;
const big = coin(sats(100_000), 'big');
const small = coin(sats(700), 'small');

function transfer(amounts: readonly bigint[], inputs: readonly Vtxo[]) {
  const pkg = buildArkoorPackage(curve, {
    inputs,
    outputs: amounts.map((amount, i) => ({ amount: sats(amount), policy: pubkey(i === 0 ? bob : alice) })),
  });
  const secrets = inputs.map(() => alice.secret);
  return { pkg, secrets, session: startCosign(curve, pkg, secrets, randomness('user')) };
}

describe('an honest exchange', () => {
  const sum = big.vtxo.amount + small.vtxo.amount;

  test.each([
    ['payment and change', [30_000n, sum - 30_000n]],
    ['a dust payment', [1n, sum - 1n]],
    ['dust change', [sum - 100n, 100n]],
    ['a payment that ends inside of the second coin', [100_100n, 600n]],
    ['all to one', [sum]],
    ['many pieces', [500n, 200n, 100n, 40_000n, sum - 40_800n]],
  ])('%s: coins that validate, in protocol order', (_, amounts) => {
    const inputs = [big.vtxo, small.vtxo];
    const { pkg, secrets, session } = transfer(amounts, inputs);
    const coins = finishArkoor(curve, pkg, session, answerOf(pkg, session), secrets);
    expect(coins.reduce((total, c) => total + c.amount, 0n)).toBe(sum);
    expect(coins.filter((c) => equalBytes(c.policy.userPubkey, bob.public))).not.toHaveLength(0);
    for (const made of coins) {
      const anchorTx =
        toHex(made.anchor.txid) === toHex(big.vtxo.anchor.txid) ? big.anchorTx : small.anchorTx;
      expect(() => validateVtxo(curve, made, anchorTx)).not.toThrow();
      expect(exitDepth(made)).toBe(3);
      expect(decodeVtxo(curve, encodeVtxo(made, 'full'), 'full')).toEqual(made);
    }
    expect(unsignedVtxos(pkg).map((v) => v.point)).toEqual(coins.map((v) => v.point));
  });

  test('the request names every output and is attested by the owner', () => {
    const { pkg, session } = transfer([1n, sum - 1n], [big.vtxo, small.vtxo]);
    session.parts.forEach((request, i) => {
      const part = pkg.parts[i]!;
      const all = [...part.outputs, ...part.isolated];
      expect([...request.outputs, ...request.isolatedOutputs]).toEqual(
        all.map((o) => ({ totalAmount: o.amount, policy: encodePolicy(o.policy) })),
      );
      expect(request.userPubNonces).toHaveLength(part.transactions.length);
      expect(verifyArkoorCosign(curve, request.attestation, part.input, all)).toBe(true);
      expect(verifyArkoorCosign(curve, request.attestation, part.input, all.slice(1))).toBe(false);
    });
  });

  test('the same order gives the same transactions, and each exchange has nonces of its own', () => {
    const inputs = [big.vtxo];
    const order = { inputs, outputs: [{ amount: big.vtxo.amount, policy: pubkey(bob) }] };
    const [first, second] = [buildArkoorPackage(curve, order), buildArkoorPackage(curve, order)];
    expect(first).toEqual(second);
    const one = startCosign(curve, first, [alice.secret], randomness('one'));
    const two = startCosign(curve, first, [alice.secret], randomness('two'));
    expect(one.parts[0]!.userPubNonces).not.toEqual(two.parts[0]!.userPubNonces);
    expect(new Set(one.parts[0]!.userPubNonces.map(toHex)).size).toBe(2);
  });
});

describe('what is not honest', () => {
  const amounts = [40_000n, 60_000n];
  const flip = (bytes: Uint8Array, at: number) => bytes.with(at, bytes[at]! ^ 1);

  test.each<[string, string, (a: ArkoorPartResponse) => ArkoorPartResponse[]]>([
    ['no part', 'InvalidNbPackages', () => []],
    ['a part too many', 'InvalidNbPackages', (a) => [a, a]],
    [
      'a nonce too few',
      'InvalidNbServerNonces',
      (a) => [{ ...a, serverPubNonces: a.serverPubNonces.slice(1) }],
    ],
    [
      'a signature too few',
      'InvalidNbServerPartialSigs',
      (a) => [{ ...a, serverPartialSigs: a.serverPartialSigs.slice(1) }],
    ],
    [
      'a changed signature',
      'InvalidPartialSignature',
      (a) => [{ ...a, serverPartialSigs: a.serverPartialSigs.map((s, i) => (i === 2 ? flip(s, 31) : s)) }],
    ],
    [
      'a nonce that is no point',
      'InvalidPartialSignature',
      (a) => [{ ...a, serverPubNonces: a.serverPubNonces.map(() => new Uint8Array(66)) }],
    ],
    [
      'an empty nonce',
      'InvalidPartialSignature',
      (a) => [{ ...a, serverPubNonces: a.serverPubNonces.map(() => new Uint8Array()) }],
    ],
    [
      'signatures in another order',
      'InvalidPartialSignature',
      (a) => [{ ...a, serverPartialSigs: [...a.serverPartialSigs].reverse() }],
    ],
  ])('%s is refused, nothing of ours is signed', (_, reason, tamper) => {
    const { pkg, secrets, session } = transfer(amounts, [big.vtxo]);
    const honest = answerOf(pkg, session);
    const run = () => finishArkoor(curve, pkg, session, tamper(honest[0]!), secrets);
    expect(run).toThrow(expect.objectContaining({ code: 'SERVER_MISBEHAVED' }));
    expect(run).toThrow(expect.objectContaining({ details: expect.objectContaining({ reason }) }));
    // Our nonces are untouched: the honest answer still completes.
    expect(finishArkoor(curve, pkg, session, honest, secrets)).toHaveLength(2);
  });

  test('nonces sign once', () => {
    const { pkg, secrets, session } = transfer(amounts, [big.vtxo]);
    const answer = answerOf(pkg, session);
    finishArkoor(curve, pkg, session, answer, secrets);
    expect(() => finishArkoor(curve, pkg, session, answer, secrets)).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });

  test('a key that does not own the coin starts nothing', () => {
    const { pkg } = transfer(amounts, [big.vtxo]);
    expect(() => startCosign(curve, pkg, [bob.secret], randomness('x'))).toThrow(/INTERNAL/);
    expect(() => startCosign(curve, pkg, [], randomness('x'))).toThrow(/INTERNAL/);
  });

  test('random answers are refused as the server’s fault and nothing else', () => {
    const { pkg, secrets, session } = transfer(amounts, [big.vtxo]);
    const junk = fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(junk, junk, (serverPubNonces, serverPartialSigs) => {
        try {
          finishArkoor(curve, pkg, session, [{ serverPubNonces, serverPartialSigs }], secrets);
        } catch (e) {
          return isSkiffError(e, 'SERVER_MISBEHAVED');
        }
        return false;
      }),
      { numRuns: 100 },
    );
  });
});

describe('boards', () => {
  const terms = {
    userPubkey: alice.public,
    serverPubkey: server.public,
    expiryHeight: EXPIRY,
    exitDelta: 144,
    amount: sats(10_000),
    fee: sats(50),
    utxo: { txid: sha256(new Uint8Array(1)), vout: 3 },
  };

  test('a coin of the amount less the fee, at the funding output', () => {
    const board = buildBoard(curve, terms);
    const vtxo = boardVtxo(board, new Uint8Array(64).fill(1));
    expect(vtxo.amount).toBe(9_950n);
    expect(vtxo.anchor).toEqual(terms.utxo);
    expect(big.vtxo.amount).toBe(100_000n);
    expect(() => validateVtxo(curve, big.vtxo, big.anchorTx)).not.toThrow();
  });

  test('a server with another fee in mind gives a share that does not hold', () => {
    const board = buildBoard(curve, terms);
    const theirs = buildBoard(curve, { ...terms, fee: sats(51) });
    const nonce = boardNonce(curve, board, randomness('board'));
    const half = cosign(theirs.sighash, theirs.tweak, alice.public, nonce.public, randomness('server'));
    const answer = { pubNonce: half.nonce, partialSig: half.partial };
    expect(() => finishBoard(curve, board, nonce, answer, alice.secret)).toThrow(
      expect.objectContaining({ code: 'SERVER_MISBEHAVED' }),
    );
  });

  test.each([
    [0n, 0n],
    [100n, 100n],
    [100n, 101n],
  ])('%d sat with a fee of %d sat make no coin', (amount, fee) => {
    expect(() => buildBoard(curve, { ...terms, amount: sats(amount), fee: sats(fee) })).toThrow(
      expect.objectContaining({ code: 'AMOUNT_OUT_OF_RANGE' }),
    );
  });
});

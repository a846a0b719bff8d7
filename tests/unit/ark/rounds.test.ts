// A round from the proposal to the unlocked coin: what is honest gives coins that validate, what is not is refused
// before anything is given up.
import { describe, expect, test } from 'vitest';
import { isNonce } from '../../../src/ark/cosign.ts';
import {
  finishLeafCosign,
  startLeafCosign,
  unlockLeaf,
  unlocks,
  validateLockedLeaf,
} from '../../../src/ark/leaf-cosign.ts';
import { checkSignedRoundTx, roundTree } from '../../../src/ark/rounds.ts';
import { detectHashLockVersion, finalTransactions, leafVtxo } from '../../../src/ark/signed-tree.ts';
import {
  aggregateTreeNonces,
  cosignBranch,
  cosignNonces,
  invalidTreeSignature,
  verifyBranch,
} from '../../../src/ark/tree-cosign.ts';
import { innerNodes } from '../../../src/ark/tree.ts';
import { serializeTx, type Tx } from '../../../src/ark/tx.ts';
import { validateVtxo } from '../../../src/ark/validate.ts';
import { decodeVtxo, encodeVtxo, type Vtxo } from '../../../src/ark/vtxo.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { SkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import {
  cosigner,
  participants,
  playRound,
  preimage,
  randomness,
  roundTxOf,
  server,
  specOf,
  type Participant,
} from './round-world.ts';

const people = participants(6);
const { tree, roundTx, signatures } = playRound(people);
const flip = (bytes: Uint8Array) => bytes.map((b, i) => (i === bytes.length - 1 ? b ^ 1 : b));

const why = (work: () => unknown): string => {
  try {
    work();
    return 'accepted';
  } catch (e) {
    if (!(e instanceof SkiffError)) throw e;
    return [e.code, e.details.reason].filter(Boolean).join(' ');
  }
};

/** The server's half for a leaf. */
function answerFor(vtxo: Vtxo, userNonce: Uint8Array, sighash: Uint8Array, seed: string) {
  const nonce = curve.generateNonce({
    random: randomness(seed)(32),
    publicKey: server.public,
    secretKey: server.secret,
  });
  const session = {
    keys: [vtxo.policy.userPubkey, server.public],
    aggregateNonce: curve.aggregateNonces([userNonce, nonce.public]),
    message: sighash,
  };
  return { publicNonce: nonce.public, partial: curve.partialSign(session, nonce.secret, server.secret) };
}

describe('a proposal', () => {
  const spec = specOf(people);

  test('must fund its tree with output 0, to the satoshi', () => {
    const [funding] = roundTx.outputs as [Tx['outputs'][number]];
    const paying = (outputs: Tx['outputs']) => why(() => roundTree(curve, spec, { ...roundTx, outputs }));
    const other = { ...funding, value: sats(1) };
    expect(paying([funding, other])).toBe('accepted');
    expect(paying([other, funding])).toBe('SERVER_MISBEHAVED funding-output');
    expect(paying([{ ...funding, value: sats(funding.value - 1n) }])).toBe(
      'SERVER_MISBEHAVED funding-output',
    );
    expect(paying([])).toBe('SERVER_MISBEHAVED funding-output');
    const later = { ...spec, expiryHeight: spec.expiryHeight + 1 };
    expect(why(() => roundTree(curve, later, roundTx))).toBe('SERVER_MISBEHAVED funding-output');
  });

  test('of one leaf is refused: its coin could never leave', () => {
    const single = specOf(people.slice(0, 1));
    expect(why(() => roundTree(curve, single, roundTxOf(single)))).toBe('SERVER_MISBEHAVED single-leaf');
  });

  test('must end in the transaction that was signed for', () => {
    expect(why(() => checkSignedRoundTx(tree, roundTx))).toBe('accepted');
    const other = { ...roundTx, lockTime: 1 };
    expect(why(() => checkSignedRoundTx(tree, other))).toBe('SERVER_MISBEHAVED round-txid');
  });
});

describe('signing a tree', () => {
  const inner = innerNodes(tree.shape);
  const { cosign } = people[0] as Required<Participant>;
  const nonces = () => cosignNonces(curve, cosign.secret, 8, randomness('mine'));
  /** Aggregated nonces of a round in which `mine` are those of leaf 0. */
  const aggregateWith = (mine: readonly { public: Uint8Array }[]) => {
    const leafNonces = new Map(
      people.flatMap((p, leaf) =>
        p.cosign ? [[leaf, cosignNonces(curve, p.cosign.secret, 8, randomness(`${leaf}`))] as const] : [],
      ),
    );
    const publics = new Map([...leafNonces].map(([leaf, list]) => [leaf, list.map((n) => n.public)]));
    publics.set(
      0,
      mine.map((n) => n.public),
    );
    const globals = cosignNonces(curve, cosigner.secret, inner.length, randomness('global'));
    return aggregateTreeNonces(curve, tree, publics, [globals.map((n) => n.public)]);
  };

  test('everybody together makes signatures that hold, and the coins of all leaves', () => {
    expect(invalidTreeSignature(curve, tree, signatures)).toBeUndefined();
    people.forEach((_, leaf) => {
      expect(why(() => validateLockedLeaf(curve, leafVtxo(tree, signatures, leaf), roundTx))).toBe(
        'accepted',
      );
    });
    const finals = finalTransactions(tree, signatures);
    expect(finals.filter((tx) => tx.inputs[0]?.witness)).toHaveLength(inner.length);
    expect(detectHashLockVersion(curve, { spec: tree.spec, utxo: tree.utxo, signatures })).toBe(1);
  });

  test('a broken signature is named by its node, a missing one refused', () => {
    const last = signatures.length - 1;
    const broken = signatures.with(last, flip(signatures[last] as Uint8Array));
    expect(invalidTreeSignature(curve, tree, broken)).toBe(inner[last]?.index);
    expect(why(() => invalidTreeSignature(curve, tree, signatures.slice(1)))).toBe(
      'INVALID_SIGNATURE signature-count',
    );
    expect(why(() => leafVtxo(tree, signatures.slice(1), 0))).toBe('INVALID_SIGNATURE');
    const vtxo = leafVtxo(tree, broken, 0);
    expect(why(() => validateLockedLeaf(curve, vtxo, roundTx))).toBe('INVALID_VTXO transition');
  });

  test('shares hold for their leaf, their nonces and their tree only', () => {
    const mine = nonces();
    const aggregate = aggregateWith(mine);
    const publics = mine.map((n) => n.public);
    const shares = cosignBranch(curve, tree, 0, aggregate, mine, cosign.secret);
    const holds = (leaf: number, nonce: Uint8Array[], list: Uint8Array[], agg = aggregate) =>
      verifyBranch(curve, tree, leaf, agg, nonce, list);
    expect(holds(0, publics, shares)).toBe(true);
    expect(holds(1, publics, shares)).toBe(false);
    expect(holds(2, publics, shares)).toBe(false);
    expect(holds(0, publics.toReversed(), shares)).toBe(false);
    expect(holds(0, [], shares)).toBe(false);
    expect(holds(0, publics, shares.slice(1))).toBe(false);
    expect(holds(0, publics, shares, aggregate.slice(1))).toBe(false);
    expect(holds(0, publics, shares.map(flip))).toBe(false);
  });

  test('nothing is signed with a foreign key or while a nonce is missing', () => {
    const mine = nonces();
    const aggregate = aggregateWith(mine);
    const sign = (leaf: number, agg: Uint8Array[], list: typeof mine, secret = cosign.secret) =>
      why(() => cosignBranch(curve, tree, leaf, agg, list, secret));
    expect(sign(0, aggregate, mine, cosigner.secret)).toBe('INTERNAL');
    expect(sign(1, aggregate, mine)).toBe('INTERNAL');
    expect(sign(2, aggregate, mine)).toBe('INTERNAL');
    expect(sign(0, aggregate.slice(0, -1), mine)).toBe('INVALID_SIGNATURE missing-nonce');
    expect(sign(0, aggregate, mine.slice(0, 1))).toBe('INVALID_SIGNATURE missing-own-nonce');
    // The refusals left all nonces unused; the signing uses them up.
    expect(sign(0, aggregate, mine)).toBe('accepted');
    expect(sign(0, aggregate, mine)).toBe('INTERNAL');
  });

  test('nonces that are none are not aggregated', () => {
    const bad = [{ public: new Uint8Array(66) }, { public: new Uint8Array(66) }];
    expect(why(() => aggregateWith(bad))).toBe('INVALID_SIGNATURE invalid-nonce');
    expect(why(() => aggregateWith([]))).toBe('INVALID_SIGNATURE missing-leaf-nonce');
    expect(nonces().every((n) => isNonce(curve, n.public))).toBe(true);
  });
});

describe('unlocking a coin', () => {
  const leaf = 2;
  const locked = leafVtxo(tree, signatures, leaf);
  const { user } = people[leaf] as Participant;
  const start = () => startLeafCosign(curve, locked, user.secret, randomness('leaf'));

  test('signature and preimage make a coin that can leave', () => {
    const session = start();
    const answer = answerFor(locked, session.nonce.public, session.sighash, 'answer');
    const signed = finishLeafCosign(curve, locked, session, answer, user.secret);
    expect(why(() => validateLockedLeaf(curve, signed, roundTx))).toBe('accepted');
    const free = unlockLeaf(signed, preimage);
    validateVtxo(curve, free, serializeTx(roundTx));
    expect(decodeVtxo(curve, encodeVtxo(free, 'full'), 'full')).toEqual(free);
    expect(why(() => validateLockedLeaf(curve, free, roundTx))).toBe('INVALID_VTXO not-a-locked-leaf');
  });

  test('a wrong half of the server leaves our nonce unused, a second use is refused', () => {
    const session = start();
    const answer = answerFor(locked, session.nonce.public, session.sighash, 'answer');
    const finish = (a: typeof answer) => why(() => finishLeafCosign(curve, locked, session, a, user.secret));
    const refused = 'SERVER_MISBEHAVED InvalidPartialSignature';
    expect(finish({ ...answer, partial: flip(answer.partial) })).toBe(refused);
    expect(finish({ ...answer, publicNonce: new Uint8Array(66) })).toBe(refused);
    expect(finish({ ...answer, publicNonce: session.nonce.public })).toBe(refused);
    expect(finish(answer)).toBe('accepted');
    expect(finish(answer)).toBe('INTERNAL');
  });

  test('only the preimage of its hash opens it', () => {
    expect(unlocks(locked, preimage)).toBe(true);
    expect(why(() => unlockLeaf(locked, flip(preimage)))).toBe('SERVER_MISBEHAVED WrongPreimage');
    expect(why(() => unlockLeaf(locked, preimage.slice(1)))).toBe('SERVER_MISBEHAVED WrongPreimage');
  });

  test('a coin that is no locked leaf, or of a foreign key, is refused', () => {
    const cut = { ...locked, genesis: locked.genesis.slice(0, -1) };
    const stranger = pairOf(people[3] as Participant);
    const stolen: Vtxo = { ...locked, policy: { type: 'pubkey', userPubkey: stranger } };
    for (const vtxo of [cut, stolen]) {
      expect(why(() => validateLockedLeaf(curve, vtxo, roundTx))).toBe('INVALID_VTXO not-a-locked-leaf');
      expect(why(() => startLeafCosign(curve, vtxo, user.secret, randomness('x')))).toBe(
        'INVALID_VTXO not-a-locked-leaf',
      );
    }
    expect(why(() => startLeafCosign(curve, locked, server.secret, randomness('x')))).toBe('INTERNAL');
    const elsewhere = { ...roundTx, lockTime: 5 };
    expect(why(() => validateLockedLeaf(curve, locked, elsewhere))).toBe('INVALID_VTXO anchor-txid-mismatch');
    const moved = { ...locked, point: { ...locked.point, vout: 1 } };
    expect(why(() => validateLockedLeaf(curve, moved, roundTx))).toBe('INVALID_VTXO point-mismatch');
  });
});

const pairOf = ({ user }: Participant) => user.public;

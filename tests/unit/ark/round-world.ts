// A round played by hand: participants with and without a cosign key, a server that signs what it must.
import {
  aggregateTreeNonces,
  combineTreePartials,
  cosignBranch,
  cosignNonces,
  cosignTree,
} from '../../../src/ark/tree-cosign.ts';
import type { LeafSpec, TreeSpec } from '../../../src/ark/tree-spec.ts';
import { vtxoTree, type VtxoTree } from '../../../src/ark/tree-transactions.ts';
import { innerNodes } from '../../../src/ark/tree.ts';
import { roundTree } from '../../../src/ark/rounds.ts';
import type { Tx } from '../../../src/ark/tx.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { sats } from '../../../src/units.ts';

export const pair = (name: string) => {
  const secret = sha256(new TextEncoder().encode(name));
  return { secret, public: curve.publicKey(secret) };
};

export type Pair = ReturnType<typeof pair>;

/** Different bytes at each draw, the same in each test run. */
export function randomness(seed: string): (length: number) => Uint8Array {
  let draw = 0;
  return (length) => sha256(new TextEncoder().encode(`${seed} ${draw++}`)).slice(0, length);
}

export const server = pair('server');
export const cosigner = pair('server cosigner');
export const preimage = sha256(new TextEncoder().encode('preimage'));

export interface Participant {
  readonly user: Pair;
  /** Absent for a delegated participation. */
  readonly cosign?: Pair;
}

/** Every third participant is a delegated one. */
export const participants = (count: number): Participant[] =>
  Array.from({ length: count }, (_, i) => ({
    user: pair(`user ${i}`),
    cosign: i % 3 === 2 ? undefined : pair(`cosign ${i}`),
  }));

export const specOf = (people: readonly Participant[]): TreeSpec => ({
  leaves: people.map(({ user, cosign }, i): LeafSpec => ({
    policy: { type: 'pubkey', userPubkey: user.public },
    amount: sats(1000 + i),
    cosignPubkey: cosign?.public,
    unlockHash: sha256(preimage),
  })),
  expiryHeight: 300_000,
  serverPubkey: server.public,
  exitDelta: 144,
  globalCosignPubkeys: [cosigner.public],
  hashLockVersion: 1,
});

/** A round transaction that funds the tree. */
export function roundTxOf(spec: TreeSpec): Tx {
  const { funding } = vtxoTree(curve, spec, { txid: new Uint8Array(32), vout: 0 });
  const prevout = { txid: sha256(new Uint8Array([1])), vout: 3 };
  return { version: 2, lockTime: 0, inputs: [{ prevout, sequence: 0 }], outputs: [funding] };
}

/** The whole signing of a round's tree. */
export function playRound(people: readonly Participant[]): {
  tree: VtxoTree;
  roundTx: Tx;
  signatures: Uint8Array[];
} {
  const spec = specOf(people);
  const roundTx = roundTxOf(spec);
  const tree = roundTree(curve, spec, roundTx);
  const inner = innerNodes(tree.shape).length;
  const own = new Map(
    people.flatMap(({ cosign }, leaf) =>
      cosign ? [[leaf, cosignNonces(curve, cosign.secret, 8, randomness(`nonces ${leaf}`))] as const] : [],
    ),
  );
  const globals = cosignNonces(curve, cosigner.secret, inner, randomness('server nonces'));
  const aggregate = aggregateTreeNonces(
    curve,
    tree,
    new Map([...own].map(([leaf, nonces]) => [leaf, nonces.map((n) => n.public)])),
    [globals.map((n) => n.public)],
  );
  const shares = new Map(
    [...own].map(([leaf, nonces]) => {
      const secret = people[leaf]?.cosign?.secret as Uint8Array;
      return [leaf, cosignBranch(curve, tree, leaf, aggregate, nonces, secret)] as const;
    }),
  );
  const serverShares = cosignTree(curve, tree, aggregate, globals, cosigner.secret);
  const signatures = combineTreePartials(curve, tree, aggregate, shares, [serverShares]);
  return { tree, roundTx, signatures };
}

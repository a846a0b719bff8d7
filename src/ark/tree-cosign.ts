// Signing a round's tree together (ark-lib tree/signed.rs): every inner node is one MuSig2 session of its leaves' cosign
// keys and the global ones, under the taproot tweak of the output it spends. A participant has one nonce for each level,
// made before there is anything to sign; global signers (the server) have one for each inner node.
import type { Bytes, Curve, MusigSession, NoncePair } from '../crypto/curve.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { isNonce } from './cosign.ts';
import { ancestors, innerNodes, leafWalk, type TreeNode } from './tree.ts';
import type { VtxoTree } from './tree-transactions.ts';

const wrong = (reason: string, details: Record<string, number> = {}) =>
  new SkiffError({
    code: 'INVALID_SIGNATURE',
    say: 'The signatures for a round do not fit together. Nothing was given up.',
    details: { reason, ...details },
  });

const need = <T>(items: readonly T[] | undefined, index: number, reason: string): T => {
  const item = items?.[index];
  if (item === undefined) throw wrong(reason, { index });
  return item;
};

/** Nonces of a node at `level` are at this place among a participant's. */
const nonceIndex = (node: TreeNode): number => node.level - 1;
/** A node's place among the inner nodes. */
const innerIndex = (tree: VtxoTree, node: TreeNode): number => node.index - tree.shape.leafCount;

const sessionOf = (tree: VtxoTree, node: TreeNode, aggregateNonces: readonly Bytes[]): MusigSession => ({
  keys: tree.cosigners(node.index),
  aggregateNonce: need(aggregateNonces, innerIndex(tree, node), 'missing-nonce'),
  message: tree.step(node.index).sighash,
  tweak: tree.taproot(node.index).tweak,
});

/** Leaves under a node that sign it. */
const signingLeaves = (tree: VtxoTree, node: TreeNode): number[] =>
  leafWalk(tree.shape, node).filter((leaf) => tree.spec.leaves[leaf]?.cosignPubkey !== undefined);

/** Fresh nonces of a cosign key, nothing mixed in but the key: memory only. @param random two draws for each */
export const cosignNonces = (
  curve: Curve,
  secret: Bytes,
  count: number,
  random: (length: number) => Bytes,
): NoncePair[] => {
  const publicKey = curve.publicKey(secret);
  return Array.from({ length: count }, () =>
    curve.generateNonce({ random: random(32), extra: random(32), publicKey, secretKey: secret }),
  );
};

/**
 * A participant's shares for the nodes above his leaf, parent first. Uses up the nonces of these levels; the caller
 * drops the others.
 * @param aggregateNonces one for each inner node @param nonces the leaf's own, by level
 * @throws SkiffError INTERNAL for a foreign key, INVALID_SIGNATURE when a nonce is missing (nothing is signed then)
 */
export function cosignBranch(
  curve: Curve,
  tree: VtxoTree,
  leaf: number,
  aggregateNonces: readonly Bytes[],
  nonces: readonly NoncePair[],
  secret: Bytes,
): Bytes[] {
  const own = tree.spec.leaves[leaf]?.cosignPubkey;
  if (!own || !equalBytes(own, curve.publicKey(secret)))
    throw new SkiffError({ code: 'INTERNAL', say: 'A round was about to be signed with a foreign key.' });
  return ancestors(tree.shape, leaf)
    .map((node) => ({
      session: sessionOf(tree, node, aggregateNonces),
      nonce: need(nonces, nonceIndex(node), 'missing-own-nonce'),
    }))
    .map(({ session, nonce }) => curve.partialSign(session, nonce.secret, secret));
}

/** Do a participant's shares hold? @param publicNonces the leaf's own, by level. Never throws for wrong counts. */
export function verifyBranch(
  curve: Curve,
  tree: VtxoTree,
  leaf: number,
  aggregateNonces: readonly Bytes[],
  publicNonces: readonly Bytes[],
  partials: readonly Bytes[],
): boolean {
  const key = tree.spec.leaves[leaf]?.cosignPubkey;
  const branch = ancestors(tree.shape, leaf);
  if (!key || branch.length !== partials.length || aggregateNonces.length !== innerNodes(tree.shape).length)
    return false;
  return branch.every((node, i) => {
    const nonce = publicNonces[nonceIndex(node)];
    const session = sessionOf(tree, node, aggregateNonces);
    return nonce !== undefined && curve.partialVerify(session, partials[i] as Bytes, nonce, key);
  });
}

/**
 * Aggregated nonces of all inner nodes.
 * @param leafNonces public nonces of each interactive leaf by level, keyed by leaf number
 * @param globalNonces for each global key, one for each inner node
 * @throws SkiffError INVALID_SIGNATURE when one is missing or no nonce
 */
export const aggregateTreeNonces = (
  curve: Curve,
  tree: VtxoTree,
  leafNonces: ReadonlyMap<number, readonly Bytes[]>,
  globalNonces: readonly (readonly Bytes[])[],
): Bytes[] =>
  innerNodes(tree.shape).map((node, i) => {
    const nonces = [
      ...signingLeaves(tree, node).map((leaf) =>
        need(leafNonces.get(leaf), nonceIndex(node), 'missing-leaf-nonce'),
      ),
      ...tree.spec.globalCosignPubkeys.map((_, at) =>
        need(need(globalNonces, at, 'missing-signer'), i, 'missing-nonce'),
      ),
    ];
    if (!nonces.every((nonce) => isNonce(curve, nonce))) throw wrong('invalid-nonce', { node: node.index });
    return curve.aggregateNonces(nonces);
  });

/** A global signer's shares for all inner nodes. Uses up his nonces. @throws SkiffError INVALID_SIGNATURE, see above */
export const cosignTree = (
  curve: Curve,
  tree: VtxoTree,
  aggregateNonces: readonly Bytes[],
  nonces: readonly NoncePair[],
  secret: Bytes,
): Bytes[] =>
  innerNodes(tree.shape)
    .map((node, i) => ({
      session: sessionOf(tree, node, aggregateNonces),
      nonce: need(nonces, i, 'missing-own-nonce'),
    }))
    .map(({ session, nonce }) => curve.partialSign(session, nonce.secret, secret));

/**
 * Signatures of all inner nodes out of everybody's shares. They are not verified here.
 * @param leafPartials shares of each interactive leaf, parent first, keyed by leaf number
 * @param globalPartials for each global key, one for each inner node
 * @throws SkiffError INVALID_SIGNATURE when one is missing
 */
export function combineTreePartials(
  curve: Curve,
  tree: VtxoTree,
  aggregateNonces: readonly Bytes[],
  leafPartials: ReadonlyMap<number, readonly Bytes[]>,
  globalPartials: readonly (readonly Bytes[])[],
): Bytes[] {
  const depth = (leaf: number, node: TreeNode): number =>
    ancestors(tree.shape, leaf).findIndex((above) => above.index === node.index);
  return innerNodes(tree.shape).map((node, i) =>
    curve.aggregatePartials(sessionOf(tree, node, aggregateNonces), [
      ...signingLeaves(tree, node).map((leaf) =>
        need(leafPartials.get(leaf), depth(leaf, node), 'missing-leaf-share'),
      ),
      ...tree.spec.globalCosignPubkeys.map((_, at) =>
        need(need(globalPartials, at, 'missing-signer'), i, 'missing-share'),
      ),
    ]),
  );
}

/**
 * The number of the first inner node whose signature does not hold, or undefined when all do.
 * @throws SkiffError INVALID_SIGNATURE for another count than there are inner nodes
 */
export function invalidTreeSignature(
  curve: Curve,
  tree: VtxoTree,
  signatures: readonly Bytes[],
): number | undefined {
  const nodes = innerNodes(tree.shape);
  if (signatures.length !== nodes.length)
    throw wrong('signature-count', { expected: nodes.length, got: signatures.length });
  return nodes.find(
    ({ index }, i) =>
      !curve.schnorrVerify(signatures[i] as Bytes, tree.step(index).sighash, tree.taproot(index).outputKey),
  )?.index;
}

// The transactions of a round's tree (ark-lib tree/signed.rs, UnsignedVtxoTree): one for each node, version 3, zero fee.
// An inner node pays each child's output; a leaf's transaction pays the coin itself. Everything is made when it is first
// asked for and then kept, so that a participant pays for his own branch of a big tree and not for the rest.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { sats, type Sats } from '../units.ts';
import { clauseScript } from './clause.ts';
import { invalidEncoding, type OutPoint, type TxOut } from './encode.ts';
import { policyTxOut } from './policy-taproot.ts';
import { feeAnchor } from './script.ts';
import { cosignTaproot, harkLeafTaproot, tapLeafHash, unlockClause, type Taproot } from './taproot.ts';
import { buildTree, leafWalk, nodeAt, type Tree, type TreeNode } from './tree.ts';
import { treeAmount, type LeafSpec, type TreeSpec } from './tree-spec.ts';
import { taprootSighash, txid, type Tx } from './tx.ts';

/** A node's transaction, unsigned. */
export interface TreeStep {
  readonly tx: Tx;
  /** Internal order. */
  readonly txid: Bytes;
  /** The output that it spends. */
  readonly spent: TxOut;
  /** BIP-341 digest: of the key path for an inner node, of the unlock clause for a leaf. */
  readonly sighash: Bytes;
}

export interface VtxoTree {
  readonly spec: TreeSpec;
  /** The output that the root spends. */
  readonly utxo: OutPoint;
  readonly shape: Tree;
  /** What `utxo` must pay. */
  readonly funding: TxOut;
  /** Keys that sign a node, in wire order: of an inner node its leaves' and the global ones, of a leaf user and server. */
  cosigners(index: number): readonly Bytes[];
  /** The output that a node's transaction spends. */
  taproot(index: number): Taproot;
  step(index: number): TreeStep;
}

const NO_FEE = sats(0n);

function lazily<T>(make: (index: number) => T): (index: number) => T {
  const made: T[] = [];
  return (index) => (made[index] ??= make(index));
}

/** Value at each node: the sum of the leaves below. */
function nodeAmounts(spec: TreeSpec, shape: Tree): bigint[] {
  const amounts: bigint[] = spec.leaves.map((leaf) => leaf.amount);
  for (const node of shape.nodes.slice(shape.leafCount))
    amounts.push(node.children.reduce((sum, child) => sum + (amounts[child] as bigint), 0n));
  return amounts;
}

/**
 * The tree that a spec describes, hanging off `utxo`. A tree of one leaf exists in the format, but its leaf cannot spend
 * the funding output: rounds have at least two.
 * @throws SkiffError INVALID_ENCODING when amounts overflow or a node would have no cosigner
 */
export function vtxoTree(curve: Curve, spec: TreeSpec, utxo: OutPoint): VtxoTree {
  const shape = buildTree(spec.leaves.length);
  const total = treeAmount(spec);
  const amounts = nodeAmounts(spec, shape);
  const { serverPubkey, expiryHeight, hashLockVersion, globalCosignPubkeys } = spec;
  const leafAt = (index: number): LeafSpec | undefined => spec.leaves[index];

  const shared = (node: TreeNode): Bytes[] => [
    ...leafWalk(shape, node).flatMap((i) => leafAt(i)?.cosignPubkey ?? []),
    ...globalCosignPubkeys,
  ];
  const root = nodeAt(shape, shape.nodes.length - 1);
  // Without global keys each node needs a leaf of its own that signs.
  const inner = shape.nodes.slice(shape.leafCount);
  if (globalCosignPubkeys.length === 0 && [root, ...inner].some((node) => shared(node).length === 0))
    throw invalidEncoding('tree node without a cosigner');

  const cosigners = lazily((index) => {
    const leaf = leafAt(index);
    return leaf ? [leaf.policy.userPubkey, serverPubkey] : shared(nodeAt(shape, index));
  });
  const taproot = lazily((index) => {
    const leaf = leafAt(index);
    if (!leaf) return cosignTaproot(curve, cosigners(index), serverPubkey, expiryHeight);
    const { userPubkey } = leaf.policy;
    const { unlockHash } = leaf;
    return harkLeafTaproot(curve, {
      userPubkey,
      serverPubkey,
      expiryHeight,
      unlockHash,
      version: hashLockVersion,
    });
  });
  const funding: TxOut = {
    value: total,
    script: cosignTaproot(curve, shared(root), serverPubkey, expiryHeight).script,
  };

  const output = (index: number): TxOut => ({
    value: amounts[index] as Sats,
    script: taproot(index).script,
  });
  const leafHash = (index: number): Bytes | undefined => {
    const leaf = leafAt(index);
    if (!leaf) return undefined;
    const { point } = curve.aggregateKeys(cosigners(index));
    return tapLeafHash(clauseScript(unlockClause(point, leaf.unlockHash, hashLockVersion)));
  };
  const step: (index: number) => TreeStep = lazily((index) => {
    const node = nodeAt(shape, index);
    const leaf = leafAt(index);
    const from = node.parent === undefined ? undefined : step(node.parent);
    const prevout = from ? { txid: from.txid, vout: node.position } : utxo;
    const spent = from ? (from.tx.outputs[node.position] as TxOut) : funding;
    const outputs = leaf ? [policyTxOut(curve, leaf.policy, leaf.amount, spec)] : node.children.map(output);
    const tx: Tx = {
      version: 3,
      lockTime: 0,
      inputs: [{ prevout, sequence: 0 }],
      outputs: [...outputs, feeAnchor(NO_FEE)],
    };
    return { tx, txid: txid(tx), spent, sighash: taprootSighash(tx, 0, [spent], leafHash(index)) };
  });
  return { spec, utxo, shape, funding, cosigners, taproot, step };
}

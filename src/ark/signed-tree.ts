// A round's tree with the signatures of its inner nodes (ark-lib tree/signed.rs, SignedVtxoTreeSpec): bytes, final
// transactions and the coins at its leaves, which stay locked until leaf-cosign.ts has opened them.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats } from '../units.ts';
import {
  decodeAll,
  encodeWith,
  invalidEncoding,
  VECTOR_CAPS,
  type OutPoint,
  type PointChecks,
  type Reader,
} from './encode.ts';
import type { GenesisItem, Transition } from './genesis.ts';
import type { HashLockVersion } from './policy.ts';
import { ancestors, innerNodes, nodeAt } from './tree.ts';
import { readTreeSpec, writeTreeSpec, type LeafSpec, type TreeSpec } from './tree-spec.ts';
import { vtxoTree, type VtxoTree } from './tree-transactions.ts';
import type { Tx } from './tx.ts';
import type { Vtxo } from './vtxo.ts';

/** Version 1 counts its signatures with a plain u32. */
const VERSION = 2;
const VERSION_U32_COUNT = 1;

export interface SignedTree {
  readonly spec: TreeSpec;
  readonly utxo: OutPoint;
  /** Of the inner nodes, those next to the leaves first. */
  readonly signatures: readonly Bytes[];
}

function readSignatures(r: Reader, version: number): Bytes[] {
  const read = (x: Reader) => x.signature('node signature');
  if (version === VERSION) return r.vector(VECTOR_CAPS.signature, 'node signatures', read);
  const count = r.u32('node signatures');
  if (count > VECTOR_CAPS.signature) throw invalidEncoding('node signatures: too many');
  const signatures: Bytes[] = [];
  while (signatures.length < count) signatures.push(read(r));
  return signatures;
}

/** Reads both versions. @throws SkiffError INVALID_ENCODING */
export const decodeSignedTree = (curve: PointChecks, bytes: Bytes): SignedTree =>
  decodeAll(curve, bytes, (r) => {
    const version = r.u8('signed tree version');
    if (version !== VERSION && version !== VERSION_U32_COUNT)
      throw invalidEncoding(`signed tree version ${version}`);
    const spec = readTreeSpec(r);
    return { spec, utxo: r.outPoint('tree utxo'), signatures: readSignatures(r, version) };
  });

/** Version 2 bytes. */
export const encodeSignedTree = (tree: SignedTree): Bytes =>
  encodeWith((w) => {
    w.u8(VERSION);
    writeTreeSpec(w, tree.spec);
    w.outPoint(tree.utxo).vector(tree.signatures, (x, signature) => x.bytes(signature));
  });

/**
 * Which hash locks an old stored tree was signed with: the version under which its first signature holds.
 * @throws SkiffError INVALID_SIGNATURE when it holds under none
 */
export function detectHashLockVersion(curve: Curve, { spec, utxo, signatures }: SignedTree): HashLockVersion {
  const first = spec.leaves.length;
  if (first === 1) return 1;
  const found = ([1, 0] as const).find((hashLockVersion) => {
    const tree = vtxoTree(curve, { ...spec, hashLockVersion }, utxo);
    const [signature] = signatures;
    return (
      signature && curve.schnorrVerify(signature, tree.step(first).sighash, tree.taproot(first).outputKey)
    );
  });
  if (found !== undefined) return found;
  throw new SkiffError({ code: 'INVALID_SIGNATURE', say: 'The signatures of a round do not hold.' });
}

const nodeSignature = (tree: VtxoTree, signatures: readonly Bytes[], index: number): Bytes | undefined =>
  signatures[index - tree.shape.leafCount];

/** Transactions of all nodes in their order; inner ones signed, those of leaves not. */
export const finalTransactions = (tree: VtxoTree, signatures: readonly Bytes[]): Tx[] =>
  tree.shape.nodes.map(({ index }) => {
    const { tx } = tree.step(index);
    const signature = nodeSignature(tree, signatures, index);
    return signature ? { ...tx, inputs: tx.inputs.map((input) => ({ ...input, witness: [signature] })) } : tx;
  });

function genesisItem(tree: VtxoTree, index: number, outputIdx: number, transition: Transition): GenesisItem {
  const outputs = tree.step(index).tx.outputs.slice(0, -1);
  return {
    transition,
    outputIdx,
    otherOutputs: outputs.filter((_, i) => i !== outputIdx),
    feeAmount: sats(0n),
  };
}

/**
 * The coin at a leaf, still locked and its last transaction unsigned.
 * @throws SkiffError INVALID_ARGUMENT for no leaf, INVALID_SIGNATURE for another number of signatures than inner nodes
 */
export function leafVtxo(tree: VtxoTree, signatures: readonly Bytes[], leaf: number): Vtxo {
  const { expiryHeight, serverPubkey, exitDelta, hashLockVersion, leaves } = tree.spec;
  const path = ancestors(tree.shape, leaf);
  const spec = leaves[leaf];
  if (!spec)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'The round has no such coin.', details: { leaf } });
  if (signatures.length !== innerNodes(tree.shape).length)
    throw new SkiffError({ code: 'INVALID_SIGNATURE', say: 'A signature of the round is missing.' });
  // The way down: each node above, and which of its outputs leads on.
  const nodes = path.map(({ index }, i) => {
    const below = nodeAt(tree.shape, i === 0 ? leaf : (path[i - 1]?.index ?? leaf));
    const signature = nodeSignature(tree, signatures, index);
    const pubkeys = tree.cosigners(index);
    return genesisItem(tree, index, below.position, { type: 'cosigned', pubkeys, signature });
  });
  return {
    amount: spec.amount,
    expiryHeight,
    serverPubkey,
    exitDelta,
    anchor: tree.utxo,
    genesis: [...nodes.reverse(), genesisItem(tree, leaf, 0, lockedTransition(spec, hashLockVersion))],
    policy: spec.policy,
    point: { txid: tree.step(leaf).txid, vout: 0 },
  };
}

const lockedTransition = (spec: LeafSpec, version: HashLockVersion): Transition => ({
  type: 'hash-locked-cosigned',
  version,
  userPubkey: spec.policy.userPubkey,
  unlock: { hash: spec.unlockHash },
});

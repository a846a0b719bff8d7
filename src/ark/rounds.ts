// The round transaction and the tree it funds (ark-lib rounds.rs): output 0 pays the tree. What a participant checks
// before signing anything.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { innerNodes } from './tree.ts';
import type { TreeSpec } from './tree-spec.ts';
import { vtxoTree, type VtxoTree } from './tree-transactions.ts';
import { txid, type Tx } from './tx.ts';

/** Output of the round transaction that the tree hangs off. */
const TREE_VOUT = 0;

const misbehaved = (reason: string) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The server’s proposal for a round does not fit. Nothing was given up.',
    details: { reason },
  });

/**
 * The tree of a proposal over its (unsigned) round transaction.
 * @throws SkiffError SERVER_MISBEHAVED when the transaction does not fund exactly this tree or the tree has one leaf only,
 * INVALID_ENCODING when the spec makes no tree
 */
export function roundTree(curve: Curve, spec: TreeSpec, roundTx: Tx): VtxoTree {
  const tree = vtxoTree(curve, spec, { txid: txid(roundTx), vout: TREE_VOUT });
  const paid = roundTx.outputs[TREE_VOUT];
  if (paid?.value !== tree.funding.value || !equalBytes(paid.script, tree.funding.script))
    throw misbehaved('funding-output');
  if (innerNodes(tree.shape).length === 0) throw misbehaved('single-leaf');
  return tree;
}

/** The signed round transaction must be the one that was signed for. @throws SkiffError SERVER_MISBEHAVED */
export function checkSignedRoundTx(tree: VtxoTree, signed: Tx): Bytes {
  const id = txid(signed);
  if (!equalBytes(id, tree.utxo.txid)) throw misbehaved('round-txid');
  return id;
}

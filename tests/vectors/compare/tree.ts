// Round trees before they are signed: specs, shapes, keys, transactions and digests of every node, big trees by their txids.
import { toHex, fromHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { buildTree, innerNodes, leafWalk, type Tree, type TreeNode } from '../../../src/ark/tree.ts';
import { vtxoTree, type VtxoTree } from '../../../src/ark/tree-transactions.ts';
import { decodeTreeSpec, encodeTreeSpec } from '../../../src/ark/tree-spec.ts';
import { parseVtxoId, txidText } from '../../../src/ark/vtxo-id.ts';
import type { Check } from '../check.ts';
import { readSpec, specView } from '../tree-views.ts';
import { txView } from '../views.ts';

interface Data {
  trees: {
    spec: ReturnType<typeof specView>;
    utxo: string;
    nodes: object[];
    cosign_agg_pks: string[];
    txs: object[];
    internal_sighashes: string[];
  }[];
  big: {
    n: number;
    spec_hex: string;
    utxo: string;
    root_txid: string;
    first_leaf_txid: string;
    last_leaf_txid: string;
    nb_txs: number;
    sha256_of_comma_joined_txids: string;
  }[];
  shapes: { n: number; nodes: object[] }[];
  spec_decode: { note: string; hex: string; ok: boolean; error: string | null }[];
}

const nodeView = (shape: Tree, node: TreeNode) => ({
  idx: node.index,
  leaf: node.children.length === 0,
  parent: node.parent,
  children: node.children,
  level: node.level,
  leaves: leafWalk(shape, node),
});

const bigView = (tree: VtxoTree) => {
  const txids = tree.shape.nodes.map((node) => txidText(tree.step(node.index).txid));
  return {
    n: tree.spec.leaves.length,
    spec_hex: toHex(encodeTreeSpec(tree.spec)),
    root_txid: txids.at(-1),
    first_leaf_txid: txids[0],
    last_leaf_txid: txids[tree.shape.leafCount - 1],
    nb_txs: txids.length,
    sha256_of_comma_joined_txids: toHex(sha256(new TextEncoder().encode(txids.join(',')))),
  };
};

export function compare(data: Data, check: Check): void {
  for (const [i, t] of data.trees.entries()) {
    const label = `tree ${i}`;
    const tree = vtxoTree(curve, readSpec(t.spec), parseVtxoId(t.utxo));
    const { shape } = tree;
    check(specView(tree), t.spec, `${label} spec`);
    check(
      shape.nodes.map((node) => nodeView(shape, node)),
      t.nodes,
      `${label} nodes`,
    );
    check(
      shape.nodes.map(({ index }) => curve.aggregateKeys(tree.cosigners(index)).point),
      t.cosign_agg_pks,
      `${label} aggregate keys`,
    );
    check(
      shape.nodes.map(({ index }) => txView(tree.step(index).tx)),
      t.txs,
      `${label} transactions`,
    );
    check(
      innerNodes(shape).map(({ index }) => tree.step(index).sighash),
      t.internal_sighashes,
      `${label} digests`,
    );
  }
  for (const { utxo, ...big } of data.big) {
    const spec = decodeTreeSpec(curve, fromHex(big.spec_hex));
    check(bigView(vtxoTree(curve, spec, parseVtxoId(utxo))), big, `big tree of ${big.n}`);
  }
  for (const { n, nodes } of data.shapes) {
    const shape = buildTree(n);
    const made = innerNodes(shape).map((node) => [
      node.index,
      node.children,
      node.level,
      leafWalk(shape, node),
    ]);
    check(made, nodes, `shape of ${n}`);
  }
  for (const { note, hex, ok, error } of data.spec_decode) {
    check.informative(error);
    const decode = () => decodeTreeSpec(curve, fromHex(hex));
    if (ok) check(encodeTreeSpec(decode()), hex, `spec ${note}`);
    else check.refuses(decode, `spec ${note}`);
  }
}

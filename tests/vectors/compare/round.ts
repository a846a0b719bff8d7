// Whole rounds: every nonce, share and signature of the tree made again, the coins at the leaves while locked, signed and
// unlocked, and which leaves belong to a participation.
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { secretNonceForTests } from '../../../src/crypto/noble-musig.ts';
import {
  finishLeafCosign,
  leafSighash,
  unlockLeaf,
  validateLockedLeaf,
} from '../../../src/ark/leaf-cosign.ts';
import { encodePolicy } from '../../../src/ark/policy.ts';
import { roundTree } from '../../../src/ark/rounds.ts';
import {
  decodeSignedTree,
  detectHashLockVersion,
  encodeSignedTree,
  finalTransactions,
  leafVtxo,
} from '../../../src/ark/signed-tree.ts';
import { ancestors, innerNodes } from '../../../src/ark/tree.ts';
import * as signing from '../../../src/ark/tree-cosign.ts';
import { decodeTreeSpec, encodeTreeSpec, participationLeaves } from '../../../src/ark/tree-spec.ts';
import type { VtxoTree } from '../../../src/ark/tree-transactions.ts';
import type { Tx } from '../../../src/ark/tx.ts';
import { validateVtxo } from '../../../src/ark/validate.ts';
import { txidText, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import { encodeVtxo, vtxoId, type Vtxo } from '../../../src/ark/vtxo.ts';
import type { Check } from '../check.ts';
import { checkNonce, checkSigning, type Key, type NonceVector, type Signing } from '../signing.ts';
import { readSpec, specView } from '../tree-views.ts';
import { fullVtxoView, readTx, txOutView, txView, vtxoView } from '../views.ts';

interface LeafVector {
  user_key: Key;
  unlock_preimage: string;
  cosign_key: Key | null;
  nonces?: NonceVector[];
  branch_nodes?: object[];
  branch_partial_sigs?: string[];
}

interface Round {
  spec: ReturnType<typeof specView>;
  server_key: Key;
  funding_tx: { txid: string; hex: string };
  nb_round_nonces: number;
  leaves: LeafVector[];
  global_cosigners: { key: Key; nonces: NonceVector[]; partial_sigs: string[] }[];
  agg_nonces: string[];
  internal_sighashes: string[];
  cosign_sigs: string[];
  signed_tree_spec: string;
  signed_tree_spec_v1: string;
  detected_hashlock_version: string;
  detect_after_corrupting_first_sig: string;
  final_txs: object[];
  vtxos: {
    leaf: number;
    locked_vtxo: string;
    leaf_cosign: Signing & {
      vtxo_id: string;
      leaf_tx: object;
      prevout: object;
      script_spend_sighash: string;
    };
    signed_locked_vtxo: string;
    final_vtxo: ReturnType<typeof fullVtxoView>;
  }[];
  internal_vtxos: object[];
}

interface Data {
  rounds: Round[];
  leaf_matching: {
    spec_hex: string;
    unlock_hash: string;
    cases: { requests_of_leaves: number[]; leaf_indices: number[] | null }[];
  };
}

const publicNonces = (nonces: readonly NonceVector[]) => nonces.map((n) => fromHex(n.pubnonce));
const pairs = (nonces: readonly NonceVector[]) =>
  nonces.map((n) => ({
    secret: secretNonceForTests(fromHex(n.secnonce_bip327)),
    public: fromHex(n.pubnonce),
  }));

/** Everybody's shares and the signatures that come of them. */
function checkCosigning(tree: VtxoTree, r: Round, check: Check, label: string): Uint8Array[] {
  const leaves = [...r.leaves.entries()].flatMap(([leaf, l]) =>
    l.cosign_key && l.nonces ? [{ leaf, key: l.cosign_key, nonces: l.nonces, l }] : [],
  );
  const aggregate = signing.aggregateTreeNonces(
    curve,
    tree,
    new Map(leaves.map(({ leaf, nonces }) => [leaf, publicNonces(nonces)])),
    r.global_cosigners.map((g) => publicNonces(g.nonces)),
  );
  check(aggregate, r.agg_nonces, `${label} aggregated nonces`);
  const branches = new Map<number, Uint8Array[]>();
  for (const { leaf, key, nonces, l } of leaves) {
    const at = `${label} leaf ${leaf}`;
    check(curve.publicKey(fromHex(key.secret)), key.public, `${at} cosign key`);
    check(nonces.length, r.nb_round_nonces, `${at} number of nonces`);
    nonces.forEach((n, i) => checkNonce(n, key, {}, check, `${at} nonce ${i}`));
    check(
      ancestors(tree.shape, leaf).map((node) => ({ node: node.index, nonce_index: node.level - 1 })),
      l.branch_nodes,
      `${at} branch`,
    );
    const shares = signing.cosignBranch(curve, tree, leaf, aggregate, pairs(nonces), fromHex(key.secret));
    check(shares, l.branch_partial_sigs, `${at} shares`);
    const valid = signing.verifyBranch(curve, tree, leaf, aggregate, publicNonces(nonces), shares);
    check(valid, true, `${at} shares verify`);
    branches.set(leaf, shares);
  }
  const globals = r.global_cosigners.map((g, i) => {
    const at = `${label} global signer ${i}`;
    check(curve.publicKey(fromHex(g.key.secret)), g.key.public, `${at} key`);
    g.nonces.forEach((n, j) => checkNonce(n, g.key, {}, check, `${at} nonce ${j}`));
    const shares = signing.cosignTree(curve, tree, aggregate, pairs(g.nonces), fromHex(g.key.secret));
    check(shares, g.partial_sigs, `${at} shares`);
    return shares;
  });
  const signatures = signing.combineTreePartials(curve, tree, aggregate, branches, globals);
  check(signatures, r.cosign_sigs, `${label} signatures`);
  check(signing.invalidTreeSignature(curve, tree, signatures), undefined, `${label} signatures verify`);
  return signatures;
}

/** The coin at a leaf through its three stages. */
function checkLeaf(
  locked: Vtxo,
  tree: VtxoTree,
  { r, anchor }: { r: Round; anchor: Tx },
  v: Round['vtxos'][number],
  check: Check,
  label: string,
) {
  check(encodeVtxo(locked, 'full'), v.locked_vtxo, `${label} locked`);
  validateLockedLeaf(curve, locked, anchor);
  const { vtxo_id, leaf_tx, prevout, script_spend_sighash, ...exchange } = v.leaf_cosign;
  const step = tree.step(v.leaf);
  const { sighash, signer } = leafSighash(curve, locked);
  check(vtxoId(locked), vtxo_id, `${label} id`);
  check(txView(step.tx), leaf_tx, `${label} transaction`);
  check(txOutView(step.spent), prevout, `${label} spends`);
  check(sighash, script_spend_sighash, `${label} digest`);
  check(step.sighash, script_spend_sighash, `${label} digest from the tree`);
  const user = r.leaves[v.leaf]?.user_key as Key;
  const text = { sighashHex: toHex(sighash), signerHex: toHex(signer) };
  checkSigning(exchange, { user, server: r.server_key }, { sighash, signer, ...text }, check, label);
  const [nonce] = pairs([exchange.user_nonce]);
  const signed = finishLeafCosign(
    curve,
    locked,
    { vtxoId: fromHex(''), nonce: nonce as NonNullable<typeof nonce>, sighash, signer },
    {
      publicNonce: fromHex(exchange.server_nonce.pubnonce),
      partial: fromHex(exchange.server_partial_sig),
    },
    fromHex(user.secret),
  );
  check(encodeVtxo(signed, 'full'), v.signed_locked_vtxo, `${label} signed`);
  validateLockedLeaf(curve, signed, anchor);
  const preimage = fromHex(r.leaves[v.leaf]?.unlock_preimage ?? '');
  const final = unlockLeaf(signed, preimage);
  validateVtxo(curve, final, anchor);
  // The file gives exit transactions of the first coin only.
  const view = 'exit_txs' in v.final_vtxo ? fullVtxoView : vtxoView;
  check(view(final), v.final_vtxo, `${label} final`);
}

const recordView = (tree: VtxoTree, index: number) => {
  const node = tree.shape.nodes[index];
  const leaf = tree.spec.leaves[index];
  const parent = node?.parent === undefined ? undefined : tree.step(node.parent);
  const policy = leaf
    ? ({
        type: 'hark-leaf',
        version: tree.spec.hashLockVersion,
        userPubkey: leaf.policy.userPubkey,
        unlockHash: leaf.unlockHash,
      } as const)
    : ({ type: 'expiry', internalKey: tree.taproot(index).internal } as const);
  return {
    id: vtxoIdText(parent ? { txid: parent.txid, vout: node?.position ?? 0 } : tree.utxo),
    amount: tree.step(index).spent.value,
    policy: toHex(encodePolicy(policy)),
    spent_by: txidText(tree.step(index).txid),
  };
};

function checkRound(r: Round, check: Check, label: string): void {
  const anchor = readTx(r.funding_tx, check, `${label} funding`);
  const tree = roundTree(curve, readSpec(r.spec), anchor);
  check(specView(tree), r.spec, `${label} spec`);
  check(curve.publicKey(fromHex(r.server_key.secret)), r.server_key.public, `${label} server key`);
  for (const [i, { user_key }] of r.leaves.entries())
    check(curve.publicKey(fromHex(user_key.secret)), user_key.public, `${label} user key ${i}`);
  const inner = innerNodes(tree.shape);
  check(
    inner.map(({ index }) => tree.step(index).sighash),
    r.internal_sighashes,
    `${label} digests`,
  );
  const signatures = checkCosigning(tree, r, check, label);

  const signed = { spec: tree.spec, utxo: tree.utxo, signatures };
  check(encodeSignedTree(signed), r.signed_tree_spec, `${label} signed tree`);
  for (const hex of [r.signed_tree_spec, r.signed_tree_spec_v1]) {
    const read = decodeSignedTree(curve, fromHex(hex));
    check(encodeSignedTree(read), r.signed_tree_spec, `${label} signed tree read`);
    check(`V${detectHashLockVersion(curve, read)}`, r.detected_hashlock_version, `${label} hash locks`);
  }
  check.informative(r.detect_after_corrupting_first_sig);
  const broken = signatures.with(
    0,
    (signatures[0] as Uint8Array).map((b, i) => (i === 0 ? b ^ 1 : b)),
  );
  check.refuses(
    () => detectHashLockVersion(curve, { ...signed, signatures: broken }),
    `${label} broken signature`,
  );

  check(finalTransactions(tree, signatures).map(txView), r.final_txs, `${label} final transactions`);
  for (const v of r.vtxos) {
    const locked = leafVtxo(tree, signatures, v.leaf);
    checkLeaf(locked, tree, { r, anchor }, v, check, `${label} coin ${v.leaf}`);
  }
  check(
    tree.shape.nodes.map(({ index }) => recordView(tree, index)),
    r.internal_vtxos,
    `${label} records`,
  );
}

export function compare(data: Data, check: Check): void {
  for (const [i, round] of data.rounds.entries()) checkRound(round, check, `round ${i}`);
  const { spec_hex, unlock_hash, cases } = data.leaf_matching;
  const spec = decodeTreeSpec(curve, fromHex(spec_hex));
  check(encodeTreeSpec(spec), spec_hex, 'matching spec');
  for (const { requests_of_leaves, leaf_indices } of cases) {
    const requests = [...requests_of_leaves].map((leaf) => spec.leaves[leaf] as (typeof spec.leaves)[number]);
    const made = participationLeaves(spec, fromHex(unlock_hash), requests);
    check(made, leaf_indices, `leaves like ${requests_of_leaves.join()}`);
  }
}

// Tree specs in the shape the vector files give them.
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { encodeWith } from '../../src/ark/encode.ts';
import { encodePolicy } from '../../src/ark/policy.ts';
import { innerNodes } from '../../src/ark/tree.ts';
import type { VtxoTree } from '../../src/ark/tree-transactions.ts';
import {
  decodeTreeSpec,
  encodeTreeSpec,
  treeAmount,
  type LeafSpec,
  type TreeSpec,
} from '../../src/ark/tree-spec.ts';
import { txOutView } from './views.ts';

/** Only version 1 is what the bytes say by themselves. */
export const readSpec = (given: { hex: string; hashlock_version: string }): TreeSpec => ({
  ...decodeTreeSpec(curve, fromHex(given.hex)),
  hashLockVersion: given.hashlock_version === 'V0' ? 0 : 1,
});

const leafHex = (leaf: LeafSpec): string =>
  toHex(
    encodeWith((w) =>
      w
        .bytes(encodePolicy(leaf.policy))
        .u64(leaf.amount)
        .optionalPublicKey(leaf.cosignPubkey)
        .bytes(leaf.unlockHash),
    ),
  );

export const specView = ({ spec, shape, funding }: VtxoTree) => ({
  hex: toHex(encodeTreeSpec(spec)),
  expiry_height: spec.expiryHeight,
  server_pubkey: toHex(spec.serverPubkey),
  exit_delta: spec.exitDelta,
  hashlock_version: `V${spec.hashLockVersion}`,
  global_cosign_pubkeys: spec.globalCosignPubkeys.map(toHex),
  leaves: spec.leaves.map((leaf) => ({
    amount: leaf.amount,
    policy: toHex(encodePolicy(leaf.policy)),
    cosign_pubkey: leaf.cosignPubkey && toHex(leaf.cosignPubkey),
    unlock_hash: toHex(leaf.unlockHash),
    hex: leafHex(leaf),
  })),
  funding_txout: txOutView(funding),
  funding_cosign_key_xonly: toHex(fundingKey(spec)),
  nb_nodes: shape.nodes.length,
  nb_internal_nodes: innerNodes(shape).length,
  total_required_value: treeAmount(spec),
});

const fundingKey = (spec: TreeSpec): Uint8Array =>
  curve.aggregateKeys([
    ...spec.leaves.flatMap((leaf) => leaf.cosignPubkey ?? []),
    ...spec.globalCosignPubkeys,
  ]).xonly;

// Taproot outputs with at most two leaves, all that Ark uses (BIP-341): hashes, tweak, output key, control blocks,
// and the two trees that genesis transitions spend (ark-lib tree/signed.rs).
import type { Bytes, Curve } from '../crypto/curve.ts';
import { compareBytes, concat } from '../crypto/bytes.ts';
import { taggedHash } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import { clauseScript, type Clause } from './clause.ts';
import type { HashLockVersion } from './policy.ts';
import { p2trScript } from './script.ts';

const LEAF_VERSION = 0xc0;

export interface TapLeaf {
  readonly clause: Clause;
  readonly script: Bytes;
  /** 32 bytes. */
  readonly hash: Bytes;
}

/** A taproot output and everything needed to spend it. Keys are 32-byte x-only. */
export interface Taproot {
  readonly internal: Bytes;
  readonly leaves: readonly TapLeaf[];
  /** Merkle root; undefined when only the key path exists. */
  readonly root: Bytes | undefined;
  /** tagged("TapTweak", internal ‖ root). */
  readonly tweak: Bytes;
  readonly outputKey: Bytes;
  readonly parity: 0 | 1;
  /** scriptPubKey. */
  readonly script: Bytes;
}

/** BIP-341 leaf hash of a tapscript shorter than 253 bytes. */
export const tapLeafHash = (script: Bytes): Bytes =>
  taggedHash('TapLeaf', Uint8Array.of(LEAF_VERSION, script.length), script);

/** BIP-341 branch hash; the order of the arguments has no effect. */
const tapBranchHash = (a: Bytes, b: Bytes): Bytes =>
  taggedHash('TapBranch', ...(compareBytes(a, b) <= 0 ? [a, b] : [b, a]));

/** BIP-341 tweak scalar of an internal key and a Merkle root (none: BIP-86 style). */
export const tapTweak = (internal: Bytes, root?: Bytes): Bytes =>
  taggedHash('TapTweak', internal, ...(root ? [root] : []));

/** Builds the output for up to two clauses. @throws SkiffError INVALID_ENCODING when `internal` is no x coordinate. */
export function buildTaproot(curve: Curve, internal: Bytes, clauses: readonly Clause[]): Taproot {
  const leaves = clauses.map((clause) => {
    const script = clauseScript(clause);
    return { clause, script, hash: tapLeafHash(script) };
  });
  const [first, second, third] = leaves;
  if (third)
    throw new SkiffError({ code: 'INTERNAL', say: 'A taproot of three leaves is not an Ark output.' });
  const root = first && second ? tapBranchHash(first.hash, second.hash) : first?.hash;
  const tweak = tapTweak(internal, root);
  const { xonly, parity } = curve.tweakXOnly(internal, tweak);
  return { internal, leaves, root, tweak, outputKey: xonly, parity, script: p2trScript(xonly) };
}

/** Control block for the leaf with this script. @throws SkiffError INTERNAL when the tree has no such leaf. */
export function controlBlock(taproot: Taproot, script: Bytes): Bytes {
  const hash = tapLeafHash(script);
  const own = taproot.leaves.find((leaf) => compareBytes(leaf.hash, hash) === 0);
  if (!own) throw new SkiffError({ code: 'INTERNAL', say: 'This script is not a leaf of the output.' });
  const path = taproot.leaves.filter((leaf) => leaf !== own).map((leaf) => leaf.hash);
  return concat(Uint8Array.of(LEAF_VERSION | taproot.parity), taproot.internal, ...path);
}

/** Board funding and tree nodes: all cosigners together, or the server alone after expiry. */
export const cosignTaproot = (
  curve: Curve,
  cosigners: readonly Bytes[],
  serverPubkey: Bytes,
  expiryHeight: number,
): Taproot =>
  buildTaproot(curve, curve.aggregateKeys(cosigners).xonly, [
    { kind: 'timelock-sign', pubkey: serverPubkey, height: expiryHeight },
  ]);

/** The clause that a round leaf's transaction spends: user and server together, with the preimage. */
export const unlockClause = (aggregatePoint: Bytes, unlockHash: Bytes, version: HashLockVersion): Clause => ({
  kind: 'hash-sign',
  version,
  pubkey: aggregatePoint,
  hash: unlockHash,
});

/** Round leaf: the server after expiry, or user and server with the preimage. */
export function harkLeafTaproot(
  curve: Curve,
  keys: {
    userPubkey: Bytes;
    serverPubkey: Bytes;
    expiryHeight: number;
    unlockHash: Bytes;
    version: HashLockVersion;
  },
): Taproot {
  const { point, xonly } = curve.aggregateKeys([keys.userPubkey, keys.serverPubkey]);
  return buildTaproot(curve, xonly, [
    { kind: 'timelock-sign', pubkey: keys.serverPubkey, height: keys.expiryHeight },
    unlockClause(point, keys.unlockHash, keys.version),
  ]);
}

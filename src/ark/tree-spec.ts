// What fixes a round's tree before it is signed (ark-lib tree/signed.rs, VtxoTreeSpec): its leaves and shared keys, and
// their bytes. The hash-lock version is not on the wire: readers assume 1, signed-tree.ts finds out about old trees.
import { equalBytes } from '../crypto/bytes.ts';
import type { Bytes } from '../crypto/curve.ts';
import { sats, type Sats } from '../units.ts';
import {
  decodeAll,
  encodeWith,
  invalidEncoding,
  VECTOR_CAPS,
  type PointChecks,
  type Reader,
  type Writer,
} from './encode.ts';
import {
  encodePolicy,
  readUserPolicy,
  writePolicy,
  type HashLockVersion,
  type UserPolicy,
} from './policy.ts';

const VERSION = 2;
const U64_MAX = (1n << 64n) - 1n;

/** A coin that somebody asked of a round. */
export interface VtxoRequest {
  readonly amount: Sats;
  readonly policy: UserPolicy;
}

export interface LeafSpec extends VtxoRequest {
  /** One-time key of an interactive participant; a delegated one has none. */
  readonly cosignPubkey?: Bytes;
  /** SHA-256 that locks the coin until the inputs are forfeited. */
  readonly unlockHash: Bytes;
}

export interface TreeSpec {
  /** At least one. */
  readonly leaves: readonly LeafSpec[];
  readonly expiryHeight: number;
  readonly serverPubkey: Bytes;
  readonly exitDelta: number;
  /** Keys that sign every inner node, the server's cosign key among them. */
  readonly globalCosignPubkeys: readonly Bytes[];
  readonly hashLockVersion: HashLockVersion;
}

function readLeaf(r: Reader): LeafSpec {
  const policy = readUserPolicy(r);
  const amount = r.amount();
  return { policy, amount, cosignPubkey: r.optionalPublicKey('leaf cosign key'), unlockHash: r.hash() };
}

const writeLeaf = (w: Writer, leaf: LeafSpec): void => {
  writePolicy(w, leaf.policy);
  w.u64(leaf.amount).optionalPublicKey(leaf.cosignPubkey).bytes(leaf.unlockHash);
};

/** @throws SkiffError INVALID_ENCODING */
export function readTreeSpec(r: Reader): TreeSpec {
  const version = r.u8('tree version');
  if (version !== VERSION) throw invalidEncoding(`tree spec version ${version}`);
  const expiryHeight = r.blockHeight('expiry_height');
  const serverPubkey = r.publicKey('server key');
  const exitDelta = r.blockDelta('exit_delta');
  const globalCosignPubkeys = r.vector(VECTOR_CAPS.publicKey, 'cosign keys', (x) =>
    x.publicKey('cosign key'),
  );
  const leaves = r.vector(VECTOR_CAPS.treeLeafSpec, 'leaves', readLeaf);
  if (leaves.length === 0) throw invalidEncoding('tree without leaves');
  return { leaves, expiryHeight, serverPubkey, exitDelta, globalCosignPubkeys, hashLockVersion: 1 };
}

export const writeTreeSpec = (w: Writer, spec: TreeSpec): void => {
  w.u8(VERSION).u32(spec.expiryHeight).bytes(spec.serverPubkey).u16(spec.exitDelta);
  w.vector(spec.globalCosignPubkeys, (x, key) => x.bytes(key)).vector(spec.leaves, writeLeaf);
};

/** `vtxos_spec` of a round's proposal. @throws SkiffError INVALID_ENCODING */
export const decodeTreeSpec = (curve: PointChecks, bytes: Bytes): TreeSpec =>
  decodeAll(curve, bytes, readTreeSpec);

/** Bytes of a tree spec. */
export const encodeTreeSpec = (spec: TreeSpec): Bytes => encodeWith((w) => writeTreeSpec(w, spec));

/** Sum of the leaves: the value of the funding output. @throws SkiffError INVALID_ENCODING when it is no u64 */
export function treeAmount(spec: Pick<TreeSpec, 'leaves'>): Sats {
  const total = spec.leaves.reduce((sum, leaf) => sum + leaf.amount, 0n);
  if (total > U64_MAX) throw invalidEncoding('tree: amounts overflow');
  return sats(total);
}

/**
 * The leaf for each request of one participation, in order; a leaf serves one request.
 * Undefined when a request has no leaf left with its amount and policy under this unlock hash.
 */
export function participationLeaves(
  spec: Pick<TreeSpec, 'leaves'>,
  unlockHash: Bytes,
  requests: readonly VtxoRequest[],
): number[] | undefined {
  const found: number[] = [];
  for (const { amount, policy } of requests) {
    const wanted = encodePolicy(policy);
    const at = spec.leaves.findIndex(
      (leaf, i) =>
        leaf.amount === amount &&
        equalBytes(leaf.unlockHash, unlockHash) &&
        equalBytes(encodePolicy(leaf.policy), wanted) &&
        !found.includes(i),
    );
    if (at < 0) return undefined;
    found.push(at);
  }
  return found;
}

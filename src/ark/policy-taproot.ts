// What a policy means on the chain: its clauses and its taproot (ark-lib vtxo/policy/mod.rs).
import type { Bytes, Curve } from '../crypto/curve.ts';
import type { Sats } from '../units.ts';
import { addDelta, multiplyDelta } from './blocks.ts';
import type { Clause } from './clause.ts';
import type { TxOut } from './encode.ts';
import type { VtxoPolicy } from './policy.ts';
import { buildTaproot, harkLeafTaproot, type Taproot } from './taproot.ts';

/** The VTXO's parameters that its output depends on. */
export interface PolicyContext {
  readonly serverPubkey: Bytes;
  readonly exitDelta: number;
  readonly expiryHeight: number;
}

/** The taproot of a policy. Leaves are in ark-lib's insertion order. */
export function policyTaproot(curve: Curve, policy: VtxoPolicy, context: PolicyContext): Taproot {
  const { serverPubkey, exitDelta, expiryHeight } = context;
  const sweep: Clause = { kind: 'timelock-sign', pubkey: serverPubkey, height: expiryHeight };
  const both = (user: Bytes) => curve.aggregateKeys([user, serverPubkey]).xonly;
  switch (policy.type) {
    case 'pubkey':
      return buildTaproot(curve, both(policy.userPubkey), [
        { kind: 'delayed-sign', pubkey: policy.userPubkey, delta: exitDelta },
      ]);
    case 'checkpoint':
      return buildTaproot(curve, both(policy.userPubkey), [sweep]);
    case 'expiry':
      return buildTaproot(curve, policy.internalKey, [sweep]);
    case 'server-owned':
      return buildTaproot(curve, serverPubkey.subarray(1), []);
    case 'server-htlc-send':
      return buildTaproot(curve, both(policy.userPubkey), [
        {
          kind: 'hash-delay-sign',
          version: policy.version,
          pubkey: serverPubkey,
          hash: policy.paymentHash,
          delta: exitDelta,
        },
        {
          kind: 'delayed-timelock-sign',
          pubkey: policy.userPubkey,
          delta: multiplyDelta(exitDelta, 2),
          height: policy.htlcExpiry,
        },
      ]);
    case 'server-htlc-receive':
      return buildTaproot(curve, both(policy.userPubkey), [
        { kind: 'delayed-timelock-sign', pubkey: serverPubkey, delta: exitDelta, height: policy.htlcExpiry },
        {
          kind: 'hash-delay-sign',
          version: policy.version,
          pubkey: policy.userPubkey,
          hash: policy.paymentHash,
          delta: addDelta(exitDelta, policy.htlcExpiryDelta),
        },
      ]);
    case 'hark-leaf':
      return harkLeafTaproot(curve, { ...policy, serverPubkey, expiryHeight });
    case 'hark-forfeit':
      return buildTaproot(curve, both(policy.userPubkey), [
        { kind: 'hash-sign', version: policy.version, pubkey: serverPubkey, hash: policy.unlockHash },
        { kind: 'delayed-sign', pubkey: policy.userPubkey, delta: exitDelta },
      ]);
  }
}

/** Clauses in claim order: the user's first for a Lightning receive, else insertion order. */
export function policyClauses(curve: Curve, policy: VtxoPolicy, context: PolicyContext): Clause[] {
  const clauses = policyTaproot(curve, policy, context).leaves.map((leaf) => leaf.clause);
  return policy.type === 'server-htlc-receive' ? clauses.reverse() : clauses;
}

/** The output of a VTXO with this policy. */
export const policyTxOut = (
  curve: Curve,
  policy: VtxoPolicy,
  amount: Sats,
  context: PolicyContext,
): TxOut => ({
  value: amount,
  script: policyTaproot(curve, policy, context).script,
});

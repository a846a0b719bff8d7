// Claiming and refunding the tutorial's HTLC (htlc.ts).
import type { Tx } from '../ark/tx.ts';
import { MAX_ECDSA_WITNESS, signSegwitV0 } from '../bitcoin/segwit-v0.ts';
import type { Bytes, Curve } from '../crypto/curve.ts';
import type { Sats } from '../units.ts';
import { claimWitness, refundWitness } from './htlc.ts';
import { spendFee, spendTx, withWitness, type SpendPlan } from './spend.ts';

/** Fee of a claim at `rate` sat/vB, rounded UP. */
export const htlcClaimFee = (rate: number, to: Bytes, script: Bytes): Sats =>
  spendFee(rate, to, [MAX_ECDSA_WITNESS, 33, 32, script.length]);

/** Fee of a refund at `rate` sat/vB, rounded UP. */
export const htlcRefundFee = (rate: number, to: Bytes, script: Bytes): Sats =>
  spendFee(rate, to, [MAX_ECDSA_WITNESS, 33, 0, script.length]);

/** A signed claim. @param script witness script of the locked output @throws SkiffError DUST */
export function claimHtlc(
  curve: Curve,
  plan: SpendPlan,
  { script, preimage, secret }: { script: Bytes; preimage: Bytes; secret: Bytes },
): Tx {
  const tx = spendTx(plan);
  const signature = signSegwitV0(curve, tx, 0, { script, value: plan.locked.value }, secret);
  return withWitness(tx, claimWitness(signature, curve.publicKey(secret), preimage, script));
}

/** A signed refund, valid once the output lies under `delay` blocks. @throws SkiffError DUST */
export function refundHtlc(
  curve: Curve,
  plan: SpendPlan,
  { script, delay, secret }: { script: Bytes; delay: number; secret: Bytes },
): Tx {
  const tx = spendTx({ ...plan, sequence: delay });
  const signature = signSegwitV0(curve, tx, 0, { script, value: plan.locked.value }, secret);
  return withWitness(tx, refundWitness(signature, curve.publicKey(secret), script));
}

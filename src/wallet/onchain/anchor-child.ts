// Child pays for parent: an exit transaction pays nothing and is pulled in by a child that spends its anchor (P2A, for
// everyone) and confirmed outputs of ours, both version 3, relayed as a package (BIP 431; ark-lib's cpfp, bark's wallet).

import { cpfpChild, packageFee, type ExitTx } from '../../ark/exit.ts';
import { parseVtxoId } from '../../ark/vtxo-id.ts';
import { feeAnchor } from '../../ark/script.ts';
import { feeRateFromSatPerVb } from '../../bitcoin/fee-rate.ts';
import type { Curve } from '../../crypto/curve.ts';
import type { OnchainUtxoRow } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';
import { signInputs, type KeyOf, type Random, type SignedTx } from './sign.ts';
import { freeOf, insufficient, sumOf, TAPROOT_DUST } from './transaction.ts';
import { TAPROOT_OUTPUT, weightOf, wholeVbytes } from './weight.ts';

/** The anchor as an input: 41 bytes outside of the witness, and an empty witness. */
const ANCHOR_INPUT = 165;
/** A version 3 child is 1000 vbytes at most. */
const MAX_WEIGHT = 4000;

type Parent = Pick<ExitTx, 'anchor' | 'weight'>;

export interface ChildDraft {
  /** Our outputs that pay. */
  inputs: OnchainUtxoRow[];
  /** What comes back: our outputs and the anchor's value, less the fee. */
  change: Sats;
  /** Of the package: the parent pays nothing itself. */
  fee: Sats;
}

/**
 * Plans the child of an exit transaction: confirmed outputs only (a version 3 child has one unconfirmed parent), the
 * smallest single one that suffices, else the largest together.
 * @param rate sat/vB of parent and child together @param replaced fee of the package in the mempool that this one replaces
 * @throws SkiffError INSUFFICIENT_FUNDS
 */
export function draftAnchorChild(
  { anchor, weight }: Parent,
  utxos: readonly OnchainUtxoRow[],
  rate: number,
  replaced?: Sats,
): ChildDraft {
  const confirmed = freeOf(utxos).filter((u) => u.height !== undefined);
  const largest = [...confirmed].sort((a, b) => (a.value < b.value ? 1 : a.value > b.value ? -1 : 0));
  const feeOf = (inputs: number) => {
    const child = wholeVbytes(weightOf(inputs, [TAPROOT_OUTPUT]) + ANCHOR_INPUT);
    const satPerKwu = feeRateFromSatPerVb(Math.max(1, rate));
    return { fee: packageFee(satPerKwu, wholeVbytes(weight), child, replaced), fits: child <= MAX_WEIGHT };
  };
  const planned = (inputs: OnchainUtxoRow[]): ChildDraft | undefined => {
    const { fee, fits } = feeOf(inputs.length);
    const change = sumOf(inputs) + anchor.value - fee;
    return fits && change >= TAPROOT_DUST ? { inputs, change: sats(change), fee } : undefined;
  };
  for (const utxo of [...largest].reverse()) {
    const plan = planned([utxo]);
    if (plan) return plan;
  }
  for (let count = 2; count <= largest.length; count++) {
    const plan = planned(largest.slice(0, count));
    if (plan) return plan;
  }
  throw insufficient(feeOf(1).fee + TAPROOT_DUST - anchor.value, sumOf(confirmed));
}

/** Builds and signs the child; input 0 is the anchor, output 0 the change. */
export function signAnchorChild(
  curve: Curve,
  parent: Parent,
  draft: ChildDraft,
  changeScript: Uint8Array,
  keyOf: KeyOf,
  random: Random,
): SignedTx {
  const points = draft.inputs.map((u) => parseVtxoId(u.id));
  const tx = cpfpChild(parent, points, { script: changeScript, value: draft.change });
  const ours = new Map(draft.inputs.map((utxo, i) => [i + 1, utxo]));
  return signInputs(curve, tx, ours, [feeAnchor(parent.anchor.value)], keyOf, random);
}

// Spending our on-chain outputs (BIP 86 key path): choosing them, building, signing. Pure but for the randomness that
// the caller hands in. Fees are rounded up, never below what the rate asks.

import { serializeTx, taprootSighash, txid, type Tx } from '../../ark/tx.ts';
import { parseVtxoId, txidText } from '../../ark/vtxo-id.ts';
import { feeForWeight, feeRateFromSatPerVb } from '../../bitcoin/fee-rate.ts';
import type { Curve } from '../../crypto/curve.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { SkiffError } from '../../errors.ts';
import type { OnchainUtxoRow } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';

/** Smallest output that relays to a taproot script. */
const TAPROOT_DUST = 330n;
/** Weight of everything but inputs and outputs, of a key-path input, of an output with a 34-byte script. */
const WEIGHT = { base: 42, input: 230, output: 172 };

export interface Payment {
  script: Uint8Array;
  value: Sats;
}

export interface Draft {
  inputs: OnchainUtxoRow[];
  payment: Payment;
  /** Absent: too small to keep, or nothing left. */
  change?: Sats;
  fee: Sats;
}

const weightOf = (inputs: number, outputs: number): number =>
  WEIGHT.base + inputs * WEIGHT.input + outputs * WEIGHT.output;

/** Miner's fee in satoshi of a transaction with so many of our inputs and taproot outputs, at `rate` sat/vB. */
export const minerFee = (inputs: number, outputs: number, rate: number): Sats =>
  feeForWeight(feeRateFromSatPerVb(Math.max(1, rate)), weightOf(inputs, outputs));

const sum = (utxos: readonly OnchainUtxoRow[]): bigint => utxos.reduce((s, u) => s + u.value, 0n);

/** Confirmed and largest first. */
const bestFirst = (a: OnchainUtxoRow, b: OnchainUtxoRow): number =>
  Number(a.height === undefined) - Number(b.height === undefined) ||
  (a.value < b.value ? 1 : a.value > b.value ? -1 : a.id < b.id ? -1 : 1);

/**
 * Plans a payment of `amount` to `script`, or of everything the outputs hold less the fee.
 * @param rate sat/vB. @throws SkiffError INSUFFICIENT_FUNDS or DUST
 */
export function draftPayment(
  utxos: readonly OnchainUtxoRow[],
  script: Uint8Array,
  amount: Sats | 'all',
  rate: number,
): Draft {
  const feeRate = feeRateFromSatPerVb(Math.max(1, rate));
  const free = utxos.filter((u) => u.holder === undefined).sort(bestFirst);
  if (amount === 'all') {
    const fee = feeForWeight(feeRate, weightOf(free.length, 1));
    const value = sum(free) - fee;
    if (free.length === 0 || value <= 0n) throw insufficient(fee, sum(free));
    return { inputs: free, payment: { script, value: notDust(value) }, fee };
  }
  notDust(amount);
  const inputs: OnchainUtxoRow[] = [];
  for (const utxo of free) {
    inputs.push(utxo);
    const left = sum(inputs) - amount;
    const withChange = feeForWeight(feeRate, weightOf(inputs.length, 2));
    if (left >= withChange + TAPROOT_DUST) {
      return { inputs, payment: { script, value: amount }, change: sats(left - withChange), fee: withChange };
    }
    if (left >= feeForWeight(feeRate, weightOf(inputs.length, 1))) {
      return { inputs, payment: { script, value: amount }, fee: sats(left) };
    }
  }
  throw insufficient(amount + feeForWeight(feeRate, weightOf(inputs.length + 1, 2)), sum(free));
}

function notDust(value: bigint): Sats {
  if (value < TAPROOT_DUST) {
    throw new SkiffError({
      code: 'DUST',
      say: `An amount below ${TAPROOT_DUST} sat cannot be sent on-chain.`,
      details: { amount: value },
    });
  }
  return sats(value);
}

const insufficient = (needed: bigint, available: bigint) =>
  new SkiffError({
    code: 'INSUFFICIENT_FUNDS',
    say: `This needs ${needed} sat on-chain with the miner's fee, and ${available} sat are there.`,
    details: { needed, available, shortBy: needed - available },
  });

export interface SpendKey {
  /** 32-byte x-only internal key and its script; the secret is the untweaked key. */
  internal: Uint8Array;
  script: Uint8Array;
  secret: Uint8Array;
}

export interface SignedTx {
  txid: string;
  raw: Uint8Array;
  /** As `raw`, without witnesses. */
  unsigned: Uint8Array;
}

/** Builds and signs: the payment is output 0, the change (to `changeScript`) output 1. */
export function signDraft(
  curve: Curve,
  draft: Draft,
  changeScript: Uint8Array,
  keyOf: (utxo: OnchainUtxoRow) => SpendKey,
  random: (length: number) => Uint8Array,
): SignedTx {
  const keys = draft.inputs.map(keyOf);
  const tx: Tx = {
    version: 2,
    lockTime: 0,
    inputs: draft.inputs.map((u) => ({ prevout: parseVtxoId(u.id), sequence: 0xffff_fffd })),
    outputs: [
      draft.payment,
      ...(draft.change === undefined ? [] : [{ script: changeScript, value: draft.change }]),
    ],
  };
  const spent = draft.inputs.map((u, i) => ({ value: u.value, script: keys[i]!.script }));
  const inputs = tx.inputs.map((input, i) => {
    const { secret, internal } = keys[i]!;
    const tweaked = curve.tweakSecret(secret, taggedHash('TapTweak', internal));
    try {
      return { ...input, witness: [curve.schnorrSign(taprootSighash(tx, i, spent), tweaked, random(32))] };
    } finally {
      tweaked.fill(0);
      secret.fill(0);
    }
  });
  return { txid: txidText(txid(tx)), raw: serializeTx({ ...tx, inputs }), unsigned: serializeTx(tx) };
}

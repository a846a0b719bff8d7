// Planning what our on-chain outputs (BIP 86 key path) pay: choosing them, change, fees. Pure. Fees are rounded up, never
// below what the rate asks.

import { dustLimit } from '../../bitcoin/dust.ts';
import { SkiffError } from '../../errors.ts';
import type { OnchainUtxoRow } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';
import { feeAt, TAPROOT_OUTPUT, weightOf } from './weight.ts';

/** Smallest output that relays to a taproot script. */
export const TAPROOT_DUST = 330n;

export interface Payment {
  script: Uint8Array;
  value: Sats;
}

export interface Draft {
  inputs: OnchainUtxoRow[];
  payments: Payment[];
  /** Absent: too small to keep, or nothing left. */
  change?: Sats;
  fee: Sats;
}

export const sumOf = (utxos: readonly Pick<OnchainUtxoRow, 'value'>[]): bigint =>
  utxos.reduce((sum, u) => sum + u.value, 0n);

/** Confirmed and largest first. */
const bestFirst = (a: OnchainUtxoRow, b: OnchainUtxoRow): number =>
  Number(a.height === undefined) - Number(b.height === undefined) ||
  (a.value < b.value ? 1 : a.value > b.value ? -1 : a.id < b.id ? -1 : 1);

/** Those that no action holds, and that an ordinary transaction may spend now. */
export const freeOf = (utxos: readonly OnchainUtxoRow[]): OnchainUtxoRow[] =>
  utxos.filter((u) => u.holder === undefined && !(u.v3 && u.height === undefined));

/**
 * Plans these payments. @param must outputs that are spent in any case @param leastFee the fee is this at least
 * @param rate sat/vB. @throws SkiffError INSUFFICIENT_FUNDS, DUST
 */
export function draftPayments(
  utxos: readonly OnchainUtxoRow[],
  payments: readonly Payment[],
  rate: number,
  { must = [], leastFee = 0n }: { must?: readonly OnchainUtxoRow[]; leastFee?: bigint } = {},
): Draft {
  payments.forEach(({ script, value }) => notDust(script, value));
  const amount = payments.reduce((sum, { value }) => sum + value, 0n);
  const scripts = payments.map(({ script }) => script);
  const fees = (inputs: number) => {
    const fee = (outputs: readonly Uint8Array[]) => max(feeAt(rate, weightOf(inputs, outputs)), leastFee);
    return { without: fee(scripts), change: fee([...scripts, TAPROOT_OUTPUT]) };
  };
  const inputs = [...must];
  const more = freeOf(utxos).sort(bestFirst);
  for (;;) {
    const left = sumOf(inputs) - amount;
    const fee = fees(Math.max(1, inputs.length));
    if (inputs.length > 0 && left >= fee.change + TAPROOT_DUST) {
      return { inputs, payments: [...payments], change: sats(left - fee.change), fee: sats(fee.change) };
    }
    if (inputs.length > 0 && left >= fee.without) return { inputs, payments: [...payments], fee: sats(left) };
    const next = more.shift();
    if (!next)
      throw insufficient(amount + fees(inputs.length + 1).change, sumOf([...must, ...freeOf(utxos)]));
    inputs.push(next);
  }
}

/** Plans a payment of everything these outputs hold, less the fee. @throws SkiffError INSUFFICIENT_FUNDS, DUST */
export function draftAll(utxos: readonly OnchainUtxoRow[], script: Uint8Array, rate: number): Draft {
  const inputs = freeOf(utxos).sort(bestFirst);
  const fee = feeAt(rate, weightOf(inputs.length, [script]));
  const value = sumOf(inputs) - fee;
  if (inputs.length === 0 || value <= 0n) throw insufficient(fee, sumOf(inputs));
  return { inputs, payments: [{ script, value: notDust(script, value) }], fee };
}

/** One payment, or everything. */
export const draftPayment = (
  utxos: readonly OnchainUtxoRow[],
  script: Uint8Array,
  amount: Sats | 'all',
  rate: number,
): Draft =>
  amount === 'all' ? draftAll(utxos, script, rate) : draftPayments(utxos, [{ script, value: amount }], rate);

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function notDust(script: Uint8Array, value: bigint): Sats {
  const least = dustLimit(script);
  if (value < least) {
    throw new SkiffError({
      code: 'DUST',
      say: `An amount below ${least} sat cannot be sent on-chain to this address.`,
      details: { amount: value },
    });
  }
  return sats(value);
}

export const insufficient = (needed: bigint, available: bigint) =>
  new SkiffError({
    code: 'INSUFFICIENT_FUNDS',
    say: `This needs ${needed} sat on-chain with the miner's fee, and ${available} sat are there.`,
    details: { needed, available, shortBy: needed - available },
  });

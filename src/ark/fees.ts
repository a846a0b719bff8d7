// The server's fee schedule (ark-lib fees.rs, protocol version ≥ 4): exact integer arithmetic, every ppm part rounded
// UP once on the total. A result that does not fit u64 is an error, as it is for the server.
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import { VTXO_DUST } from './script.ts';

/** From `expiryBlocksThreshold` remaining blocks on, value costs `ppm` millionths. */
export interface PpmExpiryFeeEntry {
  readonly expiryBlocksThreshold: number;
  readonly ppm: bigint;
}

export interface BoardFees {
  readonly minFee: Sats;
  readonly baseFee: Sats;
  readonly ppm: bigint;
}

export interface OffboardFees {
  readonly baseFee: Sats;
  /** Virtual bytes charged on top of the destination script. */
  readonly fixedAdditionalVb: bigint;
  readonly ppmExpiryTable: readonly PpmExpiryFeeEntry[];
}

export interface RefreshFees {
  readonly baseFee: Sats;
  readonly ppmExpiryTable: readonly PpmExpiryFeeEntry[];
}

export interface LightningReceiveFees {
  readonly baseFee: Sats;
  readonly ppm: bigint;
}

export interface LightningSendFees {
  readonly minFee: Sats;
  readonly baseFee: Sats;
  readonly ppmExpiryTable: readonly PpmExpiryFeeEntry[];
}

export interface FeeSchedule {
  readonly board: BoardFees;
  readonly offboard: OffboardFees;
  readonly refresh: RefreshFees;
  readonly lightningReceive: LightningReceiveFees;
  readonly lightningSend: LightningSendFees;
}

/** What a fee needs to know of an input. */
export interface FeeInput {
  readonly amount: Sats;
  /** Blocks until it expires, 0 when it has. */
  readonly blocksToExpiry: number;
}

const MILLION = 1_000_000n;
const U64_MAX = (1n << 64n) - 1n;

const bounded = (value: bigint): Sats => {
  if (value <= U64_MAX) return sats(value);
  throw new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: 'The amount is too large for a fee to be computed.',
  });
};

const ceilDiv = (numerator: bigint, denominator: bigint): bigint =>
  (numerator + denominator - 1n) / denominator;

const larger = (a: Sats, b: Sats): Sats => (a > b ? a : b);

/** Blocks between the tip and an expiry height, never negative. */
export const blocksToExpiry = (expiryHeight: number, tip: number): number => Math.max(0, expiryHeight - tip);

/** ⌈amount · ppm / 1 000 000⌉. @throws SkiffError AMOUNT_OUT_OF_RANGE */
export const ppmFee = (amount: Sats, ppm: bigint): Sats => bounded(ceilDiv(amount * ppm, MILLION));

/** Sum of amounts by table entry; -1 collects what no entry covers. @throws SkiffError AMOUNT_OUT_OF_RANGE */
function bucketSums(table: readonly PpmExpiryFeeEntry[], inputs: readonly FeeInput[]): Map<number, bigint> {
  const sums = new Map<number, bigint>();
  for (const { amount, blocksToExpiry: blocks } of inputs) {
    const entry = table.findLastIndex((e) => e.expiryBlocksThreshold <= blocks);
    sums.set(entry, bounded((sums.get(entry) ?? 0n) + amount));
  }
  return sums;
}

/**
 * Fee by remaining life: value that expires soonest is charged first, until `chargeable` is used up (absent: all of it).
 * The order of the inputs has no effect. @throws SkiffError AMOUNT_OUT_OF_RANGE
 */
export function expiryTableFee(
  table: readonly PpmExpiryFeeEntry[],
  inputs: readonly FeeInput[],
  chargeable?: Sats,
): Sats {
  const sums = bucketSums(table, inputs);
  let left: bigint | undefined = chargeable;
  let numerator = 0n;
  for (let entry = -1; entry < table.length; entry++) {
    const sum = sums.get(entry) ?? 0n;
    const charged = left === undefined || sum < left ? sum : left;
    if (left !== undefined) left -= charged;
    numerator += charged * (table[entry]?.ppm ?? 0n);
  }
  return bounded(ceilDiv(numerator, MILLION));
}

/** max(minFee, base + ppm). @throws SkiffError AMOUNT_OUT_OF_RANGE */
export const boardFee = (fees: BoardFees, amount: Sats): Sats =>
  larger(fees.minFee, bounded(fees.baseFee + ppmFee(amount, fees.ppm)));

/** base + ppm, without a minimum. @throws SkiffError AMOUNT_OUT_OF_RANGE */
export const lightningReceiveFee = (fees: LightningReceiveFees, amount: Sats): Sats =>
  bounded(fees.baseFee + ppmFee(amount, fees.ppm));

/** Fee of paying `amount` over Lightning from these inputs. @throws SkiffError AMOUNT_OUT_OF_RANGE */
export const lightningSendFee = (fees: LightningSendFees, amount: Sats, inputs: readonly FeeInput[]): Sats =>
  larger(fees.minFee, bounded(fees.baseFee + expiryTableFee(fees.ppmExpiryTable, inputs, amount)));

/** Fee of refreshing these inputs (all of their value is charged). @throws SkiffError AMOUNT_OUT_OF_RANGE */
export const refreshFee = (fees: RefreshFees, inputs: readonly FeeInput[]): Sats =>
  bounded(fees.baseFee + expiryTableFee(fees.ppmExpiryTable, inputs));

/**
 * Miner's part of an offboard: ⌈rate · 4 · (fixed vbytes + script) / 1000⌉; the product must fit u64, too.
 * @param feeRateKwu satoshi for 1000 weight units
 */
export const offboardWeightFee = (fees: OffboardFees, scriptLength: number, feeRateKwu: bigint): Sats =>
  bounded(bounded(feeRateKwu * bounded(4n * (fees.fixedAdditionalVb + BigInt(scriptLength))) + 999n) / 1000n);

/** Fee of an offboard of `amount` to a script of this length. @throws SkiffError AMOUNT_OUT_OF_RANGE */
export const offboardFee = (
  fees: OffboardFees,
  amount: Sats,
  inputs: readonly FeeInput[],
  destination: { scriptLength: number; feeRateKwu: bigint },
): Sats =>
  bounded(
    fees.baseFee +
      offboardWeightFee(fees, destination.scriptLength, destination.feeRateKwu) +
      expiryTableFee(fees.ppmExpiryTable, inputs, amount),
  );

/** amount − fee, at least `least` (1, or a dust limit); undefined when too little would be left. */
export const subtractFee = (amount: Sats, fee: Sats, least: bigint = 1n): Sats | undefined =>
  amount - fee >= least ? sats(amount - fee) : undefined;

/** {@link subtractFee} that leaves at least a VTXO's dust limit. */
export const subtractFeeAboveDust = (amount: Sats, fee: Sats): Sats | undefined =>
  subtractFee(amount, fee, VTXO_DUST);

/** First entry that breaks the rule "threshold and ppm never fall", or undefined for a sound table. */
export const unsortedEntry = (
  table: readonly PpmExpiryFeeEntry[],
): { index: number; column: 'threshold' | 'ppm' } | undefined => {
  for (const [index, now] of table.entries()) {
    const before = table[index - 1];
    if (!before) continue;
    if (now.expiryBlocksThreshold < before.expiryBlocksThreshold) return { index, column: 'threshold' };
    if (now.ppm < before.ppm) return { index, column: 'ppm' };
  }
  return undefined;
};

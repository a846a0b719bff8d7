// Fee rates. Rates are whole satoshi per 1000 weight units (sat/kwu) as bigint, the unit Bitcoin libraries of the
// Rust world use on the Ark wire; 1 sat/vB = 250 sat/kwu. Fees are always rounded UP, rates given in sat/vB too.
import { SkiffError } from '../errors.ts';
import { sats } from '../units.ts';
import type { Sats } from '../units.ts';

declare const unit: unique symbol;
/** Satoshi per 1000 weight units. */
export type FeeRate = bigint & { readonly [unit]: 'sat/kwu' };

const MAX_SAT_PER_VB = 100_000;

/** From sat/vB (fractions allowed), rounded UP to whole sat/kwu. @throws SkiffError INVALID_ARGUMENT unless 0 < rate ≤ 100 000. */
export function feeRateFromSatPerVb(rate: number): FeeRate {
  if (!(rate > 0 && rate <= MAX_SAT_PER_VB)) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'The fee rate is not usable.',
      details: { satPerVb: rate },
    });
  }
  return BigInt(Math.ceil(rate * 250)) as FeeRate;
}

/** Brands sat/kwu. @throws RangeError outside of u64. */
export const feeRateFromSatPerKwu = (rate: bigint | number): FeeRate => sats(rate) as bigint as FeeRate;

/** sat/vB for display. */
export const satPerVb = (rate: FeeRate): number => Number(rate) / 250;

/** Fee of `weight` weight units at `rate`, rounded UP. */
export function feeForWeight(rate: FeeRate, weight: number | bigint): Sats {
  return sats((rate * BigInt(weight) + 999n) / 1000n);
}

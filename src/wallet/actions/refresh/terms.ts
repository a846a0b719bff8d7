// What a refresh of these coins costs and whether it is worth a new coin. Pure.

import { blocksToExpiry, refreshFee, subtractFeeAboveDust, type RefreshFees } from '../../../ark/fees.ts';
import { SkiffError } from '../../../errors.ts';
import type { CoinRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';

/** Fee of refreshing `coins` in a round at `height`. */
export const feeOfRefresh = (coins: readonly CoinRow[], fees: RefreshFees, height: number): Sats =>
  refreshFee(
    fees,
    coins.map((c) => ({ amount: c.amount, blocksToExpiry: blocksToExpiry(c.expiryHeight, height) })),
  );

/**
 * Amount and fee of the coin that these coins become. @throws SkiffError DUST when too little would be left
 */
export function priceOf(
  coins: readonly CoinRow[],
  fees: RefreshFees,
  height: number,
): { amount: Sats; fee: Sats } {
  const fee = feeOfRefresh(coins, fees, height);
  const total = sats(coins.reduce((sum, c) => sum + c.amount, 0n));
  const amount = subtractFeeAboveDust(total, fee);
  if (amount === undefined)
    throw new SkiffError({
      code: 'DUST',
      say: `Refreshing ${total} sat costs ${fee} sat: too little would be left for a coin.`,
      details: { total, fee },
    });
  return { amount, fee };
}

// What an offboard costs (ark-flows "Fees"), before and when it starts. Pure.

import { blocksToExpiry, offboardFee, type OffboardFees } from '../../../ark/fees.ts';
import { checkOffboardOutput } from '../../../ark/offboard.ts';
import { addressToScript } from '../../../bitcoin/address.ts';
import { SkiffError } from '../../../errors.ts';
import type { CoinRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import { selectCoins, type Selection } from '../../coins/select.ts';
import type { Network } from '../../../bitcoin/network.ts';

export interface Rates {
  fees: OffboardFees;
  /** sat for 1000 weight units. */
  feeRateKwu: bigint;
  tip: number;
  maxExitDepth: number;
}

/** The server's rate, sat for 1000 vbytes, in sat for 1000 weight units, rounded down as bark does. */
export const kwuOf = (satVkb: bigint): bigint => satVkb / 4n;

const inputsOf = (coins: readonly CoinRow[], tip: number) =>
  coins.map((c) => ({ amount: c.amount, blocksToExpiry: blocksToExpiry(c.expiryHeight, tip) }));

/** @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK */
export const scriptOf = (address: string, network: Network): Uint8Array => addressToScript(address, network);

/** All of these coins: the fee comes out of them. @throws SkiffError DUST when too little is left, INVALID_ADDRESS */
export function wholeOf(
  coins: readonly CoinRow[],
  script: Uint8Array,
  { fees, feeRateKwu, tip }: Rates,
): { amount: Sats; fee: Sats } {
  const gross = sats(coins.reduce((sum, c) => sum + c.amount, 0n));
  const fee = offboardFee(fees, gross, inputsOf(coins, tip), { scriptLength: script.length, feeRateKwu });
  if (fee >= gross)
    throw new SkiffError({
      code: 'DUST',
      say: `Moving ${gross} sat to the chain costs ${fee} sat: nothing would be left.`,
      details: { gross, fee },
    });
  const amount = sats(gross - fee);
  checkOffboardOutput({ value: amount, script });
  return { amount, fee };
}

/** Exactly `amount`: the fee goes on top. @throws SkiffError INSUFFICIENT_FUNDS, DUST, INVALID_ADDRESS */
export function exactOf(
  coins: readonly CoinRow[],
  amount: Sats,
  script: Uint8Array,
  { fees, feeRateKwu, tip, maxExitDepth }: Rates,
): Selection {
  checkOffboardOutput({ value: amount, script });
  const destination = { scriptLength: script.length, feeRateKwu };
  return selectCoins(coins, amount, {
    maxExitDepth,
    expiresAfter: tip,
    fee: (inputs) => offboardFee(fees, amount, inputsOf(inputs, tip), destination),
  });
}

// Prices of reverse swaps as the Boltz API tells them, and what they make of an amount. Percentages round up.
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { SwapRefused, type BoltzRequest, type SwapConfig } from './types.ts';

const feesOf = (config: SwapConfig) => ({
  percentage: config.boltzPercent,
  minerFees: { lockup: config.boltzLockupFee, claim: config.boltzClaimFee },
});

/** Name of the prices: a request that knows other ones is refused. */
export const pairHashOf = (config: SwapConfig): string =>
  toHex(sha256(new TextEncoder().encode(JSON.stringify([feesOf(config), config.minSats, config.maxSats]))));

export const pairOf = (config: SwapConfig) => ({
  hash: pairHashOf(config),
  rate: 1,
  limits: { minimal: config.minSats, maximal: config.maxSats },
  fees: feesOf(config),
});

/** A percentage of whole satoshi, rounded UP, without floating point in the product. */
const percentUp = (amount: number, percent: number): number =>
  Math.ceil((amount * Math.round(percent * 10_000)) / 1_000_000);

/** @throws SwapRefused when both amounts or none were asked for, or nothing is left */
export function boltzAmounts(
  config: SwapConfig,
  { invoiceAmount, onchainAmount }: BoltzRequest,
): { invoiceSats: number; lockupSats: number } {
  if ((invoiceAmount === undefined) === (onchainAmount === undefined))
    throw new SwapRefused(400, 'ask for invoiceAmount or onchainAmount');
  const lockupOf = (invoice: number) =>
    invoice - percentUp(invoice, config.boltzPercent) - config.boltzLockupFee;
  let invoiceSats = invoiceAmount ?? 0;
  if (onchainAmount !== undefined) {
    // The least invoice that leaves this much.
    invoiceSats = Math.floor((onchainAmount + config.boltzLockupFee) / (1 - config.boltzPercent / 100)) - 2;
    while (lockupOf(invoiceSats) < onchainAmount) invoiceSats++;
  }
  const lockupSats = onchainAmount ?? lockupOf(invoiceSats);
  if (lockupSats <= 0) throw new SwapRefused(400, 'the amount is below the fees');
  return { invoiceSats, lockupSats };
}

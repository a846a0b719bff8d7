// May this invoice be paid by this wallet now, and for how much? (bark 0.8.0's rules, ark-lib `lightning.rs`.)
import { SkiffError } from '../errors.ts';
import type { Network } from '../bitcoin/network.ts';
import { msatsToSatsUp } from '../units.ts';
import type { Msats, Sats } from '../units.ts';
import type { Bolt11 } from './bolt11.ts';

/** Unix second after which the invoice is expired: the last one in which it may be paid. */
export const invoiceExpiresAt = (invoice: Pick<Bolt11, 'timestamp' | 'expirySeconds'>): bigint =>
  BigInt(invoice.timestamp) + invoice.expirySeconds;

/** Expired from the second after timestamp + expiry on. `now` in Unix seconds. */
export const isExpired = (invoice: Pick<Bolt11, 'timestamp' | 'expirySeconds'>, now: number): boolean =>
  invoiceExpiresAt(invoice) < BigInt(Math.floor(now));

/**
 * Why a wallet on `network` must not pay this invoice at Unix second `now`; undefined when it may.
 * WRONG_NETWORK, INVALID_INVOICE (asks for zero) or INVOICE_EXPIRED. A missing amount is no problem here:
 * see {@link paymentAmount}.
 */
export function invoiceProblem(invoice: Bolt11, network: Network, now: number): SkiffError | undefined {
  if (invoice.network !== network) {
    return new SkiffError({
      code: 'WRONG_NETWORK',
      say: `This invoice is for ${invoice.network}; this wallet is on ${network}.`,
      details: { invoice: invoice.network, wallet: network },
    });
  }
  if (invoice.amount === 0n) {
    return new SkiffError({
      code: 'INVALID_INVOICE',
      say: 'This invoice asks for zero sats. Ask for one with an amount, or one that lets you choose.',
      details: { reason: 'amount is zero' },
    });
  }
  if (isExpired(invoice, now)) {
    return new SkiffError({
      code: 'INVOICE_EXPIRED',
      say: 'This invoice has expired. Ask for a new one.',
      details: { expiredAt: invoiceExpiresAt(invoice) },
    });
  }
  return undefined;
}

/**
 * Satoshi to pay for an invoice: its amount rounded UP to whole satoshi, or the user's amount, which must lie in
 * [asked, 2 × asked] after that rounding (BOLT 4 lets the payee accept up to double).
 * @throws SkiffError AMOUNT_REQUIRED when neither names one, AMOUNT_OUT_OF_RANGE.
 */
export function paymentAmount(invoiceAmount: Msats | undefined, userAmount?: Sats): Sats {
  if (invoiceAmount === undefined) {
    if (userAmount === undefined) {
      throw new SkiffError({
        code: 'AMOUNT_REQUIRED',
        say: 'This invoice does not say how much: enter an amount.',
      });
    }
    return userAmount;
  }
  const asked = msatsToSatsUp(invoiceAmount);
  if (userAmount === undefined) return asked;
  if (userAmount < asked || userAmount > asked * 2n) {
    throw new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: `The amount must be at least the ${asked} sats the invoice asks for and at most twice that.`,
      details: { invoiceMsat: invoiceAmount, userSat: userAmount },
    });
  }
  return userAmount;
}

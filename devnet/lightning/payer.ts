// Somebody out in the Lightning network who pays invoices when a test or the demo asks for it.
import type { Curve } from '../../src/crypto/curve.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { readInvoice } from './invoice.ts';
import type { FailureReason, LightningNetwork } from './network.ts';

/** One payment of the payer's, from its start to its end. */
export interface SentPayment {
  readonly invoice: string;
  /** Hex. */
  readonly paymentHash: string;
  readonly amountMsat: bigint;
  state: 'pending' | 'paid' | 'failed';
  preimage?: string;
  reason?: FailureReason;
  /** Resolves when it is paid or has failed. */
  readonly ended: Promise<void>;
}

export interface Payer {
  /**
   * Starts to pay an invoice.
   * @param options.amountMsat instead of the invoice's own amount, up to double
   * @param options.isPart the amount is a part of a BOLT 12 invoice that others pay the rest of
   * @param options.finalCltv blocks that the last HTLC lives, instead of the invoice's own
   * @throws SkiffError for what is no invoice
   */
  pay(invoice: string, options?: { amountMsat?: bigint; finalCltv?: number; isPart?: boolean }): SentPayment;
  /** Oldest first. */
  readonly payments: readonly SentPayment[];
}

/** A purse without bottom. */
const ANY_FEE = 1n << 60n;
const ANY_CLTV = 1 << 30;

export function createPayer(curve: Curve, network: Pick<LightningNetwork, 'pay'>): Payer {
  const payments: SentPayment[] = [];
  return {
    pay(invoice, { amountMsat, ...rest } = {}) {
      const terms = readInvoice(curve, invoice);
      const amount = amountMsat ?? terms.amount ?? 0n;
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const payment: SentPayment = {
        invoice,
        paymentHash: terms.paymentHash,
        amountMsat: amount,
        state: 'pending',
        ended,
      };
      payments.push(payment);
      const request = { invoice, amountMsat: amount, maxFeeMsat: ANY_FEE, maxCltv: ANY_CLTV, ...rest };
      void network.pay(request).then((result) => {
        payment.state = 'failed' in result ? 'failed' : 'paid';
        if ('failed' in result) payment.reason = result.failed;
        else payment.preimage = toHex(result.preimage);
        resolve();
      });
      return payment;
    },
    get payments() {
      return payments;
    },
  };
}

// Payments by the id that their caller chose: what became of them, and giving up.
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import * as store from '../../store/bolt12-payments.ts';
import { paidInvoice } from '../../store/paid-invoices.ts';
import type { ReadTx } from '../../store/port.ts';
import type { Bolt12FailureReason, Bolt12PaymentRow } from '../../store/offer-rows.ts';
import type { Msats } from '../../units.ts';
import type { Deps } from '../../wallet/ports.ts';

/** The one end of a payment. */
export type PaymentEnd =
  | {
      event: 'PaymentSent';
      paymentId: Uint8Array;
      preimage: Uint8Array;
      /** With the preimage the proof of payment. */
      invoice: string;
    }
  | { event: 'PaymentFailed'; paymentId: Uint8Array; reason: Bolt12FailureReason };

/** A payment whose id is taken, in LDK's words (`RecentPaymentDetails`). */
export interface RecentPayment {
  paymentId: Uint8Array;
  /** Hex. */
  paymentHash: string;
  amount: Msats;
  state: 'Pending' | 'Abandoned' | 'Fulfilled' | 'Failed';
}

const STATES = { pending: 'Pending', abandoned: 'Abandoned', sent: 'Fulfilled', failed: 'Failed' } as const;

/** Oldest first. */
export async function recentPayments({ ports }: Deps): Promise<RecentPayment[]> {
  const rows = await ports.db.read(['bolt12Payments'], store.bolt12Payments);
  return rows
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map(({ id, hash, amount, status }) => ({
      paymentId: fromHex(id),
      paymentHash: hash,
      amount,
      state: STATES[status],
    }));
}

/** Marks only: money that is under way ends as it ends, and a success still counts. An unknown id changes nothing. */
export const abandonPayment = ({ ports }: Deps, paymentId: Uint8Array): Promise<void> =>
  ports.db.write(['bolt12Payments'], (tx) => store.abandonPayment(tx, toHex(paymentId), ports.now()));

const END_TABLES = ['bolt12Payments', 'paidInvoices'] as const;

async function readEnd(tx: ReadTx, row: Bolt12PaymentRow): Promise<PaymentEnd | undefined> {
  const paymentId = fromHex(row.id);
  if (row.status === 'failed')
    return { event: 'PaymentFailed', paymentId, reason: row.reason ?? 'UnexpectedError' };
  if (row.status !== 'sent') return undefined;
  const preimage = fromHex((await paidInvoice(tx, row.hash))?.preimage ?? '');
  return { event: 'PaymentSent', paymentId, preimage, invoice: row.invoice };
}

/** What became of the payment; undefined while it is under way. @throws SkiffError INVALID_ARGUMENT for an unknown id */
export const paymentEnd = ({ ports }: Deps, paymentId: Uint8Array): Promise<PaymentEnd | undefined> =>
  ports.db.read(END_TABLES, async (tx) => {
    const row = await store.bolt12Payment(tx, toHex(paymentId));
    if (row) return readEnd(tx, row);
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'There is no payment with this id.' });
  });

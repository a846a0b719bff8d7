// Payment hashes that were paid, with their proof. Rows are never deleted: they are what keeps an invoice from being
// paid twice, and a preimage is a receipt.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { PaidInvoiceRow } from './rows.ts';

/** The receipt for a payment hash (hex), or undefined. */
export const paidInvoice = (tx: ReadTx, hash: string): Promise<PaidInvoiceRow | undefined> =>
  tx.get<PaidInvoiceRow>('paidInvoices', hash);

/** @throws SkiffError ALREADY_PAID when there is a receipt for this payment hash (hex) */
export async function assertUnpaid(tx: ReadTx, hash: string): Promise<void> {
  if (await paidInvoice(tx, hash))
    throw new SkiffError({
      code: 'ALREADY_PAID',
      say: 'You have already paid this invoice. No coin was moved.',
      details: { paymentHash: hash },
    });
}

/** Files a receipt; the first one stays. @throws SkiffError STORE_CONFLICT for another preimage of the same hash */
export async function recordPaid(tx: WriteTx, row: PaidInvoiceRow): Promise<void> {
  const there = await paidInvoice(tx, row.hash);
  if (!there) await tx.add<PaidInvoiceRow>('paidInvoices', row);
  else if (there.preimage !== row.preimage)
    throw new SkiffError({
      code: 'STORE_CONFLICT',
      say: 'Two different proofs for one payment: this cannot be.',
      details: { paymentHash: row.hash },
    });
}

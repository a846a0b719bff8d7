// Our own invoices: one row for each payment hash that this wallet ever made, kept for good. A hash is never used twice
// (its preimage may be known to others by then), and an invoice of ours is never paid with our own coins.
//   draft → open → arrived → preimage-revealed → claimed
// A draft is on disk before the server sees the hash, `preimage-revealed` before the preimage leaves.
import { SkiffError } from '../errors.ts';
import { paidInvoice } from './paid-invoices.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { InvoiceRow, InvoiceState } from './rows.ts';

/** Tables a write must name to add an invoice. */
export const invoiceTables = ['invoices', 'paidInvoices'] as const;

/** Allowed next states; staying is always allowed. `arrived` falls back to `open` when the payer's HTLC is gone again. */
const NEXT: Readonly<Record<InvoiceState, readonly InvoiceState[]>> = {
  draft: ['open', 'cancelled', 'expired'],
  open: ['arrived', 'cancelled', 'expired'],
  arrived: ['open', 'preimage-revealed', 'cancelled', 'expired'],
  'preimage-revealed': ['claimed', 'exited', 'lost'],
  claimed: [],
  cancelled: [],
  expired: [],
  exited: [],
  lost: [],
};

/** May the server or a payer still do something about it? */
export const isOpenInvoice = (row: InvoiceRow): boolean => NEXT[row.state].length > 0;

/** One invoice by its payment hash (hex), or undefined. */
export const invoice = (tx: ReadTx, hash: string): Promise<InvoiceRow | undefined> =>
  tx.get<InvoiceRow>('invoices', hash);

/** Newest first: all, or those that are not over. */
export async function invoices(tx: ReadTx, which: 'open' | 'all' = 'all'): Promise<InvoiceRow[]> {
  if (which === 'all') return tx.query<InvoiceRow>('invoices', 'createdAt', { reverse: true });
  const rows = await tx.query<InvoiceRow>('invoices', 'open', { equals: 1 });
  return rows.sort((a, b) => b.createdAt - a.createdAt);
}

/**
 * Writes the draft. @throws SkiffError STORE_CONFLICT for a hash this wallet has seen before, as payee or as payer
 */
export async function draftInvoice(
  tx: WriteTx,
  fresh: Omit<InvoiceRow, 'state' | 'open' | 'updatedAt'>,
): Promise<InvoiceRow> {
  if ((await invoice(tx, fresh.hash)) || (await paidInvoice(tx, fresh.hash)))
    throw new SkiffError({
      code: 'STORE_CONFLICT',
      say: 'This payment hash was used before. No invoice was made.',
      details: { paymentHash: fresh.hash },
    });
  const row: InvoiceRow = { ...fresh, state: 'draft', open: 1, updatedAt: fresh.createdAt };
  await tx.add<InvoiceRow>('invoices', row);
  return row;
}

export type InvoicePatch = Partial<
  Pick<
    InvoiceRow,
    'state' | 'bolt11' | 'expiresAt' | 'arrivedAt' | 'received' | 'claimedAt' | 'failure' | 'outputs'
  >
>;

/**
 * Changes an invoice. A final state stays: a step that runs twice writes the same row.
 * @throws SkiffError INTERNAL for an unknown hash or a state that cannot follow
 */
export async function updateInvoice(
  tx: WriteTx,
  hash: string,
  patch: InvoicePatch,
  now: number,
): Promise<InvoiceRow> {
  const before = await invoice(tx, hash);
  const state = patch.state ?? before?.state;
  if (!before || !state || (state !== before.state && !NEXT[before.state].includes(state)))
    throw new SkiffError({
      code: 'INTERNAL',
      say: 'The wallet found a mistake in its list of invoices and stopped before it could matter.',
      details: { paymentHash: hash, from: before?.state, to: state },
    });
  const { open: _open, ...rest } = { ...before, ...patch, state, updatedAt: now };
  const row: InvoiceRow = NEXT[state].length > 0 ? { ...rest, open: 1 } : rest;
  await tx.put<InvoiceRow>('invoices', row);
  return row;
}

/** @throws SkiffError OWN_INVOICE when this payment hash (hex) is of an invoice of ours */
export async function assertNotOurs(tx: ReadTx, hash: string): Promise<void> {
  if (await invoice(tx, hash))
    throw new SkiffError({
      code: 'OWN_INVOICE',
      say: 'This is your own invoice: paying it would move your money in a circle and cost a fee. Nothing was paid.',
      details: { paymentHash: hash },
    });
}

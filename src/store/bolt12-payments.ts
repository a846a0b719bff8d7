// Payments of BOLT 12 invoices under an id that their caller chose (LDK's `payment_id`). An id is used once: rows are kept
// for good, and what became of a payment is written in the transaction that ends it, so that there is exactly one outcome,
// never none. Only a payment that failed before anything was locked gives its id back.
import { SkiffError } from '../errors.ts';
import { action } from './actions.ts';
import { liveExits } from './exits.ts';
import { movementOf } from './movements.ts';
import { paidInvoice } from './paid-invoices.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { Bolt12FailureReason, Bolt12PaymentRow } from './offer-rows.ts';

/** What is known when a payment is first written; the store adds the rest. */
export type Bolt12PaymentInit = Pick<Bolt12PaymentRow, 'id' | 'hash' | 'invoice' | 'amount'>;

/** The payment with this id (hex), whatever became of it. */
export const bolt12Payment = (tx: ReadTx, id: string): Promise<Bolt12PaymentRow | undefined> =>
  tx.get<Bolt12PaymentRow>('bolt12Payments', id);

/** Every payment whose id is taken. */
export const bolt12Payments = async (tx: ReadTx): Promise<Bolt12PaymentRow[]> =>
  (await tx.query<Bolt12PaymentRow>('bolt12Payments')).filter((row) => row.actionId !== undefined);

/** @throws SkiffError PAYMENT_IN_PROGRESS, named DuplicateInvoice, when the id (hex) is taken */
export async function assertIdFree(tx: ReadTx, id: string): Promise<void> {
  if ((await bolt12Payment(tx, id))?.actionId === undefined) return;
  throw new SkiffError({
    code: 'PAYMENT_IN_PROGRESS',
    say: 'A payment with this id was made before. Nothing was paid now.',
    details: { ldk: 'DuplicateInvoice', paymentId: id },
  });
}

/** Writes a payment that `actionId` carries out. @throws SkiffError as {@link assertIdFree} */
export async function trackPayment(
  tx: WriteTx,
  init: Bolt12PaymentInit,
  actionId: string,
  now: number,
): Promise<void> {
  await assertIdFree(tx, init.id);
  const row = { ...init, actionId, status: 'pending', open: 1, createdAt: now, updatedAt: now } as const;
  await tx.put<Bolt12PaymentRow>('bolt12Payments', row);
}

/** Writes a payment that failed before it began. Its id stays free. @throws SkiffError as {@link assertIdFree} */
export async function recordUnsent(
  tx: WriteTx,
  init: Bolt12PaymentInit,
  reason: Bolt12FailureReason,
  now: number,
): Promise<void> {
  await assertIdFree(tx, init.id);
  const row = { ...init, status: 'failed', reason, createdAt: now, updatedAt: now } as const;
  await tx.put<Bolt12PaymentRow>('bolt12Payments', row);
}

/** The caller has given up on it; what is under way ends as it ends. An unknown or ended one stays as it is. */
export async function abandonPayment(tx: WriteTx, id: string, now: number): Promise<void> {
  const row = await bolt12Payment(tx, id);
  if (row?.status !== 'pending') return;
  await tx.put<Bolt12PaymentRow>('bolt12Payments', { ...row, status: 'abandoned', updatedAt: now });
}

/** Gives every open payment whose money is under way no longer its outcome. Called where an action ends. */
export async function concludePayments(tx: WriteTx, now: number): Promise<void> {
  const open = await tx.query<Bolt12PaymentRow>('bolt12Payments', 'open', { equals: 1 });
  for (const row of open) {
    if (row.actionId === undefined || (await action(tx, row.actionId))) continue;
    const paid = await paidInvoice(tx, row.hash);
    if (!paid && (await liveExits(tx)).some((exit) => exit.paymentHash === row.hash)) continue;
    const { open: _open, ...rest } = row;
    const end = paid
      ? { status: 'sent' as const }
      : { status: 'failed' as const, reason: await reasonOf(tx, row) };
    await tx.put<Bolt12PaymentRow>('bolt12Payments', { ...rest, ...end, updatedAt: now });
  }
}

const REASONS: Readonly<Record<string, Bolt12FailureReason>> = {
  NO_ROUTE: 'RouteNotFound',
  FEE_TOO_LOW: 'RouteNotFound',
  CLTV_TOO_LONG: 'RouteNotFound',
  DESTINATION_REJECTED: 'RecipientRejected',
  INVOICE_STATE: 'RecipientRejected',
  RETRIES_EXHAUSTED: 'RetriesExhausted',
  SETUP_TIMEOUT: 'RetriesExhausted',
};

/** LDK's word for what the history says of the failure. */
async function reasonOf(
  tx: ReadTx,
  { actionId = '', status }: Bolt12PaymentRow,
): Promise<Bolt12FailureReason> {
  if (status === 'abandoned') return 'UserAbandoned';
  const note = (await movementOf(tx, actionId))?.metadata['failure'] as
    { code?: string; details?: { reason?: string } } | undefined;
  if (note?.code === 'INVOICE_EXPIRED') return 'PaymentExpired';
  return REASONS[note?.details?.reason ?? ''] ?? 'UnexpectedError';
}

// What the books say of an invoice that a site asked to have paid, or had made. A payment that started is in the history for ever,
// with the site; a question that was refused is on file for a day.
import { invoice, isOpenInvoice } from '../store/invoices.ts';
import { movementOf } from '../store/movements.ts';
import { paidInvoice } from '../store/paid-invoices.ts';
import type { ReadTx } from '../store/port.ts';
import type { MovementRow, RequestRow, SiteRef } from '../store/rows.ts';
import { siteId } from '../store/sites.ts';
import { lightningSendId } from '../wallet/actions/lightning-send/state.ts';
import type { PaymentParams } from './payments.ts';

export interface Lookup {
  /** What was asked to be paid. */
  paymentRequest: string;
  paymentHash: string;
  paid: boolean;
  preimage?: string;
  /** NIP-47's words. A payment that failed, or was refused, may be asked for again. */
  state: 'pending' | 'settled' | 'failed';
}

/** The end so far of the payment that `site` asked for by `hash` (hex); undefined when it never did. */
export async function askedOf(tx: ReadTx, site: SiteRef, hash: string): Promise<Lookup | undefined> {
  const mine = (one: { site?: SiteRef }): boolean => !!one.site && siteId(one.site) === siteId(site);
  const line = (await attempts(tx, hash)).findLast(mine);
  const question = line ? undefined : await questionOf(tx, site, hash);
  const request = line?.sentTo[0]?.value ?? (question?.params as PaymentParams | undefined)?.paymentRequest;
  if (request === undefined) return undefined;
  const receipt = await paidInvoice(tx, hash);
  const open = line ? line.status === 'pending' : ['waiting', 'approved'].includes(question!.status);
  return {
    paymentRequest: request,
    paymentHash: hash,
    paid: receipt !== undefined,
    ...(receipt && { preimage: receipt.preimage }),
    state: receipt ? 'settled' : open ? 'pending' : 'failed',
  };
}

/** The invoice of ours that was made for `site`; its preimage is told when the money is ours, and not before. */
export async function madeFor(tx: ReadTx, site: SiteRef, hash: string): Promise<Lookup | undefined> {
  const row = await invoice(tx, hash);
  if (!row?.site || siteId(row.site) !== siteId(site) || row.bolt11 === undefined) return undefined;
  const paid = row.state === 'claimed';
  return {
    paymentRequest: row.bolt11,
    paymentHash: hash,
    paid,
    ...(paid && { preimage: row.preimage }),
    state: paid ? 'settled' : isOpenInvoice(row) ? 'pending' : 'failed',
  };
}

/** Every attempt at this invoice, oldest first. */
async function attempts(tx: ReadTx, hash: string): Promise<MovementRow[]> {
  const lines: MovementRow[] = [];
  for (;;) {
    const line = await movementOf(tx, lightningSendId(hash, lines.length + 1));
    if (!line) return lines;
    lines.push(line);
  }
}

const questionOf = async (tx: ReadTx, site: SiteRef, hash: string): Promise<RequestRow | undefined> =>
  (await tx.query<RequestRow>('requests')).findLast(
    (row) => siteId(row) === siteId(site) && (row.params as Partial<PaymentParams>).paymentHash === hash,
  );

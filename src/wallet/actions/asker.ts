// Who asked for a payment and what they agreed to: the part of a payment's start that concerns sites and prompts.

import { SkiffError } from '../../errors.ts';
import { reserveBudget } from '../../store/budgets.ts';
import type { WriteTx } from '../../store/port.ts';
import { approveRequest, fileRequest, request } from '../../store/requests.ts';
import type { SiteRef } from '../../store/rows.ts';
import type { Sats } from '../../units.ts';

export interface Asker {
  /** The most that may be paid, fee included. */
  maxTotal?: Sats;
  site?: SiteRef;
  /** Row of `requests` that this payment answers. */
  requestId?: string;
  /** Nobody was asked: the site's budget must cover it. What the site called, filed as approved by the start itself. */
  silent?: { method: string; params: object };
}

/** @throws SkiffError AMOUNT_OUT_OF_RANGE when `total` is more than was agreed to */
export function assertWithin(asker: Asker, total: Sats): void {
  if (asker.maxTotal === undefined || total <= asker.maxTotal) return;
  throw new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: `This now costs ${total} sat, more than the ${asker.maxTotal} sat agreed to. Nothing was paid.`,
    details: { total, maxTotal: asker.maxTotal },
  });
}

/**
 * Books the start: the request is approved and carried out by `actionId`. Where nobody was asked, `total` is set aside
 * from the site's budget; what a person agreed to is no matter of the budget.
 * @throws SkiffError PAYMENT_IN_PROGRESS when another payment carries the request out; BUDGET_EXCEEDED when nobody was
 *   asked and the budget does not cover it
 */
export async function bookRequest(
  tx: WriteTx,
  asker: Asker,
  actionId: string,
  total: Sats,
  now: number,
): Promise<void> {
  const { requestId, silent } = asker;
  if (silent) await reserveSilent(tx, asker, total, now);
  const row = requestId === undefined ? undefined : await request(tx, requestId);
  if (requestId === undefined || !row) return;
  // One request, one payment: an offer or address would give a second click an invoice of its own.
  if (row.actionId !== undefined && row.actionId !== actionId) throw underWay(row.actionId);
  await approveRequest(tx, requestId, { maxTotal: asker.maxTotal ?? total, actionId }, now);
}

const underWay = (actionId: string) =>
  new SkiffError({
    code: 'PAYMENT_IN_PROGRESS',
    say: 'This request has been agreed to already. Nothing was paid twice.',
    details: { actionId },
  });

async function reserveSilent(tx: WriteTx, asker: Asker, total: Sats, now: number): Promise<void> {
  const { requestId: id, site, silent } = asker;
  if (!silent || id === undefined || !site || !(await reserveBudget(tx, site, id, total, now))) {
    throw new SkiffError({
      code: 'BUDGET_EXCEEDED',
      say: 'This is more than what is left of the budget of this site. Nothing was paid.',
      details: { total },
    });
  }
  if (!(await request(tx, id))) await fileRequest(tx, { id, ...site, ...silent }, now);
}

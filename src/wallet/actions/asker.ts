// Who asked for a payment and what they agreed to: the part of a payment's start that concerns sites and prompts.

import { SkiffError } from '../../errors.ts';
import type { WriteTx } from '../../store/port.ts';
import { approveRequest, request } from '../../store/requests.ts';
import type { SiteRef } from '../../store/rows.ts';
import { reserveBudget, site } from '../../store/sites.ts';
import type { Sats } from '../../units.ts';

export interface Asker {
  /** The most that may be paid, fee included. */
  maxTotal?: Sats;
  site?: SiteRef;
  /** Row of `requests` that this payment answers. */
  requestId?: string;
  /** Nobody was asked: the site's budget must cover it. */
  silent?: boolean;
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
 * Books the start: the request is approved and carried out by `actionId`, and `total` is set aside from the site's budget.
 * @throws SkiffError AMOUNT_OUT_OF_RANGE when nobody was asked and the budget does not cover it
 */
export async function bookRequest(
  tx: WriteTx,
  asker: Asker,
  actionId: string,
  total: Sats,
  now: number,
): Promise<void> {
  const { requestId, site: ref } = asker;
  if (requestId !== undefined && (await request(tx, requestId))) {
    await approveRequest(tx, requestId, { maxTotal: asker.maxTotal ?? total, actionId }, now);
  }
  const budgeted = requestId !== undefined && ref !== undefined && (await site(tx, ref)) !== undefined;
  const fits = budgeted && (await reserveBudget(tx, ref, requestId, total, now));
  if (asker.silent && !fits) {
    throw new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: 'This is more than what is left of the budget of this site.',
      details: { total },
    });
  }
}

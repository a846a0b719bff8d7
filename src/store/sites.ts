// Which pages may ask, and how much they may spend without asking. A site is the pair of top origin and frame origin.
// A budget is reserved before a payment starts (same write), then booked with what it cost or released.
import { SkiffError } from '../errors.ts';
import type { Sats } from '../units.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { Budget, SiteRef, SiteRow } from './rows.ts';

/** Primary key of a pair of origins (an origin holds no space). */
export const siteId = (site: SiteRef): string => `${site.topOrigin} ${site.frameOrigin}`;

/** The permission of this pair, or undefined. */
export const site = (tx: ReadTx, ref: SiteRef): Promise<SiteRow | undefined> =>
  tx.get<SiteRow>('sites', siteId(ref));

/** All sites, or those of one top origin. */
export const sites = (tx: ReadTx, topOrigin?: string): Promise<SiteRow[]> =>
  topOrigin === undefined
    ? tx.query<SiteRow>('sites')
    : tx.query<SiteRow>('sites', 'topOrigin', { equals: topOrigin });

/** Remembers a permission; an existing row keeps its budget. */
export async function enableSite(tx: WriteTx, ref: SiteRef, now: number): Promise<SiteRow> {
  const there = await site(tx, ref);
  const row: SiteRow = there
    ? { ...there, lastUsedAt: now }
    : {
        id: siteId(ref),
        topOrigin: ref.topOrigin,
        frameOrigin: ref.frameOrigin,
        enabledAt: now,
        lastUsedAt: now,
      };
  await tx.put<SiteRow>('sites', row);
  return row;
}

/** Notes that an allowed site came back; others are not remembered. */
export async function siteUsed(tx: WriteTx, ref: SiteRef, now: number): Promise<void> {
  const row = await site(tx, ref);
  if (row) await tx.put<SiteRow>('sites', { ...row, lastUsedAt: now });
}

/** The person lets this site see the balance; enables the site when it was not. */
export async function allowBalance(tx: WriteTx, ref: SiteRef, now: number): Promise<void> {
  const row = await enableSite(tx, ref, now);
  await tx.put<SiteRow>('sites', { ...row, seesBalance: 1 });
}

/** Takes the permission (and budget) back. */
export const forgetSite = (tx: WriteTx, ref: SiteRef): Promise<void> => tx.delete('sites', siteId(ref));

async function enabled(tx: ReadTx, ref: SiteRef): Promise<SiteRow> {
  const row = await site(tx, ref);
  if (row) return row;
  throw new SkiffError({
    code: 'NOT_ENABLED',
    say: 'You have not allowed this site to ask for payments.',
    details: { topOrigin: ref.topOrigin, frameOrigin: ref.frameOrigin },
  });
}

/** Sets or removes a budget. Reservations of payments under way stay. @throws SkiffError NOT_ENABLED */
export async function setBudget(
  tx: WriteTx,
  ref: SiteRef,
  budget: { limit: Sats; periodMs: number } | undefined,
  now: number,
): Promise<void> {
  const row = await enabled(tx, ref);
  const next: Budget | undefined = budget && {
    ...budget,
    periodStart: now,
    spent: 0n as Sats,
    reserved: row.budget?.reserved ?? {},
  };
  await tx.put<SiteRow>('sites', { ...row, budget: next });
}

const rolled = (budget: Budget, now: number): Budget =>
  now < budget.periodStart + budget.periodMs ? budget : { ...budget, periodStart: now, spent: 0n as Sats };

/** What may still be spent without asking at `now`. */
export function budgetLeft(row: SiteRow | undefined, now: number): Sats {
  if (!row?.budget) return 0n as Sats;
  const { limit, spent, reserved } = rolled(row.budget, now);
  const left = limit - spent - Object.values(reserved).reduce((a, b) => a + b, 0n);
  return (left > 0n ? left : 0n) as Sats;
}

/** Sets `amount` (fee included) aside for a request. Resolves false, changing nothing, when it does not fit. */
export async function reserveBudget(
  tx: WriteTx,
  ref: SiteRef,
  requestId: string,
  amount: Sats,
  now: number,
): Promise<boolean> {
  const row = await enabled(tx, ref);
  if (row.budget?.reserved[requestId] !== undefined) return true;
  if (!row.budget || amount > budgetLeft(row, now)) return false;
  const budget = rolled(row.budget, now);
  const reserved = { ...budget.reserved, [requestId]: amount };
  await tx.put<SiteRow>('sites', { ...row, budget: { ...budget, reserved } });
  return true;
}

/** Ends a reservation: `cost` was spent (0 when the payment failed). No reservation or no site: nothing to do. */
export async function settleBudget(
  tx: WriteTx,
  ref: SiteRef,
  requestId: string,
  cost: Sats,
  now: number,
): Promise<void> {
  const row = await site(tx, ref);
  if (row?.budget?.reserved[requestId] === undefined) return;
  const budget = rolled(row.budget, now);
  const { [requestId]: _settled, ...reserved } = budget.reserved;
  await tx.put<SiteRow>('sites', {
    ...row,
    budget: { ...budget, reserved, spent: (budget.spent + cost) as Sats },
  });
}

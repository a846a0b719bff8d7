// What a site may spend without asking. Invariant: in every period, what was booked and what is set aside for payments
// under way never exceed the limit by a payment that nobody was asked about. The whole price is set aside in the very
// transaction that starts such a payment, however many tabs start one, and only its known end frees the rest.
//
// Payments that the person approved are not counted: the budget is for those that were not shown. Periods follow each
// other without a gap from the moment of the grant. Money whose fate is open counts in the present period, and is booked
// in the one in which its fate is known: late ends make a budget smaller, never larger. A clock that is set back
// refills nothing.
import { SkiffError } from '../errors.ts';
import type { Sats } from '../units.ts';
import type { WriteTx } from './port.ts';
import type { Budget, SiteRef, SiteRow } from './rows.ts';
import { allowedSite, isOneOrigin, site } from './sites.ts';

/** What a person grants. */
export type BudgetTerms = Pick<Budget, 'limit' | 'perPayment' | 'periodMs'>;

/** What there is to show of a budget at a moment. */
export interface BudgetState {
  /** Booked or set aside in this period. */
  used: Sats;
  /** Of it: set aside for payments under way. */
  reserved: Sats;
  left: Sats;
  /** When the next period begins. */
  renewsAt: number;
}

/**
 * Sets, changes or (undefined) removes a budget. A change keeps the period with what is spent and set aside.
 * @throws SkiffError NOT_ENABLED; INVALID_ARGUMENT for a frame of another origin or terms that make no sense
 */
export async function setBudget(
  tx: WriteTx,
  ref: SiteRef,
  terms: BudgetTerms | undefined,
  now: number,
): Promise<void> {
  const { budget: there, ...row } = await allowedSite(tx, ref);
  if (terms === undefined) return tx.put<SiteRow>('sites', row);
  assertTerms(ref, terms);
  const before = there && rolled(there, now);
  const { limit, perPayment, periodMs } = terms;
  const budget: Budget = {
    limit,
    ...(perPayment !== undefined && { perPayment }),
    periodMs,
    periodStart: before?.periodStart ?? now,
    spent: before?.spent ?? (0n as Sats),
    reserved: before?.reserved ?? {},
  };
  await tx.put<SiteRow>('sites', { ...row, budget });
}

/** @throws SkiffError INVALID_ARGUMENT for a frame of another origin or terms that make no sense */
export function assertTerms(ref: SiteRef, { limit, perPayment, periodMs }: BudgetTerms): void {
  const bad = !isOneOrigin(ref)
    ? 'A frame of another site cannot have a budget: it is always asked about.'
    : limit <= 0n || (perPayment !== undefined && perPayment <= 0n)
      ? 'A budget is at least 1 sat.'
      : !Number.isSafeInteger(periodMs) || periodMs <= 0
        ? 'A budget needs a period.'
        : undefined;
  if (bad !== undefined) throw new SkiffError({ code: 'INVALID_ARGUMENT', say: bad });
}

/** The budget in the period that holds `now`: the next ones begin with nothing spent. */
function rolled(budget: Budget, now: number): Budget {
  const periods = Math.floor((now - budget.periodStart) / budget.periodMs);
  if (periods <= 0) return budget;
  return { ...budget, periodStart: budget.periodStart + periods * budget.periodMs, spent: 0n as Sats };
}

const sum = (amounts: readonly Sats[]): Sats => amounts.reduce((a, b) => a + b, 0n) as Sats;

/** How a budget stands at `now` (ms). */
export function budgetState(budget: Budget, now: number): BudgetState {
  const { limit, spent, reserved: held, periodStart, periodMs } = rolled(budget, now);
  const reserved = sum(Object.values(held));
  const used = (spent + reserved) as Sats;
  const left = (limit > used ? limit - used : 0n) as Sats;
  return { used, reserved, left, renewsAt: periodStart + periodMs };
}

/** What may still be spent without asking at `now`. */
export const budgetLeft = (row: SiteRow | undefined, now: number): Sats =>
  row?.budget && isOneOrigin(row) ? budgetState(row.budget, now).left : (0n as Sats);

/** The most that one payment may cost at `now` without asking, fee included. */
export function silentMaximum(row: SiteRow | undefined, now: number): Sats {
  const left = budgetLeft(row, now);
  const most = row?.budget?.perPayment ?? left;
  return most < left ? most : left;
}

/**
 * Sets `amount` (fee included) aside for a request. Resolves false, changing nothing, when it does not fit, and always
 * for a frame of another origin. Asked again for the same request it is set aside once.
 */
export async function reserveBudget(
  tx: WriteTx,
  ref: SiteRef,
  requestId: string,
  amount: Sats,
  now: number,
): Promise<boolean> {
  const row = await site(tx, ref);
  if (!row?.budget) return false;
  if (row.budget.reserved[requestId] !== undefined) return true;
  if (amount <= 0n || amount > silentMaximum(row, now)) return false;
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
  const spent = (budget.spent + cost) as Sats;
  await tx.put<SiteRow>('sites', { ...row, budget: { ...budget, reserved, spent } });
}

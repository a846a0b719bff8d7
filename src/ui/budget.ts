// Budgets as people read and write them.
import type { BudgetTerms } from '../store/budgets.ts';
import type { Budget } from '../store/rows.ts';
import type { Sats } from '../units.ts';
import { parseAmount } from './amount.ts';
import { t } from './i18n/index.ts';

const DAY = 24 * 60 * 60_000;
const PERIODS = { day: DAY, week: 7 * DAY, month: 30 * DAY } as const;
type Period = keyof typeof PERIODS;

/** What stands in the fields. */
export interface BudgetDraft {
  limit: string;
  perPayment: string;
  period: Period;
}

export const periodChoices = (Object.keys(PERIODS) as Period[]).map((value) => ({
  value,
  text: t(`budget.${value}`),
}));

/** The fields for a budget there is, or for a new one of `limit`. */
export function draftOf(budget: Budget | undefined, limit = ''): BudgetDraft {
  if (!budget) return { limit, perPayment: '', period: 'month' };
  const period = (Object.keys(PERIODS) as Period[]).find((p) => PERIODS[p] >= budget.periodMs) ?? 'month';
  return { limit: String(budget.limit), perPayment: String(budget.perPayment ?? ''), period };
}

/** The terms that the fields name; undefined while they name none. */
export function termsOf({ limit, perPayment, period }: BudgetDraft): BudgetTerms | undefined {
  const most = parseAmount(limit);
  const each = perPayment === '' ? undefined : parseAmount(perPayment);
  if (most === undefined || (perPayment !== '' && each === undefined)) return undefined;
  return {
    limit: most as Sats,
    ...(each !== undefined && { perPayment: each as Sats }),
    periodMs: PERIODS[period],
  };
}

/** A first proposal beside a payment of `total`: room for a few of them, as 1, 2 or 5 with noughts. */
export function proposal(total: bigint): string {
  const wanted = total * 3n;
  for (let unit = 1000n; ; unit *= 10n)
    for (const step of [1n, 2n, 5n]) if (step * unit >= wanted) return String(step * unit);
}

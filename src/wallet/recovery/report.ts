// What a recovery found, in sets of coin ids that do not overlap.

import type { RecoveryNote, Tally } from '../../store/meta.ts';
import { sats, type Sats } from '../../units.ts';

/** Reasons that are kept for the person. */
const MOST_REASONS = 5;

export interface RecoveryReport {
  /** Ours again, and spendable. */
  recovered: string[];
  /** Spent, or never finished: nothing to have. */
  skipped: string[];
  /** Ours, but not to be had now; a later run may succeed. */
  failed: { id: string; reason: string }[];
  /** Not ours: no key of this seed within reach. */
  foreign: string[];
  /** On the chain already, or on their way there. */
  exited: string[];
  /** Ids that the server does not know (any more). */
  notFound: string[];
  /** Everything that was heard of has an answer. */
  complete: boolean;
  /** A source of coins did not answer to its end: there may be more. */
  partial: boolean;
  /** Satoshi by coin id, of the coins whose data was had. */
  amounts: Map<string, Sats>;
}

export const emptyReport = (): RecoveryReport => ({
  recovered: [],
  skipped: [],
  failed: [],
  foreign: [],
  exited: [],
  notFound: [],
  complete: true,
  partial: false,
  amounts: new Map(),
});

/** The report as it is kept: counts and amounts. */
export function tallied(
  report: RecoveryReport,
): Required<Pick<RecoveryNote, 'report' | 'reasons' | 'partial'>> {
  const tally = (ids: readonly string[]): Tally => ({
    count: ids.length,
    amount: sats(ids.reduce((sum, id) => sum + (report.amounts.get(id) ?? 0n), 0n)),
  });
  const { recovered, exited, skipped, failed, foreign, notFound, partial } = report;
  return {
    report: {
      recovered: tally(recovered),
      exited: tally(exited),
      skipped: tally(skipped),
      failed: tally(failed.map((f) => f.id)),
      foreign: tally(foreign),
      notFound: tally(notFound),
    },
    reasons: [...new Set(failed.map((f) => f.reason))].slice(0, MOST_REASONS),
    partial,
  };
}

// How an invoice ends without money: its row says so, and the action is over. No coin of ours was ever part of it.

import type { InvoiceRow } from '../../../store/rows.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import type { LightningReceiveState } from './state.ts';

export interface Ending {
  state: 'cancelled' | 'expired';
  failure?: FailureNote;
}

export function ended(row: InvoiceRow, { state, failure }: Ending): Outcome<LightningReceiveState> {
  const changes = [{ do: 'invoice' as const, hash: row.hash, patch: { state, ...(failure && { failure }) } }];
  return failure ? { then: 'failed', error: errorOf(failure), changes } : { then: 'done', changes };
}

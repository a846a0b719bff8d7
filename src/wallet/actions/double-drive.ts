// Test mode: each step runs twice from the same state. Both runs must lead to the same rows; only signatures, nonces
// and times may differ, so bytes count by their length and coins by id and policy.

import type { Change } from '../changes.ts';
import type { Outcome, StepState } from './outcome.ts';

/** Times, and what the server chooses anew each time it is asked. */
const MAY_DIFFER = new Set(['unlockHash', 'wakeAt', 'initiatedAt', 'paidAt', 'arrivedAt', 'claimedAt']);

/** Canonical text of a value, without what may differ between two runs. */
function shape(value: unknown): string {
  return JSON.stringify(value, (key, v: unknown) => {
    if (MAY_DIFFER.has(key)) return undefined;
    if (v instanceof Uint8Array) return `bytes:${v.length}`;
    if (v instanceof Error) return v.message;
    if (typeof v === 'bigint') return `${v}n`;
    return v;
  });
}

const changeShape = (changes: readonly Change[] = []): string => shape(changes);

/** @throws Error when both runs ended alike but would write different rows. */
export function assertSameOutcome(id: string, a: Outcome<StepState>, b: Outcome<StepState>): void {
  // The world may move between the runs (a payment settles, a server comes back): then they differ honestly.
  if (a.then !== b.then || a.then === 'retry' || b.then === 'retry') return;
  if ('state' in a && 'state' in b && a.state.step !== b.state.step) return;
  const pairs: [string, string, string][] = [
    ['changes', changeShape(a.changes), changeShape(b.changes)],
    ['state', 'state' in a ? shape(a.state) : '', 'state' in b ? shape(b.state) : ''],
  ];
  for (const [what, first, second] of pairs) {
    if (first !== second) {
      throw new Error(`double drive of ${id}: ${what} differ\n first ${first}\nsecond ${second}`);
    }
  }
}

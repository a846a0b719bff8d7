// The rows every failed action writes in the end, whatever its kind.

import { sats, type Sats } from '../../units.ts';
import type { Change } from '../changes.ts';
import type { FailureNote } from './failure.ts';

export interface FailedBalance {
  /** Coins that came back (they show as outputs of the line). */
  outputs?: readonly string[];
  /** Coins that leave by the chain instead. */
  exited?: readonly string[];
  /** What the failure cost, normally nothing. */
  lost?: Sats;
  /** What the site's budget is charged with; `lost` by default. */
  booked?: Sats;
}

/** History line and budget of an action that did not do what it was asked to. */
export function failedWith(
  failure: FailureNote,
  { outputs = [], exited = [], lost = sats(0n), booked = lost }: FailedBalance = {},
): Change[] {
  return [
    {
      do: 'movement',
      patch: {
        status: 'failed',
        effective: -lost,
        fee: lost,
        outputs,
        exited,
        metadata: { failure: { ...failure } },
      },
    },
    { do: 'settle-budget', cost: booked },
  ];
}

// A payment that was taken in for somebody else: the claim has made coins of theirs, the server gets the chains, their
// mailbox the coins. As with a transfer, nothing in here can fail, only take longer.

import type { InvoiceRow } from '../../../store/rows.ts';
import { registerChains } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { deliver, DELIVERY_PAUSE } from '../delivery.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import type { InStep, LightningReceiveState } from './state.ts';

type Result = Outcome<LightningReceiveState>;

/** Uploads and posts; both may be repeated. */
export async function delivering(deps: Deps, state: InStep<'delivering'>, row: InvoiceRow): Promise<Result> {
  const { ports } = deps;
  try {
    await registerChains(await ports.server(), state.parcels);
  } catch (error) {
    if (!isRejection(error)) throw error;
    // The recipient can still use the chain.
    ports.log.warn('the server refused the chains of a forwarded payment', { reason: error.message });
  }
  const error = await deliver(deps, row.claimTo ?? '', state.parcels);
  if (error) return { then: 'park', state, wakeAt: ports.now() + DELIVERY_PAUSE, error };
  return {
    then: 'done',
    changes: [
      { do: 'movement', patch: { status: 'successful' } },
      { do: 'invoice', hash: row.hash, patch: { state: 'claimed', claimedAt: ports.now() } },
    ],
  };
}

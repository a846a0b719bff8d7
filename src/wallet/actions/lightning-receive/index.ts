// A Lightning payment to us through the Ark server (states and arrows: state.ts; flow: bark 0.8.0's, with the reveal on
// disk before the preimage leaves).

import { invoice } from '../../../store/invoices.ts';
import { SkiffError } from '../../../errors.ts';
import { orExit } from '../../exits/last-resort.ts';
import type { Deps } from '../../ports.ts';
import type { InvoiceRow } from '../../../store/rows.ts';
import type { ActionKind, Outcome } from '../outcome.ts';
import { arrived, refusedByServer } from './arrived-step.ts';
import { awaiting } from './awaiting-step.ts';
import { delivering } from './delivering-step.ts';
import { revealed } from './revealed-step.ts';
import { KIND, lightningReceiveId, type InStep, type LightningReceiveState } from './state.ts';

export const lightningReceive: ActionKind<LightningReceiveState> = {
  kind: KIND,
  async run(deps, _id, state) {
    const row = await deps.ports.db.read(['invoices'], (tx) => invoice(tx, state.hash));
    if (!row) throw new SkiffError({ code: 'INTERNAL', say: 'The invoice of a payment is missing.' });
    switch (state.step) {
      case 'awaiting':
        return awaiting(deps, state, row);
      case 'arrived':
        return arrived(deps, state, row);
      case 'refused':
        return refusedByServer(deps, state, row);
      case 'revealed':
        return revealedOrExit(deps, state, row);
      case 'delivering':
        return delivering(deps, state, row);
    }
  },
};

/** Before, a claim that does not work is a hiccup; after it, leaving by the chain is thought of. */
const HICCUP = 10 * 60_000;

async function revealedOrExit(
  deps: Deps,
  state: InStep<'revealed'>,
  row: InvoiceRow,
): Promise<Outcome<LightningReceiveState>> {
  const attempt = () => revealed(deps, state, row);
  if (deps.ports.now() - row.updatedAt < HICCUP) return attempt();
  let ownEnd = false;
  const stuck = { actionId: lightningReceiveId(row.hash), coins: state.htlcs, since: state.since };
  const outcome = await orExit<LightningReceiveState>(deps, state, stuck, async () => {
    const tried = await attempt();
    ownEnd = tried.then === 'failed';
    return tried;
  });
  if (outcome.then !== 'failed' || ownEnd) return outcome;
  const exited = { do: 'invoice', hash: row.hash, patch: { state: 'exited' } } as const;
  return { ...outcome, changes: [...outcome.changes, exited] };
}

// A Lightning payment to us through the Ark server (states and arrows: state.ts; flow: bark 0.8.0's, with the reveal on
// disk before the preimage leaves).

import { invoice } from '../../../store/invoices.ts';
import { SkiffError } from '../../../errors.ts';
import type { ActionKind } from '../outcome.ts';
import { arrived } from './arrived-step.ts';
import { awaiting } from './awaiting-step.ts';
import { revealed } from './revealed-step.ts';
import { KIND, type LightningReceiveState } from './state.ts';

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
      case 'revealed':
        return revealed(deps, state, row);
    }
  },
};

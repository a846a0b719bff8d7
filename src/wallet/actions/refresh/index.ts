// Refreshing coins in a delegated round (states and arrows: state.ts; flow: bark 0.8.0 `maintenance_delegated`). While the
// exchange hangs the old coins can still leave by the chain: a forfeit is worth nothing to the server unless it publishes
// the preimage of the new coin.

import { orExit } from '../../exits/last-resort.ts';
import type { ActionKind } from '../outcome.ts';
import { KIND, type RefreshState } from './state.ts';
import { planned, submitted } from './submit-steps.ts';
import { forfeiting, issued, signed, stuckCoins } from './swap-steps.ts';

export const refresh: ActionKind<RefreshState> = {
  kind: KIND,
  async run(deps, id, state) {
    switch (state.step) {
      case 'planned':
        return planned(deps, id, state);
      case 'submitted':
        return submitted(deps, id, state);
      case 'issued':
        return orExit(deps, state, stuckCoins(id, state), () => issued(deps, state));
      case 'signed':
        return orExit(deps, state, stuckCoins(id, state), () => signed(deps, state));
      case 'forfeiting':
        return orExit(deps, state, stuckCoins(id, state), () => forfeiting(deps, state));
    }
  },
};

// From Ark coins to a bitcoin output by connector swap (states and arrows: state.ts; flow: bark 0.8.0 `offboard`,
// `send_onchain`).

import { orExit } from '../../exits/last-resort.ts';
import type { ActionKind } from '../outcome.ts';
import { confirming } from './confirm-step.ts';
import { prepared, ready } from './prepare-steps.ts';
import { reclaiming, splitting } from './split-steps.ts';
import { KIND, type OffboardState } from './state.ts';

export const offboard: ActionKind<OffboardState> = {
  kind: KIND,
  async run(deps, actionId, state) {
    const { since } = state;
    switch (state.step) {
      case 'splitting':
        return orExit(deps, state, { actionId, coins: state.inputs, since }, () => splitting(deps, state));
      case 'reclaiming':
        return orExit(deps, state, { actionId, coins: state.inputs, since }, () => reclaiming(deps, state));
      case 'ready':
        return orExit(deps, state, { actionId, coins: state.coins, since }, () => ready(deps, state));
      case 'prepared':
        return orExit(deps, state, { actionId, coins: state.coins, since }, () => prepared(deps, state));
      case 'confirming':
        return orExit(deps, state, { actionId, coins: state.coins, since }, () => confirming(deps, state));
    }
  },
};

// A Lightning payment through the Ark server (states and arrows: state.ts; flow: BOLT 11 payment of bark 0.8.0 with the
// order of checks of design rule 3).

import type { ActionKind } from '../outcome.ts';
import { cosignRequested, inputsLocked, reclaiming } from './cosign-steps.ts';
import { htlcReceived, paymentInitiated } from './pay-steps.ts';
import { revoke } from './revoke-steps.ts';
import { KIND, type LightningSendState } from './state.ts';

export const lightningSend: ActionKind<LightningSendState> = {
  kind: KIND,
  async run(deps, _id, state) {
    switch (state.step) {
      case 'inputs-locked':
        return inputsLocked(deps, state);
      case 'cosign-requested':
        return cosignRequested(deps, state);
      case 'reclaiming':
        return reclaiming(deps, state);
      case 'htlc-received':
        return htlcReceived(deps, state);
      case 'initiated':
        return paymentInitiated(deps, state);
      case 'revocable':
      case 'stuck':
        return revoke(deps, state);
    }
  },
};

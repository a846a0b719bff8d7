// A transfer to an Ark address (states and arrows: state.ts).

import type { ActionKind } from '../outcome.ts';
import { cosignRequested, inputsLocked, reclaiming } from './cosign-steps.ts';
import { delivering, registering } from './deliver-steps.ts';
import { KIND, type ArkoorSendState } from './state.ts';

export const arkoorSend: ActionKind<ArkoorSendState> = {
  kind: KIND,
  async run(deps, _id, state) {
    switch (state.step) {
      case 'inputs-locked':
        return inputsLocked(deps, state);
      case 'cosign-requested':
        return cosignRequested(deps, state);
      case 'reclaiming':
        return reclaiming(deps, state);
      case 'registering':
        return registering(deps, state);
      case 'delivering':
        return delivering(deps, state);
    }
  },
};

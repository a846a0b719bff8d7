// A transfer to an Ark address (states and arrows: state.ts).

import { orExit, type Stuck } from '../../exits/last-resort.ts';
import type { ActionKind } from '../outcome.ts';
import { cosignRequested, inputsLocked, reclaiming } from './cosign-steps.ts';
import { delivering, registering } from './deliver-steps.ts';
import { KIND, type ArkoorSendState, type InStep } from './state.ts';

const inputs = (actionId: string, state: InStep<'cosign-requested' | 'reclaiming'>): Stuck => ({
  actionId,
  coins: state.inputs,
  since: state.since ?? 0,
});

export const arkoorSend: ActionKind<ArkoorSendState> = {
  kind: KIND,
  async run(deps, id, state) {
    switch (state.step) {
      case 'inputs-locked':
        return inputsLocked(deps, state);
      case 'cosign-requested':
        return orExit(deps, state, inputs(id, state), () => cosignRequested(deps, state));
      case 'reclaiming':
        return orExit(deps, state, inputs(id, state), () => reclaiming(deps, state));
      case 'registering':
        return registering(deps, state);
      case 'delivering':
        return delivering(deps, state);
    }
  },
};

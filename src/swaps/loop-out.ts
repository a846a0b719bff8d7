// The action of a swap (states and arrows: state.ts). Every step asks the chain and the books anew, so that a wallet which
// was away for any time goes on from what is true now.
import type { ActionKind } from '../wallet/actions/outcome.ts';
import { created, startPaying } from './agree-steps.ts';
import { claim } from './claim-step.ts';
import { KIND, type SwapState } from './state.ts';
import { watch } from './watch-step.ts';

export const loopOut: ActionKind<SwapState> = {
  kind: KIND,
  async run(deps, _id, state) {
    switch (state.step) {
      case 'created':
        return created(deps, state);
      case 'agreed':
        return startPaying(deps, state);
      case 'paying':
        return watch(deps, state);
      case 'claiming':
        return claim(deps, state);
    }
  },
};

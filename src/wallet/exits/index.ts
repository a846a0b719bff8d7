// Bringing a coin onto the chain without the server, and claiming it (states and arrows: state.ts).

import type { ActionKind } from '../actions/outcome.ts';
import { claiming, waiting } from './claim-steps.ts';
import { looking, package_, start } from './chain-steps.ts';
import { KIND, type ExitState } from './state.ts';

export const exit: ActionKind<ExitState> = {
  kind: KIND,
  async run(deps, id, state) {
    switch (state.step) {
      case 'start':
        return start(deps, id, state);
      case 'looking':
        return looking(deps, state);
      case 'package':
        return package_(deps, state);
      case 'waiting':
        return waiting(deps, state);
      case 'claiming':
        return claiming(deps, state);
    }
  },
};

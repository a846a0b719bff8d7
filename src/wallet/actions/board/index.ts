// Board: bitcoin of our on-chain wallet becomes a coin (states and arrows: state.ts).

import type { ActionKind } from '../outcome.ts';
import { KIND, type BoardState } from './state.ts';
import { broadcasting, confirming, signed } from './steps.ts';

export const board: ActionKind<BoardState> = {
  kind: KIND,
  async run(deps, id, state) {
    switch (state.step) {
      case 'signed':
        return signed(deps, state);
      case 'broadcasting':
        return broadcasting(deps, state);
      case 'confirming':
        return confirming(deps, id, state);
    }
  },
};

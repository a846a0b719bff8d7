// Refreshing coins in a round (states and arrows: state.ts; flows: bark 0.8.0 `refresh_vtxos_delegated` and
// `refresh_vtxos`). While the exchange hangs the old coins can still leave by the chain: a forfeit is worth nothing to the
// server unless it publishes the preimage of the new coin.

import { coinsHeldBy, coinTables } from '../../../store/coins.ts';
import { orExit } from '../../exits/last-resort.ts';
import type { Deps } from '../../ports.ts';
import type { ActionKind, Outcome } from '../outcome.ts';
import { attending, cosigned, seated } from './attend-steps.ts';
import { KIND, PATIENCE, type RefreshState } from './state.ts';
import { planned, submitted } from './submit-steps.ts';
import { forfeiting, issued, signed } from './swap-steps.ts';

export const refresh: ActionKind<RefreshState> = {
  kind: KIND,
  async run(deps, id, state) {
    // A coin that waits for its height without a lock, or that a payment holds, is not ours to send to the chain.
    const held = await deps.ports.db.read(coinTables, (tx) => coinsHeldBy(tx, id));
    const coins = held.map((c) => c.id).filter((coin) => state.inputs.includes(coin));
    // From here on the server may have the forfeits: whoever takes the old coin shows the way into the new one.
    const swap = state.step === 'forfeiting' && { swap: { coin: state.coin, key: state.key } };
    const stuck = { actionId: id, coins, since: state.sinceHeight, patience: PATIENCE, ...swap };
    return orExit(deps, state, stuck, () => step(deps, id, state));
  },
};

function step(deps: Deps, id: string, state: RefreshState): Promise<Outcome<RefreshState>> {
  switch (state.step) {
    case 'planned':
      return planned(deps, id, state);
    case 'submitted':
      return submitted(deps, id, state);
    case 'attending':
      return attending(deps, id, state);
    case 'seated':
      return seated(deps, id, state);
    case 'cosigned':
      return cosigned(deps, id, state);
    case 'issued':
      return issued(deps, state);
    case 'signed':
      return signed(deps, state);
    case 'forfeiting':
      return forfeiting(deps, state);
  }
}

// What a person can do about the age of coins.

import { coinTables, liveCoins } from '../store/coins.ts';
import type { ActionRow } from '../store/rows.ts';
import type { Sats } from '../units.ts';
import type { RefreshState } from './actions/refresh/state.ts';
import { refreshes, startRefresh, type RefreshOrder } from './actions/refresh/start.ts';
import { feeOfRefresh } from './actions/refresh/terms.ts';
import { freshTip } from './coins/chain-facts.ts';
import type { Deps } from './ports.ts';

export interface Refreshing {
  /**
   * Swaps coins for one new coin in a round. Resolves once durably started; it goes on by itself.
   * @throws SkiffError COIN_UNKNOWN, COIN_LOCKED, DUST; then nothing changed
   */
  refresh(order: RefreshOrder): Promise<{ actionId: string }>;
  /** What that costs now, or at the height it is to wait for. @throws SkiffError of server and chain */
  refreshFee(order: RefreshOrder): Promise<Sats>;
  /** Refreshes under way. */
  rounds(): Promise<(ActionRow & { state: RefreshState })[]>;
}

/** @param started drives an action beside the answer, resolves with its id */
export function createRefreshing(deps: Deps, started: (actionId: string) => string): Refreshing {
  const { ports } = deps;
  return {
    refresh: async (order) => ({ actionId: started(await startRefresh(deps, order)) }),
    refreshFee: async ({ coins, scheduledHeight }) => {
      const { fees } = await (await ports.server()).info();
      const live = await ports.db.read(coinTables, liveCoins);
      return feeOfRefresh(
        live.filter((c) => coins.includes(c.id)),
        fees.refresh,
        scheduledHeight ?? (await freshTip(deps)),
      );
    },
    rounds: () => ports.db.read(['actions'], refreshes),
  };
}
